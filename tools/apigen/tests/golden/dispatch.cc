// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#include "actions/room.h"
#include "api/dispatch.h"
#include "base/secret.h"
#include "rpc_types.h"

namespace vmcraft {
namespace {
namespace serve {

void do_thing([[maybe_unused]] handle::Handle& h, [[maybe_unused]] rpc::Reader& r, [[maybe_unused]] rpc::Writer& w,
    [[maybe_unused]] api::Streams& streams) {
  const auto a_path = r.get<std::string>();
  const auto a_count = r.get<int>();
  DoThingOptions options;
  options.deep = r.get<std::optional<bool>>();
  options.names = r.get<std::optional<std::vector<std::string>>>();
  w.put(action::do_thing(h, a_path, a_count, streams.in, options));
}

}  // namespace serve
}  // namespace

extern const std::span<const api::DispatchEntry> dispatch_room;
static constexpr std::array<api::DispatchEntry, 1> entries{{
    {"do_thing", serve::do_thing},
}};
const std::span<const api::DispatchEntry> dispatch_room = entries;

}  // namespace vmcraft
