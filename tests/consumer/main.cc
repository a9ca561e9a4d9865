// SPDX-License-Identifier: LGPL-3.0-or-later
#include <vmcraft/vmcraft.h>

#include <iostream>

int main(int argc, char** argv) {
  try {
    vmcraft::GuestFS g;
    if (argc > 1) {
      g.add_drive_ro(argv[1]);
      g.launch();
      for (const auto& [device, type] : g.list_filesystems()) std::cout << device << " " << type << "\n";
      g.shutdown();
    }
    g.echo_error("thrown across the library's border", 5);
  } catch (const vmcraft::Error& failure) {
    std::cout << vmcraft::library_version() << ": " << failure.what() << "\n";
    return failure.errno_value() == 5 ? 0 : 1;
  }
  return 1;
}
