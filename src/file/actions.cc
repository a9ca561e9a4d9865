// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <limits>
#include <optional>

#include "base/error.h"
#include "base/trace.h"
#include "file/archive.h"
#include "file/attributes.h"
#include "file/compress.h"
#include "file/copy.h"
#include "file/create.h"
#include "file/digest.h"
#include "file/list.h"
#include "file/magic.h"
#include "file/path.h"
#include "file/read.h"
#include "file/remove.h"
#include "file/search.h"
#include "file/status.h"
#include "file/transfer.h"
#include "file/write.h"
#include "file/xattr.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using file::Existing;
using file::Labels;
using file::Links;
using file::Region;
using handle::Handle;

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

file::Progress watch(Handle& handle) {
  return {
      [&handle](std::uint64_t position, std::uint64_t total) { handle.progress(position, total); },
      [&handle] { handle.check_cancelled(); }};
}

bool is_device_name(const std::string& name) { return name.starts_with("/dev/"); }

Region device_region(Handle& handle, const std::string& name, bool writable = false) {
  const handle::Device device = handle.devices().find(name);
  const auto view = handle.devices().view(device, writable);
  return {device.name, view.fd, view.extent.offset_bytes, view.extent.size_bytes, true};
}

Region file_region(Handle& handle, const std::string& path) {
  return file::file_region(handle.root(), path);
}

Region any_region(Handle& handle, const std::string& name) {
  return is_device_name(name) ? device_region(handle, name) : file_region(handle, name);
}

/// A file or device that is written to. What was read from a disk before is forgotten in the end.
class Target {
 public:
  static Target device(Handle& handle, const std::string& name) {
    Target target(handle, device_region(handle, name, true));
    target.device_ = handle.devices().find(name);
    return target;
  }
  static Target file(Handle& handle, const std::string& path, Existing existing,
                     const Region* source = nullptr) {
    return {handle, file::target_region(handle.root(), path, handle.files, existing, source)};
  }
  static Target any(Handle& handle, const std::string& name, Existing existing,
                    const Region* source = nullptr) {
    return is_device_name(name) ? device(handle, name) : file(handle, name, existing, source);
  }
  Target(Target&& other) noexcept
      : handle_(other.handle_),
        region_(std::move(other.region_)),
        device_(std::exchange(other.device_, std::nullopt)) {}
  Target& operator=(Target&&) = delete;
  ~Target() {
    if (!device_) return;
    try {
      handle_.devices().wrote(*device_);
    } catch (const Error& failure) {
      base::trace("{}", failure.what());
    }
  }

  const Region& region() const noexcept { return region_; }

 private:
  Target(Handle& handle, Region region) : handle_(handle), region_(std::move(region)) {}

  Handle& handle_;
  Region region_;
  std::optional<handle::Device> device_;
};

template <typename Options>
file::CopySpec copy_spec(const Options& options) {
  file::CopySpec spec;
  spec.from_position = file::not_negative(options.srcoffset.value_or(0), "srcoffset");
  spec.to_position = file::not_negative(options.destoffset.value_or(0), "destoffset");
  if (options.size && *options.size != -1) spec.length = file::not_negative(*options.size, "size");
  spec.sparse = options.sparse.value_or(false);
  return spec;
}

template <typename Options>
void copy_to_device(Handle& handle, const Region& from, const std::string& dest,
                    const Options& options) {
  if (options.append.value_or(false)) base::throw_invalid(dest, "a device cannot be appended to");
  const Target target = Target::device(handle, dest);
  file::copy(from, target.region(), copy_spec(options), watch(handle));
}

template <typename Options>
void copy_to_file(Handle& handle, const Region& from, const std::string& dest,
                  const Options& options) {
  const bool append = options.append.value_or(false);
  file::CopySpec spec = copy_spec(options);
  const Target target =
      Target::file(handle, dest, append ? Existing::keep : Existing::truncate, &from);
  if (append) spec.to_position = target.region().size_bytes;
  spec.onto_holes = true;
  file::copy(from, target.region(), spec, watch(handle));
}

void copy_plain(Handle& handle, const std::string& src, const std::string& dest,
                std::optional<std::uint64_t> length) {
  const Region from = any_region(handle, src);
  const Target target = Target::any(handle, dest, Existing::truncate, &from);
  file::copy(from, target.region(), {.length = length, .onto_holes = !target.region().device},
             watch(handle));
}

std::vector<std::string> grep_with(Handle& handle, const std::string& pattern,
                                   const std::string& path, const file::SearchSpec& spec) {
  return file::search(file_region(handle, path), pattern, spec, watch(handle));
}

Links links_of(const std::optional<bool>& follow) {
  return follow.value_or(false) ? Links::follow : Links::keep;
}

void unpack_compressed(Handle& handle, base::ByteSource& from, const std::string& directory,
                       const char* method) {
  file::unpack(handle.root(), directory, from, {.method = method}, watch(handle));
}

void pack_compressed(Handle& handle, const std::string& directory, base::ByteSink& to,
                     const char* method) {
  file::pack(handle.root(), directory, to, {.method = method}, watch(handle));
}

std::string space(Handle& handle, file::Units units) {
  std::vector<file::MountedOn> mounts;
  for (const mount::Mounted& mounted : handle.mounts().mounts())
    mounts.push_back({mounted.device, mounted.target});
  return file::space_table(handle.root(), mounts, units);
}

}  // namespace

// What is in files

std::string action::cat(Handle& handle, const std::string& path) {
  return file::read_all(file_region(handle, path));
}

std::string action::read_file(Handle& handle, const std::string& path) {
  return file::read_all(file_region(handle, path));
}

std::string action::read(Handle& handle, const std::string& path) {
  return file::read_all(file_region(handle, path));
}

std::vector<std::string> action::read_lines(Handle& handle, const std::string& path) {
  return file::read_lines(file_region(handle, path));
}

std::vector<std::string> action::head(Handle& handle, const std::string& path) {
  return file::head(file_region(handle, path), 10);
}

std::vector<std::string> action::head_n(Handle& handle, int nrlines, const std::string& path) {
  return file::head(file_region(handle, path), nrlines);
}

std::vector<std::string> action::tail(Handle& handle, const std::string& path) {
  return file::tail(file_region(handle, path), 10);
}

std::vector<std::string> action::tail_n(Handle& handle, int nrlines, const std::string& path) {
  return file::tail(file_region(handle, path), nrlines);
}

std::string action::pread(Handle& handle, const std::string& path, int count, std::int64_t offset) {
  return file::read_part(file_region(handle, path), count, offset);
}

std::string action::pread_device(Handle& handle, const std::string& device, int count,
                                 std::int64_t offset) {
  return file::read_part(device_region(handle, device), count, offset);
}

std::string action::hexdump(Handle& handle, const std::string& path) {
  return file::hexdump(file_region(handle, path));
}

std::vector<std::string> action::strings(Handle& handle, const std::string& path) {
  return file::printable_strings(file_region(handle, path), "s");
}

std::vector<std::string> action::strings_e(Handle& handle, const std::string& encoding,
                                           const std::string& path) {
  return file::printable_strings(file_region(handle, path), encoding);
}

int action::wc_c(Handle& handle, const std::string& path) {
  return file::as_int(file_region(handle, path).size_bytes, path);
}

int action::wc_l(Handle& handle, const std::string& path) {
  return file::as_int(file::count_text(file_region(handle, path), watch(handle)).lines, path);
}

int action::wc_w(Handle& handle, const std::string& path) {
  return file::as_int(file::count_text(file_region(handle, path), watch(handle)).words, path);
}

bool action::equal(Handle& handle, const std::string& file1, const std::string& file2) {
  return file::equal(file_region(handle, file1), file_region(handle, file2), watch(handle));
}

std::string action::file(Handle& handle, const std::string& path) {
  return is_device_name(path) ? file::describe(device_region(handle, path))
                              : file::describe(handle.root(), path);
}

std::string action::zfile(Handle& handle, const std::string& meth, const std::string& path) {
  return file::describe_compressed(file_region(handle, path), meth);
}

std::string action::checksum(Handle& handle, const std::string& csumtype, const std::string& path) {
  return file::checksum(file_region(handle, path), csumtype, watch(handle));
}

std::string action::checksum_device(Handle& handle, const std::string& csumtype,
                                    const std::string& device) {
  return file::checksum(device_region(handle, device), csumtype, watch(handle));
}

void action::checksums_out(Handle& handle, const std::string& csumtype,
                           const std::string& directory, base::ByteSink& sumsfile) {
  file::checksums_out(handle.root(), directory, csumtype, sumsfile, watch(handle));
}

// Writing

void action::write(Handle& handle, const std::string& path, std::string_view content) {
  file::write_content(handle.root(), path, content, handle.files);
}

void action::write_append(Handle& handle, const std::string& path, std::string_view content) {
  file::append_content(handle.root(), path, content, handle.files);
}

void action::write_file(Handle& handle, const std::string& path, const std::string& content,
                        int size) {
  file::write_content(handle.root(), path, file::text_prefix(content, size), handle.files);
}

int action::pwrite(Handle& handle, const std::string& path, std::string_view content,
                   std::int64_t offset) {
  const base::UniqueFd fd = handle.root().open_regular(path, O_WRONLY);
  return file::write_part({.name = path, .fd = fd.get()}, content, offset);
}

int action::pwrite_device(Handle& handle, const std::string& device, std::string_view content,
                          std::int64_t offset) {
  const Target target = Target::device(handle, device);
  return file::write_part(target.region(), content, offset);
}

void action::touch(Handle& handle, const std::string& path) {
  file::touch(handle.root(), path, handle.files);
}

void action::truncate(Handle& handle, const std::string& path) {
  file::truncate(handle.root(), path, 0);
}

void action::truncate_size(Handle& handle, const std::string& path, std::int64_t size) {
  file::truncate(handle.root(), path, size);
}

void action::fallocate(Handle& handle, const std::string& path, int len) {
  file::allocate(handle.root(), path, len, handle.files);
}

void action::fallocate64(Handle& handle, const std::string& path, std::int64_t len) {
  file::allocate(handle.root(), path, len, handle.files);
}

void action::fill(Handle& handle, int c, int len, const std::string& path) {
  file::fill(handle.root(), path, file::byte_pattern(c), len, handle.files, watch(handle));
}

void action::fill_pattern(Handle& handle, const std::string& pattern, int len,
                          const std::string& path) {
  file::fill(handle.root(), path, pattern, len, handle.files, watch(handle));
}

void action::fill_dir(Handle& handle, const std::string& dir, int nr) {
  file::fill_directory(handle.root(), dir, nr, handle.files);
}

void action::zero(Handle& handle, const std::string& device) {
  constexpr std::uint64_t kHeadBytes = std::uint64_t{128} << 10U;
  const Target target = Target::device(handle, device);
  file::make_zero(target.region(), kHeadBytes, watch(handle));
}

void action::zero_device(Handle& handle, const std::string& device) {
  const Target target = Target::device(handle, device);
  file::make_zero(target.region(), kAll, watch(handle));
}

// Copying and moving

void action::copy_attributes(Handle& handle, const std::string& src, const std::string& dest,
                             const CopyAttributesOptions& options) {
  const bool all = options.all.value_or(false);
  file::copy_attributes(handle.root(), src, dest,
                        {.mode = all || options.mode.value_or(false),
                         .owner = all || options.ownership.value_or(false),
                         .xattrs = all || options.xattributes.value_or(false)});
}

void action::copy_device_to_device(Handle& handle, const std::string& src, const std::string& dest,
                                   const CopyDeviceToDeviceOptions& options) {
  copy_to_device(handle, device_region(handle, src), dest, options);
}

void action::copy_device_to_file(Handle& handle, const std::string& src, const std::string& dest,
                                 const CopyDeviceToFileOptions& options) {
  copy_to_file(handle, device_region(handle, src), dest, options);
}

void action::copy_file_to_device(Handle& handle, const std::string& src, const std::string& dest,
                                 const CopyFileToDeviceOptions& options) {
  copy_to_device(handle, file_region(handle, src), dest, options);
}

void action::copy_file_to_file(Handle& handle, const std::string& src, const std::string& dest,
                               const CopyFileToFileOptions& options) {
  copy_to_file(handle, file_region(handle, src), dest, options);
}

void action::copy_size(Handle& handle, const std::string& src, const std::string& dest,
                       std::int64_t size) {
  copy_plain(handle, src, dest, file::not_negative(size, "size"));
}

void action::dd(Handle& handle, const std::string& src, const std::string& dest) {
  copy_plain(handle, src, dest, std::nullopt);
}

void action::cp(Handle& handle, const std::string& src, const std::string& dest) {
  file::copy_file(handle.root(), src, dest, handle.files, watch(handle));
}

void action::cp_a(Handle& handle, const std::string& src, const std::string& dest) {
  file::copy_tree(handle.root(), src, dest, file::Keep::all, watch(handle));
}

void action::cp_r(Handle& handle, const std::string& src, const std::string& dest) {
  file::copy_tree(handle.root(), src, dest, file::Keep::mode, watch(handle));
}

void action::mv(Handle& handle, const std::string& src, const std::string& dest) {
  file::move(handle.root(), src, dest, watch(handle));
}

void action::rename(Handle& handle, const std::string& oldpath, const std::string& newpath) {
  file::rename(handle.root(), oldpath, newpath);
}

void action::upload(Handle& handle, base::ByteSource& filename, const std::string& remotefilename) {
  const Target target = Target::any(handle, remotefilename, Existing::truncate);
  file::receive(filename, target.region(), 0, !target.region().device, watch(handle));
}

void action::upload_offset(Handle& handle, base::ByteSource& filename,
                           const std::string& remotefilename, std::int64_t offset) {
  const std::uint64_t position = file::not_negative(offset, "offset");
  const Target target = Target::any(handle, remotefilename, Existing::keep);
  file::receive(filename, target.region(), position, false, watch(handle));
}

void action::download(Handle& handle, const std::string& remotefilename, base::ByteSink& filename) {
  file::send(any_region(handle, remotefilename), 0, kAll, filename, watch(handle));
}

void action::download_offset(Handle& handle, const std::string& remotefilename,
                             base::ByteSink& filename, std::int64_t offset, std::int64_t size) {
  file::send(any_region(handle, remotefilename), file::not_negative(offset, "offset"),
             file::not_negative(size, "size"), filename, watch(handle));
}

// Listing and finding

std::vector<std::string> action::ls(Handle& handle, const std::string& directory) {
  return file::list_names(handle.root(), directory);
}

void action::ls0(Handle& handle, const std::string& dir, base::ByteSink& filenames) {
  file::list_names(handle.root(), dir, filenames);
}

std::string action::ll(Handle& handle, const std::string& directory) {
  return file::long_listing(handle.root(), directory, Labels::hide);
}

std::string action::llz(Handle& handle, const std::string& directory) {
  return file::long_listing(handle.root(), directory, Labels::show);
}

std::vector<Dirent> action::readdir(Handle& handle, const std::string& dir) {
  return file::directory_entries(handle.root(), dir, watch(handle));
}

std::vector<std::string> action::find(Handle& handle, const std::string& directory) {
  return file::find(handle.root(), directory, watch(handle));
}

void action::find0(Handle& handle, const std::string& directory, base::ByteSink& files) {
  file::find(handle.root(), directory, files, watch(handle));
}

std::vector<std::string> action::find_modified_since(Handle& handle, const std::string& date) {
  return file::find_modified_since(handle.root(), date, watch(handle));
}

std::vector<std::string> action::glob_expand(Handle& handle, const std::string& pattern,
                                             const GlobExpandOptions& options) {
  return file::expand_pattern(handle.root(), pattern, options.directoryslash.value_or(true));
}

std::vector<std::string> action::grep(Handle& handle, const std::string& regex,
                                      const std::string& path, const GrepOptions& options) {
  return grep_with(handle, regex, path,
                   {.extended = options.extended.value_or(false),
                    .fixed = options.fixed.value_or(false),
                    .insensitive = options.insensitive.value_or(false),
                    .compressed = options.compressed.value_or(false)});
}

std::vector<std::string> action::grepi(Handle& handle, const std::string& regex,
                                       const std::string& path) {
  return grep_with(handle, regex, path, {.insensitive = true});
}

std::vector<std::string> action::egrep(Handle& handle, const std::string& regex,
                                       const std::string& path) {
  return grep_with(handle, regex, path, {.extended = true});
}

std::vector<std::string> action::egrepi(Handle& handle, const std::string& regex,
                                        const std::string& path) {
  return grep_with(handle, regex, path, {.extended = true, .insensitive = true});
}

std::vector<std::string> action::fgrep(Handle& handle, const std::string& pattern,
                                       const std::string& path) {
  return grep_with(handle, pattern, path, {.fixed = true});
}

std::vector<std::string> action::fgrepi(Handle& handle, const std::string& pattern,
                                        const std::string& path) {
  return grep_with(handle, pattern, path, {.fixed = true, .insensitive = true});
}

std::vector<std::string> action::zgrep(Handle& handle, const std::string& regex,
                                       const std::string& path) {
  return grep_with(handle, regex, path, {.compressed = true});
}

std::vector<std::string> action::zgrepi(Handle& handle, const std::string& regex,
                                        const std::string& path) {
  return grep_with(handle, regex, path, {.insensitive = true, .compressed = true});
}

std::vector<std::string> action::zegrep(Handle& handle, const std::string& regex,
                                        const std::string& path) {
  return grep_with(handle, regex, path, {.extended = true, .compressed = true});
}

std::vector<std::string> action::zegrepi(Handle& handle, const std::string& regex,
                                         const std::string& path) {
  return grep_with(handle, regex, path,
                   {.extended = true, .insensitive = true, .compressed = true});
}

std::vector<std::string> action::zfgrep(Handle& handle, const std::string& pattern,
                                        const std::string& path) {
  return grep_with(handle, pattern, path, {.fixed = true, .compressed = true});
}

std::vector<std::string> action::zfgrepi(Handle& handle, const std::string& pattern,
                                         const std::string& path) {
  return grep_with(handle, pattern, path, {.fixed = true, .insensitive = true, .compressed = true});
}

// Facts

Stat action::stat(Handle& handle, const std::string& path) {
  return file::to_stat(handle.root(), file::facts(handle.root(), path, Links::follow));
}

Stat action::lstat(Handle& handle, const std::string& path) {
  return file::to_stat(handle.root(), file::facts(handle.root(), path, Links::keep));
}

Statns action::statns(Handle& handle, const std::string& path) {
  return file::to_statns(handle.root(), file::facts(handle.root(), path, Links::follow));
}

Statns action::lstatns(Handle& handle, const std::string& path) {
  return file::to_statns(handle.root(), file::facts(handle.root(), path, Links::keep));
}

std::vector<Stat> action::lstatlist(Handle& handle, const std::string& path,
                                    const std::vector<std::string>& names) {
  return file::stat_list(handle.root(), path, names);
}

std::vector<Statns> action::lstatnslist(Handle& handle, const std::string& path,
                                        const std::vector<std::string>& names) {
  return file::statns_list(handle.root(), path, names);
}

Statvfs action::statvfs(Handle& handle, const std::string& path) {
  return file::file_system_facts(handle.root(), path);
}

std::string action::readlink(Handle& handle, const std::string& path) {
  return file::read_link(handle.root(), path);
}

std::vector<std::string> action::readlinklist(Handle& handle, const std::string& path,
                                              const std::vector<std::string>& names) {
  return file::read_links(handle.root(), path, names);
}

std::string action::realpath(Handle& handle, const std::string& path) {
  return file::real_path(handle.root(), path);
}

std::string action::case_sensitive_path(Handle& handle, const std::string& path) {
  return file::case_sensitive_path(handle.root(), path);
}

bool action::exists(Handle& handle, const std::string& path) {
  return file::exists(handle.root(), path);
}

bool action::is_file(Handle& handle, const std::string& path, const IsFileOptions& options) {
  return file::is_type(handle.root(), path, S_IFREG, links_of(options.followsymlinks));
}

bool action::is_dir(Handle& handle, const std::string& path, const IsDirOptions& options) {
  return file::is_type(handle.root(), path, S_IFDIR, links_of(options.followsymlinks));
}

bool action::is_symlink(Handle& handle, const std::string& path) {
  return file::is_type(handle.root(), path, S_IFLNK, Links::keep);
}

bool action::is_fifo(Handle& handle, const std::string& path, const IsFifoOptions& options) {
  return file::is_type(handle.root(), path, S_IFIFO, links_of(options.followsymlinks));
}

bool action::is_socket(Handle& handle, const std::string& path, const IsSocketOptions& options) {
  return file::is_type(handle.root(), path, S_IFSOCK, links_of(options.followsymlinks));
}

bool action::is_blockdev(Handle& handle, const std::string& path,
                         const IsBlockdevOptions& options) {
  return file::is_type(handle.root(), path, S_IFBLK, links_of(options.followsymlinks));
}

bool action::is_chardev(Handle& handle, const std::string& path, const IsChardevOptions& options) {
  return file::is_type(handle.root(), path, S_IFCHR, links_of(options.followsymlinks));
}

bool action::is_zero(Handle& handle, const std::string& path) {
  return file::is_zero(file_region(handle, path), watch(handle));
}

bool action::is_zero_device(Handle& handle, const std::string& device) {
  return file::is_zero(device_region(handle, device), watch(handle));
}

std::int64_t action::filesize(Handle& handle, const std::string& file) {
  return file::facts(handle.root(), file, Links::follow).st_size;
}

std::int64_t action::du(Handle& handle, const std::string& path) {
  return file::disk_usage(handle.root(), path, watch(handle));
}

std::string action::df(Handle& handle) { return space(handle, file::Units::kibibytes); }

std::string action::df_h(Handle& handle) { return space(handle, file::Units::readable); }

// Making

void action::mkdir(Handle& handle, const std::string& path) {
  file::make_directory(handle.root(), path, 0777, handle.files);
}

void action::mkdir_p(Handle& handle, const std::string& path) {
  file::make_directories(handle.root(), path, handle.files);
}

void action::mkdir_mode(Handle& handle, const std::string& path, int mode) {
  file::make_directory(handle.root(), path, mode, handle.files);
}

std::string action::mkdtemp(Handle& handle, const std::string& tmpl) {
  return file::make_unique_directory(handle.root(), tmpl);
}

std::string action::mktemp(Handle& handle, const std::string& tmpl, const MktempOptions& options) {
  return file::make_unique_file(handle.root(), tmpl, options.suffix.value_or(""));
}

void action::mkfifo(Handle& handle, int mode, const std::string& path) {
  file::make_node(handle.root(), path, S_IFIFO, mode, 0, 0, handle.files);
}

void action::mknod(Handle& handle, int mode, int devmajor, int devminor, const std::string& path) {
  file::make_node(handle.root(), path, 0, mode, devmajor, devminor, handle.files);
}

void action::mknod_b(Handle& handle, int mode, int devmajor, int devminor,
                     const std::string& path) {
  file::make_node(handle.root(), path, S_IFBLK, mode, devmajor, devminor, handle.files);
}

void action::mknod_c(Handle& handle, int mode, int devmajor, int devminor,
                     const std::string& path) {
  file::make_node(handle.root(), path, S_IFCHR, mode, devmajor, devminor, handle.files);
}

void action::ln(Handle& handle, const std::string& target, const std::string& linkname) {
  file::make_link(handle.root(), target, linkname, file::Replace::no);
}

void action::ln_f(Handle& handle, const std::string& target, const std::string& linkname) {
  file::make_link(handle.root(), target, linkname, file::Replace::yes);
}

void action::ln_s(Handle& handle, const std::string& target, const std::string& linkname) {
  file::make_symlink(handle.root(), target, linkname, file::Replace::no);
}

void action::ln_sf(Handle& handle, const std::string& target, const std::string& linkname) {
  file::make_symlink(handle.root(), target, linkname, file::Replace::yes);
}

// Attributes

void action::chmod(Handle& handle, int mode, const std::string& path) {
  file::change_mode(handle.root(), path, mode);
}

void action::chown(Handle& handle, int owner, int group, const std::string& path) {
  file::change_owner(handle.root(), path, owner, group, Links::follow);
}

void action::lchown(Handle& handle, int owner, int group, const std::string& path) {
  file::change_owner(handle.root(), path, owner, group, Links::keep);
}

void action::utimens(Handle& handle, const std::string& path, std::int64_t atsecs,
                     std::int64_t atnsecs, std::int64_t mtsecs, std::int64_t mtnsecs) {
  file::change_times(handle.root(), path, file::time_argument(atsecs, atnsecs),
                     file::time_argument(mtsecs, mtnsecs), Links::follow);
}

void action::lutimens(Handle& handle, const std::string& path, std::int64_t atsecs,
                      std::int64_t atnsecs, std::int64_t mtsecs, std::int64_t mtnsecs) {
  file::change_times(handle.root(), path, file::time_argument(atsecs, atnsecs),
                     file::time_argument(mtsecs, mtnsecs), Links::keep);
}

int action::umask(Handle& handle, int mask) { return file::change_umask(handle.files, mask); }

int action::get_umask(Handle& handle) { return static_cast<int>(handle.files.umask); }

std::string action::getxattr(Handle& handle, const std::string& path, const std::string& name) {
  return file::get_xattr(handle.root(), path, name, Links::follow);
}

std::string action::lgetxattr(Handle& handle, const std::string& path, const std::string& name) {
  return file::get_xattr(handle.root(), path, name, Links::keep);
}

std::vector<Xattr> action::getxattrs(Handle& handle, const std::string& path) {
  return file::get_xattrs(handle.root(), path, Links::follow);
}

std::vector<Xattr> action::lgetxattrs(Handle& handle, const std::string& path) {
  return file::get_xattrs(handle.root(), path, Links::keep);
}

std::vector<Xattr> action::lxattrlist(Handle& handle, const std::string& path,
                                      const std::vector<std::string>& names) {
  return file::xattr_list(handle.root(), path, names);
}

void action::setxattr(Handle& handle, const std::string& xattr, const std::string& val, int vallen,
                      const std::string& path) {
  file::set_xattr(handle.root(), path, xattr, val, vallen, Links::follow);
}

void action::lsetxattr(Handle& handle, const std::string& xattr, const std::string& val, int vallen,
                       const std::string& path) {
  file::set_xattr(handle.root(), path, xattr, val, vallen, Links::keep);
}

void action::removexattr(Handle& handle, const std::string& xattr, const std::string& path) {
  file::remove_xattr(handle.root(), path, xattr, Links::follow);
}

void action::lremovexattr(Handle& handle, const std::string& xattr, const std::string& path) {
  file::remove_xattr(handle.root(), path, xattr, Links::keep);
}

std::string action::acl_get_file(Handle& handle, const std::string& path,
                                 const std::string& acltype) {
  return file::get_acl(handle.root(), path, acltype);
}

void action::acl_set_file(Handle& handle, const std::string& path, const std::string& acltype,
                          const std::string& acl) {
  file::set_acl(handle.root(), path, acltype, acl);
}

void action::acl_delete_def_file(Handle& handle, const std::string& dir) {
  file::delete_default_acl(handle.root(), dir);
}

std::string action::cap_get_file(Handle& handle, const std::string& path) {
  return file::get_capabilities(handle.root(), path);
}

void action::cap_set_file(Handle& handle, const std::string& path, const std::string& cap) {
  file::set_capabilities(handle.root(), path, cap);
}

// Removing

void action::rm(Handle& handle, const std::string& path) {
  file::remove_file(handle.root(), path, file::Missing::is_error);
}

void action::rm_f(Handle& handle, const std::string& path) {
  file::remove_file(handle.root(), path, file::Missing::is_fine);
}

void action::rm_rf(Handle& handle, const std::string& path) {
  file::remove_tree(handle.root(), path, watch(handle));
}

void action::rmdir(Handle& handle, const std::string& path) {
  file::remove_directory(handle.root(), path);
}

// Archives

void action::tar_in(Handle& handle, base::ByteSource& tarfile, const std::string& directory,
                    const TarInOptions& options) {
  file::unpack(handle.root(), directory, tarfile,
               {.method = options.compress,
                .xattrs = options.xattrs.value_or(false),
                .selinux = options.selinux.value_or(false),
                .acls = options.acls.value_or(false),
                .keep_directory_links = options.keepdirlink.value_or(false)},
               watch(handle));
}

void action::tar_out(Handle& handle, const std::string& directory, base::ByteSink& tarfile,
                     const TarOutOptions& options) {
  file::pack(handle.root(), directory, tarfile,
             {.method = options.compress,
              .numeric_owner = options.numericowner.value_or(false),
              .excludes = options.excludes.value_or(std::vector<std::string>()),
              .xattrs = options.xattrs.value_or(false),
              .selinux = options.selinux.value_or(false),
              .acls = options.acls.value_or(false)},
             watch(handle));
}

void action::tgz_in(Handle& handle, base::ByteSource& tarball, const std::string& directory) {
  unpack_compressed(handle, tarball, directory, "gzip");
}

void action::tgz_out(Handle& handle, const std::string& directory, base::ByteSink& tarball) {
  pack_compressed(handle, directory, tarball, "gzip");
}

void action::txz_in(Handle& handle, base::ByteSource& tarball, const std::string& directory) {
  unpack_compressed(handle, tarball, directory, "xz");
}

void action::txz_out(Handle& handle, const std::string& directory, base::ByteSink& tarball) {
  pack_compressed(handle, directory, tarball, "xz");
}

void action::cpio_out(Handle& handle, const std::string& directory, base::ByteSink& cpiofile,
                      const CpioOutOptions& options) {
  file::pack_cpio(handle.root(), directory, cpiofile, options.format.value_or("newc"),
                  watch(handle));
}

void action::compress_out(Handle& handle, const std::string& ctype, const std::string& file,
                          base::ByteSink& zfile, const CompressOutOptions& options) {
  file::compress_out(file_region(handle, file), zfile, ctype, options.level, watch(handle));
}

void action::compress_device_out(Handle& handle, const std::string& ctype,
                                 const std::string& device, base::ByteSink& zdevice,
                                 const CompressDeviceOutOptions& options) {
  file::compress_out(device_region(handle, device), zdevice, ctype, options.level, watch(handle));
}

void action::base64_in(Handle& handle, base::ByteSource& base64file, const std::string& filename) {
  const Target target = Target::file(handle, filename, Existing::truncate);
  file::base64_in(base64file, target.region(), watch(handle));
}

void action::base64_out(Handle& handle, const std::string& filename, base::ByteSink& base64file) {
  file::base64_out(file_region(handle, filename), base64file, watch(handle));
}

}  // namespace vmcraft
