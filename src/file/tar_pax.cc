// SPDX-License-Identifier: LGPL-3.0-or-later
// Extended headers of POSIX: "LENGTH key=value" records that override the plain header.
#include <limits>

#include "base/text.h"
#include "file/tar_reader.h"

namespace vmcraft::file {

std::uint64_t TarReader::decimal(const std::string& text) const {
  const auto value = base::parse_number<std::uint64_t>(text);
  if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    fail("a number is not valid");
  return *value;
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

void TarReader::apply_time(TarEntry& entry, const std::string& value) const {
  const std::size_t dot = value.find('.');
  const auto seconds = base::parse_number<std::int64_t>(value.substr(0, dot));
  if (!seconds) fail("a time is not valid");
  entry.mtime = {*seconds, 0};
  if (dot == std::string::npos || *seconds < 0) return;
  std::string fraction = value.substr(dot + 1, 9);
  fraction.resize(9, '0');
  const auto nanoseconds = base::parse_number<std::uint32_t>(fraction);
  entry.mtime.tv_nsec = static_cast<long>(nanoseconds.value_or(0));
}

bool TarReader::apply_sparse(TarEntry& entry, const std::string& key, const std::string& value) {
  if (key == "GNU.sparse.realsize" || key == "GNU.sparse.size") real_size_ = decimal(value);
  else if (key == "GNU.sparse.major") sparse_map_in_content_ = value == "1";
  else if (key == "GNU.sparse.name") entry.path = value;
  else if (key == "GNU.sparse.offset") entry.runs.push_back({decimal(value), 0});
  else if (key == "GNU.sparse.numbytes" && !entry.runs.empty())
    entry.runs.back().length = decimal(value);
  else if (key == "GNU.sparse.map") {
    const auto fields = base::split(value, ',');
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
      add_run(entry, decimal(fields[i]), decimal(fields[i + 1]));
  } else return false;
  return true;
}

void TarReader::apply_one(TarEntry& entry, const std::string& key, const std::string& value) {
  constexpr std::string_view kXattr = "SCHILY.xattr.";
  if (apply_sparse(entry, key, value)) return;
  if (key == "path") entry.path = value;
  else if (key == "linkpath") entry.link = value;
  else if (key == "size") size_ = decimal(value);
  else if (key == "uid") entry.uid = static_cast<uid_t>(decimal(value));
  else if (key == "gid") entry.gid = static_cast<gid_t>(decimal(value));
  else if (key == "mtime") apply_time(entry, value);
  else if (key.starts_with(kXattr)) entry.xattrs.emplace_back(key.substr(kXattr.size()), value);
  else if (key == "RHT.security.selinux") entry.xattrs.emplace_back("security.selinux", value);
  else if (key == "SCHILY.acl.access") entry.access_acl = value;
  else if (key == "SCHILY.acl.default") entry.default_acl = value;
}

void TarReader::apply(TarEntry& entry, const Records& records) {
  for (const auto& [key, value] : records)
    if (!value.empty() || key.starts_with("SCHILY.xattr.")) apply_one(entry, key, value);
}

}  // namespace vmcraft::file
