// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

struct crypt_device;

namespace vmcraft::volume::crypt {

/// libcryptsetup's context of one device. What the library says of a failure goes into the error.
class Context {
 public:
  /// `header` is the path of a detached LUKS header, or empty.
  Context(std::string object, const std::string& path, const std::string& header = {});
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  crypt_device* get() const noexcept { return device_.get(); }
  /// Returns `result` unless it is negative; then throws with what the library said.
  int check(int result) const;
  /// Reads the header of the given type (as cryptsetup names it); empty: LUKS or BitLocker,
  /// whichever is there.
  void load(const std::string& type);
  /// What the library said since the last call.
  std::string take_log();

 private:
  struct Deleter {
    void operator()(crypt_device* device) const noexcept;
  };
  static void log(int level, const char* message, void* self);

  std::string object_;
  std::unique_ptr<crypt_device, Deleter> device_;
  mutable std::string log_;
};

/// The library's name of a type as users write it ("luks", "bitlk", ...); throws for others.
const char* type_name(const std::string& type);

}  // namespace vmcraft::volume::crypt
