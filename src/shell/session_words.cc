// SPDX-License-Identifier: LGPL-3.0-or-later
// From the words of a line to the arguments of an action.
#include <sys/mman.h>

#include "base/error.h"
#include "shell/help.h"
#include "shell/interrupt.h"
#include "shell/keys.h"
#include "shell/session.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {

Value Session::call(const Command& command, Words words) {
  try {
    complete_words(command, words);
    const Arguments arguments(command, std::move(words));
    const interrupt::Scope scope(*guest_);
    progress_.start();
    struct Finish {
      Session& session;
      ~Finish() {
        session.progress_.finish();
        session.documents_.clear();
      }
    } const finish{*this};
    return command.run(*guest_, arguments);
  } catch (const UsageError& failure) {
    throw UsageError(std::string(command.name) + ": " + failure.what());
  }
}

void Session::complete_words(const Command& command, Words& words) {
  const std::size_t required = required_words(command.params);
  if (words.size() < required ||
      (words.size() > required && command.optparams.size() < words.size() - required))
    throw UsageError("wrong number of arguments; usage: " + usage_of(command));
  std::size_t number = 0;
  for (const Param& param : command.params) {
    if (param.kind == Kind::k_key)
      words.insert(words.begin() + static_cast<std::ptrdiff_t>(number),
                   read_key(param.name, settings_));
    complete_word(param.kind, words[number++]);
  }
}

void Session::complete_word(Kind kind, std::string& word) {
  if (kind == Kind::k_filein && word.starts_with("-<<")) word = here_document(word.substr(3));
  const bool is_path = kind == Kind::k_pathname || kind == Kind::k_device_or_path ||
                       kind == Kind::k_mountable_or_path;
  if (is_path && word.size() > 4 && (word.starts_with("win:") || word.starts_with("WIN:")))
    word = windows_path(word.substr(4));
}

std::string Session::here_document(const std::string& end) {
  std::string text;
  for (;;) {
    const auto line = next_line();
    if (!line) throw UsageError("here-document: its end '" + end + "' is missing");
    if (*line == end) break;
    text.append(*line).append(1, '\n');
  }
  base::UniqueFd document(base::check(::memfd_create("vmcraft", MFD_CLOEXEC), "here-document"));
  base::pwrite_full(document.get(), base::as_bytes(text), 0);
  documents_.push_back(std::move(document));
  return "/proc/self/fd/" + std::to_string(documents_.back().get());
}

/// C:\PATH as a path of the guest: drive letters are mapped as the inspected Windows maps them.
std::string Session::windows_path(const std::string& path) {
  std::string plain = path;
  std::string root;
  if (plain.size() >= 2 && plain[1] == ':') {
    const Command* mappings = find_command("inspect-get-drive-mappings");
    for (const std::string& os : guest_->inspect_get_roots()) {
      if (mappings == nullptr) break;
      const Value drives = call(*mappings, {os});
      for (const auto& [letter, device] : std::get<HashTable>(drives)) {
        if (letter.size() != 1 || ((letter[0] ^ plain[0]) & ~0x20) != 0) continue;
        for (const auto& [mounted, point] : guest_->mountpoints())
          if (mounted == device) root = point;
      }
    }
    if (root.empty() && (plain[0] | 0x20) == 'c') root = "/";
    if (root.empty()) throw UsageError("win:" + path + ": drive is not mounted");
    plain.erase(0, 2);
  }
  for (char& c : plain)
    if (c == '\\') c = '/';
  if (!plain.starts_with('/')) plain.insert(0, 1, '/');
  if (root.size() > 1) plain.insert(0, root);
  return guest_->case_sensitive_path(plain);
}

}  // namespace vmcraft::shell
