// SPDX-License-Identifier: LGPL-3.0-or-later
// basic_usage IMAGE: tells which system is on an image and reads a few of its files. The image is not
// changed by one byte: read-only is what GuestFS(path) opens.
#include <vmcraft/vmcraft.h>

#include <cstdio>
#include <string>

namespace {

void show_system(vmcraft::GuestFS& guest) {
  for (const auto& [key, value] : guest.inspect_os_info())
    std::printf("%-20s %s\n", key.c_str(), value.c_str());
}

void show_files(vmcraft::GuestFS& guest) {
  guest.mount_root();
  for (const auto& [device, target] : guest.mountpoints())
    std::printf("mounted %s on %s\n", device.c_str(), target.c_str());
  if (guest.is_file("/etc/hostname"))
    std::printf("/etc/hostname: %s", guest.cat("/etc/hostname").c_str());
  for (const std::string& name : guest.ls("/etc")) {
    const vmcraft::Statns facts = guest.lstatns("/etc/" + name);
    std::printf("%06llo %10lld /etc/%s\n", static_cast<unsigned long long>(facts.st_mode),
                static_cast<long long>(facts.st_size), name.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: basic_usage IMAGE\n");
    return 2;
  }
  try {
    vmcraft::GuestFS guest(argv[1]);
    std::printf("%-20s %s\n", "engine", guest.get_engine().c_str());
    show_system(guest);
    show_files(guest);
    guest.shutdown();
  } catch (const vmcraft::Error& failure) {
    std::fprintf(stderr, "basic_usage: %s\n", failure.what());
    return 1;
  }
  return 0;
}
