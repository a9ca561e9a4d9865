// SPDX-License-Identifier: LGPL-3.0-or-later
// Our reader of LVM's metadata against lvm itself, over volume groups by chance. VMCRAFT_LVM_GROUPS sets
// how many (default 8), VMCRAFT_LVM_SEED with which they begin. In the rig, as lvm maps what it makes.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "support/lvm_generator.h"
#include "support/stacks.h"
#include "volume/lvm/groups.h"

namespace vmcraft::test {
namespace {

using Json = nlohmann::json;
using Rows = std::vector<std::string>;
using namespace volume;

int setting(const char* name, int otherwise) {
  const char* wanted = std::getenv(name);
  return wanted != nullptr ? std::atoi(wanted) : otherwise;
}

/// Disks of different sizes as loop devices, and lvm confined to them.
class LoopDisks {
 public:
  LoopDisks(std::string folder, int count, unsigned seed) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_ + "/lvm");
    for (int i = 0; i < count; ++i) {
      files.push_back(folder_ + "/pv" + std::to_string(i));
      const unsigned kib = (48 + seed * 7 % 40 + static_cast<unsigned>(i) * 9) * 1024 + seed % 5 * 4;
      std::string device = shell("truncate -s " + std::to_string(kib) + "k " + files.back() + "; losetup -f --show " + files.back());
      device.pop_back();
      devices.push_back(device);
    }
    write_host(folder_ + "/lvm/lvm.conf",
               "devices { use_devicesfile=0 obtain_device_list_from_udev=0 external_device_info_source=\"none\"\n"
               "  dir=\"/dev\" scan=[\"/dev\"] md_component_detection=0 global_filter=[\"a|^/dev/loop|\",\"r|.*|\"] }\n"
               "activation { udev_sync=0 udev_rules=0 verify_udev_operations=0 monitoring=0 }\n"
               "global { locking_dir=\"" + folder_ + "\" use_lvmpolld=0 thin_check_executable=\"\" cache_check_executable=\"\" }\n"
               "report { mark_hidden_devices=0 }\nbackup { backup=0 archive=0 }\n");
  }
  LoopDisks(const LoopDisks&) = delete;
  LoopDisks& operator=(const LoopDisks&) = delete;
  ~LoopDisks() { shell("losetup -d " + base::join(devices, " ") + "; rm " + base::join(files, " ")); }

  void run(const std::string& script) const {
    write_host(folder_ + "/script", script);
    shell(environment() + "lvm <" + folder_ + "/script >" + folder_ + "/log 2>&1 || true");
  }
  std::string log() const { return read_host(folder_ + "/log"); }
  std::vector<Json> report(const std::string& words, const std::string& kind) const {
    const Json all = Json::parse(shell(environment() + "lvm " + words + " --reportformat json --units b --nosuffix 2>/dev/null"));
    return all.at("report").at(0).at(kind).get<std::vector<Json>>();
  }

  std::vector<std::string> files;
  std::vector<std::string> devices;

 private:
  std::string environment() const { return "DM_DISABLE_UDEV=1 LVM_SUPPRESS_FD_WARNINGS=1 LVM_SYSTEM_DIR=" + folder_ + "/lvm "; }
  std::string folder_;
};

/// What our reader says, in lvm's terms.
class OurReport {
 public:
  explicit OurReport(const LoopDisks& disks) : groups_(allowed_) {
    for (std::size_t i = 0; i < disks.files.size(); ++i) {
      Place place;
      place.device = disks.devices[i];
      const auto file = std::make_shared<base::UniqueFd>(base::open_file(disks.files[i], O_RDONLY));
      files_.push_back(file);
      place.reader = [file] { return std::make_unique<image::FdReader>(file->get()); };
      groups_.add(place);
    }
    groups_.settle();
  }

  Rows physical() const {
    Rows rows;
    for (const auto& group : groups_.groups()) {
      const lvm::VolumeGroup& vg = group->metadata();
      for (const lvm::PhysicalVolume& pv : vg.physical_volumes)
        rows.push_back(vg.name + " " + vg.uuid + " seqno " + std::to_string(vg.sequence) + " extent " +
                       std::to_string(vg.extent_sectors * 512) + " " + device(*group, pv.name) + " " + pv.uuid + " start " +
                       std::to_string(pv.start_sector * 512) + " extents " + std::to_string(pv.extent_count));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  Rows logical() const {
    Rows rows;
    for (const auto& group : groups_.groups())
      for (const lvm::LogicalVolume& lv : group->metadata().logical_volumes)
        for (const lvm::Segment& segment : lv.segments)
          if (segment.type != "snapshot") rows.push_back(row(*group, lv, segment));
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  const std::vector<std::string>& findings() const { return groups_.findings(); }

 private:
  static std::string device(const lvm::Group& group, const std::string& name) {
    if (group.metadata().physical(name) == nullptr) return name;
    const lvm::Member* member = group.member(name);
    return member == nullptr ? "[unknown]" : member->place.device;
  }

  static std::string row(const lvm::Group& group, const lvm::LogicalVolume& lv, const lvm::Segment& segment) {
    Rows data;
    Rows metadata;
    for (const lvm::Area& area : segment.areas)
      data.push_back(device(group, area.name) + "(" + std::to_string(area.start_extent) + ")");
    const Rows raids = segment.raw->texts("raids");
    for (std::size_t i = 0; i < raids.size(); ++i) (i % 2 == 0 ? metadata : data).push_back(raids[i] + "(0)");
    const auto add = [&](const char* key, Rows& to) {
      if (const auto name = segment.raw->text(key)) to.push_back(*name + "(0)");
    };
    if (segment.type == "thin-pool") add("pool", data);
    if (segment.type == "cache-pool") add("data", data);
    if (segment.type == "cache") add("origin", data);
    if (segment.type.ends_with("-pool")) add("metadata", metadata);
    const std::string type = segment.type == "striped" && segment.areas.size() == 1 ? "linear" : segment.type;
    return lv.name + " " + lv.uuid + " " + std::to_string(lv.extent_count() * group.metadata().extent_sectors * 512) + " " +
           type + " from " + std::to_string(segment.start_extent) + " extents " + std::to_string(segment.extent_count) +
           (type == "striped" ? " stripes of " + std::to_string(segment.stripe_sectors * 512) : "") + " on " +
           base::join(data, ",") + " metadata " + base::join(metadata, ",") + " origin " + lv.snapshot_origin;
  }

  Allowed allowed_;
  lvm::Groups groups_;
  std::vector<std::shared_ptr<base::UniqueFd>> files_;
};

// What only one of both has.
std::string difference(const Rows& ours, const Rows& by_lvm) {
  std::string text;
  const auto list = [&text](const char* who, const Rows& rows, const Rows& others) {
    for (const std::string& row : rows)
      if (!std::binary_search(others.begin(), others.end(), row)) text += std::string(who) + row + "\n";
  };
  list("ours: ", ours, by_lvm);
  list("lvm:  ", by_lvm, ours);
  return text.empty() && ours.size() != by_lvm.size() ? "rows come twice" : text;
}

std::string at(const Json& row, const char* key) { return row.at(key).get<std::string>(); }

Rows physical_by_lvm(const LoopDisks& disks) {
  Rows rows;
  for (const Json& row : disks.report("pvs -o vg_name,vg_uuid,vg_seqno,vg_extent_size,pv_name,pv_uuid,pe_start,pv_pe_count", "pv"))
    rows.push_back(at(row, "vg_name") + " " + at(row, "vg_uuid") + " seqno " + at(row, "vg_seqno") + " extent " +
                   at(row, "vg_extent_size") + " " + at(row, "pv_name") + " " + lvm::without_hyphens(at(row, "pv_uuid")) +
                   " start " + at(row, "pe_start") + " extents " + at(row, "pv_pe_count"));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Rows logical_by_lvm(const LoopDisks& disks, std::map<std::string, int>& types) {
  Rows rows;
  for (const Json& row : disks.report("lvs -a -o lv_name,lv_uuid,lv_size,segtype,seg_start_pe,seg_size_pe,stripe_size,devices,"
                                      "metadata_devices,metadata_lv,origin,lv_role vg", "lv")) {
    const std::string type = at(row, "segtype");
    const bool snapshot = at(row, "lv_role").find("thicksnapshot") != std::string::npos;
    rows.push_back(at(row, "lv_name") + " " + at(row, "lv_uuid") + " " + at(row, "lv_size") + " " + type + " from " +
                   at(row, "seg_start_pe") + " extents " + at(row, "seg_size_pe") +
                   (type == "striped" ? " stripes of " + at(row, "stripe_size") : "") + " on " + at(row, "devices") +
                   " metadata " + (type.ends_with("-pool") ? at(row, "metadata_lv") + "(0)" : at(row, "metadata_devices")) +
                   " origin " + (snapshot ? at(row, "origin") : ""));
    ++types[snapshot ? "snapshot" : type];
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

class LvmAgreement : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string lacks = no_stacks(GetParam()); !lacks.empty()) GTEST_SKIP() << lacks;
    shell("modprobe -a loop dm-mod");
  }
  base::TempDir temp{base::temp_root(), "vmcraft-test-"};
};

TEST_P(LvmAgreement, ReadsWhatLvmReads) {
  const int groups = setting("VMCRAFT_LVM_GROUPS", 8);
  const int first = setting("VMCRAFT_LVM_SEED", 1);
  std::map<std::string, int> types;
  std::size_t rows = 0;
  for (int seed = first; seed < first + groups; ++seed) {
    const auto number = static_cast<unsigned>(seed);
    const LoopDisks disks(temp.path(), 2 + seed % 4, number);
    const std::string script = LvmGenerator(number, disks.devices).script();
    disks.run(script);
    const Rows by_lvm = logical_by_lvm(disks, types);
    const OurReport ours(disks);
    EXPECT_EQ(difference(ours.physical(), physical_by_lvm(disks)), "") << "seed " << seed;
    EXPECT_EQ(difference(ours.logical(), by_lvm), "") << "seed " << seed;
    EXPECT_TRUE(ours.findings().empty()) << "seed " << seed;
    rows += by_lvm.size();
    ASSERT_FALSE(HasFailure()) << script << disks.log();
  }
  EXPECT_GT(rows, static_cast<std::size_t>(groups)) << "lvm made next to nothing";
  std::cout << groups << " volume groups from seed " << first << ", " << rows << " segments, read alike:";
  for (const auto& [type, count] : types) std::cout << " " << type << " " << count;
  std::cout << "\n";
}

INSTANTIATE_TEST_SUITE_P(Engines, LvmAgreement, ::testing::Values("host"), [](const auto& engine) { return engine.param; });

}  // namespace
}  // namespace vmcraft::test
