// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/library.h"

#include <dlfcn.h>

namespace vmcraft::base {

const std::vector<KnownLibrary>& known_libraries() {
  static const std::vector<KnownLibrary> libraries = {
      {"libcrypt.so.1", "libcrypt1", "passwords of Linux guests"},
      {"libaugeas.so.0", "libaugeas0", "configuration files as a tree"},
      {"libhivex.so.0", "libhivex0", "registry hives of Windows", "hivex"},
      {"libsqlite3.so.0", "libsqlite3-0", "packages of rpm in a SQLite database"},
      {"libyaml-0.so.2", "libyaml-0-2", "networks of netplan and cloud-init in reports"},
      {"libxml2.so.2", "libxml2", "packages of xbps and networks of wicked in reports, domains of libvirt"},
      {"libsystemd.so.0", "libsystemd0", "journals of systemd", "journal"},
      {"libtsk.so.19", "libtsk19", "reading file systems that are not mounted", "libtsk"},
      {"libtsk.so.19", "libtsk19", "reading file systems that are not mounted", "sleuthkit"},
      {"libyara.so.9", "libyara9", "scanning files by rules", "libyara"},
  };
  return libraries;
}

bool library_available(const char* soname) {
  // What is loaded once stays: some libraries do not survive being unloaded.
  return ::dlopen(soname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE) != nullptr;
}

std::string missing_library_text(std::string_view soname, std::string_view reason) {
  std::string text = std::string(soname) + ": " + std::string(reason);
  for (const KnownLibrary& known : known_libraries())
    if (soname == known.soname) return text + "; it is in the package " + known.package;
  return text;
}

}  // namespace vmcraft::base
