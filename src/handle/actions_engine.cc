// SPDX-License-Identifier: LGPL-3.0-or-later
// The engine itself: its kernel, its process, and what it is told by the environment.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actions/handle.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/kernel_module.h"
#include "base/temp.h"
#include "base/text.h"
#include "handle/debug.h"
#include "handle/handle.h"
#include "handle/mounting.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Texts = std::vector<std::string>;

constexpr int kReadAll = 3;  // syslog(2)
constexpr int kBufferSize = 10;

// "<6>[    0.1] text" without the level that each line begins with.
std::string without_levels(std::string_view text) {
  std::string result;
  for (const std::string& line : base::split_lines(text)) {
    const std::size_t end = line.starts_with('<') ? line.find('>') : std::string::npos;
    result += (end == std::string::npos ? line : line.substr(end + 1)) + "\n";
  }
  return result;
}

void check_mode(int mode) {
  if (mode < 0 || mode > 0777) base::throw_invalid("mode", "must be 0 to 0777");
}

}  // namespace

void action::parse_environment(Handle& h) {
  handle::take_environment(h.settings, [](const std::string& name) { return ::getenv(name.c_str()); });
}

void action::parse_environment_list(Handle& h, const Texts& environment) {
  handle::take_environment(h.settings, [&environment](const std::string& name) -> const char* {
    for (const std::string& entry : environment)
      if (entry.starts_with(name + "=")) return entry.c_str() + name.size() + 1;
    return nullptr;
  });
}

void action::remove_drive(Handle&, const std::string& label) {
  base::throw_not_supported(label, "drives stay until the handle is shut down");
}

InternalMountable action::internal_parse_mountable(Handle&, const std::string& mountable) {
  const auto [device, volume] = handle::split_mountable(mountable);
  return {device == mountable ? 1 : 2, device, volume};
}

std::int64_t action::c_pointer(Handle& h) { return reinterpret_cast<std::intptr_t>(h.address); }

void action::modprobe(Handle&, const std::string& name) {
  const auto folder = base::KernelModules::find_folder();
  if (!folder) base::throw_not_supported(name, "no modules of the running kernel are installed");
  base::KernelModules(*folder).load(name);
}

std::string action::dmesg(Handle&) {
  const int size = base::check(::klogctl(kBufferSize, nullptr, 0), "kernel messages");
  std::string text(static_cast<std::size_t>(size), '\0');
  const int length = base::check(::klogctl(kReadAll, text.data(), size), "kernel messages");
  return without_levels(std::string_view(text).substr(0, static_cast<std::size_t>(length)));
}

std::string action::debug(Handle& h, const std::string& subcmd, const Texts& extraargs) {
  return handle::debug(h, subcmd, extraargs);
}

void action::debug_upload(Handle& h, base::ByteSource& source, const std::string& name, int mode) {
  check_mode(mode);
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    base::throw_invalid(name, "is not the name of a file");
  const std::string path = base::temp_root(h.settings.temp_dir) + "/" + name;
  const base::UniqueFd file =
      base::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, static_cast<mode_t>(mode));
  std::vector<std::byte> buffer(1U << 18U);
  while (const std::size_t n = source.read(buffer)) {
    h.check_cancelled();
    base::write_full(file.get(), std::span(buffer).first(n));
  }
}

void action::internal_exit(Handle& h) {
  if (!h.remote) base::throw_not_supported("engine", "the host engine is this process");
  const base::UniqueFd engine(static_cast<int>(::syscall(SYS_pidfd_open, h.remote->pid(), 0)));
  base::check(::kill(h.remote->pid(), SIGKILL), "engine");
  // One more call could be answered before it is gone.
  constexpr int kLimitMs = 5000;
  pollfd watched{engine.get(), POLLIN, 0};
  if (engine) ::poll(&watched, 1, kLimitMs);
}

}  // namespace vmcraft
