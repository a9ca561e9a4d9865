// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#include "actions/room.h"
#include "api/invoke.h"
#include "base/error.h"
#include "rpc_types.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft {

using api::State;
using namespace api::flags;

std::vector<Pair> GuestFS::do_thing(const std::string& path, int count, const std::string& input, const DoThingOptions& options) {
  static constexpr api::ActionInfo kInfo{"do_thing", "things", State::kLaunched, kFlagProgress | kFlagGuest};
  api::InputFile input_stream(input);
  return api::invoke<std::vector<Pair>>(
      *handle_, kInfo,
      [&]([[maybe_unused]] auto& v) {
        v.pathname("path", path);
        v.int32("count", count);
        v.filein("input", input);
        v.option("deep", options.deep);
        v.option("names", options.names);
      },
      [&]() -> std::vector<Pair> { return action::do_thing(*handle_, path, count, input_stream.stream(), options); },
      &input_stream, nullptr);
}

}  // namespace vmcraft
