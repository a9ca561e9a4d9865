// SPDX-License-Identifier: LGPL-3.0-or-later
#include "resize/perform.h"

#include <algorithm>

#include "base/error.h"

namespace vmcraft::resize {
namespace {

constexpr const char* kDrive = "/dev/sda";

int number_of(const std::string& device) {
  return std::stoi(device.substr(std::string_view(kDrive).size()));
}

std::uint64_t start_of(const Survey& survey, int number) {
  for (const Layer& layer : survey.layers)
    if (layer.kind == Layer::Kind::partition && layer.number == number) return layer.start_bytes;
  for (const Neighbour& other : survey.neighbours)
    if (other.number == number) return other.start_bytes;
  base::throw_errno(kDrive + std::to_string(number), ENOENT);
}

// Mounted, the kernel changes the size in a way that an interruption does not harm.
template <typename Work>
void mounted(GuestFS& g, const std::string& device, Work work) {
  g.mount(device, "/");
  work();
  g.umount("/");
}

void grow_ext(GuestFS& g, const std::string& device) {
  try {
    mounted(g, device, [&] { g.resize2fs(device); });
    return;
  } catch (const Error& failure) {
    if (g.mounts().empty()) throw;
    g.umount("/");  // what this kernel may not or cannot do: the program can
  }
  E2fsckOptions options;
  options.correct = true;
  g.e2fsck(device, options);
  g.resize2fs(device);
}

void shrink_ext(GuestFS& g, const ResizeStep& step) {
  E2fsckOptions options;
  options.correct = true;
  g.e2fsck(step.step_device, options);
  g.resize2fs_size(step.step_device, static_cast<std::int64_t>(step.step_to));
}

void resize_ntfs(GuestFS& g, const ResizeStep& step) {
  NtfsresizeOptions options;
  options.size = static_cast<std::int64_t>(step.step_to);
  options.force = true;  // Windows has it checked at its next start anyway
  g.ntfsresize(step.step_device, options);
}

}  // namespace

void Performer::resize_file_system(const ResizeStep& step) {
  const std::string& device = step.step_device;
  const std::string& type = step.step_what;
  const bool smaller = step.step_to < step.step_from;
  if (type.starts_with("ext")) return smaller ? shrink_ext(g_, step) : grow_ext(g_, device);
  if (type == "ntfs") return resize_ntfs(g_, step);
  if (type == "xfs") return mounted(g_, device, [&] { g_.xfs_growfs("/"); });
  if (type == "f2fs") return g_.f2fs_expand(device);
  if (type != "btrfs") base::throw_not_supported(device, type + " does not change its size here");
  BtrfsFilesystemResizeOptions options;
  options.size = static_cast<std::int64_t>(step.step_to);
  mounted(g_, device, [&] { g_.btrfs_filesystem_resize("/", options); });
}

void Performer::resize_logical(const ResizeStep& step) {
  if (step.step_to > step.step_from) return g_.lvresize_free(step.step_device, 100);
  g_.lvresize(step.step_device, static_cast<int>(step.step_to >> 20U));
}

std::int64_t Performer::sectors(std::uint64_t bytes) const {
  return static_cast<std::int64_t>(bytes / survey_.sector_bytes);
}

void Performer::resize_partition(const ResizeStep& step) {
  const int number = number_of(step.step_device);
  g_.part_resize(kDrive, number, sectors(start_of(survey_, number) + step.step_to) - 1);
}

void Performer::resize_physical(const ResizeStep& step) {
  if (step.step_to > step.step_from) return g_.pvresize(step.step_device);
  const std::uint64_t first = survey_.layers[layer_of(step)].first_extent_bytes;
  g_.pvresize_size(step.step_device, static_cast<std::int64_t>(first + step.step_to));
}

std::size_t Performer::layer_of(const ResizeStep& step) const {
  const auto kind = step.step_what == "pv"   ? Layer::Kind::physical
                    : step.step_what == "lv" ? Layer::Kind::logical
                    : step.step_what == "crypt" ? Layer::Kind::crypt
                    : grows(step.step_what) ? Layer::Kind::file_system
                                            : Layer::Kind::partition;
  for (std::size_t i = 0; i < survey_.layers.size(); ++i)
    if (survey_.layers[i].kind == kind && survey_.layers[i].device == step.step_device) return i;
  return 0;
}

// What is encrypted is open exactly while something above it changes: its size is that of the device
// below when it was opened.
void Performer::settle_crypt(const ResizeStep& step) {
  const std::size_t here = layer_of(step);
  for (std::size_t i = survey_.layers.size(); i-- > here;)
    if (opened_.erase(i) > 0) g_.cryptsetup_close(opened_device(survey_.layers[i].device));
  for (std::size_t i = 0; i < here; ++i)
    if (survey_.layers[i].kind == Layer::Kind::crypt && opened_.insert(i).second)
      open_crypt(g_, survey_.layers[i].device, key_);
}

void Performer::perform(const ResizeStep& step) {
  settle_crypt(step);
  const std::string& what = step.step_what;
  if (what == "table") g_.part_shrink_gpt(kDrive, static_cast<std::int64_t>(step.step_to));
  else if (what == "move") g_.part_move(kDrive, number_of(step.step_device), sectors(step.step_to));
  else if (what == "partition" || what == "extended") resize_partition(step);
  else if (what == "pv") resize_physical(step);
  else if (what == "lv") resize_logical(step);
  else if (what != "crypt") resize_file_system(step);
}

}  // namespace vmcraft::resize
