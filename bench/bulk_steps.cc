// SPDX-License-Identifier: LGPL-3.0-or-later
// bulk_steps ENGINE IMAGE OUT DISK: the steps of `bulk` by the library. Reads names of steps from standard
// input, prints the milliseconds of each.
#include <vmcraft/vmcraft.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using Steps = std::map<std::string, std::function<void()>>;

void list_and_stat(vmcraft::GuestFS& guest) {
  std::map<std::string, std::vector<std::string>> folders;
  for (const std::string& path : guest.find("/tree")) {
    const std::size_t slash = path.rfind('/');
    folders[slash == std::string::npos ? "" : path.substr(0, slash)].push_back(
        path.substr(slash + 1));
  }
  std::size_t entries = 0;
  for (const auto& [folder, names] : folders)
    entries += guest.lstatnslist("/tree/" + folder, names).size();
  if (entries < 50000) throw std::runtime_error("too few entries");
}

double milliseconds_of(const std::function<void()>& step) {
  const auto start = std::chrono::steady_clock::now();
  step();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void serve(const Steps& steps) {
  for (std::string name; std::getline(std::cin, name);) {
    std::printf("%.3f\n", milliseconds_of(steps.at(name)));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string out = argv[3];
  try {
    vmcraft::GuestFS guest;
    guest.set_backend(argv[1]);
    guest.add_drive_ro(argv[2]);
    guest.launch();
    guest.mount_ro("/dev/sda1", "/");
    serve({{"download", [&] { guest.download("/big", out); }},
           {"to disk", [&] { guest.download("/big", argv[4]); }},
           {"list", [&] { list_and_stat(guest); }},
           {"tar", [&] { guest.tar_out("/tree", out); }},
           {"sha256", [&] { guest.checksums_out("sha256", "/tree", out); }}});
    guest.shutdown();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bulk_steps: %s\n", failure.what());
    return 1;
  }
  return 0;
}
