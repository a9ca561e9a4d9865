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
constexpr std::size_t kRunLimit = std::size_t{1} << 21U;
constexpr std::size_t kGlobalLimit = 4096;

template <std::size_t N>
std::string text_of(const std::array<char, N>& field) {
  return {field.data(), ::strnlen(field.data(), N)};
}

// GNU's old map: pairs of twelve bytes.
constexpr std::size_t kSparseFieldBytes = 12;
struct SparseExtensionDisk {
  std::array<std::array<char, kSparseFieldBytes>, 42> numbers;
  char more;
  std::array<char, 7> padding;
};
static_assert(sizeof(SparseExtensionDisk) == kTarBlockBytes);

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
  const auto sum = static_cast<unsigned>(number(header.checksum));
  if (sum != tar_checksum(header, false) && sum != tar_checksum(header, true))
    fail("not a tar header");
  return header;
}

template <std::size_t N>
std::int64_t TarReader::number(const std::array<char, N>& field) const {
  const auto lead = static_cast<unsigned char>(field[0]);
  if ((lead & 0x80U) != 0) {
    // Base 256, two's complement; the top bit of the first byte only marks it.
    std::uint64_t value = (lead & 0x40U) != 0 ? ~std::uint64_t{0} : 0;
    value = value << 6U | (lead & 0x3fU);
    for (std::size_t i = 1; i < N; ++i) {
      const std::uint64_t top = value >> 55U;
      if (top != 0 && top != 0x1ffU) fail("a number is too large");
      value = value << 8U | static_cast<unsigned char>(field[i]);
    }
    return static_cast<std::int64_t>(value);
  }
  const std::string text(base::trim(text_of(field)));
  if (text.empty()) return 0;
  const auto value = base::parse_number<std::int64_t>(text, 8);
  if (!value) fail("a number is not octal");
  return *value;
}

std::uint64_t TarReader::decimal(const std::string& text) const {
  const auto value = base::parse_number<std::uint64_t>(text);
  if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    fail("a number is not valid");
  return *value;
}

std::string TarReader::read_extension(std::uint64_t size) {
  if (size > kExtensionLimitBytes) fail("an extended header is too large");
  std::string text(size, '\0');
  read_exactly(std::as_writable_bytes(std::span(text.data(), text.size())));
  skip((kTarBlockBytes - size % kTarBlockBytes) % kTarBlockBytes);
  return text;
}

TarReader::Records TarReader::parse_records(const std::string& text) const {
  Records records;
  std::string_view rest = text;
  while (!rest.empty() && rest[0] != '\0') {
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) fail("an extended header is not valid");
    const auto length = base::parse_number<std::size_t>(rest.substr(0, blank));
    if (!length || *length <= blank + 1 || *length > rest.size() || rest[*length - 1] != '\n')
      fail("an extended header is not valid");
    const std::string_view record = rest.substr(blank + 1, *length - blank - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) fail("an extended header is not valid");
    records.emplace_back(record.substr(0, equals), record.substr(equals + 1));
    rest.remove_prefix(*length);
  }
  return records;
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
  entry.mode = static_cast<mode_t>(number(header.mode)) & 07777U;
  entry.uid = static_cast<uid_t>(number(header.uid));
  entry.gid = static_cast<gid_t>(number(header.gid));
  entry.mtime.tv_sec = number(header.mtime);
  if (entry.type == TarType::kCharacter || entry.type == TarType::kBlock) {
    entry.major = static_cast<unsigned>(number(header.major));
    entry.minor = static_cast<unsigned>(number(header.minor));
  }
  const std::int64_t size = entry.type == TarType::kHardLink ? 0 : number(header.size);
  if (size < 0) fail("a size is negative");
  entry.size_bytes = static_cast<std::uint64_t>(size);
  return entry;
}

void TarReader::add_run(TarEntry& entry, std::uint64_t position, std::uint64_t length) const {
  if (entry.runs.size() >= kRunLimit) fail("a sparse map is too large");
  if (length > 0) entry.runs.push_back({position, length});
}

void TarReader::apply_one(TarEntry& entry, const std::string& key, const std::string& value) {
  constexpr std::string_view kXattr = "SCHILY.xattr.";
  if (key == "path" || key == "GNU.sparse.name") entry.path = value;
  else if (key == "linkpath") entry.link = value;
  else if (key == "size") size_ = decimal(value);
  else if (key == "uid") entry.uid = static_cast<uid_t>(decimal(value));
  else if (key == "gid") entry.gid = static_cast<gid_t>(decimal(value));
  else if (key == "mtime") {
    const auto seconds = base::parse_number<std::int64_t>(value.substr(0, value.find('.')));
    if (!seconds) fail("a time is not valid");
    entry.mtime.tv_sec = *seconds;
    const std::size_t dot = value.find('.');
    std::string fraction = dot == std::string::npos ? "" : value.substr(dot + 1, 9);
    fraction.resize(9, '0');
    const auto nanoseconds = base::parse_number<long>(fraction);
    if (nanoseconds && *nanoseconds >= 0 && *seconds >= 0) entry.mtime.tv_nsec = *nanoseconds;
  } else if (key.starts_with(kXattr)) entry.xattrs.emplace_back(key.substr(kXattr.size()), value);
  else if (key == "RHT.security.selinux") entry.xattrs.emplace_back("security.selinux", value);
  else if (key == "SCHILY.acl.access") entry.access_acl = value;
  else if (key == "SCHILY.acl.default") entry.default_acl = value;
  else if (key == "GNU.sparse.realsize" || key == "GNU.sparse.size") real_size_ = decimal(value);
  else if (key == "GNU.sparse.major") sparse_map_in_content_ = value == "1";
  else if (key == "GNU.sparse.offset") entry.runs.push_back({decimal(value), 0});
  else if (key == "GNU.sparse.numbytes" && !entry.runs.empty())
    entry.runs.back().length = decimal(value);
  else if (key == "GNU.sparse.map") {
    const auto fields = base::split(value, ',');
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
      add_run(entry, decimal(fields[i]), decimal(fields[i + 1]));
  }
}

void TarReader::apply(TarEntry& entry, const Records& records) {
  for (const auto& [key, value] : records)
    if (!value.empty() || key.starts_with("SCHILY.xattr.")) apply_one(entry, key, value);
}

void TarReader::read_old_sparse_map(const TarHeaderDisk& header, TarEntry& entry) {
  constexpr std::size_t kMapStart = 386;
  constexpr std::size_t kMore = 482;
  constexpr std::size_t kRealSize = 483;
  const auto* bytes = reinterpret_cast<const char*>(&header);
  std::array<char, kSparseFieldBytes> field{};
  const auto field_at = [&](const char* at) {
    std::memcpy(field.data(), at, field.size());
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(field)));
  };
  for (std::size_t i = 0; i < 4; ++i) {
    const char* at = bytes + kMapStart + i * 2 * kSparseFieldBytes;
    add_run(entry, field_at(at), field_at(at + kSparseFieldBytes));
  }
  real_size_ = field_at(bytes + kRealSize);
  bool more = bytes[kMore] != '\0';
  while (more) {
    SparseExtensionDisk extension{};
    read_exactly(std::as_writable_bytes(std::span(&extension, 1)));
    for (std::size_t i = 0; i + 1 < extension.numbers.size(); i += 2)
      add_run(entry, field_at(extension.numbers[i].data()),
              field_at(extension.numbers[i + 1].data()));
    more = extension.more != '\0';
  }
}

std::uint64_t TarReader::read_map_number() {
  std::string text;
  for (;;) {
    if (stored_ == 0) fail("a sparse map is cut off");
    const auto byte = take(1);
    if (byte.empty()) fail("unexpected end");
    --stored_;
    if (byte[0] == std::byte{'\n'}) return decimal(text);
    text += static_cast<char>(byte[0]);
    if (text.size() > 20) fail("a sparse map is not valid");
  }
}

void TarReader::read_sparse_map(TarEntry& entry) {
  const std::uint64_t before = stored_;
  entry.runs.clear();
  const std::uint64_t count = read_map_number();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t position = read_map_number();
    add_run(entry, position, read_map_number());
  }
  const std::uint64_t used = before - stored_;
  const std::uint64_t rest = (kTarBlockBytes - used % kTarBlockBytes) % kTarBlockBytes;
  if (rest > stored_) fail("a sparse map is cut off");
  skip(rest);
  stored_ -= rest;
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

std::optional<TarEntry> TarReader::next() {
  skip_content();
  Records local;
  std::string long_path;
  std::string long_link;
  while (const auto header = read_header()) {
    const std::int64_t size = number(header->size);
    const auto extension = [&] { return read_extension(static_cast<std::uint64_t>(size)); };
    if (size < 0) fail("a size is negative");
    switch (header->type) {
      case 'x':
      case 'X':
        local = parse_records(extension());
        continue;
      case 'g':
        for (auto& record : parse_records(extension())) global_.push_back(std::move(record));
        if (global_.size() > kGlobalLimit) fail("too many global extended headers");
        continue;
      case 'L':
        long_path = extension().c_str();
        continue;
      case 'K':
        long_link = extension().c_str();
        continue;
      case 'V':
        continue;
      case 'M':
        fail("a member continues from another volume");
      default:
        break;
    }
    size_.reset();
    real_size_.reset();
    sparse_map_in_content_ = false;
    TarEntry entry = plain_entry(*header);
    if (!long_path.empty()) entry.path = long_path;
    if (!long_link.empty()) entry.link = long_link;
    apply(entry, global_);
    apply(entry, local);
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
