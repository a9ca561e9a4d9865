// SPDX-License-Identifier: LGPL-3.0-or-later
// What the readers of the report read a guest by: what is missing is nothing, what is damaged a finding.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/hive.h"
#include "inspect/os.h"

namespace vmcraft::inspect::report {

/// Keys keep the order in which they were set.
using Json = nlohmann::ordered_json;

class Reader {
 public:
  static constexpr std::uint64_t kLargestText = 4U << 20U;

  Reader(const mount::GuestRoot& root, const OperatingSystem& os) : root_(root), os_(os) {}

  const mount::GuestRoot& root() const noexcept { return root_; }
  const OperatingSystem& os() const noexcept { return os_; }

  /// Content of a regular file; nothing where it is missing or is none. A file that is larger than
  /// `most` bytes, or fails to be read, is a finding.
  std::optional<std::string> text(const std::string& path, std::uint64_t most = kLargestText);
  /// Names in a directory, sorted; none where it is missing. At most 100,000 are read.
  std::vector<std::string> names(const std::string& folder);
  /// Paths in a directory whose name ends so, sorted by name.
  std::vector<std::string> files(const std::string& folder, std::string_view ending = "");
  bool has_file(const std::string& path) const;
  bool has_folder(const std::string& path) const;
  bool has(const std::string& path) const;
  /// Target of a symbolic link; empty where the path is none.
  std::string link(const std::string& path) const;
  std::optional<struct stat> status(const std::string& path) const;

  /// A registry hive, opened once; null where the path is empty or the file is no hive, which is a finding.
  const Hive* hive(const std::string& path);

  void finding(const std::string& path, const std::string& problem);
  /// Runs a reader; an Error is a finding about `path`.
  void guarded(const std::string& path, const std::function<void()>& work);
  /// Starts work that takes long beside the other readers. It must not use the Reader.
  void start(const std::string& path, std::function<Json()> work);
  /// Waits for all that was started: the results by their paths; an Error is a finding.
  std::map<std::string, Json> finish();
  /// What was found, each {"path": ..., "problem": ...}; at most 1,000.
  Json take_findings() { return std::move(findings_); }

 private:
  const mount::GuestRoot& root_;
  const OperatingSystem& os_;
  Json findings_ = Json::array();
  std::map<std::string, std::unique_ptr<Hive>> hives_;
  std::vector<std::pair<std::string, std::future<Json>>> started_;
};

/// Sets a member where there is a value.
void put(Json& object, const char* key, std::string_view value);
/// Lists and objects too, where they are not empty.
void put_json(Json& object, const char* key, Json value);
/// Seconds since 1970 as "2024-05-01T12:00:00Z".
std::string time_text(std::int64_t seconds);

}  // namespace vmcraft::inspect::report
