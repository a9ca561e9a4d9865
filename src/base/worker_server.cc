// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/worker_server.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <thread>

#include "base/error.h"
#include "base/socket.h"
#include "base/worker_message.h"

namespace vmcraft::base {
namespace {

constexpr rlim_t kMemory = rlim_t{4} << 30U;
constexpr std::size_t kLargestRequest = 1U << 30U;

/// Bulk data as packets.
class PacketSink : public ByteSink {
 public:
  explicit PacketSink(int socket) : socket_(socket) {}
  void write(std::span<const std::byte> data) override {
    while (!data.empty()) {
      const auto part = data.first(std::min(data.size(), worker::kPart));
      std::string packet(1, worker::kBulk);
      packet.append(reinterpret_cast<const char*>(part.data()), part.size());
      send_packet(socket_, packet);
      data = data.subspan(part.size());
    }
  }
  void write_zeroes(std::uint64_t count) override {
    rpc::Writer number;
    number.put(count);
    send_packet(socket_, worker::kZeroes + number.take());
  }

 private:
  int socket_;
};

// Mapped files do not count: what is scanned may be larger.
void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit memory{kMemory, kMemory};
  check(::setrlimit(RLIMIT_DATA, &memory), "setrlimit");
#endif
  const rlimit none{0, 0};
  check(::setrlimit(RLIMIT_CORE, &none), "setrlimit");
}

// A file system without a file becomes the root.
void hide_machine() {
  check(::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC), "unshare");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  check(::mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k"), "mount");
  check(::chdir("/proc"), "chdir");
  check(::chroot("."), "chroot");
}

// What is left of root's rights is what files need, and the change of the root.
void drop_privileges() {
  constexpr std::array kKept = std::to_array<unsigned>({CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                                      CAP_FSETID, CAP_SYS_CHROOT});
  std::uint32_t kept = 0;
  for (const unsigned capability : kKept) kept |= 1U << capability;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  sets[0] = {kept, kept, 0};
  check(::syscall(SYS_capset, &header, sets.data()), "capset");
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

// A library may be busy for long when the caller goes.
void end_with_caller(int socket) {
  std::thread([socket] {
    pollfd watched{socket, 0, 0};
    while (::poll(&watched, 1, -1) <= 0) continue;
    ::_exit(0);
  }).detach();
}

void send_parts(int socket, char last, std::string_view text) {
  while (text.size() > worker::kPart) {
    send_packet(socket, worker::kMore + std::string(text.substr(0, worker::kPart)));
    text.remove_prefix(worker::kPart);
  }
  send_packet(socket, last + std::string(text));
}

void send_error(int socket, const Error& failure) {
  rpc::Writer text;
  text.put(static_cast<std::int32_t>(failure.code()));
  text.put(static_cast<std::int32_t>(failure.errno_value()));
  text.put(std::string(failure.what()).substr(0, worker::kPart / 2));
  send_packet(socket, worker::kError + text.take());
}

struct Request {
  std::string text;
  UniqueFd fd;
};

std::optional<Request> receive_request(int socket) {
  Request request;
  for (;;) {
    std::optional<Packet> packet = receive_packet(socket);
    if (!packet || packet->text.empty()) return std::nullopt;
    request.text += std::string_view(packet->text).substr(1);
    request.fd = std::move(packet->fd);
    if (packet->text.front() == worker::kLast) return request;
    if (request.text.size() > kLargestRequest) return std::nullopt;
  }
}

void confine(int socket, Service& service) {
  service.prepare();
  limit_memory();
  hide_machine();
  drop_privileges();
  end_with_caller(socket);
}

void answer(int socket, Service& service, const Request& request, bool& confined) {
  try {
    if (!confined) confine(socket, service);
    confined = true;
    rpc::Reader arguments(request.text);
    rpc::Writer reply;
    PacketSink bulk(socket);
    Service::Call call{arguments, reply, request.fd.get(), bulk};
    service.serve(arguments.get<std::string>(), call);
    send_parts(socket, worker::kLast, reply.take());
  } catch (const Error& failure) {
    send_error(socket, failure);
  } catch (const std::bad_alloc&) {
    send_error(socket, Error(ErrorCode::system, ENOMEM, errno_text(ENOMEM)));
  }
}

}  // namespace

InsideGuest::InsideGuest(int guest_root) : before_(open_file("/", O_PATH | O_DIRECTORY)) {
  check(::fchdir(guest_root), "guest root");
  check(::chroot("."), "guest root");
}

InsideGuest::~InsideGuest() {
  // Without the way back the next call would read the wrong files.
  if (::fchdir(before_.get()) < 0 || ::chroot(".") < 0) ::_exit(1);
}

int serve_worker(int socket, Service& service) {
  bool confined = false;
  while (const std::optional<Request> request = receive_request(socket))
    answer(socket, service, *request, confined);
  return 0;
}

}  // namespace vmcraft::base
