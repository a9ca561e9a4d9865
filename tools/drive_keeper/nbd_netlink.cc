// SPDX-License-Identifier: LGPL-3.0-or-later
#include "nbd_netlink.h"

#include <linux/nbd-netlink.h>
#include <linux/nbd.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace vmcraft::keeper {
namespace {

constexpr std::uint64_t kBlockBytes = 512;

struct FreeSocket {
  void operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }
};
using Socket = std::unique_ptr<nl_sock, FreeSocket>;

void check(int result) {
  if (result < 0)
    throw Error(ErrorCode::system, EIO, std::string("nbd: netlink: ") + nl_geterror(result));
}

Socket open_socket() {
  Socket socket(nl_socket_alloc());
  if (!socket) base::throw_errno("netlink", ENOMEM);
  check(genl_connect(socket.get()));
  return socket;
}

int take_index(nl_msg* message, void* result) {
  nlattr* attributes[NBD_ATTR_MAX + 1] = {};
  const int failure = genlmsg_parse(nlmsg_hdr(message), 0, attributes, NBD_ATTR_MAX, nullptr);
  if (failure >= 0 && attributes[NBD_ATTR_INDEX] != nullptr)
    *static_cast<std::optional<std::uint32_t>*>(result) = nla_get_u32(attributes[NBD_ATTR_INDEX]);
  return NL_OK;
}

void put_sockets(nl_msg* message, const std::vector<int>& sockets) {
  nlattr* list = nla_nest_start(message, NBD_ATTR_SOCKETS);
  for (const int fd : sockets) {
    nlattr* item = nla_nest_start(message, NBD_SOCK_ITEM);
    check(nla_put_u32(message, NBD_SOCK_FD, static_cast<std::uint32_t>(fd)));
    nla_nest_end(message, item);
  }
  nla_nest_end(message, list);
}

}  // namespace

std::optional<int> nbd_family() {
  const Socket socket = open_socket();
  const int family = genl_ctrl_resolve(socket.get(), NBD_GENL_FAMILY_NAME);
  return family < 0 ? std::nullopt : std::optional(family);
}

std::uint32_t connect_nbd(int family, std::uint64_t size_bytes, std::uint64_t server_flags,
                          const std::vector<int>& sockets) {
  const Socket socket = open_socket();
  std::optional<std::uint32_t> index;
  check(nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, take_index, &index));
  nl_msg* message = nlmsg_alloc();
  if (message == nullptr) base::throw_errno("netlink", ENOMEM);
  genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, NBD_CMD_CONNECT, 0);
  check(nla_put_u64(message, NBD_ATTR_SIZE_BYTES, size_bytes));
  check(nla_put_u64(message, NBD_ATTR_BLOCK_SIZE_BYTES, kBlockBytes));
  check(nla_put_u64(message, NBD_ATTR_SERVER_FLAGS, server_flags));
  check(nla_put_u64(message, NBD_ATTR_CLIENT_FLAGS, NBD_CFLAG_DISCONNECT_ON_CLOSE));
  put_sockets(message, sockets);
  check(nl_send_sync(socket.get(), message));  // which frees the message
  if (!index) throw Error(ErrorCode::system, EPROTO, "nbd: the kernel named no device");
  return *index;
}

}  // namespace vmcraft::keeper
