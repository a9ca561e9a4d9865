// SPDX-License-Identifier: LGPL-3.0-or-later
#include "kernel/uml_support.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <thread>

#include <grp.h>

#include "base/helper.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "uml/boot.h"

namespace vmcraft::uml::test {
namespace {

constexpr uid_t kNobody = 65534;

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

// The whole tree once more under `folder`, as root of this process: a process whose root is not
// its mount namespace's may make no user namespace.
void enter_chroot(const std::string& folder) {
  base::check(::unshare(CLONE_NEWNS), "unshare");
  base::check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "/");
  base::check(::mount("/", folder.c_str(), nullptr, MS_BIND | MS_REC, nullptr), folder);
  base::check(::chroot(folder.c_str()), folder);
  base::check(::chdir("/"), "/");
}

void become_nobody() {
  base::check(::setgroups(0, nullptr), "setgroups");
  base::check(::setresgid(kNobody, kNobody, kNobody), "setresgid");
  base::check(::setresuid(kNobody, kNobody, kNobody), "setresuid");
  base::check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

[[noreturn]] void run_child(const std::function<void()>& body, const std::string& chroot_folder) {
  int status = 0;
  try {
    if (!chroot_folder.empty()) enter_chroot(chroot_folder);
    become_nobody();
    body();
    if (::testing::Test::HasFailure()) status = 1;
  } catch (const std::exception& failure) {
    std::cerr << "as nobody: " << failure.what() << '\n';
    status = 2;
  }
  std::cerr.flush();
  ::_exit(status);
}

}  // namespace

std::string missing() {
  std::ifstream processor("/proc/cpuinfo");
  const std::string text((std::istreambuf_iterator<char>(processor)), {});
  if (text.find("User Mode Linux") != std::string::npos)
    return "a host: this already is User-Mode-Linux";
  try {
    find_kernel({});
    base::own_program("vmcraft-agent");
    base::own_program("vmcraft-uml-keeper");
  } catch (const std::exception& failure) {
    return failure.what();
  }
  for (const char* program : {"qemu-storage-daemon", "qemu-img"})
    if (!base::find_program(program)) return program;
  return {};
}

Images::Images(std::size_t size_bytes) {
  ::chmod(folder_.path().c_str(), 0777);
  content_.resize(size_bytes);
  std::mt19937_64 random(42);
  for (std::size_t i = 0; i + 8 <= size_bytes; i += 8) {
    const std::uint64_t word = random();
    content_.replace(i, 8, reinterpret_cast<const char*>(&word), 8);
  }
  std::ofstream(folder_.file("t.raw"), std::ios::binary) << content_;
  base::run_or_throw(base::system_runner(), {{"qemu-img", "convert", "-f", "raw", "-O", "qcow2",
                                              folder_.file("t.raw"), folder_.file("t.qcow2")},
                                             {},
                                             {}});
  for (const char* name : {"t.raw", "t.qcow2"}) ::chmod(folder_.file(name).c_str(), 0666);
}

Disk Images::raw(bool readonly) const {
  Disk disk;
  disk.raw_path = folder_.file("t.raw");
  disk.readonly = readonly;
  disk.label = "raw";
  return disk;
}

Disk Images::qcow2(bool readonly, const std::string& name) const {
  static int counter = 0;
  const std::string number = std::to_string(++counter);
  const std::string access = readonly ? ",\"read-only\":true}" : "}";
  Disk disk;
  disk.blockdevs = {"{\"driver\":\"file\",\"node-name\":\"f" + number +
                        "\",\"filename\":" + quoted(folder_.file(name)) + access,
                    "{\"driver\":\"qcow2\",\"node-name\":\"q" + number + "\",\"file\":\"f" +
                        number + "\"" + access};
  disk.node = "q" + number;
  disk.readonly = readonly;
  disk.label = name;
  return disk;
}

EngineOptions options(std::vector<Disk> disks) {
  EngineOptions result;
  result.disks = std::move(disks);
  result.agent_environment = {"VMCRAFT_AGENT_TEST=1"};
  return result;
}

void run_as_nobody(const std::function<void()>& body, bool chrooted) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become nobody";
  const base::TempDir folder("/tmp", "chroot-");
  const pid_t pid = ::fork();
  if (pid == 0) run_child(body, chrooted ? folder.path() : std::string());
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0) << base::describe_status(status);
}

std::vector<pid_t> processes_with(const std::string& entry) {
  std::vector<pid_t> result;
  std::error_code failure;
  for (const auto& folder : std::filesystem::directory_iterator("/proc", failure)) {
    const auto pid = base::parse_number<pid_t>(folder.path().filename().string());
    if (!pid) continue;
    std::ifstream file(folder.path() / "environ", std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.find(entry) != std::string::npos) result.push_back(*pid);
  }
  return result;
}

std::vector<std::string> temporary_files(const std::string& folder) {
  std::vector<std::string> result;
  for (const std::string& place : {folder, std::string("/dev/shm"), std::string("/var/tmp")}) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(place, failure))
      if (entry.path().filename().string().rfind("vmcraft-", 0) == 0)
        result.push_back(entry.path());
  }
  return result;
}

bool within_five_seconds(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace vmcraft::uml::test
