// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/path.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>

#include "base/error.h"
#include "base/text.h"
#include "file/directory.h"
#include "file/walk.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kLinkLimitBytes = std::size_t{64} << 10U;

// What a name of the directory is in the spelling of the disk; nothing where it has no such name.
std::optional<std::string> spelling(const mount::GuestRoot& root, const std::string& directory,
                                    const std::string& name) {
  const base::UniqueFd fd = root.open_directory(directory);
  std::optional<std::string> found;
  std::size_t matches = 0;
  DirectoryReader reader(fd.get(), directory);
  while (const auto item = reader.next()) {
    if (name == item->name) return name;
    if (::strcasecmp(name.c_str(), item->name) != 0) continue;
    found = item->name;
    ++matches;
  }
  if (matches > 1) base::throw_invalid(below(directory, name), "several names differ only in case");
  return found;
}

}  // namespace

std::optional<std::string> read_link_at(int directory, const char* name) {
  std::string text(256, '\0');
  for (;;) {
    const ssize_t n = ::readlinkat(directory, name, text.data(), text.size());
    if (n < 0) return std::nullopt;
    if (static_cast<std::size_t>(n) < text.size()) {
      text.resize(static_cast<std::size_t>(n));
      return text;
    }
    if (text.size() >= kLinkLimitBytes) base::throw_errno(name, ENAMETOOLONG);
    text.resize(text.size() * 2);
  }
}

std::string read_link(const mount::GuestRoot& root, const std::string& path) {
  const auto entry = root.entry(path);
  const auto text = read_link_at(entry.directory.get(), entry.name.c_str());
  if (!text) base::throw_errno(path);
  return *text;
}

std::vector<std::string> read_links(const mount::GuestRoot& root, const std::string& directory,
                                    const std::vector<std::string>& names) {
  const base::UniqueFd fd = root.open(directory, O_PATH | O_DIRECTORY);
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const std::string& name : names) {
    const bool simple = !name.empty() && name.find('/') == std::string::npos;
    texts.push_back(simple ? read_link_at(fd.get(), name.c_str()).value_or("") : "");
  }
  return texts;
}

std::string real_path(const mount::GuestRoot& root, const std::string& path) {
  constexpr int kMostLinks = 40;
  std::deque<std::string> rest;
  for (std::string& part : base::split(path, '/')) rest.push_back(std::move(part));
  std::string result;
  int links = 0;
  while (!rest.empty()) {
    const std::string part = std::move(rest.front());
    rest.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      result.resize(result.empty() ? 0 : result.rfind('/'));
      continue;
    }
    const std::string next = result + "/" + part;
    const base::UniqueFd node = root.open(next, O_PATH | O_NOFOLLOW);
    struct stat st {};
    base::check(::fstat(node.get(), &st), next);
    if (!S_ISLNK(st.st_mode)) {
      if (!rest.empty() && !S_ISDIR(st.st_mode)) base::throw_errno(next, ENOTDIR);
      result = next;
      continue;
    }
    if (++links > kMostLinks) base::throw_errno(path, ELOOP);
    const auto text = read_link_at(node.get(), "");
    if (!text) base::throw_errno(next);
    if (text->starts_with('/')) result.clear();
    std::size_t at = 0;
    for (std::string& piece : base::split(*text, '/'))
      rest.insert(rest.begin() + static_cast<std::ptrdiff_t>(at++), std::move(piece));
  }
  return result.empty() ? "/" : result;
}

std::string case_sensitive_path(const mount::GuestRoot& root, const std::string& path) {
  std::vector<std::string> parts;
  for (std::string& part : base::split(path, '/')) {
    if (part == "." || part == "..") base::throw_invalid(path, "has . or .. components");
    if (!part.empty()) parts.push_back(std::move(part));
  }
  std::string result;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto found = spelling(root, result.empty() ? "/" : result, parts[i]);
    const bool needed = i + 1 < parts.size() || path.ends_with('/');
    if (!found && needed) base::throw_errno(result + "/" + parts[i], ENOENT);
    result += "/" + found.value_or(parts[i]);
  }
  return result.empty() ? "/" : result;
}

std::string last_component(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return {};
  const std::size_t slash = path.find_last_of('/', end);
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(start, end + 1 - start);
}

void refuse_slash(const mount::GuestRoot& root, const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos || end + 1 == path.size()) return;
  const auto st = root.lstat(path.substr(0, end + 1));
  if (st && !S_ISDIR(st->st_mode)) base::throw_errno(path, ENOTDIR);
}

std::string destination(const mount::GuestRoot& root, const std::string& from, const std::string& to) {
  const auto st = root.stat(to);
  if (!st || !S_ISDIR(st->st_mode)) return to;
  const std::string name = last_component(from);
  if (name.empty() || name == "." || name == "..")
    base::throw_invalid(from, "has no name to give to the copy");
  return below(to, name);
}

}  // namespace vmcraft::file
