// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vmcraft::file {
namespace {

constexpr std::uint64_t kOctal8Limit = 1U << 21U;                 // 7 digits
constexpr std::uint64_t kOctal12Limit = std::uint64_t{1} << 33U;  // 11 digits
constexpr std::uint64_t kRecordBytes = 20 * kTarBlockBytes;

// Octal digits and a NUL; a number that does not fit in base 256, as GNU does it.
template <std::size_t N>
void put_number(std::array<char, N>& field, std::uint64_t value) {
  const std::uint64_t limit = N == 8 ? kOctal8Limit : kOctal12Limit;
  if (value < limit) {
    for (std::size_t i = N - 1; i-- > 0; value >>= 3U)
      field[i] = static_cast<char>('0' + (value & 7U));
    return;
  }
  for (std::size_t i = N; i-- > 1; value >>= 8U) field[i] = static_cast<char>(value & 0xffU);
  field[0] = static_cast<char>(0x80);
}

template <std::size_t N>
void put_text(std::array<char, N>& field, std::string_view text) {
  std::memcpy(field.data(), text.data(), std::min(N, text.size()));
}

// Names of more than 100 bytes can be cut at a slash, with up to 155 bytes before it.
std::size_t prefix_length(std::string_view path) {
  constexpr std::size_t kName = 100;
  constexpr std::size_t kPrefix = 155;
  if (path.size() <= kName) return 0;
  const std::size_t slash = path.find('/', path.size() - kName - 1);
  if (slash == std::string_view::npos || slash == 0 || slash > kPrefix || slash + 1 == path.size())
    return std::string_view::npos;
  return slash;
}

// "LENGTH key=value\n", where the length counts itself.
void put_record(std::string& records, std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length)
    length = std::to_string(length).size() + rest;
  records += std::to_string(length);
  records += ' ';
  records += key;
  records += '=';
  records += value;
  records += '\n';
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80                   ? 0
                             : lead >= 0xc2 && lead < 0xe0 ? 1
                             : lead >= 0xe0 && lead < 0xf0 ? 2
                             : lead >= 0xf0 && lead < 0xf5 ? 3
                                                           : 4;
    if (more == 4 || i + more >= text.size() + (more == 0 ? 1 : 0)) return false;
    for (std::size_t j = 1; j <= more; ++j)
      if ((static_cast<unsigned char>(text[i + j]) & 0xc0U) != 0x80U) return false;
    i += more + 1;
  }
  return true;
}

// The map of a sparse file as GNU's format 1.0 puts it before the data. An empty run at the end
// gives the file its length.
std::string sparse_map(const TarEntry& entry) {
  std::string map = fmt::format("{}\n", entry.runs.size() + 1);
  for (const TarRun& run : entry.runs) map += fmt::format("{}\n{}\n", run.position, run.length);
  map += fmt::format("{}\n0\n", entry.size_bytes);
  map.resize((map.size() + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes);
  return map;
}

std::string extended_records(const TarEntry& entry, std::uint64_t stored) {
  std::string names;
  if (entry.sparse) {
    put_record(names, "GNU.sparse.major", "1");
    put_record(names, "GNU.sparse.minor", "0");
    put_record(names, "GNU.sparse.name", entry.path);
    put_record(names, "GNU.sparse.realsize", std::to_string(entry.size_bytes));
  } else if (prefix_length(entry.path) == std::string_view::npos) {
    put_record(names, "path", entry.path);
  }
  if (entry.link.size() > sizeof TarHeaderDisk::link) put_record(names, "linkpath", entry.link);
  std::string records;
  if (!names.empty() && (!is_utf8(entry.path) || !is_utf8(entry.link)))
    put_record(records, "hdrcharset", "BINARY");
  records += names;
  if (stored >= kOctal12Limit) put_record(records, "size", std::to_string(stored));
  if (entry.uid >= kOctal8Limit) put_record(records, "uid", std::to_string(entry.uid));
  if (entry.gid >= kOctal8Limit) put_record(records, "gid", std::to_string(entry.gid));
  if (entry.mtime.tv_sec < 0 || entry.mtime.tv_sec >= static_cast<std::time_t>(kOctal12Limit))
    put_record(records, "mtime", std::to_string(entry.mtime.tv_sec));
  for (const auto& [name, value] : entry.xattrs)
    put_record(records,
               name == "security.selinux" ? "RHT.security.selinux" : "SCHILY.xattr." + name, value);
  if (!entry.access_acl.empty()) put_record(records, "SCHILY.acl.access", entry.access_acl);
  if (!entry.default_acl.empty()) put_record(records, "SCHILY.acl.default", entry.default_acl);
  return records;
}

}  // namespace

void TarWriter::header(const TarEntry& entry) {
  std::uint64_t stored = entry.type == TarType::kFile ? entry.size_bytes : 0;
  std::string map;
  if (entry.sparse) {
    map = sparse_map(entry);
    stored = map.size();
    for (const TarRun& run : entry.runs) stored += run.length;
  }
  const std::string records = extended_records(entry, stored);
  if (!records.empty()) extended_header(entry, records);
  block(entry, entry.path, entry.type, stored);
  output_.write(map);
  written_ += map.size();
}

void TarWriter::extended_header(const TarEntry& entry, const std::string& records) {
  TarEntry plain;
  plain.mode = 0644;
  plain.mtime.tv_sec = std::max<std::time_t>(0, entry.mtime.tv_sec);
  block(plain,
        "./PaxHeaders/" + entry.path.substr(entry.path.rfind('/', entry.path.size() - 2) + 1), 'x',
        records.size());
  output_.write(records);
  end_content(records.size());
}

void TarWriter::block(const TarEntry& entry, const std::string& path, char type,
                      std::uint64_t size) {
  TarHeaderDisk header{};
  const std::size_t cut = prefix_length(path);
  if (cut != std::string_view::npos && cut > 0) {
    put_text(header.prefix, std::string_view(path).substr(0, cut));
    put_text(header.name, std::string_view(path).substr(cut + 1));
  } else {
    put_text(header.name, path);
  }
  put_number(header.mode, entry.mode & 07777U);
  put_number(header.uid, entry.uid);
  put_number(header.gid, entry.gid);
  put_number(header.size, size);
  put_number(header.mtime,
             static_cast<std::uint64_t>(std::max<std::time_t>(0, entry.mtime.tv_sec)));
  header.type = type;
  put_text(header.link, entry.link);
  put_text(header.magic, std::string_view("ustar\0"
                                          "00",
                                          8));
  put_text(header.user, entry.user);
  put_text(header.group, entry.group);
  put_number(header.major, entry.major);
  put_number(header.minor, entry.minor);
  const unsigned sum = tar_checksum(header, false);
  fmt::format_to_n(header.checksum.data(), header.checksum.size(), "{:06o}", sum);
  header.checksum[6] = '\0';
  header.checksum[7] = ' ';
  output_.write(std::as_bytes(std::span(&header, 1)));
  written_ += sizeof header;
}

void TarWriter::zeroes(std::uint64_t count) {
  static constexpr std::array<char, kTarBlockBytes> kZeroes{};
  for (; count > 0; count -= std::min<std::uint64_t>(count, kZeroes.size()))
    output_.write({kZeroes.data(), std::min<std::uint64_t>(count, kZeroes.size())});
}

void TarWriter::end_content(std::uint64_t stored_bytes) {
  const std::uint64_t over = stored_bytes % kTarBlockBytes;
  if (over > 0) zeroes(kTarBlockBytes - over);
  written_ += (stored_bytes + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes;
}

void TarWriter::finish() {
  const std::uint64_t end = written_ + 2 * kTarBlockBytes;
  const std::uint64_t padded = (end + kRecordBytes - 1) / kRecordBytes * kRecordBytes;
  zeroes(padded - written_);
  output_.flush();
}

}  // namespace vmcraft::file
