// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/roots.h"

#include <cstdlib>

namespace vmcraft::test {
void make_busybox_root(const std::string& tree) {
  shell("cd " + tree +
        "; mkdir -p bin etc proc sys dev tmp run root; cp /bin/busybox bin; "
        "for name in $(bin/busybox --list); do [ $name = busybox ] || ln -s busybox bin/$name; done; "
        "echo 'root:x:0:0::/root:/bin/sh' >etc/passwd; echo 'nameserver 192.0.2.1' >etc/resolv.conf");
}

std::string debian_root_archive(const std::string& suite, const std::string& architecture) {
  const char* named = std::getenv("VMCRAFT_TEST_CACHE");
  const std::string folder = named != nullptr ? named : "/var/tmp/guests-for-tests.vmcraft";
  const std::string archive = folder + "/debian-" + suite + (architecture.empty() ? "" : "-" + architecture) + ".tar";
  if (std::filesystem::exists(archive)) return archive;
  if (!is_root() || !base::find_program("mmdebstrap")) return {};
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  const std::string part = archive + "." + std::to_string(::getpid());
  std::vector<std::string> argv = {"mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--format=tar"};
  if (!architecture.empty()) argv.push_back("--architectures=" + architecture);
  argv.insert(argv.end(), {suite, part});
  const base::CommandResult made = base::system_runner().run({.argv = argv, .input = {}, .environment = {}});
  if (!made.ok()) return {};
  std::filesystem::rename(part, archive, failure);
  return archive;
}

}  // namespace vmcraft::test
