// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/driver_package.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kLargest = 256U << 20U;

void put(std::string& out, std::string_view text) {
  const base::Le64 size(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
}

/// Takes texts off what put() wrote.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::string take() {
    base::Le64 size;
    if (rest_.size() < sizeof size) base::throw_corrupt("packages", "are cut short");
    std::memcpy(&size, rest_.data(), sizeof size);
    rest_.remove_prefix(sizeof size);
    if (size > rest_.size()) base::throw_corrupt("packages", "are cut short");
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view rest_;
};

std::string read_all(base::ByteSource& from) {
  std::string content;
  std::vector<std::byte> block(1U << 18U);
  while (const std::size_t n = from.read(block)) {
    content.append(reinterpret_cast<const char*>(block.data()), n);
    if (content.size() > kLargest) base::throw_errno("packages", EFBIG);
  }
  return content;
}

}  // namespace

std::string package_path(const std::string& name) {
  std::string joined = name;
  std::replace(joined.begin(), joined.end(), '\\', '/');
  std::string path;
  for (const std::string& part : base::split(joined, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return {};
    path += (path.empty() ? "" : "/") + part;
  }
  return path;
}

std::map<std::string, std::string> source_files(const Inf& inf, const std::string& arch) {
  std::map<std::string, std::string> disks;
  std::map<std::string, std::string> files;
  for (const std::string& suffix : {std::string(), "." + arch}) {
    for (const InfLine& line : inf.lines("SourceDisksNames" + suffix)) disks[line.key] = line.value(3);
    for (const InfLine& line : inf.lines("SourceDisksFiles" + suffix)) {
      const std::string path = package_path(disks[line.value(0)] + "\\" + line.value(1) + "\\" + line.key);
      if (!line.key.empty() && !path.empty()) files[base::lower(line.key)] = path;
    }
  }
  return files;
}

std::vector<std::pair<std::string, std::string>> copied_files(const Inf& inf, const std::string& value) {
  if (value.starts_with('@')) return {{value.substr(1), value.substr(1)}};
  std::vector<std::pair<std::string, std::string>> files;
  for (const InfLine& line : inf.lines(value)) {
    const std::string& target = line.value(0);
    if (!target.empty()) files.emplace_back(target, line.value(1).empty() ? target : line.value(1));
  }
  return files;
}

std::string write_packages(const std::vector<DriverPackage>& packages) {
  std::string out;
  for (const DriverPackage& package : packages) {
    put(out, package.inf);
    put(out, std::to_string(package.files.size()));
    for (const auto& [name, content] : package.files) {
      put(out, name);
      put(out, content);
    }
  }
  return out;
}

std::vector<DriverPackage> read_packages(base::ByteSource& from) {
  const std::string bytes = read_all(from);
  Reader reader(bytes);
  std::vector<DriverPackage> packages;
  while (!reader.at_end()) {
    DriverPackage package;
    package.inf = reader.take();
    const auto count = base::parse_number<std::size_t>(reader.take());
    if (!count) base::throw_corrupt("packages", "have no number of files");
    for (std::size_t i = 0; i < *count; ++i) {
      const std::string name = reader.take();
      package.files[package_path(name)] = reader.take();
    }
    if (!package.files.contains(package.inf)) base::throw_corrupt(package.inf, "is not in its package");
    packages.push_back(std::move(package));
  }
  return packages;
}

}  // namespace vmcraft::edit
