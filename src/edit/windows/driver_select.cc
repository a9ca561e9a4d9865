// SPDX-License-Identifier: LGPL-3.0-or-later
// Drivers in folders of this machine.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "edit/windows/driver_package.h"

namespace vmcraft::edit {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 8;
constexpr std::size_t kLargestInf = 4U << 20U;
constexpr std::size_t kLargestFile = 128U << 20U;
// Behind any folder that is named for a version.
constexpr int kNeutral = 100;

struct Release {
  std::string_view folder;  // of virtio-win
  int major;
  int minor;
  int build;
  bool server;
};

// Of each kind the newest first: drivers for a Windows run on later ones.
constexpr std::array kReleases = std::to_array<Release>({
    {"w11", 10, 0, 22000, false},   {"w10", 10, 0, 0, false},       {"w8.1", 6, 3, 0, false},
    {"w8", 6, 2, 0, false},         {"w7", 6, 1, 0, false},         {"vista", 6, 0, 0, false},
    {"xp", 5, 1, 0, false},         {"2k25", 10, 0, 26100, true},   {"2k22", 10, 0, 20348, true},
    {"2k19", 10, 0, 17763, true},   {"2k16", 10, 0, 14393, true},   {"2k12r2", 6, 3, 0, true},
    {"2k12", 6, 2, 0, true},        {"2k8r2", 6, 1, 0, true},       {"2k8", 6, 0, 0, true},
    {"2k3", 5, 2, 0, true},
});

std::string arch_of_folder(const std::string& name) {
  if (name == "amd64" || name == "x64") return "amd64";
  if (name == "x86" || name == "i386") return "x86";
  return name == "arm64" || name == "arm" ? name : "";
}

// 0 for its own folder, more for those of older releases of the same kernel, first of its own kind.
int rank_release(const Release& release, const WindowsTarget& target) {
  if (release.major != target.major || release.minor != target.minor || release.build > target.build) return -1;
  int rank = release.server == target.server ? 0 : 50;
  for (const Release& other : kReleases)
    if (other.server == release.server && other.major == release.major && other.minor == release.minor &&
        other.build > release.build && other.build <= target.build)
      ++rank;
  return rank;
}

struct Candidate {
  std::string path;  // of the INF
  int rank = 0;
};

std::string content_of(const std::string& path, std::size_t limit) {
  const base::UniqueFd file = base::open_file(path, O_RDONLY);
  return base::read_text_fd(file.get(), path, limit);
}

// What the file is called there, in any case of letters.
std::optional<fs::path> find_file(const fs::path& folder, const std::string& path) {
  fs::path at = folder;
  for (const std::string& part : base::split(path, '/')) {
    std::error_code failure;
    std::optional<fs::path> next;
    if (fs::exists(at / part, failure)) next = at / part;
    for (fs::directory_iterator i(at, failure), end; !failure && !next && i != end; i.increment(failure))
      if (base::lower(i->path().filename().string()) == base::lower(part)) next = i->path();
    if (!next) return std::nullopt;
    at = *next;
  }
  return at;
}

bool ends_with_path(const std::string& path, const std::string& wanted) {
  const std::string a = base::lower(path);
  std::string b = base::lower(wanted);
  std::replace(b.begin(), b.end(), '\\', '/');
  return a == b || a.ends_with("/" + b);
}

std::vector<Candidate> find_infs(const fs::path& folder, const std::string& wanted, const WindowsTarget& target) {
  std::vector<Candidate> found;
  std::error_code failure;
  fs::recursive_directory_iterator i(folder, fs::directory_options::skip_permission_denied, failure);
  if (failure) base::throw_errno(folder.string(), failure.value());
  for (; i != fs::recursive_directory_iterator(); i.increment(failure)) {
    if (failure) base::throw_errno(folder.string(), failure.value());
    if (i.depth() >= kDeepest) i.disable_recursion_pending();
    const std::string path = i->path().string();
    if (base::lower(i->path().extension().string()) != ".inf" || !i->is_regular_file(failure)) continue;
    if (!wanted.empty() && !ends_with_path(path, wanted)) continue;
    found.push_back({path, rank_driver_folder(fs::relative(i->path(), folder).string(), target)});
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
  return found;
}

// By name the candidate that is nearest and has a device for this Windows.
std::map<std::string, Candidate> choose(const std::vector<Candidate>& candidates, const WindowsTarget& target) {
  std::map<std::string, Candidate> chosen;
  for (const Candidate& candidate : candidates) {
    if (candidate.rank < 0) continue;
    const std::string name = base::lower(fs::path(candidate.path).filename().string());
    const auto known = chosen.find(name);
    if (known != chosen.end() && known->second.rank <= candidate.rank) continue;
    if (devices_for(Inf(content_of(candidate.path, kLargestInf)), target).empty()) continue;
    chosen[name] = candidate;
  }
  return chosen;
}

// Every CopyFiles of the file, whatever it belongs to.
std::set<std::string> needed_names(const Inf& inf, const WindowsTarget& target) {
  std::set<std::string> names;
  for (const InfDevice& device : devices_for(inf, target))
    for (const std::string& value : inf.all(device.section, "CopyFiles"))
      for (const auto& [to, from] : copied_files(inf, value)) names.insert(base::lower(from));
  return names;
}

void add_file(DriverPackage& package, const fs::path& folder, const std::string& path, bool needed) {
  if (path.empty()) return;
  auto found = find_file(folder, path);
  // Trees are often flat where the INF has folders of a disk.
  const std::string name = path.substr(path.rfind('/') + 1);
  if (!found) found = find_file(folder, name);
  if (!found && needed) base::throw_errno((folder / path).string(), ENOENT);
  if (found && fs::is_regular_file(*found)) package.files[path] = content_of(found->string(), kLargestFile);
}

DriverPackage load(const std::string& inf_path, const WindowsTarget& target) {
  const fs::path folder = fs::path(inf_path).parent_path();
  DriverPackage package;
  package.inf = base::lower(fs::path(inf_path).filename().string());
  package.files[package.inf] = content_of(inf_path, kLargestInf);
  const Inf inf(package.inf_content());
  std::map<std::string, std::string> wanted = source_files(inf, target.arch);
  const std::set<std::string> needed = needed_names(inf, target);
  for (const std::string& name : needed) wanted.emplace(name, package_path(name));
  for (const auto& [name, path] : wanted) add_file(package, folder, path, needed.contains(name));
  for (const std::string& suffix : {std::string(), std::string(".nt"), ".nt" + target.arch})
    if (const auto catalog = inf.text("Version", "CatalogFile" + suffix); catalog && !catalog->empty())
      add_file(package, folder, package_path(*catalog), false);
  return package;
}

std::string names_of(const std::vector<Candidate>& candidates) {
  std::set<std::string> names;
  for (const Candidate& candidate : candidates) names.insert(fs::path(candidate.path).filename().string());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

int rank_driver_folder(const std::string& path, const WindowsTarget& target) {
  int rank = kNeutral;
  for (const std::string& part : base::split(base::lower(path), '/')) {
    const std::string arch = arch_of_folder(part);
    if (!arch.empty() && arch != target.arch) return -1;
    for (const Release& release : kReleases)
      if (part == release.folder) rank = rank_release(release, target);
    if (rank < 0) return -1;
  }
  return rank;
}

std::vector<DriverPackage> select_drivers(const std::string& path, const std::string& inf,
                                          const WindowsTarget& target) {
  std::error_code failure;
  if (fs::is_regular_file(path, failure) && inf.empty())
    return select_drivers(fs::path(path).parent_path().empty() ? "." : fs::path(path).parent_path().string(),
                          fs::path(path).filename().string(), target);
  const std::vector<Candidate> candidates = find_infs(path, inf, target);
  if (candidates.empty())
    throw Error(ErrorCode::system, ENOENT, path + ": " + (inf.empty() ? "has no INF file" : "has no file " + inf));
  std::vector<DriverPackage> packages;
  for (const auto& [name, candidate] : choose(candidates, target)) packages.push_back(load(candidate.path, target));
  if (packages.empty())
    base::throw_invalid(path, fmt::format("no driver in it is for {} (it has {})", show(target), names_of(candidates)));
  return packages;
}

}  // namespace vmcraft::edit
