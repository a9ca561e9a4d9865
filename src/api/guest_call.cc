// SPDX-License-Identifier: LGPL-3.0-or-later
#include "api/guest_call.h"

#include "api/dispatch.h"

namespace vmcraft::api {
namespace {

class NoSource : public base::ByteSource {
 public:
  std::size_t read(std::span<std::byte>) override { return 0; }
};

}  // namespace

std::string send_to_guest(handle::Handle& h, std::string_view request, const CallStreams& streams) {
  if (h.remote)
    return h.remote->call(request, streams.in, streams.out,
                          {nullptr, [&h] { return h.cancelled(); }});
  NoSource nothing;
  base::MemorySink nowhere;
  return dispatch(h, request,
                  {streams.in != nullptr ? *streams.in : nothing,
                   streams.out != nullptr ? *streams.out : nowhere});
}

}  // namespace vmcraft::api
