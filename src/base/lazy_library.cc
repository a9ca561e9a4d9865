// SPDX-License-Identifier: LGPL-3.0-or-later
// Called by the stubs of tools/lazylink on the first call of a function.
#include <dlfcn.h>

#include <atomic>
#include <string>

#include "base/error.h"
#include "base/library.h"

extern "C" {

struct VmcraftLazyEntry {
  const char* library;
  const char* function;
};

// Throws Error{not_supported} naming the library where it cannot be loaded.
void* vmcraft_lazy_resolve(unsigned long number, const VmcraftLazyEntry* entries, void** slots) {
  const VmcraftLazyEntry& entry = entries[number];
  // The loader counts references: loading once per function keeps the library for good.
  void* library = ::dlopen(entry.library, RTLD_NOW | RTLD_LOCAL);
  void* function = library != nullptr ? ::dlsym(library, entry.function) : nullptr;
  if (function == nullptr) {
    const char* reason = ::dlerror();
    throw vmcraft::Error(vmcraft::ErrorCode::not_supported, ENOTSUP,
                         vmcraft::base::missing_library_text(entry.library, reason != nullptr ? reason : "not found"));
  }
  std::atomic_ref<void*>(slots[number]).store(function, std::memory_order_release);
  return function;
}

}  // extern "C"
