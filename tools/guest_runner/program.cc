// SPDX-License-Identifier: LGPL-3.0-or-later
// The step from this program to one of the guest.
#include <elf.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runner.h"

namespace vmcraft::guest_runner {
namespace {

// What package managers and their scripts need. Nodes made by mknod cannot be used: every file system of
// the guest is mounted nodev.
constexpr std::array kKept = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,   CAP_FSETID,
                              CAP_KILL,   CAP_SETGID,       CAP_SETUID,   CAP_SETPCAP,
                              CAP_SETFCAP, CAP_LINUX_IMMUTABLE, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
                              CAP_MKNOD,  CAP_AUDIT_WRITE};

bool is_kept(int capability) {
  for (const int kept : kKept)
    if (kept == capability) return true;
  return false;
}

constexpr const char* kPath = "PATH=/sbin:/usr/sbin:/bin:/usr/bin";
std::array<char*, 6> environment() {
  return {const_cast<char*>(kPath), const_cast<char*>("SHELL=/bin/sh"),
          const_cast<char*>("LC_ALL=C"), const_cast<char*>("TERM=dumb"),
          const_cast<char*>("HOME=/"), nullptr};
}

// The kernel said that it cannot run the file: a script without a first line, or for another machine.
void explain(const char* path, const Request& request, char** envp) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  Elf64_Ehdr header{};
  const ssize_t length = file < 0 ? 0 : ::read(file, &header, sizeof header);
  if (length < 20 || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    std::vector<char*> argv = {const_cast<char*>("/bin/sh"), const_cast<char*>(path)};
    argv.insert(argv.end(), request.argv.begin() + 1, request.argv.end());
    ::execve("/bin/sh", argv.data(), envp);
    return;
  }
  const bool big = header.e_ident[EI_DATA] == ELFDATA2MSB;
  const auto* machine = reinterpret_cast<const unsigned char*>(&header.e_machine);
  const unsigned number = big ? machine[0] * 256U + machine[1] : machine[1] * 256U + machine[0];
  report("arch " + std::to_string(number) + " " + std::to_string(header.e_ident[EI_CLASS]) + " " +
         std::to_string(header.e_ident[EI_DATA]));
  ::_exit(127);
}

// As execvp(3), but PATH is the one the program will have.
void try_program(const std::string& path, const Request& request, char** envp) {
  ::execve(path.c_str(), request.argv.data(), envp);
  if (errno == ENOEXEC) explain(path.c_str(), request, envp);
}

}  // namespace

void raise_loopback() {
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ::ioctl(any, SIOCSIFFLAGS, &request);
  ::close(any);
}

void drop_privileges() {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  require(::setgroups(0, nullptr), "setgroups");
  require(::setresgid(0, 0, 0), "setresgid");
  require(::setresuid(0, 0, 0), "setresuid");
  std::array<__user_cap_data_struct, 2> sets{};
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (!is_kept(capability)) {
      require(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "capabilities");
      continue;
    }
    __user_cap_data_struct& set = sets.at(static_cast<std::size_t>(capability / 32));
    set.permitted |= 1U << (capability % 32);
    set.effective = set.permitted;
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  require(static_cast<int>(::syscall(SYS_capset, &header, sets.data())), "capabilities");
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

void become_program(const Request& request) {
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);  // the caller's keys are not the guest's
  ::umask(request.umask);
  auto envp = environment();
  const std::string name = request.argv[0];
  if (name.find('/') != std::string::npos) {
    try_program(name, request, envp.data());
    fail(name.c_str());
  }
  int failure = ENOENT;
  const std::string path = kPath + std::strlen("PATH=");
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    try_program(path.substr(start, end - start) + "/" + name, request, envp.data());
    if (errno != ENOENT && errno != ENOTDIR) failure = errno;
    start = end + 1;
  }
  errno = failure;
  fail(name.c_str());
}

}  // namespace vmcraft::guest_runner
