// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/graph.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "image/format.h"
#include "image/remote.h"
#include "image/snapshot.h"

namespace vmcraft::image {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// qemu refuses longer chains by running out of patience; a cycle is longer than any.
constexpr int kLongestChain = 200;

std::string canonical(const std::string& path) {
  if (path.starts_with("/proc/")) return path;  // a file of ours without a name
  std::error_code failure;
  const fs::path real = fs::canonical(path, failure);
  if (failure) base::throw_errno(path, failure.value());
  return real.string();
}

// A file that an image names is taken from the image's own folder, or by the caller's word.
std::string permitted(const std::string& image, const std::string& named, const DriveSpec& spec) {
  const auto allowed = [&](const std::string& name) {
    return std::any_of(spec.allowed_backing.begin(), spec.allowed_backing.end(), [&](const std::string& entry) {
      return entry.ends_with('/') ? name.starts_with(entry) : name == entry;
    });
  };
  if (named.find("://") != std::string::npos || named.starts_with("json:") ||
      named.starts_with("nbd:"))
    throw Error(ErrorCode::invalid_argument, EPERM,
                image + ": backing file '" + named + "' is not a local file");
  std::string local = named.starts_with("file:") ? named.substr(5) : named;
  if (!fs::path(local).is_absolute()) local = (fs::path(image).parent_path() / local).string();
  const std::string real = canonical(local);
  const std::string folder = fs::path(image).parent_path().string();
  const bool inside = real.starts_with(folder == "/" ? folder : folder + "/");
  if (!inside && !allowed(named) && !allowed(local) && !allowed(real))
    throw Error(ErrorCode::invalid_argument, EPERM,
                image + ": backing file '" + named +
                    "' is outside the image's folder; allow it by name if you trust the image");
  return real;
}

Json file_node(const std::string& path) {
  struct stat st {};
  base::check(::stat(path.c_str(), &st), path);
  return {{"driver", S_ISBLK(st.st_mode) ? "host_device" : "file"}, {"filename", path}};
}

// The file as it was at the snapshot: see snapshot_patch.
Json snapshot_node(const std::string& path, const FdReader& reader, const FormatInfo& info,
                   const std::string& name, int patch_number, Graph& graph) {
  if (info.format != "qcow2")
    base::throw_not_supported(path, "is " + info.format + "; only qcow2 images hold snapshots");
  const InternalSnapshot& snapshot = find_snapshot(info.snapshots, path, name);
  graph.patch = std::make_shared<base::UniqueFd>(snapshot_patch(reader, snapshot));
  return {{"driver", "qcow2"},
          {"file", {{"driver", "file"}, {"filename", "/proc/self/fd/" + std::to_string(patch_number)}}},
          {"backing", {{"driver", "raw"}, {"file", file_node(path)}}}};
}

/// What local_node() is to find out, beside the node.
struct Search {
  const DriveSpec& spec;
  int patch_number;
  Graph& graph;
};

Json local_node(const std::string& path, const std::optional<std::string>& format,
                const Search& search, int depth) {
  const DriveSpec& spec = search.spec;
  if (depth > kLongestChain) base::throw_corrupt(path, "backing chain does not end");
  const base::UniqueFd fd = base::open_file(path, O_RDONLY | O_NONBLOCK);
  const FdReader reader(fd.get());
  const FormatInfo info = format ? read_format(reader, *format) : detect_format(reader);
  if (depth == 0) search.graph.format = info.format;
  if (info.encrypted && info.format == "qcow2")
    base::throw_not_supported(path, "encrypted qcow2 images are not supported");
  for (const std::string& other : info.other_files) permitted(path, other, spec);
  const bool past = depth == 0 && !spec.snapshot.empty();
  Json node = {{"driver", info.format},
               {"file", past ? snapshot_node(path, reader, info, spec.snapshot,
                                             search.patch_number, search.graph)
                             : file_node(path)}};
  if (spec.discard && depth == 0 && !past) node["discard"] = node["file"]["discard"] = "unmap";
  if (info.format == "qcow2" && !info.other_files.empty())
    node["data-file"] = {{"driver", "raw"}, {"file", file_node(permitted(path, info.other_files[0], spec))}};
  if (!info.backing_file) {
    if (info.format == "qcow2" || info.format == "qcow" || info.format == "qed")
      node["backing"] = nullptr;
    return node;
  }
  node["backing"] =
      local_node(permitted(path, *info.backing_file, spec), info.backing_format, search, depth + 1);
  return node;
}

Graph local_graph(const DriveSpec& spec, int patch_number) {
  Graph graph;
  graph.path = canonical(spec.path);
  const Json node = local_node(graph.path, spec.format, {spec, patch_number, graph}, 0);
  graph.raw_local = graph.format == "raw";
  graph.blockdev = node.dump();
  return graph;
}

}  // namespace

Graph resolve(const DriveSpec& spec, int patch_number) {
  return spec.protocol == "file" ? local_graph(spec, patch_number) : remote_graph(spec);
}

}  // namespace vmcraft::image
