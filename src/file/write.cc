// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/write.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "file/create.h"
#include "file/directory.h"

namespace vmcraft::file {
namespace {

void write_all(int fd, std::string_view data, const std::string& object) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    data.remove_prefix(static_cast<std::size_t>(base::check(n, object)));
  }
}

}  // namespace

void touch(const mount::GuestRoot& root, const std::string& path, const Session& session) {
  const auto st = root.lstat(path);
  if (st && !S_ISREG(st->st_mode)) base::throw_invalid(path, "not a regular file");
  const base::UniqueFd file = open_or_create(root, path, O_WRONLY, session);
  base::check(::futimens(file.get(), nullptr), path);
}

void truncate(const mount::GuestRoot& root, const std::string& path, std::int64_t size_bytes) {
  if (size_bytes < 0) base::throw_invalid(path, "size must not be negative");
  const base::UniqueFd file = root.open_regular(path, O_WRONLY);
  base::check(::ftruncate(file.get(), size_bytes), path);
}

void allocate(const mount::GuestRoot& root, const std::string& path, std::int64_t size_bytes,
              const Session& session) {
  if (size_bytes < 0) base::throw_invalid(path, "size must not be negative");
  const base::UniqueFd file = open_or_create(root, path, O_WRONLY, session);
  base::check(::ftruncate(file.get(), 0), path);
  if (size_bytes == 0) return;
  const int error = ::posix_fallocate(file.get(), 0, size_bytes);
  if (error != 0) base::throw_errno(path, error);
}

void write_content(const mount::GuestRoot& root, const std::string& path, std::string_view data,
                   const Session& session) {
  const base::UniqueFd file = open_or_create(root, path, O_WRONLY, session);
  base::check(::ftruncate(file.get(), 0), path);
  write_all(file.get(), data, path);
}

void append_content(const mount::GuestRoot& root, const std::string& path, std::string_view data,
                    const Session& session) {
  const base::UniqueFd file = open_or_create(root, path, O_WRONLY | O_APPEND, session);
  write_all(file.get(), data, path);
}

std::string_view text_prefix(std::string_view text, int size) {
  if (size == 0) return text;
  if (size < 0 || static_cast<std::size_t>(size) > text.size())
    base::throw_invalid("size", "is not within the content");
  return text.substr(0, static_cast<std::size_t>(size));
}

std::string byte_pattern(int value) {
  if (value < 0 || value > 255) base::throw_invalid(std::to_string(value), "not a byte");
  return std::string(1, static_cast<char>(value));
}

void fill(const mount::GuestRoot& root, const std::string& path, std::string_view pattern,
          std::int64_t length, const Session& session, const Progress& progress) {
  constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;
  if (length < 0) base::throw_invalid(path, "length must not be negative");
  if (pattern.empty()) base::throw_invalid(path, "pattern is empty");
  const auto total = static_cast<std::uint64_t>(length);
  std::string piece(pattern);
  while (piece.size() < kPieceBytes && piece.size() < total) piece += std::string(piece);
  const base::UniqueFd file = open_or_create(root, path, O_WRONLY, session);
  base::check(::ftruncate(file.get(), 0), path);
  std::uint64_t done = 0;
  while (done < total) {
    const std::size_t n = std::min<std::uint64_t>(piece.size(), total - done);
    write_all(file.get(), std::string_view(piece).substr(0, n), path);
    done += n;
    progress.step(done, total);
  }
}

void fill_directory(const mount::GuestRoot& root, const std::string& path, int count,
                    const Session& session) {
  if (count < 0) base::throw_invalid(path, "number of files must not be negative");
  const base::UniqueFd directory = root.open_directory(path);
  const mode_t wanted = 0666U & ~session.umask;
  for (int i = 0; i < count; ++i) {
    const std::string name = fmt::format("{:08}", i);
    const base::UniqueFd file(base::check(
        open_child(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK, wanted),
        path + "/" + name));
    restore_mode(file.get(), wanted, path + "/" + name);
  }
}

}  // namespace vmcraft::file
