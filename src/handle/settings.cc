// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/settings.h"

#include <cstdlib>

namespace vmcraft::handle {
namespace {

// Ours first, then guestfs' own name.
const char* from_environment(const char* ours, const char* theirs) {
  const char* value = std::getenv(ours);
  if (value == nullptr || *value == '\0') value = std::getenv(theirs);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

bool is_on(const char* value) { return value != nullptr && std::string(value) == "1"; }

}  // namespace

Settings::Settings() {
  // guestfs' backends (direct, libvirt) name ways to run an appliance; none means anything here.
  if (const char* value = std::getenv("VMCRAFT_ENGINE")) engine = value;
  verbose = is_on(from_environment("VMCRAFT_DEBUG", "LIBGUESTFS_DEBUG"));
  trace = is_on(from_environment("VMCRAFT_TRACE", "LIBGUESTFS_TRACE"));
  if (const char* value = from_environment("VMCRAFT_TMPDIR", "LIBGUESTFS_TMPDIR")) temp_dir = value;
  if (const char* value = from_environment("VMCRAFT_CACHEDIR", "LIBGUESTFS_CACHEDIR"))
    cache_dir = value;
  if (const char* value = from_environment("VMCRAFT_MEMSIZE", "LIBGUESTFS_MEMSIZE"))
    memory_mib = std::atoi(value);
  if (const char* value = from_environment("VMCRAFT_APPEND", "LIBGUESTFS_APPEND")) append = value;
}

}  // namespace vmcraft::handle
