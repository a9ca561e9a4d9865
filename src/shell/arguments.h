// SPDX-License-Identifier: LGPL-3.0-or-later
// The words after a command, as the types its action takes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vmcraft::shell {

struct Command;

enum class Kind {
  k_string,
  k_pathname,
  k_device,
  k_mountable,
  k_device_or_path,
  k_mountable_or_path,
  k_guid,
  k_filename,
  k_key,
  k_optstring,
  k_stringlist,
  k_devicelist,
  k_pathnamelist,
  k_filenamelist,
  k_filein,
  k_fileout,
  k_bufferin,
  k_int,
  k_int64,
  k_bool,
};

struct Param {
  const char* name;
  Kind kind;
};

/// How many words the command must have: keys are asked for, not written on the line.
std::size_t required_words(std::span<const Param> params);

/// Typed access to words that are complete: keys filled in, here-documents and win: resolved.
class Arguments {
 public:
  /// Throws UsageError where an option is unknown or stands twice.
  Arguments(const Command& command, std::vector<std::string> words);

  std::string string(std::size_t number) const { return words_.at(number); }
  std::optional<std::string> optstring(std::size_t number) const;
  std::vector<std::string> stringlist(std::size_t number) const;
  int int32(std::size_t number) const;
  std::int64_t int64(std::size_t number) const;
  bool boolean(std::size_t number) const;

  void optional(const char* name, std::optional<std::string>& value) const;
  void optional(const char* name, std::optional<bool>& value) const;
  void optional(const char* name, std::optional<int>& value) const;
  void optional(const char* name, std::optional<std::int64_t>& value) const;
  void optional(const char* name, std::optional<std::vector<std::string>>& value) const;

 private:
  const char* name_of(std::size_t number) const;
  const std::string* option(const char* name) const;
  void add_option(const std::string& word);

  const Command& command_;
  std::vector<std::string> words_;
  std::vector<std::pair<const char*, std::string>> options_;
};

}  // namespace vmcraft::shell
