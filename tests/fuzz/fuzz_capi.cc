// SPDX-License-Identifier: LGPL-3.0-or-later
// Random calls of the C interface on a launched session, with arguments of each kind, sound and unsound. The host's
// files are read-only meanwhile, so that a call that takes a local path writes nowhere but below /tmp.
#include <guestfs.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "capi/calls.h"

namespace {

using vmcraft::test::ActionCall;
using vmcraft::test::Feed;

void need(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(77);
}

void make_host_readonly() {
  need(::unshare(CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER)) == 0, "unshare");
  need(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  struct {
    std::uint64_t set, clear, propagation, userns;
  } readonly = {1, 0, 0, 0};  // MOUNT_ATTR_RDONLY
  need(::syscall(442 /* mount_setattr */, AT_FDCWD, "/", 0x8000 /* AT_RECURSIVE */, &readonly, sizeof readonly) == 0,
       "read-only mounts");
  for (const char* folder : {"/tmp", "/run", "/var/tmp", "/dev/shm"})
    need(::mount("none", folder, "tmpfs", 0, "size=512m") == 0, folder);
  ::mkdir("/tmp/fuzz", 0755);
  need(::chdir("/tmp/fuzz") == 0, "/tmp/fuzz");
  std::ofstream("/tmp/fuzz/in") << "local content\n";
}

/// Arguments from the fuzzer's bytes.
class Input : public Feed {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), end_(data + size) {}

  bool empty() const { return data_ == end_; }
  unsigned byte() { return empty() ? 0 : *data_++; }
  unsigned word() { return byte() << 8U | byte(); }

  const char* text(std::string_view kind) override {
    if (kind == "filein") return byte() % 4 == 0 ? "/tmp/fuzz/none" : "/tmp/fuzz/in";
    if (kind == "fileout") return byte() % 4 == 0 ? "/tmp/none/out" : "/tmp/fuzz/out";
    static constexpr std::array kWords = {
        "/", "/a", "/dir", "/dir/b", "/none", "/dir/../a", "/link", "", "/dev/sda", "/dev/sda1", "/dev/sdb",
        "/dev/vg/lv", "vg", "lv", "btrfsvol:/dev/sda/sub", "ext4", "ntfs", "btrfs", "xfs", "vfat", "gpt", "mbr", "one",
        "user.x", "sha256", "md5", "gzip", "data", "*", "/*", "(", "0", "-1", "2M", "01234567-89ab-cdef-0123-456789abcdef",
        "\xff\xfe", "%s%n", "/tmp/fuzz", "a\nb", "primary", "ro", "loop"};
    const unsigned choice = byte();
    if (choice < 8) return nullptr;
    if (choice >= 16) return kWords[choice % kWords.size()];
    std::string made;
    for (unsigned count = choice == 15 ? 5000 : byte() % 32; count > 0; --count)
      made.push_back(choice == 15 ? 'x' : static_cast<char>(byte() | 1U));
    return made_.insert(made).first->c_str();
  }
  char* const* list(std::string_view) override {
    const unsigned choice = byte();
    if (choice == 0) return nullptr;
    auto& words = lists_.emplace_back();
    for (unsigned count = choice % 4; count > 0; --count)
      if (const char* word = text("string")) words.push_back(const_cast<char*>(word));
    words.push_back(nullptr);
    return words.data();
  }
  int number() override {
    static constexpr std::array kNumbers = {0, 1, 2, 3, -1, 512, 4096, 0644, 65535, 1 << 20, 2147483647, -2147483647 - 1};
    const unsigned choice = byte();
    return choice < kNumbers.size() ? kNumbers[choice] : static_cast<int>(choice);
  }
  std::int64_t large_number() override {
    static constexpr std::array<std::int64_t, 6> kNumbers = {-1, INT64_MAX, INT64_MIN, std::int64_t{1} << 32, 1 << 22, 1 << 12};
    const unsigned choice = byte();
    return choice < kNumbers.size() ? kNumbers[choice] : static_cast<std::int64_t>(choice);
  }
  std::uint64_t options(unsigned count) override {
    const std::uint64_t given = word();
    return byte() == 0 ? given << 48U : given & ((std::uint64_t{1} << count) - 1);
  }

 private:
  const std::uint8_t* data_;
  const std::uint8_t* end_;
  std::set<std::string> made_;
  std::vector<std::vector<char*>> lists_;
};

guestfs_h* open_guest() {
  static const bool once = (make_host_readonly(), true);
  (void)once;
  guestfs_h* g = guestfs_create();
  guestfs_set_error_handler(g, nullptr, nullptr);
  guestfs_add_drive_scratch(g, 32 << 20, -1);
  guestfs_add_drive_scratch(g, 8 << 20, -1);
  if (guestfs_launch(g) != 0 || guestfs_mkfs(g, "ext2", "/dev/sda") != 0 || guestfs_mount(g, "/dev/sda", "/") != 0) {
    std::fprintf(stderr, "no session to call: %s\n", guestfs_last_error(g));
    std::exit(77);
  }
  guestfs_write(g, "/a", "content\n", 8);
  guestfs_mkdir(g, "/dir");
  guestfs_ln_s(g, "/etc/passwd", "/link");
  return g;
}

// What waits or ends the process, and what reads drives of the host.
bool is_left_out(std::string_view name) {
  static const std::set<std::string_view> names = {"internal_exit", "sleep", "mount_local", "mount_local_run", "set_pgroup"};
  return names.contains(name) || name.starts_with("add_") || name.starts_with("internal_test");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static guestfs_h* g = open_guest();
  static unsigned runs = 0;
  Input input(data, size);
  const auto calls = vmcraft::test::action_calls();
  for (unsigned count = 0; count < 24 && !input.empty(); ++count) {
    const ActionCall& call = calls[input.word() % calls.size()];
    if (!is_left_out(call.name)) call.run(g, input);
  }
  if (++runs % 64 == 0 || guestfs_is_ready(g) != 1) {
    guestfs_close(g);
    g = open_guest();
  }
  return 0;
}
