// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/create.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "file/directory.h"
#include "file/path.h"
#include "file/proc_path.h"

namespace vmcraft::file {
namespace {

mode_t process_umask() {
  const std::string status = base::read_text_file("/proc/self/status");
  const std::size_t at = status.find("\nUmask:");
  if (at == std::string::npos) return 0;
  const std::string_view line = std::string_view(status).substr(at + 7);
  return base::parse_number<mode_t>(base::trim(line.substr(0, line.find('\n'))), 8).value_or(0);
}

// Bits of `wanted` that the umask of the process, and not an ACL of the directory, has taken.
mode_t taken_bits(mode_t actual, mode_t wanted) {
  const mode_t missing = wanted & ~actual & 0777U;
  return missing == 0 ? 0 : missing & process_umask();
}

void restore_entry_mode(const mount::GuestRoot::Entry& entry, mode_t wanted,
                        const std::string& object) {
  struct stat st {};
  base::check(::fstatat(entry.directory.get(), entry.name.c_str(), &st, AT_SYMLINK_NOFOLLOW),
              object);
  const mode_t taken = taken_bits(st.st_mode, wanted);
  if (taken == 0) return;
  const base::UniqueFd node(
      base::check(open_child(entry.directory.get(), entry.name.c_str(), O_PATH), object));
  base::check(::chmod(proc_path(node.get()).c_str(), (st.st_mode | taken) & 07777U), object);
}

// Replaces the six X at the end of a pattern by random characters.
std::string random_name(const std::string& pattern) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t kCount = 6;
  if (!pattern.ends_with("XXXXXX")) base::throw_invalid(pattern, "does not end in XXXXXX");
  std::array<unsigned char, kCount> random{};
  base::check(::getrandom(random.data(), random.size(), 0), "getrandom");
  std::string name = pattern.substr(0, pattern.size() - kCount);
  for (const unsigned char c : random) name += kLetters[c % kLetters.size()];
  return name;
}

template <typename Make>
std::string make_unique(const std::string& pattern, Make make) {
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts; ++i) {
    std::string path = random_name(pattern);
    if (make(path) >= 0) return path;
    if (errno != EEXIST) base::throw_errno(path);
  }
  base::throw_errno(pattern, EEXIST);
}

// Calls `make` for the name, once more after removing what is in its way. A slash at the end asks for a
// directory, which is never made here.
template <typename Make>
void make_name(const mount::GuestRoot::Entry& entry, const std::string& object, Replace replace,
               Make make) {
  if (object.ends_with('/')) base::throw_errno(object, ENOENT);
  if (make() == 0) return;
  if (errno != EEXIST || replace == Replace::no) base::throw_errno(object);
  base::check(::unlinkat(entry.directory.get(), entry.name.c_str(), 0), object);
  base::check(make(), object);
}

}  // namespace

mode_t checked_mode(int mode, int limit) {
  if (mode < 0 || mode > limit)
    base::throw_invalid(fmt::format("{:o}", static_cast<unsigned>(mode)), "not a mode");
  return static_cast<mode_t>(mode);
}

void restore_mode(int file, mode_t wanted, const std::string& object) {
  struct stat st {};
  base::check(::fstat(file, &st), object);
  const mode_t taken = taken_bits(st.st_mode, wanted);
  if (taken != 0) base::check(::fchmod(file, (st.st_mode | taken) & 07777U), object);
}

base::UniqueFd open_or_create(const mount::GuestRoot& root, const std::string& path, int flags,
                              const Session& session, mode_t mode) {
  auto found = root.try_open(path, flags);
  if (!found) {
    const mode_t wanted = mode & ~session.umask;
    found = root.open(path, flags | O_CREAT, wanted);
    restore_mode(found->get(), wanted, path);
  }
  struct stat st {};
  base::check(::fstat(found->get(), &st), path);
  if (!S_ISREG(st.st_mode)) base::throw_invalid(path, "not a regular file");
  return std::move(*found);
}

void make_directory(const mount::GuestRoot& root, const std::string& path, int mode,
                    const Session& session) {
  const mode_t wanted = checked_mode(mode) & ~session.umask;
  const auto entry = root.entry(path);
  if (entry.name == ".") base::throw_errno(path, EEXIST);
  base::check(::mkdirat(entry.directory.get(), entry.name.c_str(), wanted), path);
  restore_entry_mode(entry, wanted, path);
}

void make_directories(const mount::GuestRoot& root, const std::string& path,
                      const Session& session) {
  const auto st = root.stat(path);
  if (st && S_ISDIR(st->st_mode)) return;
  if (st) base::throw_errno(path, ENOTDIR);
  std::string so_far;
  for (const std::string& part : base::split(path, '/')) {
    if (part.empty()) continue;
    so_far += "/" + part;
    if (part == "." || part == "..") continue;
    const auto there = root.stat(so_far);
    if (!there) make_directory(root, so_far, 0777, session);
    else if (!S_ISDIR(there->st_mode)) base::throw_errno(so_far, ENOTDIR);
  }
}

std::string make_unique_directory(const mount::GuestRoot& root, const std::string& pattern) {
  return make_unique(pattern, [&](const std::string& path) {
    const auto entry = root.entry(path);
    return ::mkdirat(entry.directory.get(), entry.name.c_str(), 0700);
  });
}

std::string make_unique_file(const mount::GuestRoot& root, const std::string& pattern,
                             const std::string& suffix) {
  if (suffix.find('/') != std::string::npos) base::throw_invalid(suffix, "has a slash");
  std::string made = make_unique(pattern, [&](const std::string& path) {
    const std::string whole = path + suffix;
    const auto entry = root.entry(whole);
    const base::UniqueFd file(
        open_child(entry.directory.get(), entry.name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    return file ? 0 : -1;
  });
  return made + suffix;
}

void make_node(const mount::GuestRoot& root, const std::string& path, mode_t type, int mode,
               int major, int minor, const Session& session) {
  const mode_t given = checked_mode(mode, S_IFMT | 07777);
  const mode_t wanted = (given & 07777U) & ~session.umask;
  if (major < 0 || minor < 0) base::throw_invalid(path, "device numbers must not be negative");
  const mode_t kind = type != 0 ? type : given & S_IFMT;
  const auto entry = root.entry(path);
  base::check(::mknodat(entry.directory.get(), entry.name.c_str(), kind | wanted,
                        makedev(static_cast<unsigned>(major), static_cast<unsigned>(minor))),
              path);
  restore_entry_mode(entry, wanted, path);
}

void make_link(const mount::GuestRoot& root, const std::string& target, const std::string& path,
               Replace replace) {
  refuse_slash(root, target);
  const auto from = root.entry(target);
  const std::string place = destination(root, target, path);
  const auto entry = root.entry(place);
  make_name(entry, place, replace, [&] {
    return ::linkat(from.directory.get(), from.name.c_str(), entry.directory.get(),
                    entry.name.c_str(), 0);
  });
}

void make_symlink(const mount::GuestRoot& root, const std::string& target, const std::string& path,
                  Replace replace) {
  const std::string place = destination(root, target, path);
  const auto entry = root.entry(place);
  make_name(entry, place, replace,
            [&] { return ::symlinkat(target.c_str(), entry.directory.get(), entry.name.c_str()); });
}

}  // namespace vmcraft::file
