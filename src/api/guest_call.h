// SPDX-License-Identifier: LGPL-3.0-or-later
// Calls from this side of the engine to actions where the disks are, whichever engine has them.
#pragma once

#include <string>
#include <string_view>

#include "api/rpc.h"
#include "base/stream.h"
#include "handle/handle.h"
#include "rpc_types.h"

namespace vmcraft::api {

/// Bulk data of a call; null for none.
struct CallStreams {
  base::ByteSource* in = nullptr;
  base::ByteSink* out = nullptr;
};

/// Serves an encoded call; returns the encoded result.
std::string send_to_guest(handle::Handle& handle, std::string_view request,
                          const CallStreams& streams);

/// Runs the guest action `name`. Optional arguments are given one by one, each as an optional, in
/// the order of the declaration. The result is encoded; throws what the action throws.
template <typename... Args>
std::string call_guest(handle::Handle& handle, std::string_view name, const CallStreams& streams,
                       const Args&... args) {
  rpc::Writer writer;
  writer.put(name);
  (writer.put(args), ...);
  return send_to_guest(handle, writer.take(), streams);
}

}  // namespace vmcraft::api
