// SPDX-License-Identifier: LGPL-3.0-or-later
// The language of script lines, as guestfish defines it. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::shell {

/// One line of a script, taken apart.
struct Line {
  enum class Type {
    empty,    ///< blank, or a comment
    command,  ///< command and words
    local,    ///< !COMMAND: text goes to the host's shell
    script,   ///< <!COMMAND: the host's shell prints commands to run
  };
  Type type = Type::empty;
  bool may_fail = false;  ///< a '-' stood in front
  std::string command;
  std::vector<std::string> words;
  std::optional<std::string> pipe;  ///< what stood behind '|'
  std::string text;                 ///< of local and script
};

/// Takes a line apart; throws UsageError where it is not well formed.
Line parse_line(std::string_view text);

/// A number with an optional suffix: decimal, 0x hex or 0 octal, then K (or k, KiB) = 1024,
/// KB = 1000, and so on up to Y.
std::optional<std::int64_t> parse_size(const std::string& text);

/// true t 1 yes y on, false f 0 no n off, in any case.
std::optional<bool> parse_boolean(std::string_view text);

/// The words of a list argument: split at blanks, with '...' around blanks and \' for a quote.
std::vector<std::string> parse_string_list(std::string_view text);

/// The text of a prompt variable: \\ \[ \] \a \e \n \r \NNN \xNN resolved.
std::string decode_prompt(std::string_view text);

}  // namespace vmcraft::shell
