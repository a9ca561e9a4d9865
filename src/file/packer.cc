// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/packer.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "file/compress.h"
#include "file/path.h"
#include "file/transfer.h"
#include "file/xattr.h"

namespace vmcraft::file {
namespace {

char type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return TarType::kFile;
    case S_IFDIR:
      return TarType::kDirectory;
    case S_IFLNK:
      return TarType::kSymlink;
    case S_IFCHR:
      return TarType::kCharacter;
    case S_IFBLK:
      return TarType::kBlock;
    case S_IFIFO:
      return TarType::kFifo;
    default:
      return '\0';
  }
}

void put_zeroes(OutputBuffer& out, std::uint64_t count) {
  while (count > 0) {
    const auto room = out.room(std::min<std::uint64_t>(count, Block::kBytes));
    std::memset(room.data(), 0, room.size());
    out.commit(room.size());
    count -= room.size();
  }
}

}  // namespace

bool is_excluded(const std::vector<std::string>& patterns, const std::string& path) {
  for (const std::string& pattern : patterns) {
    for (std::size_t at = 0; at != std::string::npos;) {
      if (::fnmatch(pattern.c_str(), path.c_str() + at, 0) == 0) return true;
      at = path.find('/', at);
      if (at != std::string::npos) ++at;
    }
  }
  return false;
}

bool put_content(const Region& region, const TarRun& run, OutputBuffer& out,
                 const Progress& progress) {
  std::uint64_t done = 0;
  if (run.length <= Block::kBytes) {
    const auto room = out.room(run.length);
    done = read_at(region, room, run.position);
    out.commit(done);
  } else {
    out.flush();
    done = send(region, run.position, run.length, out.sink(), {{}, progress.check});
  }
  put_zeroes(out, run.length - done);
  return done == run.length;
}

Packer::Packer(base::ByteSink& to, std::string object, std::string prefix, const PackSpec& spec,
               Accounts accounts, const Progress& progress)
    : writer_(to),
      object_(std::move(object)),
      prefix_(std::move(prefix)),
      spec_(spec),
      accounts_(std::move(accounts)),
      progress_(progress) {}

TarEntry Packer::entry(const std::string& path, const struct stat& st) const {
  TarEntry entry;
  entry.path = path;
  entry.type = type_of(st.st_mode);
  entry.mode = st.st_mode & 07777U;
  entry.uid = st.st_uid;
  entry.gid = st.st_gid;
  if (const std::string* name = accounts_.user(st.st_uid)) entry.user = *name;
  if (const std::string* name = accounts_.group(st.st_gid)) entry.group = *name;
  entry.mtime = st.st_mtim;
  if (S_ISREG(st.st_mode)) entry.size_bytes = static_cast<std::uint64_t>(st.st_size);
  if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
    entry.major = major(st.st_rdev);
    entry.minor = minor(st.st_rdev);
  }
  return entry;
}

void Packer::add_extended(TarEntry& entry, int file) const {
  if (spec_.xattrs || spec_.selinux) {
    for (std::string& name : xattr_names(file)) {
      if (name.starts_with("system.posix_acl_")) continue;
      if (!(name == "security.selinux" ? spec_.selinux : spec_.xattrs)) continue;
      if (auto value = get_xattr(file, name))
        entry.xattrs.emplace_back(std::move(name), std::move(*value));
    }
  }
  if (!spec_.acls || entry.type == TarType::kSymlink || !has_extended_acl(file)) return;
  const auto text = [&](bool is_default) {
    std::string acl = get_acl(file, is_default).value_or("");
    while (acl.ends_with('\n')) acl.pop_back();
    std::replace(acl.begin(), acl.end(), '\n', ',');
    return acl;
  };
  entry.access_acl = text(false);
  if (entry.type == TarType::kDirectory) entry.default_acl = text(true);
}

void Packer::add_top(int directory) {
  struct stat st {};
  base::check(::fstat(directory, &st), object_);
  TarEntry top = entry(prefix_, st);
  add_extended(top, directory);
  writer_.header(top);
}

void Packer::add_single(int directory, const char* name) {
  struct stat st {};
  base::check(::fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW), object_);
  file({directory, name, {}, st, -1});
}

bool Packer::enter(const Found& found) {
  if (is_excluded(spec_.excludes, prefix_ + found.path)) return false;
  TarEntry folder = entry(prefix_ + found.path + "/", found.st);
  add_extended(folder, found.self);
  writer_.header(folder);
  return true;
}

void Packer::file(const Found& found) {
  if (type_of(found.st.st_mode) == '\0') return;  // sockets mean nothing elsewhere
  const std::string path = prefix_ + found.path;
  if (is_excluded(spec_.excludes, path)) return;
  if (S_ISREG(found.st.st_mode)) add_regular(found, path);
  else add_other(found, path);
}

bool Packer::add_again(const std::string& path, const struct stat& st) {
  if (st.st_nlink < 2) return false;
  const auto [first, is_new] = packed_.emplace(identity(st), path);
  if (is_new) return false;
  TarEntry link = entry(path, st);
  link.type = TarType::kHardLink;
  link.link = first->second;
  link.size_bytes = 0;
  writer_.header(link);
  return true;
}

void Packer::add_other(const Found& found, const std::string& path) {
  const std::string object = below(object_, found.path);
  const base::UniqueFd node(base::check(open_child(found.directory, found.name, O_PATH), object));
  struct stat st {};
  base::check(::fstat(node.get(), &st), object);
  if (type_of(st.st_mode) != type_of(found.st.st_mode)) base::throw_errno(object, ESTALE);
  if (add_again(path, st)) return;
  TarEntry other = entry(path, st);
  if (S_ISLNK(st.st_mode)) {
    auto text = read_link_at(node.get(), "");
    if (!text) base::throw_errno(object);
    other.link = std::move(*text);
  }
  add_extended(other, node.get());
  writer_.header(other);
}

void Packer::find_holes(TarEntry& entry, const Region& region, const struct stat& st) const {
  constexpr std::uint64_t kLeastBytes = std::uint64_t{64} << 10U;
  constexpr std::size_t kMostRuns = std::size_t{1} << 20U;
  const std::uint64_t size = entry.size_bytes;
  if (size < kLeastBytes || static_cast<std::uint64_t>(st.st_blocks) * 512 >= size) return;
  std::uint64_t data = 0;
  std::uint64_t position = 0;
  while (const auto run = next_run(region, position, size)) {
    position = run->position + run->length;
    if (!run->data) continue;
    entry.runs.push_back({run->position, run->length});
    data += run->length;
    if (entry.runs.size() > kMostRuns) break;
  }
  entry.sparse = size - data >= kLeastBytes && entry.runs.size() <= kMostRuns;
}

void Packer::add_regular(const Found& found, const std::string& path) {
  const std::string object = below(object_, found.path);
  const FoundFile file(found, object);
  const struct stat& st = file.st();
  if (add_again(path, st)) return;
  const Region region{object, file.fd(), 0, static_cast<std::uint64_t>(st.st_size)};
  TarEntry regular = entry(path, st);
  add_extended(regular, file.fd());
  if (!file.whole()) find_holes(regular, region, st);
  if (!regular.sparse) regular.runs.assign(1, {0, regular.size_bytes});
  writer_.header(regular);
  if (file.whole()) {
    writer_.output().write(file.head());
    return writer_.end_content(file.head().size());
  }
  std::uint64_t stored = 0;
  for (const TarRun& run : regular.runs) {
    if (!put_content(region, run, writer_.output(), progress_)) damaged_ = object;
    stored += run.length;
  }
  writer_.end_content(stored);
}

void Packer::finish() {
  writer_.finish();
  if (!damaged_.empty()) base::throw_invalid(damaged_, "became shorter while it was read");
}

namespace {

// Runs `work` with a sink that compresses where that is asked for.
template <typename Work>
void with_compression(base::ByteSink& to, const std::optional<std::string>& method, Work work) {
  if (!method) return work(to);
  Compressor compressor(to, parse_method(*method));
  work(compressor);
  compressor.finish();
}

void pack_directory(base::UniqueFd directory, const std::string& object, Packer& packer,
                    const Progress& progress) {
  packer.add_top(directory.get());
  walk(std::move(directory), object, packer,
       {.facts = false, .content = true, .order = NameOrder::inode}, progress);
  packer.finish();
}

}  // namespace

void pack(const mount::GuestRoot& root, const std::string& directory, base::ByteSink& to,
          const PackSpec& spec, const Progress& progress) {
  base::UniqueFd top = root.open_directory(directory);
  with_compression(to, spec.method, [&](base::ByteSink& sink) {
    Packer packer(sink, directory, "./", spec, spec.numeric_owner ? Accounts() : Accounts(root),
                  progress);
    pack_directory(std::move(top), directory, packer, progress);
  });
}

void pack_local(const std::string& path, base::ByteSink& to, const Progress& progress) {
  const std::string name = last_component(path);
  if (name.empty() || name == "." || name == "..")
    base::throw_invalid(path, "has no name to give to the copy");
  const PackSpec spec;
  const base::UniqueFd node = base::open_file(path, O_PATH | O_NOFOLLOW);
  struct stat st {};
  base::check(::fstat(node.get(), &st), path);
  if (S_ISDIR(st.st_mode)) {
    Packer packer(to, path, name + "/", spec, {}, progress);
    pack_directory(base::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path, packer,
                   progress);
    return;
  }
  const std::size_t slash = path.find_last_of('/', path.find_last_not_of('/'));
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const base::UniqueFd parent = base::open_file(folder, O_RDONLY | O_DIRECTORY);
  Packer packer(to, path, name, spec, {}, progress);
  packer.add_single(parent.get(), name.c_str());
  packer.finish();
}

void unpack_local(base::ByteSource& from, const std::string& directory, const Progress& progress) {
  const mount::GuestRoot root(base::open_file(directory, O_RDONLY | O_DIRECTORY));
  unpack(root, "/", from, {}, progress);
}

}  // namespace vmcraft::file
