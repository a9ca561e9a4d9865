// SPDX-License-Identifier: LGPL-3.0-or-later
// Commands that move files between the host and the guest.
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "shell/builtin.h"
#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::builtin {
namespace {

/// Makes an image file of the size and adds it as a drive.
void make_image(Session& session, const std::string& name, const Words& words, bool sparse) {
  const auto size = parse_size(words[1]);
  if (!size || *size <= 0) throw UsageError(name + ": " + words[1] + ": not a size (as 10M, 1G)");
  const base::UniqueFd file =
      base::open_file(words[0], O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0666);
  const int failure = sparse ? (::ftruncate(file.get(), *size) < 0 ? errno : 0)
                             : ::posix_fallocate(file.get(), 0, *size);
  if (failure != 0) {
    ::unlink(words[0].c_str());
    base::throw_errno(name + ": " + words[0], failure);
  }
  AddDriveOptions options;
  options.format = "raw";
  session.guest().add_drive(words[0], options);
}

bool has_wildcard(const std::string& word) {
  return word.find_first_of("*?[{") != std::string::npos;
}

/// Runs the command once for each combination of the expanded words.
void combine(Session& session, const std::vector<Words>& choices, Words& chosen) {
  if (chosen.size() == choices.size())
    return session.execute(chosen.front(), Words(chosen.begin() + 1, chosen.end()));
  for (const std::string& word : choices[chosen.size()]) {
    chosen.push_back(word);
    combine(session, choices, chosen);
    chosen.pop_back();
  }
}

}  // namespace

void alloc(Session& session, const std::string& name, const Words& words) {
  make_image(session, name, words, false);
}

void sparse(Session& session, const std::string& name, const Words& words) {
  make_image(session, name, words, true);
}

void copy_in(Session& session, const std::string&, const Words& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    session.guest().copy_in(words[i], words.back());
}

void copy_out(Session& session, const std::string&, const Words& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    Words remotes = {words[i]};
    if (has_wildcard(words[i])) remotes = session.guest().glob_expand(words[i]);
    for (const std::string& remote : remotes) session.guest().copy_out(remote, words.back());
  }
}

void glob(Session& session, const std::string&, const Words& words) {
  std::vector<Words> choices = {{words[0]}};
  for (std::size_t i = 1; i < words.size(); ++i) {
    choices.push_back({words[i]});
    if (!words[i].starts_with('/')) continue;
    Words found = session.guest().glob_expand(words[i]);
    if (!found.empty() || has_wildcard(words[i])) choices.back() = std::move(found);
  }
  Words chosen;
  combine(session, choices, chosen);
}

}  // namespace vmcraft::shell::builtin
