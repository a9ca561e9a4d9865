// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "inspect/files.h"

namespace vmcraft::inspect::report {
namespace {

constexpr std::size_t kMostFindings = 1000;
constexpr std::size_t kMostNames = 100000;

}  // namespace

std::optional<std::string> Reader::text(const std::string& path, std::uint64_t most) {
  try {
    const auto file = root_.try_open(path, O_RDONLY);
    if (!file) return std::nullopt;
    struct stat st {};
    base::check(::fstat(file->get(), &st), path);
    if (!S_ISREG(st.st_mode)) return std::nullopt;
    if (static_cast<std::uint64_t>(st.st_size) > most) {
      finding(path, fmt::format("too large to be read ({} bytes)", st.st_size));
      return std::nullopt;
    }
    return base::read_text_fd(file->get(), path, most);
  } catch (const Error& failure) {
    finding(path, failure.what());
    return std::nullopt;
  }
}

std::vector<std::string> Reader::names(const std::string& folder) {
  std::vector<std::string> found = names_in(root_, folder);
  if (found.size() > kMostNames) {
    finding(folder, fmt::format("has {} entries; the first {} were read", found.size(), kMostNames));
    found.resize(kMostNames);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> Reader::files(const std::string& folder, std::string_view ending) {
  std::vector<std::string> paths;
  for (const std::string& name : names(folder))
    if (name.ends_with(ending)) paths.push_back(folder + "/" + name);
  return paths;
}

bool Reader::has_file(const std::string& path) const { return is_file(root_, path); }
bool Reader::has_folder(const std::string& path) const { return is_directory(root_, path); }
bool Reader::has(const std::string& path) const { return exists(root_, path); }
std::string Reader::link(const std::string& path) const { return link_target(root_, path); }

std::optional<struct stat> Reader::status(const std::string& path) const {
  try {
    return root_.stat(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

const Hive* Reader::hive(const std::string& path) {
  if (path.empty()) return nullptr;
  const auto [entry, is_new] = hives_.try_emplace(path);
  if (is_new)
    guarded(path, [&] { entry->second = std::make_unique<Hive>(root_, path, Hive::Mode{.writable = false, .unsafe = true}); });
  return entry->second.get();
}

void Reader::finding(const std::string& path, const std::string& problem) {
  if (findings_.size() >= kMostFindings) return;
  std::string reason = problem;
  if (reason.starts_with(path + ": ")) reason.erase(0, path.size() + 2);
  findings_.push_back({{"path", path}, {"problem", reason}});
}

void Reader::guarded(const std::string& path, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& failure) {
    if (failure.code() == ErrorCode::cancelled) throw;
    finding(path, failure.what());
  } catch (const Json::exception& failure) {
    finding(path, std::string("not of the form it should have: ") + failure.what());
  }
}

void Reader::start(const std::string& path, std::function<Json()> work) {
  started_.emplace_back(path, std::async(std::launch::async, std::move(work)));
}

std::map<std::string, Json> Reader::finish() {
  std::map<std::string, Json> results;
  for (auto& [path, result] : started_) guarded(path, [&] { results[path] = result.get(); });
  started_.clear();
  return results;
}

void put(Json& object, const char* key, std::string_view value) {
  if (!value.empty()) object[key] = value;
}

void put_json(Json& object, const char* key, Json value) {
  if (!value.empty()) object[key] = std::move(value);
}

std::string time_text(std::int64_t seconds) {
  const std::time_t when = seconds;
  struct tm fields {};
  if (::gmtime_r(&when, &fields) == nullptr) return {};
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields)};
}

}  // namespace vmcraft::inspect::report
