// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/tar_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::file {
namespace {

constexpr std::uint64_t kExtensionLimitBytes = std::uint64_t{8} << 20U;
constexpr std::size_t kGlobalLimit = 4096;

template <std::size_t N>
std::string_view view(const std::array<char, N>& field) {
  return {field.data(), N};
}

template <std::size_t N>
std::string text_of(const std::array<char, N>& field) {
  return {field.data(), ::strnlen(field.data(), N)};
}

bool is_regular(char type) {
  switch (type) {
    case TarType::kHardLink:
    case TarType::kSymlink:
    case TarType::kCharacter:
    case TarType::kBlock:
    case TarType::kDirectory:
    case TarType::kFifo:
      return false;
    default:
      return true;
  }
}

}  // namespace

TarReader::TarReader(base::ByteSource& source, std::string object)
    : source_(source), object_(std::move(object)) {}

void TarReader::fail(const std::string& reason) const {
  base::throw_corrupt(object_, fmt::format("{} at byte {} of the archive", reason, offset_));
}

std::span<const std::byte> TarReader::take(std::uint64_t most) {
  if (buffered_.empty()) {
    const std::size_t n = source_.read(block_.span());
    buffered_ = block_.span().first(n);
  }
  const auto taken = buffered_.first(std::min<std::uint64_t>(most, buffered_.size()));
  buffered_ = buffered_.subspan(taken.size());
  offset_ += taken.size();
  return taken;
}

void TarReader::read_exactly(std::span<std::byte> out) {
  while (!out.empty()) {
    const auto piece = take(out.size());
    if (piece.empty()) fail("unexpected end");
    std::memcpy(out.data(), piece.data(), piece.size());
    out = out.subspan(piece.size());
  }
}

void TarReader::skip(std::uint64_t count) {
  while (count > 0) {
    const auto piece = take(count);
    if (piece.empty()) fail("unexpected end");
    count -= piece.size();
  }
}

void TarReader::skip_content() {
  skip(stored_);
  skip(padding_);
  stored_ = padding_ = 0;
}

void TarReader::drain() {
  while (!take(Block::kBytes).empty()) continue;
}

std::optional<TarHeaderDisk> TarReader::read_header() {
  const auto first = take(1);
  if (first.empty()) return std::nullopt;
  TarHeaderDisk header{};
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  bytes[0] = first[0];
  read_exactly(bytes.subspan(1));
  if (all_zero(bytes)) {
    drain();
    return std::nullopt;
  }
  const auto sum = static_cast<unsigned>(number(view(header.checksum)));
  if (sum != tar_checksum(header, false) && sum != tar_checksum(header, true))
    fail("not a tar header");
  return header;
}

std::int64_t TarReader::number(std::string_view field) const {
  const auto value = tar_number(field);
  if (!value) fail("a number is not valid");
  return *value;
}

std::string TarReader::read_extension(std::uint64_t size) {
  if (size > kExtensionLimitBytes) fail("an extended header is too large");
  std::string text(size, '\0');
  read_exactly(std::as_writable_bytes(std::span(text.data(), text.size())));
  skip((kTarBlockBytes - size % kTarBlockBytes) % kTarBlockBytes);
  return text;
}

TarEntry TarReader::plain_entry(const TarHeaderDisk& header) const {
  TarEntry entry;
  entry.path = text_of(header.name);
  if (std::memcmp(header.magic.data(), "ustar", 6) == 0 && header.prefix[0] != '\0')
    entry.path = text_of(header.prefix) + "/" + entry.path;
  entry.link = text_of(header.link);
  entry.type = is_regular(header.type) ? TarType::kFile : header.type;
  const bool folder = entry.path.ends_with('/') || header.type == 'D';  // D: of GNU's backups
  if (entry.type == TarType::kFile && folder) entry.type = TarType::kDirectory;
  entry.mode = static_cast<mode_t>(number(view(header.mode))) & 07777U;
  entry.uid = static_cast<uid_t>(number(view(header.uid)));
  entry.gid = static_cast<gid_t>(number(view(header.gid)));
  entry.mtime.tv_sec = number(view(header.mtime));
  if (entry.type == TarType::kCharacter || entry.type == TarType::kBlock) {
    entry.major = static_cast<unsigned>(number(view(header.major)));
    entry.minor = static_cast<unsigned>(number(view(header.minor)));
  }
  const std::int64_t size = entry.type == TarType::kHardLink ? 0 : number(view(header.size));
  if (size < 0) fail("a size is negative");
  entry.size_bytes = static_cast<std::uint64_t>(size);
  return entry;
}

void TarReader::start_content(TarEntry& entry) {
  stored_ = size_.value_or(entry.size_bytes);
  padding_ = (kTarBlockBytes - stored_ % kTarBlockBytes) % kTarBlockBytes;
  runs_.clear();
  run_ = 0;
  run_done_ = 0;
  if (entry.type != TarType::kFile) return;
  if (sparse_map_in_content_) read_sparse_map(entry);
  entry.sparse = real_size_.has_value();
  entry.size_bytes = real_size_.value_or(stored_);
  if (!entry.sparse) entry.runs.assign(1, {0, stored_});
  std::uint64_t total = 0;
  for (const TarRun& run : entry.runs) {
    if (run.position > entry.size_bytes || run.length > entry.size_bytes - run.position ||
        run.length > stored_ - total)
      fail("a sparse map is not valid");
    total += run.length;
  }
  runs_ = entry.runs;
}

bool TarReader::take_extension(const TarHeaderDisk& header, Extension& extension) {
  const std::int64_t size = number(view(header.size));
  if (size < 0) fail("a size is negative");
  const auto text = [&] { return read_extension(static_cast<std::uint64_t>(size)); };
  switch (header.type) {
    case 'x':
    case 'X':
      extension.records = parse_records(text());
      return true;
    case 'g':
      for (auto& record : parse_records(text())) global_.push_back(std::move(record));
      if (global_.size() > kGlobalLimit) fail("too many global extended headers");
      return true;
    case 'L':
      extension.path = text().c_str();
      return true;
    case 'K':
      extension.link = text().c_str();
      return true;
    case 'V':
      return true;
    case 'M':
      fail("a member continues from another volume");
    default:
      return false;
  }
}

std::optional<TarEntry> TarReader::next() {
  skip_content();
  Extension extension;
  while (const auto header = read_header()) {
    if (take_extension(*header, extension)) continue;
    size_.reset();
    real_size_.reset();
    sparse_map_in_content_ = false;
    TarEntry entry = plain_entry(*header);
    if (!extension.path.empty()) entry.path = extension.path;
    if (!extension.link.empty()) entry.link = extension.link;
    apply(entry, global_);
    apply(entry, extension.records);
    if (header->type == 'S') read_old_sparse_map(*header, entry);
    start_content(entry);
    return entry;
  }
  return std::nullopt;
}

std::optional<TarReader::Piece> TarReader::content() {
  while (run_ < runs_.size() && run_done_ == runs_[run_].length) {
    ++run_;
    run_done_ = 0;
  }
  if (run_ >= runs_.size()) return std::nullopt;
  const auto data = take(runs_[run_].length - run_done_);
  if (data.empty()) fail("unexpected end");
  const std::uint64_t position = runs_[run_].position + run_done_;
  run_done_ += data.size();
  stored_ -= data.size();
  return Piece{position, data};
}

}  // namespace vmcraft::file
