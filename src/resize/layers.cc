// SPDX-License-Identifier: LGPL-3.0-or-later
#include "resize/layers.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::resize {
namespace {

constexpr const char* kDrive = "/dev/sda";
constexpr std::size_t kDeepest = 16;
// By the type of the partition: Windows recovery, by GUID and by MBR type.
constexpr std::array<std::string_view, 2> kRecovery = {"de94bba4-06d1-4d40-a16a-bfd50179d6ac", "0x27"};

bool is_one_of(const std::string& type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool leads_on(const std::string& content) {
  return grows(content) || content == "LVM2_member" || content == "crypto_LUKS";
}

class Surveyor {
 public:
  Surveyor(GuestFS& g, const Wish& wish) : g_(g), wish_(wish), graph_(g.volume_graph()) {
    if (!wish.expand.empty()) expand_ = g.canonical_device_name(wish.expand);
  }

  Survey run() {
    survey_.sector_bytes = static_cast<std::uint64_t>(g_.blockdev_getss(kDrive));
    survey_.layers = {{.kind = Layer::Kind::drive, .device = kDrive, .size_bytes = row(kDrive).vol_size}};
    survey_.table = row(kDrive).vol_layout;
    if (survey_.table.empty()) {
      climb(kDrive);
    } else {
      if (survey_.table != "gpt" && survey_.table != "msdos")
        base::throw_not_supported(kDrive, "partition tables of type " + survey_.table + " are not resized");
      list_partitions();
      choose_partition();
    }
    return std::move(survey_);
  }

 private:
  const Volume& row(const std::string& device) const {
    for (const Volume& volume : graph_)
      if (volume.vol_device == device) return volume;
    base::throw_errno(device, ENOENT);
  }

  bool expand_is_reached() const {
    return expand_.empty() ||
           std::any_of(survey_.layers.begin(), survey_.layers.end(),
                       [this](const Layer& layer) { return layer.device == expand_; });
  }

  void list_partitions() {
    for (const Partition& part : g_.part_list(kDrive)) {
      const std::string kind = survey_.table == "msdos" ? g_.part_get_mbr_part_type(kDrive, part.part_num) : "";
      survey_.neighbours.push_back({part.part_num, part.part_start, part.part_size, kind == "extended"});
    }
    std::sort(survey_.neighbours.begin(), survey_.neighbours.end(),
              [](const Neighbour& a, const Neighbour& b) { return a.start_bytes < b.start_bytes; });
  }

  // Tries them from the last one on.
  void choose_partition() {
    std::string locked;
    for (auto part = survey_.neighbours.rbegin(); part != survey_.neighbours.rend(); ++part) {
      const std::string device = kDrive + std::to_string(part->number);
      const Volume found = row(device);
      const bool named = device == expand_;
      const bool recovery = std::find(kRecovery.begin(), kRecovery.end(), found.vol_layout) != kRecovery.end();
      if (part->extended || (!named && (!leads_on(found.vol_content) || recovery))) continue;
      if (!named && !expand_.empty() && grows(found.vol_content)) continue;
      survey_.layers.resize(1);
      add_partition(*part, device);
      climb(device);
      if (!expand_is_reached()) continue;
      const int number = part->number;
      std::erase_if(survey_.neighbours, [=](const Neighbour& other) { return other.number == number; });
      return;
    }
    if (!expand_.empty())
      base::throw_invalid(expand_, "is not a partition or logical volume of this image that could change its size");
    base::throw_invalid(kDrive, "holds nothing that could change its size; name a partition with expand");
  }

  void add_partition(const Neighbour& part, const std::string& device) {
    Layer layer{.kind = Layer::Kind::partition, .device = device, .size_bytes = part.size_bytes};
    layer.number = part.number;
    layer.start_bytes = part.start_bytes;
    layer.logical_of_mbr = survey_.table == "msdos" && part.number > 4;
    survey_.layers.push_back(layer);
  }

  void climb(const std::string& device) {
    if (survey_.layers.size() > kDeepest) base::throw_corrupt(device, "volumes are nested too deep");
    const Volume found = row(device);
    if (found.vol_content == "LVM2_member") return climb_group(device);
    if (found.vol_content == "crypto_LUKS") return climb_crypt(device);
    if (!grows(found.vol_content))
      base::throw_not_supported(device, found.vol_content.empty() ? "holds nothing that is known"
                                                                  : found.vol_content + " does not change its size here");
    survey_.layers.push_back({.kind = Layer::Kind::file_system, .device = device,
                              .size_bytes = found.vol_size, .type = found.vol_content});
  }

  void climb_crypt(const std::string& device) {
    open_crypt(g_, device, wish_.key);
    const std::string opened = opened_device(device);
    graph_ = g_.volume_graph();
    survey_.layers.push_back({.kind = Layer::Kind::crypt, .device = device, .size_bytes = row(opened).vol_size});
    climb(opened);
  }

  void climb_group(const std::string& device) {
    const auto is_group = [&](const Volume& volume) {
      const std::vector<std::string> below = base::split_blanks(volume.vol_below);
      return volume.vol_kind == "group" && std::find(below.begin(), below.end(), device) != below.end();
    };
    const auto group = std::find_if(graph_.begin(), graph_.end(), is_group);
    if (group == graph_.end())
      base::throw_invalid(device, "is a physical volume without a volume group");
    add_physical(device, group->vol_device.substr(std::string_view("/dev/").size()));
    const Volume& chosen = choose_volume(group->vol_device);
    survey_.layers.push_back({.kind = Layer::Kind::logical, .device = chosen.vol_device, .size_bytes = chosen.vol_size});
    climb(chosen.vol_device);
  }

  void add_physical(const std::string& device, const std::string& group) {
    Layer layer{.kind = Layer::Kind::physical, .device = device};
    for (const LvmVg& facts : g_.vgs_full()) {
      if (facts.vg_name != group) continue;
      layer.extent_bytes = facts.vg_extent_size;
      layer.group_free_bytes = facts.vg_free;
    }
    for (const LvmPv& facts : g_.pvs_full()) {
      if (facts.pv_name != device) continue;
      layer.first_extent_bytes = facts.pe_start;
      layer.size_bytes = static_cast<std::uint64_t>(facts.pv_pe_count) * layer.extent_bytes;
    }
    if (layer.extent_bytes == 0 || layer.size_bytes == 0)
      base::throw_invalid(device, "lvm does not tell the extents of this physical volume");
    survey_.layers.push_back(layer);
  }

  const Volume& choose_volume(const std::string& group) const {
    std::vector<const Volume*> able;
    for (const Volume& volume : graph_) {
      if (volume.vol_kind != "lvm" || volume.vol_below != group) continue;
      if (volume.vol_device == expand_) return volume;
      if (leads_on(volume.vol_content)) able.push_back(&volume);
    }
    if (able.size() == 1) return *able.front();
    std::vector<std::string> names;
    for (const Volume* volume : able) names.push_back(volume->vol_device);
    base::throw_invalid(group, names.empty() ? "has no volume that could change its size"
                                             : "name one of its volumes with expand: " + base::join(names, ", "));
  }

  GuestFS& g_;
  const Wish& wish_;
  std::string expand_;
  std::vector<Volume> graph_;
  Survey survey_;
};

}  // namespace

Survey survey(GuestFS& g, const Wish& wish) { return Surveyor(g, wish).run(); }

std::string opened_device(const std::string& device) {
  std::string name = device.substr(1);
  std::replace(name.begin(), name.end(), '/', '-');
  return "/dev/mapper/resize-" + name;
}

void open_crypt(GuestFS& g, const std::string& device, const std::string& key) {
  if (key.empty()) throw Error(ErrorCode::invalid_argument, EPERM, device + ": is encrypted; give its key");
  CryptsetupOpenOptions options;
  options.readonly = g.blockdev_getro(kDrive);
  g.cryptsetup_open(device, key, opened_device(device).substr(std::string_view("/dev/mapper/").size()), options);
}

bool grows(const std::string& type) { return shrinks(type) || is_one_of(type, {"xfs", "f2fs"}); }

bool shrinks(const std::string& type) {
  return is_one_of(type, {"ext2", "ext3", "ext4", "ntfs", "btrfs"});
}

}  // namespace vmcraft::resize
