// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/xattr.h"

#include <fcntl.h>
#include <sys/xattr.h>

#include <cstring>

#include "base/error.h"
#include "file/directory.h"
#include "file/proc_path.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kFirstBytes = 256;
constexpr std::size_t kLimitBytes = std::size_t{1} << 20U;

// Calls `read(buffer, size)`, again with a larger buffer while it says ERANGE; nothing on failure.
template <typename Read>
std::optional<std::string> read_growing(Read read) {
  std::string buffer(kFirstBytes, '\0');
  for (;;) {
    const ssize_t n = read(buffer.data(), buffer.size());
    if (n >= 0) {
      buffer.resize(static_cast<std::size_t>(n));
      return buffer;
    }
    if (errno != ERANGE || buffer.size() >= kLimitBytes) return std::nullopt;
    buffer.resize(buffer.size() * 16);
  }
}

std::optional<std::string> read_names(int file) {
  const std::string path = proc_path(file);
  return read_growing([&](char* p, std::size_t n) { return ::listxattr(path.c_str(), p, n); });
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    names.emplace_back(text.c_str() + at);
    at += names.back().size() + 1;
  }
  return names;
}

base::UniqueFd open_node(const mount::GuestRoot& root, const std::string& path, Links links) {
  return root.open(path, links == Links::follow ? O_PATH : O_PATH | O_NOFOLLOW);
}

// Nothing where the names cannot be read.
std::optional<std::vector<Xattr>> all_xattrs(int file) {
  const auto names = read_names(file);
  if (!names) return std::nullopt;
  std::vector<Xattr> result;
  for (std::string& name : split_names(*names))
    if (auto value = get_xattr(file, name)) result.push_back({std::move(name), std::move(*value)});
  return result;
}

}  // namespace

std::optional<std::string> get_xattr(int file, const std::string& name) {
  const std::string path = proc_path(file);
  return read_growing(
      [&](char* p, std::size_t n) { return ::getxattr(path.c_str(), name.c_str(), p, n); });
}

std::vector<std::string> xattr_names(int file) {
  return split_names(read_names(file).value_or(""));
}

int set_xattr(int file, const std::string& name, std::string_view value) noexcept {
  const int result =
      ::setxattr(proc_path(file).c_str(), name.c_str(), value.data(), value.size(), 0);
  return result == 0 ? 0 : errno;
}

void copy_xattrs(int from, int to) {
  for (const std::string& name : xattr_names(from))
    if (const auto value = get_xattr(from, name)) set_xattr(to, name, *value);
}

std::string get_xattr(const mount::GuestRoot& root, const std::string& path,
                      const std::string& name, Links links) {
  const base::UniqueFd node = open_node(root, path, links);
  auto value = get_xattr(node.get(), name);
  if (!value) base::throw_errno(path);
  return std::move(*value);
}

std::vector<Xattr> get_xattrs(const mount::GuestRoot& root, const std::string& path, Links links) {
  const base::UniqueFd node = open_node(root, path, links);
  auto result = all_xattrs(node.get());
  if (!result) base::throw_errno(path);
  return std::move(*result);
}

void set_xattr(const mount::GuestRoot& root, const std::string& path, const std::string& name,
               const std::string& value, int length, Links links) {
  if (length < 0 || static_cast<std::size_t>(length) > value.size())
    base::throw_invalid("vallen", "is not within the value");
  const base::UniqueFd node = open_node(root, path, links);
  const auto part = std::string_view(value).substr(0, static_cast<std::size_t>(length));
  if (const int error = set_xattr(node.get(), name, part)) base::throw_errno(path, error);
}

void remove_xattr(const mount::GuestRoot& root, const std::string& path, const std::string& name,
                  Links links) {
  const base::UniqueFd node = open_node(root, path, links);
  base::check(::removexattr(proc_path(node.get()).c_str(), name.c_str()), path);
}

std::vector<Xattr> xattr_list(const mount::GuestRoot& root, const std::string& directory,
                              const std::vector<std::string>& names) {
  const base::UniqueFd fd = root.open(directory, O_PATH | O_DIRECTORY);
  std::vector<Xattr> result;
  for (const std::string& name : names) {
    const bool simple = name.find('/') == std::string::npos;
    const base::UniqueFd node(simple ? open_child(fd.get(), name.c_str(), O_PATH) : -1);
    auto attributes = node ? all_xattrs(node.get()) : std::nullopt;
    result.push_back({"", attributes ? std::to_string(attributes->size()) : ""});
    if (!attributes) continue;
    for (Xattr& attribute : *attributes) result.push_back(std::move(attribute));
  }
  return result;
}

}  // namespace vmcraft::file
