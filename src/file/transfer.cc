// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "file/create.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kKernelStepBytes = std::size_t{8} << 20U;

bool is_unsupported(int error) {
  return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
         error == EBADF || error == EPERM || error == ETXTBSY;
}

/// Moves bytes without taking them through this process; remembers what these two ends cannot do.
class KernelCopy {
 public:
  /// From one offset to another. Nothing where the kernel cannot.
  std::optional<std::size_t> between(int from, off_t from_offset, int to, off_t to_offset,
                                     std::uint64_t length) {
    return attempt(range_, [&] {
      return ::copy_file_range(from, &from_offset, to, &to_offset, step(length), 0);
    });
  }
  /// To where the descriptor `to` is.
  std::optional<std::size_t> append(int from, off_t offset, int to, std::uint64_t length) {
    return attempt(range_,
                   [&] { return ::copy_file_range(from, &offset, to, nullptr, step(length), 0); });
  }

 private:
  static std::size_t step(std::uint64_t length) {
    return std::min<std::uint64_t>(length, kKernelStepBytes);
  }

  template <typename Call>
  static std::optional<std::size_t> attempt(bool& works, Call call) {
    while (works) {
      const ssize_t n = call();
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno == EINTR) continue;
      if (!is_unsupported(errno)) base::throw_errno("copy");
      works = false;
    }
    return std::nullopt;
  }

  bool range_ = true;
};

// In steps where every zero must be sent: a hole may be of any size.
void send_hole(const Run& run, base::ByteSink& to, const Progress& progress) {
  constexpr std::uint64_t kStepBytes = std::uint64_t{64} << 20U;
  struct stat st {};
  const bool seeks = to.fd() >= 0 && ::fstat(to.fd(), &st) == 0 && S_ISREG(st.st_mode);
  const std::uint64_t step = seeks ? run.length : kStepBytes;
  for (std::uint64_t done = 0; done < run.length;) {
    const std::uint64_t n = std::min(step, run.length - done);
    progress.stop_if_cancelled();
    to.write_zeroes(n);
    done += n;
  }
}

std::uint64_t send_data(const Region& from, const Run& run, base::ByteSink& to, BulkReader& reader,
                        KernelCopy& kernel) {
  if (to.fd() >= 0) {
    const off_t offset = to_offset(from.offset_bytes + run.position);
    if (const auto n = kernel.append(from.fd, offset, to.fd(), run.length)) return *n;
  }
  const auto data = reader.read(run.position, run.length);
  to.write(data);
  return data.size();
}

// The rest of a local file as a region, where the source is one.
std::optional<Region> as_region(base::ByteSource& source) {
  struct stat st {};
  if (source.fd() < 0 || ::fstat(source.fd(), &st) < 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  const off_t here = ::lseek(source.fd(), 0, SEEK_CUR);
  if (here < 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(std::max<off_t>(0, st.st_size - here));
  if (size == 0) return std::nullopt;  // files of /proc and the like tell no size
  return Region{"local file", source.fd(), static_cast<std::uint64_t>(here), size};
}

void write_zeroes(const Region& to, std::uint64_t position, std::uint64_t length) {
  if (to.device && (position > to.size_bytes || length > to.size_bytes - position))
    base::throw_errno(to.name, ENOSPC);
  if (length == 0) return;
  if (::fallocate(to.fd, FALLOC_FL_ZERO_RANGE, to_offset(to.offset_bytes + position),
                  to_offset(length)) == 0)
    return;
  const std::vector<std::byte> zeroes(std::min<std::uint64_t>(Block::kBytes, length));
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t n = std::min<std::uint64_t>(zeroes.size(), length - done);
    write_at(to, std::span(zeroes).first(n), position + done);
    done += n;
  }
}

void extend_to(const Region& to, std::uint64_t end) {
  if (to.device) return;
  struct stat st {};
  base::check(::fstat(to.fd, &st), to.name);
  if (static_cast<std::uint64_t>(st.st_size) < end)
    base::check(::ftruncate(to.fd, to_offset(end)), to.name);
}

/// One copy between regions.
class Copy {
 public:
  Copy(const Region& from, const Region& to, const CopySpec& spec, const Progress& progress)
      : from_(from), to_(to), spec_(spec), progress_(progress) {}

  void run() {
    const std::uint64_t start = std::min(spec_.from_position, from_.size_bytes);
    const std::uint64_t available = from_.size_bytes - start;
    const std::uint64_t length = spec_.length.value_or(available);
    if (length > available) base::throw_invalid(from_.name, "shorter than the size to copy");
    if (to_.device &&
        (spec_.to_position > to_.size_bytes || length > to_.size_bytes - spec_.to_position))
      base::throw_errno(to_.name, ENOSPC);
    ::posix_fadvise(from_.fd, to_offset(from_.offset_bytes + start), 0, POSIX_FADV_SEQUENTIAL);
    std::uint64_t position = start;
    while (auto run = next_run(from_, position, start + length)) {
      if (!run->data) hole(*run, start);
      while (run->data && run->length > 0) {
        const std::uint64_t n = data(*run, start);
        run->position += n;
        run->length -= n;
        progress_.step(run->position - start, length);
      }
      position = run->position + run->length;
      if (!run->data) progress_.step(position - start, length);
    }
    extend_to(to_, spec_.to_position + length);
  }

 private:
  std::uint64_t target(std::uint64_t position, std::uint64_t start) const {
    return spec_.to_position + (position - start);
  }

  void hole(const Run& run, std::uint64_t start) {
    if (!spec_.onto_holes && !spec_.sparse)
      write_zeroes(to_, target(run.position, start), run.length);
  }

  std::uint64_t data(const Run& run, std::uint64_t start) {
    const off_t in = to_offset(from_.offset_bytes + run.position);
    const off_t out = to_offset(to_.offset_bytes + target(run.position, start));
    if (!spec_.sparse) {
      const auto n = kernel_.between(from_.fd, in, to_.fd, out, run.length);
      if (n && *n > 0) return *n;
    }
    const auto room = block_.span().first(std::min<std::uint64_t>(Block::kBytes, run.length));
    const std::size_t n = read_at(from_, room, run.position);
    if (n == 0) base::throw_invalid(from_.name, "became shorter while it was copied");
    write(room.first(n), target(run.position, start));
    return n;
  }

  void write(std::span<const std::byte> bytes, std::uint64_t position) {
    constexpr std::size_t kSparseBytes = 4096;
    if (!spec_.sparse) return write_at(to_, bytes, position);
    for (std::size_t i = 0; i < bytes.size(); i += kSparseBytes) {
      const auto piece = bytes.subspan(i, std::min(kSparseBytes, bytes.size() - i));
      if (!all_zero(piece)) write_at(to_, piece, position + i);
    }
  }

  const Region& from_;
  const Region& to_;
  const CopySpec& spec_;
  const Progress& progress_;
  KernelCopy kernel_;
  Block block_;
};

}  // namespace

std::uint64_t not_negative(std::int64_t value, const char* name) {
  if (value < 0) base::throw_invalid(name, "must not be negative");
  return static_cast<std::uint64_t>(value);
}

std::uint64_t send(const Region& from, std::uint64_t position, std::uint64_t length,
                   base::ByteSink& to, const Progress& progress) {
  const std::uint64_t start = std::min(position, from.size_bytes);
  const std::uint64_t end = start + std::min(length, from.size_bytes - start);
  BulkReader reader(from, start, end);
  KernelCopy kernel;
  std::uint64_t here = start;
  while (auto run = next_run(from, here, end)) {
    if (run->data) to.expect(run->length);
    else send_hole(*run, to, progress);
    while (run->data && run->length > 0) {
      const std::uint64_t n = send_data(from, *run, to, reader, kernel);
      if (n == 0) return run->position - start;  // the file became shorter
      run->position += n;
      run->length -= n;
      progress.step(run->position - start, end - start);
    }
    here = run->position + run->length;
    if (!run->data) progress.step(here - start, end - start);
  }
  return here - start;
}

void receive(base::ByteSource& from, const Region& to, std::uint64_t position, bool onto_holes,
             const Progress& progress) {
  if (const auto local = as_region(from)) {
    copy(*local, to, {0, position, std::nullopt, false, onto_holes}, progress);
    base::check(::lseek(from.fd(), to_offset(local->offset_bytes + local->size_bytes), SEEK_SET),
                "local file");
    return;
  }
  const std::uint64_t total = from.remaining().value_or(0);
  const Block block;
  std::uint64_t done = 0;
  while (const std::size_t n = from.read(block.span())) {
    write_at(to, block.span().first(n), position + done);
    done += n;
    progress.step(done, std::max(done, total));
  }
}

void copy(const Region& from, const Region& to, const CopySpec& spec, const Progress& progress) {
  Copy(from, to, spec, progress).run();
}

Region target_region(const mount::GuestRoot& root, const std::string& path, const Session& session,
                     Existing existing, const Region* source) {
  base::UniqueFd file = open_or_create(root, path, O_RDWR, session);
  struct stat there {};
  struct stat from {};
  base::check(::fstat(file.get(), &there), path);
  if (source != nullptr && !source->device && ::fstat(source->fd, &from) == 0 &&
      from.st_dev == there.st_dev && from.st_ino == there.st_ino)
    base::throw_invalid(path, "is the file that is copied");
  if (existing == Existing::truncate) base::check(::ftruncate(file.get(), 0), path);
  return file_region(std::move(file), path);
}

}  // namespace vmcraft::file
