// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/compress.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <exception>

#include "base/error.h"

namespace vmcraft::file {
namespace {

struct FreeReader {
  void operator()(archive* a) const noexcept { ::archive_read_free(a); }
};
struct FreeWriter {
  void operator()(archive* a) const noexcept { ::archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const noexcept { ::archive_entry_free(e); }
};

constexpr std::array<std::pair<std::string_view, Method>, 7> kMethods{
    {{"compress", Method::compress},
     {"gzip", Method::gzip},
     {"bzip2", Method::bzip2},
     {"xz", Method::xz},
     {"lzma", Method::lzma},
     {"zstd", Method::zstd},
     {"lz4", Method::lz4}}};

// ARCHIVE_WARN means that it would run a program, which is not wanted.
void support(archive* a, Method method) {
  int result = ARCHIVE_FATAL;
  switch (method) {
    case Method::compress:
      result = ::archive_read_support_filter_compress(a);
      break;
    case Method::gzip:
      result = ::archive_read_support_filter_gzip(a);
      break;
    case Method::bzip2:
      result = ::archive_read_support_filter_bzip2(a);
      break;
    case Method::xz:
      result = ::archive_read_support_filter_xz(a);
      break;
    case Method::lzma:
      result = ::archive_read_support_filter_lzma(a);
      break;
    case Method::zstd:
      result = ::archive_read_support_filter_zstd(a);
      break;
    case Method::lz4:
      result = ::archive_read_support_filter_lz4(a);
      break;
  }
  if (result != ARCHIVE_OK) base::throw_not_supported("compression", "not in this build");
}

void add_filter(archive* a, Method method) {
  int result = ARCHIVE_FATAL;
  switch (method) {
    case Method::compress:
      result = ::archive_write_add_filter_compress(a);
      break;
    case Method::gzip:
      result = ::archive_write_add_filter_gzip(a);
      break;
    case Method::bzip2:
      result = ::archive_write_add_filter_bzip2(a);
      break;
    case Method::xz:
      result = ::archive_write_add_filter_xz(a);
      break;
    case Method::lzma:
      result = ::archive_write_add_filter_lzma(a);
      break;
    case Method::zstd:
      result = ::archive_write_add_filter_zstd(a);
      break;
    case Method::lz4:
      result = ::archive_write_add_filter_lz4(a);
      break;
  }
  if (result != ARCHIVE_OK) base::throw_not_supported("compression", "not in this build");
}

// Tells the method by the first bytes; those of lzma are no real signature.
std::optional<Method> detect(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\x1f\x8b"sv)) return Method::gzip;
  if (head.starts_with("\x1f\x9d"sv)) return Method::compress;
  if (head.size() > 3 && head.starts_with("BZh"sv) && head[3] >= '1' && head[3] <= '9')
    return Method::bzip2;
  if (head.starts_with("\xfd\x37zXZ\0"sv)) return Method::xz;
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return Method::zstd;
  // Frames as they are now, and those of kernels.
  if (head.starts_with("\x04\x22\x4d\x18"sv) || head.starts_with("\x02\x21\x4c\x18"sv))
    return Method::lz4;
  // Properties, size of the dictionary, and the length: unknown or with small high bytes.
  if (head.size() > 12 && head.starts_with("\x5d\0\0"sv) &&
      (head.substr(5, 8) == "\xff\xff\xff\xff\xff\xff\xff\xff"sv ||
       head.substr(10, 3) == "\0\0\0"sv))
    return Method::lzma;
  return std::nullopt;
}

}  // namespace

Method parse_method(const std::string& name) {
  for (const auto& [known, method] : kMethods)
    if (name == known) return method;
  if (name == "lzop") base::throw_not_supported(name, "compression method is not supported");
  base::throw_invalid(name, "not a compression method");
}

struct Decompressor::State {
  State(base::ByteSource& source, std::string name) : from(source), object(std::move(name)) {}

  base::ByteSource& from;
  std::string object;
  Block block;
  std::size_t peeked = 0;  ///< bytes at the start of the block that nobody had yet
  std::size_t taken = 0;   ///< of those, in plain mode
  std::exception_ptr failure{};
  std::unique_ptr<archive, FreeReader> reader{};  ///< none for plain data

  void peek() {
    constexpr std::size_t kBytes = 4096;
    while (peeked < kBytes) {
      const std::size_t n = from.read(block.span().subspan(peeked, kBytes - peeked));
      if (n == 0) return;
      peeked += n;
    }
  }

  // The library is C: an exception waits until it has returned.
  static la_ssize_t pull(archive* a, void* data, const void** bytes) {
    auto& self = *static_cast<State*>(data);
    *bytes = self.block.span().data();
    if (self.peeked > 0) return static_cast<la_ssize_t>(std::exchange(self.peeked, 0));
    try {
      return static_cast<la_ssize_t>(self.from.read(self.block.span()));
    } catch (...) {
      self.failure = std::current_exception();
      ::archive_set_error(a, EIO, "read failed");
      return -1;
    }
  }

  [[noreturn]] void fail() {
    if (failure) std::rethrow_exception(failure);
    const char* text = ::archive_error_string(reader.get());
    base::throw_corrupt(object, text != nullptr ? text : "cannot be decompressed");
  }

  void start(Method method) {
    reader.reset(::archive_read_new());
    if (!reader) base::throw_errno(object, ENOMEM);
    support(reader.get(), method);
    ::archive_read_support_format_raw(reader.get());
    ::archive_read_support_format_empty(reader.get());
    archive_entry* entry = nullptr;
    if (::archive_read_open(reader.get(), this, nullptr, pull, nullptr) != ARCHIVE_OK) fail();
    const int result = ::archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) at_end = true;
    else if (result != ARCHIVE_OK) fail();
    else if (::archive_filter_count(reader.get()) < 2)
      base::throw_invalid(object, "is not compressed with this method");
  }

  bool at_end = false;
};

Decompressor::Decompressor(base::ByteSource& from, std::optional<Method> method, std::string object)
    : state_(std::make_unique<State>(from, std::move(object))) {
  state_->peek();
  const std::string_view head(reinterpret_cast<const char*>(state_->block.span().data()),
                              state_->peeked);
  const auto wanted = method ? method : detect(head);
  if (wanted) state_->start(*wanted);
}

Decompressor::~Decompressor() = default;

std::size_t Decompressor::read(std::span<std::byte> buffer) {
  State& s = *state_;
  if (s.at_end) return 0;
  if (s.reader) {
    const la_ssize_t n = ::archive_read_data(s.reader.get(), buffer.data(), buffer.size());
    if (n < 0) s.fail();
    return static_cast<std::size_t>(n);
  }
  if (s.taken == s.peeked) return s.from.read(buffer);
  const std::size_t n = std::min(buffer.size(), s.peeked - s.taken);
  std::memcpy(buffer.data(), s.block.span().data() + s.taken, n);
  s.taken += n;
  return n;
}

struct Compressor::State {
  explicit State(base::ByteSink& sink) : to(sink) {}

  base::ByteSink& to;
  std::exception_ptr failure{};
  std::unique_ptr<archive_entry, FreeEntry> entry{};
  std::unique_ptr<archive, FreeWriter> writer{};
  bool closing = false;  ///< what is freed unfinished writes nothing

  static la_ssize_t push(archive* a, void* data, const void* bytes, std::size_t size) {
    auto& self = *static_cast<State*>(data);
    if (self.closing) return static_cast<la_ssize_t>(size);
    try {
      self.to.write({static_cast<const std::byte*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      self.failure = std::current_exception();
      ::archive_set_error(a, EIO, "write failed");
      return -1;
    }
  }

  void check(la_ssize_t result) {
    if (result >= 0) return;
    if (failure) std::rethrow_exception(failure);
    const char* text = ::archive_error_string(writer.get());
    throw Error(ErrorCode::system, EIO,
                std::string("compress: ") + (text != nullptr ? text : "failed"));
  }
};

Compressor::Compressor(base::ByteSink& to, Method method, std::optional<int> level)
    : state_(std::make_unique<State>(to)) {
  if (level && (*level < 1 || *level > 9)) base::throw_invalid("level", "is outside 1 to 9");
  State& s = *state_;
  s.writer.reset(::archive_write_new());
  s.entry.reset(::archive_entry_new());
  if (!s.writer || !s.entry) base::throw_errno("compress", ENOMEM);
  archive* a = s.writer.get();
  add_filter(a, method);
  if (level && method != Method::compress)
    s.check(::archive_write_set_filter_option(a, nullptr, "compression-level",
                                              std::to_string(*level).c_str()));
  s.check(::archive_write_set_format_raw(a));
  ::archive_write_set_bytes_per_block(a, static_cast<int>(Block::kBytes));
  ::archive_write_set_bytes_in_last_block(a, 1);
  s.check(::archive_write_open(a, &s, nullptr, State::push, nullptr));
  ::archive_entry_set_filetype(s.entry.get(), S_IFREG);
  ::archive_entry_set_pathname(s.entry.get(), "data");
  s.check(::archive_write_header(a, s.entry.get()));
}

Compressor::~Compressor() { state_->closing = true; }

void Compressor::write(std::span<const std::byte> data) {
  while (!data.empty()) {
    const la_ssize_t n = ::archive_write_data(state_->writer.get(), data.data(), data.size());
    state_->check(n == 0 ? -1 : n);
    data = data.subspan(static_cast<std::size_t>(n));
  }
}

void Compressor::finish() { state_->check(::archive_write_close(state_->writer.get())); }

void compress_out(const Region& from, base::ByteSink& to, const std::string& method,
                  std::optional<int> level, const Progress& progress) {
  Compressor compressor(to, parse_method(method), level);
  for_each_block(from, 0, from.size_bytes, [&](std::span<const std::byte> data) {
    progress.stop_if_cancelled();
    compressor.write(data);
    return true;
  });
  compressor.finish();
}

}  // namespace vmcraft::file
