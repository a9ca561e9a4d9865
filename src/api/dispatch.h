// SPDX-License-Identifier: LGPL-3.0-or-later
// The far end of a call: decodes it, runs the handler, encodes the result.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/rpc.h"
#include "base/stream.h"
#include "handle/handle.h"

namespace vmcraft::api {

struct Streams {
  base::ByteSource& in;
  base::ByteSink& out;
};

struct DispatchEntry {
  std::string_view name;
  void (*run)(handle::Handle&, rpc::Reader&, rpc::Writer&, Streams&);
};

/// The generated tables of all rooms.
std::vector<std::span<const DispatchEntry>> dispatch_tables();

/// Serves one encoded call on `handle`; throws what the handler throws.
std::string dispatch(handle::Handle& handle, std::string_view request, Streams streams);

}  // namespace vmcraft::api
