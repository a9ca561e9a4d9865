// SPDX-License-Identifier: LGPL-3.0-or-later
// Serves one disk as a file to the library that started it; see image/keeper.h.
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "base/error.h"
#include "base/socket.h"
#include "fuse_file.h"
#include "image/keeper_protocol.h"
#include "nbd_device.h"
#include "store.h"

namespace {

using namespace vmcraft;

// How long a file system may take to go once its owner is gone, before its requests are refused.
constexpr int kReleaseLimitSeconds = 60;

// The FUSE mount must not be in a namespace with mounts that depend on it: were we the last task
// there, our own exit would wait for ourselves. And what is mounted here goes when we do.
std::string private_folder() {
  base::check(::unshare(CLONE_NEWNS), "unshare");
  base::check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount: /");
  const std::string folder = "/mnt";
  base::check(::mount("vmcraft", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=1m"),
              folder);
  base::check(::mkdir((folder + "/fuse").c_str(), 0700), folder);
  return folder;
}

std::unique_ptr<keeper::Store> make_store(const image::KeeperRequest& request, base::UniqueFd fd,
                                          const std::string& folder) {
  std::unique_ptr<keeper::Store> store =
      request.blockdev.empty() ? keeper::make_file_store(std::move(fd))
                               : keeper::make_qemu_store(request.blockdev, request.writable, folder,
                                                         std::move(fd));
  if (request.writable) return store;
  return keeper::make_overlay(std::move(store), request.temp_root);
}

// The kernel's nbd saves a loop device. Overlays over raw files stay with FUSE: in a small guest
// kernel, where they are the only ones, nbd is the slower.
std::unique_ptr<keeper::Face> make_face(const image::KeeperRequest& request, keeper::Store& store,
                                        const std::string& folder) {
  if (!request.blockdev.empty())
    if (auto device = keeper::NbdDevice::make(store)) return device;
  return std::make_unique<keeper::FuseFile>(store, folder + "/fuse");
}

void wait_for_goodbye(int control) {
  pollfd watched{control, POLLIN | POLLRDHUP, 0};
  while (::poll(&watched, 1, -1) < 0 && errno == EINTR) continue;
}

void serve(int control) {
  std::optional<base::Packet> first = base::receive_packet(control);
  if (!first) return;
  const image::KeeperRequest request = image::decode_request(first->text);
  const std::string folder = private_folder();
  const std::unique_ptr<keeper::Store> store = make_store(request, std::move(first->fd), folder);
  const std::unique_ptr<keeper::Face> face = make_face(request, *store, folder);
  {
    const base::UniqueFd opened = face->open();
    base::send_packet(control, image::encode_ready(store->size_bytes()), opened.get());
  }
  wait_for_goodbye(control);
  if (!face->wait_released(kReleaseLimitSeconds))
    throw Error(ErrorCode::system, EBUSY, "disk is still in use; its server was ended");
  store->close();
}

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::string farewell = image::encode_done();
  try {
    serve(image::kControlDescriptor);
  } catch (const std::exception& failure) {
    farewell = image::encode_failure(failure.what());
  }
  try {
    base::send_packet(image::kControlDescriptor, farewell);
  } catch (const vmcraft::Error&) {  // nobody is left to be told
  }
  return 0;
}
