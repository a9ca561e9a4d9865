// SPDX-License-Identifier: LGPL-3.0-or-later
// What a program of the guest sees of the file tree. All paths of the guest are taken one component at a
// time, or inside its root, so that no link of the guest leads a mount elsewhere.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runner.h"

namespace vmcraft::guest_runner {
namespace {

constexpr unsigned long kSafe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

struct Node {
  const char* name;
  unsigned minor;
};
constexpr unsigned kMemoryMajor = 1;
constexpr std::array kNodes = std::to_array<Node>(
    {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}});

// A folder of the guest's top, not followed where it is a link; -1 where there is none.
int open_folder(const char* name) {
  return ::openat(AT_FDCWD, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Makes the folder the working directory; what was just mounted on it is entered.
bool enter_folder(const char* name) {
  const int folder = open_folder(name);
  if (folder < 0) return false;
  require(::fchdir(folder), name);
  ::close(folder);
  return true;
}

void go_to_root(const Request& request) { require(::chdir(request.root.c_str()), "guest root"); }

// The machine's /dev is needed no more: the nodes are made anew in its place, so that the guest can
// change no inode of the machine's, and reach them by the bind mounts only.
void make_nodes() {
  require(::mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=1m"), "/dev");
  for (const Node& node : kNodes) {
    const std::string path = std::string("/dev/") + node.name;
    require(::mknod(path.c_str(), S_IFCHR | 0666, ::makedev(kMemoryMajor, node.minor)), path.c_str());
  }
  require(::mknod("/dev/tty", S_IFCHR | 0666, ::makedev(5, 0)), "/dev/tty");
}

void show_node(const std::string& name) {
  const int place = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  require(place, name.c_str());
  ::close(place);
  require(::mount(("/dev/" + name).c_str(), name.c_str(), nullptr, MS_BIND, nullptr), name.c_str());
}

void mount_dev(const Request& request) {
  go_to_root(request);
  if (!enter_folder("dev")) return;
  require(::mount("tmpfs", ".", "tmpfs", kSafe, "mode=0755,size=1m"), "dev");
  go_to_root(request);
  enter_folder("dev");
  ::umask(0);
  for (const Node& node : kNodes) show_node(node.name);
  show_node("tty");
  for (const char* folder : {"pts", "shm"}) require(::mkdir(folder, 0755), folder);
  if (::mount("devpts", "pts", "devpts", MS_NOSUID | MS_NOEXEC,
              "newinstance,ptmxmode=0666,mode=0620") == 0)
    require(::symlink("pts/ptmx", "ptmx"), "ptmx");
  require(::mount("tmpfs", "shm", "tmpfs", kSafe, "mode=1777,size=64m"), "shm");
  for (const auto& [target, link] : std::to_array<std::pair<const char*, const char*>>(
           {{"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
            {"/proc/self/fd/2", "stderr"}}))
    require(::symlink(target, link), link);
}

// Settings of the whole kernel belong to uid 0, capabilities or not.
void protect(const char* name) {
  if (::mount(name, name, nullptr, MS_BIND | MS_REC, nullptr) < 0) {
    if (errno == ENOENT) return;
    fail(name);
  }
  require(::mount(nullptr, name, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kSafe, nullptr), name);
}

void mount_proc(const Request& request) {
  go_to_root(request);
  if (!enter_folder("proc")) return;
  require(::mount("proc", ".", "proc", kSafe, nullptr), "proc");
  go_to_root(request);
  enter_folder("proc");
  for (const char* name : {"sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "driver", "mtrr"})
    protect(name);
}

void mount_sys(const Request& request) {
  go_to_root(request);
  if (!enter_folder("sys")) return;
  require(::mount("sysfs", ".", "sysfs", kSafe | MS_RDONLY, nullptr), "sys");
}

int open_in_guest(const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned long long>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const int root = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  require(root, "guest root");
  const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
  const int failure = errno;
  ::close(root);
  errno = failure;
  return static_cast<int>(fd);
}

// The link's target below /run, which is empty on a disk: there is room for a file in a tmpfs on it.
bool make_below_run(const Request& request) {
  std::array<char, 4096> text{};
  const ssize_t length = ::readlink("etc/resolv.conf", text.data(), text.size() - 1);
  if (length <= 0) return false;
  std::string target(text.data(), static_cast<std::size_t>(length));
  const std::size_t start = target.starts_with("../run/") ? 7 : target.starts_with("/run/") ? 5 : 0;
  if (start == 0 || target.find("..", start) != std::string::npos || !enter_folder("run")) return false;
  require(::mount("tmpfs", ".", "tmpfs", kSafe, "mode=0755"), "run");
  go_to_root(request);
  enter_folder("run");
  target.erase(0, start);
  for (std::size_t slash = target.find('/'); slash != std::string::npos; slash = target.find('/', slash + 1))
    ::mkdir(target.substr(0, slash).c_str(), 0755);
  const int file = ::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file >= 0) ::close(file);
  go_to_root(request);
  return file >= 0;
}

void copy_file(const char* from, const char* to) {
  const int in = ::open(from, O_RDONLY | O_CLOEXEC);
  if (in < 0) return;
  const int out = ::open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  require(out, to);
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(in, buffer.data(), buffer.size())) > 0;)
    if (::write(out, buffer.data(), static_cast<std::size_t>(n)) != n) fail(to);
  ::close(in);
  ::close(out);
}

// The machine's name servers, in place of the guest's file while the program runs.
void show_resolver(const Request& request) {
  copy_file("/etc/resolv.conf", "/dev/resolv.conf");
  go_to_root(request);
  int place = open_in_guest("etc/resolv.conf", O_PATH);
  if (place < 0 && errno == ENOENT && make_below_run(request))
    place = open_in_guest("etc/resolv.conf", O_PATH);
  if (place < 0) return;
  const std::string target = "/proc/self/fd/" + std::to_string(place);
  require(::mount("/dev/resolv.conf", target.c_str(), nullptr, MS_BIND, nullptr), "etc/resolv.conf");
  ::close(place);
}

void pivot(const Request& request) {
  go_to_root(request);
  if (::syscall(SYS_pivot_root, ".", ".") == 0) {
    require(::umount2(".", MNT_DETACH), "machine's root");
  } else {  // where the machine's root is its initramfs
    require(::mount(".", "/", nullptr, MS_MOVE, nullptr), "guest root");
    require(::chroot("."), "guest root");
  }
  require(::chdir("/"), "guest root");
}

}  // namespace

void enter_guest(const Request& request) {
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount namespace");
  require(::mount(request.root.c_str(), request.root.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
          "guest root");
  make_nodes();
  if (request.network) show_resolver(request);
  mount_dev(request);
  mount_sys(request);
  mount_proc(request);
  pivot(request);
}

}  // namespace vmcraft::guest_runner
