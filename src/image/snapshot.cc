// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/snapshot.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::image {
namespace {

constexpr std::size_t kLongestName = 255;  // qemu-img cuts longer ones off

FormatInfo qcow2_info(const std::string& path) {
  const base::UniqueFd file = base::open_file(path, O_RDONLY | O_NONBLOCK);
  FormatInfo info = detect_format(FdReader(file.get()));
  if (info.format != "qcow2")
    base::throw_not_supported(path, "is " + info.format + "; only qcow2 images hold snapshots");
  return info;
}

// The file alone is opened: a snapshot is a matter of its own tables, and what else the image names
// need not be trusted.
void run_snapshot(const std::string& path, const char* what, const std::string& word,
                  base::CommandRunner& runner) {
  if (!qcow2_info(path).other_files.empty())
    base::throw_not_supported(path, "its data are in another file; such images hold no snapshots");
  const nlohmann::json node = {
      {"driver", "qcow2"},
      {"file", {{"driver", "file"}, {"filename", std::filesystem::absolute(path).string()}}},
      {"backing", nullptr}};
  base::Command command;
  command.argv = {"qemu-img", "snapshot", "-q", what, word, "json:" + node.dump()};
  base::run_or_throw(runner, command);
}

bool has_name(const std::vector<InternalSnapshot>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const InternalSnapshot& known) { return known.name == name; });
}

}  // namespace

std::vector<InternalSnapshot> snapshots_of(const std::string& path) {
  return qcow2_info(path).snapshots;
}

const InternalSnapshot& find_snapshot(const std::vector<InternalSnapshot>& list,
                                      const std::string& path, const std::string& name_or_id) {
  for (const auto field : {&InternalSnapshot::name, &InternalSnapshot::id})
    for (const InternalSnapshot& snapshot : list)
      if (snapshot.*field == name_or_id) return snapshot;
  std::vector<std::string> names;
  for (const InternalSnapshot& snapshot : list) names.push_back(snapshot.name);
  throw Error(ErrorCode::system, ENOENT,
              path + ": no snapshot '" + name_or_id + "'; it holds " +
                  (names.empty() ? "none" : base::join(names, ", ")));
}

void create_snapshot(const std::string& path, const std::string& name,
                     base::CommandRunner& runner) {
  if (name.empty() || name.size() > kLongestName)
    base::throw_invalid("name", "must be 1 to 255 bytes long");
  if (has_name(snapshots_of(path), name))
    throw Error(ErrorCode::system, EEXIST, path + ": has a snapshot '" + name + "' already");
  run_snapshot(path, "-c", name, runner);
}

void delete_snapshot(const std::string& path, const std::string& name_or_id,
                     base::CommandRunner& runner) {
  const std::vector<InternalSnapshot> list = snapshots_of(path);
  const InternalSnapshot& wanted = find_snapshot(list, path, name_or_id);
  // qemu-img finds what it deletes by the name alone.
  if (find_snapshot(list, path, wanted.name).id != wanted.id)
    base::throw_not_supported(path, "snapshot " + wanted.id + " has the name of an earlier one, '" +
                                        wanted.name + "'; delete that first");
  run_snapshot(path, "-d", wanted.name, runner);
}

void revert_to_snapshot(const std::string& path, const std::string& name_or_id,
                        base::CommandRunner& runner) {
  const std::vector<InternalSnapshot> list = snapshots_of(path);
  // qemu-img takes an id before a name.
  run_snapshot(path, "-a", find_snapshot(list, path, name_or_id).id, runner);
}

}  // namespace vmcraft::image
