// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_lvm.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "handle/handle.h"
#include "handle/lvm.h"
#include "handle/mounting.h"

namespace vmcraft {
namespace {

using handle::Handle;
using handle::change_lvm;
using handle::find_group;
using handle::group_devices;
using handle::logical_volume;
using volume::lvm::without_hyphens;
using Json = nlohmann::json;

std::string with_hyphens(std::string uuid) {
  uuid = without_hyphens(uuid);
  for (const std::size_t at : {26U, 22U, 18U, 14U, 10U, 6U})
    if (at < uuid.size()) uuid.insert(at, "-");
  return uuid;
}

const volume::lvm::Member& member_of(Handle& h, const std::string& name) {
  const std::string device = h.devices().find(name).name;
  for (const auto& member : h.devices().stack().groups().members())
    if (member.place.device == device) return member;
  base::throw_invalid(device, "is not a physical volume");
}

// The devices that a change to a physical volume is written to: all of its group's.
std::vector<std::string> affected_by(Handle& h, const std::string& name) {
  const std::string device = h.devices().find(name).name;
  for (const auto& group : h.devices().stack().groups().groups()) {
    std::vector<std::string> devices = group_devices(*group);
    if (std::find(devices.begin(), devices.end(), device) != devices.end()) return devices;
  }
  return {device};
}

void deactivate_group(Handle& h, const volume::lvm::Group& group) {
  const std::string folder = "/dev/" + group.metadata().name + "/";
  for (const auto& volume : h.devices().stack().volumes())
    if (volume->device().starts_with(folder)) h.devices().stack().deactivate(volume->device());
}

void deactivate_all(Handle& h) {
  for (const auto& group : h.devices().stack().groups().groups()) deactivate_group(h, *group);
}

std::string percent_of_free(int percent) {
  if (percent < 1 || percent > 100) base::throw_invalid("percent", "must be 1 to 100");
  return std::to_string(percent) + "%FREE";
}

std::string mebibytes(int mbytes) {
  if (mbytes < 1) base::throw_invalid("mbytes", "must be 1 or more");
  return std::to_string(mbytes) + "m";
}

// The rows of a report, each a table of texts.
std::vector<Json> report(Handle& h, const std::string& command, const std::string& kind,
                         const std::string& columns) {
  const std::string text = handle::ask_lvm(
      h, {command, "-o", columns, "--reportformat", "json", "--units", "b", "--nosuffix"});
  if (text.empty()) return {};
  const Json json = Json::parse(text);
  std::vector<Json> rows = json.at("report").at(0).at(kind).get<std::vector<Json>>();
  return rows;
}

std::string text_in(const Json& row, const char* key) { return row.at(key).get<std::string>(); }
std::int64_t number_in(const Json& row, const char* key) {
  return base::parse_number<std::int64_t>(text_in(row, key)).value_or(-1);
}
std::uint64_t bytes_in(const Json& row, const char* key) {
  return base::parse_number<std::uint64_t>(text_in(row, key)).value_or(0);
}
std::optional<float> percent_in(const Json& row, const char* key) {
  const std::string text = text_in(row, key);
  if (text.empty()) return std::nullopt;
  return std::strtof(text.c_str(), nullptr);
}

// LVM zeroes the start of a new volume so that nothing old is recognised there.
void zero_start(Handle& h, const std::string& device) {
  try {
    const handle::Device found = h.devices().find(device);
    const auto view = h.devices().view(found, true);
    constexpr std::size_t kBytes = std::size_t{64} << 10U;
    const std::string zeroes(std::min<std::uint64_t>(kBytes, found.extent.size_bytes), '\0');
    base::pwrite_full(view.fd, base::as_bytes(zeroes), 0);
    h.devices().wrote(found);
  } catch (const Error& failure) {
    if (failure.code() != ErrorCode::not_supported) throw;
  }
}

void create(Handle& h, const std::string& logvol, const std::string& volgroup,
            const std::vector<std::string>& size) {
  std::vector<std::string> words = {"lvcreate", "-y", "-an", "-Zn", "-Wn", "-n", logvol};
  words.insert(words.end(), size.begin(), size.end());
  words.push_back(volgroup);
  change_lvm(h, words, group_devices(*find_group(h, volgroup)));
  zero_start(h, "/dev/" + volgroup + "/" + logvol);
}

}  // namespace

using Text = std::string;
using Texts = std::vector<std::string>;

// Looking.

bool action::is_lv(Handle& h, const Text& mountable) {
  const handle::Device device = h.devices().find(handle::split_mountable(mountable).first);
  return device.volume && device.volume->kind() == volume::Kind::lvm;
}

Texts action::lvs(Handle& h) {
  Texts names;
  for (const auto& volume : h.devices().stack().volumes())
    if (volume->kind() == volume::Kind::lvm) names.push_back(volume->device());
  std::sort(names.begin(), names.end());
  return names;
}

Texts action::vgs(Handle& h) {
  Texts names;
  for (const auto& group : h.devices().stack().groups().groups())
    names.push_back(group->metadata().name);
  std::sort(names.begin(), names.end());
  return names;
}

Texts action::pvs(Handle& h) {
  Texts names = handle::physical_volumes(h);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<LvmPv> action::pvs_full(Handle& h) {
  std::vector<LvmPv> list;
  for (const Json& row : report(h, "pvs", "pv",
                                "pv_name,pv_uuid,pv_fmt,pv_size,dev_size,pv_free,pv_used,pv_attr,"
                                "pv_pe_count,pv_pe_alloc_count,pv_tags,pe_start,pv_mda_count,pv_mda_free"))
    list.push_back({text_in(row, "pv_name"), without_hyphens(text_in(row, "pv_uuid")),
                    text_in(row, "pv_fmt"), bytes_in(row, "pv_size"), bytes_in(row, "dev_size"),
                    bytes_in(row, "pv_free"), bytes_in(row, "pv_used"), text_in(row, "pv_attr"),
                    number_in(row, "pv_pe_count"), number_in(row, "pv_pe_alloc_count"),
                    text_in(row, "pv_tags"), bytes_in(row, "pe_start"),
                    number_in(row, "pv_mda_count"), bytes_in(row, "pv_mda_free")});
  return list;
}

std::vector<LvmVg> action::vgs_full(Handle& h) {
  std::vector<LvmVg> list;
  for (const Json& row :
       report(h, "vgs", "vg",
              "vg_name,vg_uuid,vg_fmt,vg_attr,vg_size,vg_free,vg_sysid,vg_extent_size,"
              "vg_extent_count,vg_free_count,max_lv,max_pv,pv_count,lv_count,snap_count,vg_seqno,"
              "vg_tags,vg_mda_count,vg_mda_free"))
    list.push_back({text_in(row, "vg_name"), without_hyphens(text_in(row, "vg_uuid")),
                    text_in(row, "vg_fmt"), text_in(row, "vg_attr"), bytes_in(row, "vg_size"),
                    bytes_in(row, "vg_free"), text_in(row, "vg_sysid"),
                    bytes_in(row, "vg_extent_size"), number_in(row, "vg_extent_count"),
                    number_in(row, "vg_free_count"), number_in(row, "max_lv"),
                    number_in(row, "max_pv"), number_in(row, "pv_count"),
                    number_in(row, "lv_count"), number_in(row, "snap_count"),
                    number_in(row, "vg_seqno"), text_in(row, "vg_tags"),
                    number_in(row, "vg_mda_count"), bytes_in(row, "vg_mda_free")});
  return list;
}

std::vector<LvmLv> action::lvs_full(Handle& h) {
  std::vector<LvmLv> list;
  for (const Json& row :
       report(h, "lvs", "lv",
              "lv_name,lv_uuid,lv_attr,lv_major,lv_minor,lv_kernel_major,lv_kernel_minor,lv_size,"
              "seg_count,origin,snap_percent,copy_percent,move_pv,lv_tags,mirror_log,modules"))
    list.push_back({text_in(row, "lv_name"), without_hyphens(text_in(row, "lv_uuid")),
                    text_in(row, "lv_attr"), number_in(row, "lv_major"), number_in(row, "lv_minor"),
                    number_in(row, "lv_kernel_major"), number_in(row, "lv_kernel_minor"),
                    bytes_in(row, "lv_size"), number_in(row, "seg_count"), text_in(row, "origin"),
                    percent_in(row, "snap_percent"), percent_in(row, "copy_percent"),
                    text_in(row, "move_pv"), text_in(row, "lv_tags"), text_in(row, "mirror_log"),
                    text_in(row, "lv_modules")});
  return list;
}

Text action::pvuuid(Handle& h, const Text& device) {
  return with_hyphens(member_of(h, device).label.uuid);
}
Text action::vguuid(Handle& h, const Text& vgname) {
  return with_hyphens(find_group(h, vgname)->metadata().uuid);
}
Text action::lvuuid(Handle& h, const Text& device) {
  logical_volume(h, device);
  return with_hyphens(h.devices().find(device).volume->uuid());
}
Texts action::vgpvuuids(Handle& h, const Text& vgname) {
  Texts uuids;
  for (const auto& physical : find_group(h, vgname)->metadata().physical_volumes)
    uuids.push_back(with_hyphens(physical.uuid));
  return uuids;
}
Texts action::vglvuuids(Handle& h, const Text& vgname) {
  Texts uuids;
  for (const auto& logical : find_group(h, vgname)->metadata().logical_volumes)
    if (volume::lvm::is_public(logical)) uuids.push_back(with_hyphens(logical.uuid));
  return uuids;
}
Text action::vgmeta(Handle& h, const Text& vgname) { return find_group(h, vgname)->text(); }
Text action::lvm_canonical_lv_name(Handle& h, const Text& lvname) {
  return "/dev/" + logical_volume(h, lvname).first;
}

// What is seen, and what is mapped.

void action::lvm_scan(Handle& h, bool) { h.devices().stack().changed(); }
void action::vgscan(Handle& h) { h.devices().stack().changed(); }

void action::vg_activate(Handle& h, bool activate, const Texts& volgroups) {
  for (const Text& name : volgroups.empty() ? vgs(h) : volgroups) {
    const auto group = find_group(h, name);
    if (!activate) deactivate_group(h, *group);
    group->enabled = activate;
  }
}
void action::vg_activate_all(Handle& h, bool activate) { vg_activate(h, activate, {}); }

void action::lvm_set_filter(Handle& h, const Texts& devices) {
  std::set<std::string> names;
  for (const Text& name : devices) names.insert(h.devices().find(name).name);
  deactivate_all(h);
  h.devices().set_lvm_filter(std::move(names));
}
void action::lvm_clear_filter(Handle& h) { h.devices().set_lvm_filter({}); }

// Physical volumes.

void action::pvcreate(Handle& h, const Text& device) {
  const handle::Device found = h.devices().find(device);
  // An MBR without partitions is nothing to lose.
  const bool is_disk = found.kind == handle::Device::Kind::disk;
  const auto table = is_disk ? h.devices().table(found.disk_index) : std::nullopt;
  if (table && (table->type != "msdos" || !table->partitions.empty()))
    throw Error(ErrorCode::system, EBUSY, found.name + ": is partitioned");
  change_lvm(h, {"pvcreate", "-y", "-f", found.name}, {found.name});
}
void action::pvremove(Handle& h, const Text& device) {
  const Text name = h.devices().find(device).name;
  change_lvm(h, {"pvremove", "-y", name}, affected_by(h, device));
}
void action::pvresize(Handle& h, const Text& device) {
  change_lvm(h, {"pvresize", h.devices().find(device).name}, affected_by(h, device));
}
void action::pvresize_size(Handle& h, const Text& device, std::int64_t size) {
  if (size < 1) base::throw_invalid("size", "must be 1 or more");
  change_lvm(h, {"pvresize", "-y", "--setphysicalvolumesize", std::to_string(size) + "b",
                 h.devices().find(device).name},
             affected_by(h, device));
}
void action::pvchange_uuid(Handle& h, const Text& device) {
  change_lvm(h, {"pvchange", "-u", h.devices().find(device).name}, affected_by(h, device));
}
void action::pvchange_uuid_all(Handle& h) {
  for (const Text& device : pvs(h)) pvchange_uuid(h, device);
}

// Volume groups.

void action::vgcreate(Handle& h, const Text& volgroup, const Texts& physvols) {
  if (physvols.empty()) base::throw_invalid("physvols", "must name a device at least");
  Texts words = {"vgcreate", "-y", volgroup};
  Texts devices;
  for (const Text& device : physvols) devices.push_back(h.devices().find(device).name);
  words.insert(words.end(), devices.begin(), devices.end());
  change_lvm(h, words, devices);
}
void action::vgremove(Handle& h, const Text& vgname) {
  const auto group = find_group(h, vgname);
  deactivate_group(h, *group);
  change_lvm(h, {"vgremove", "-y", "-ff", vgname}, group_devices(*group));
}
void action::vgrename(Handle& h, const Text& volgroup, const Text& newvolgroup) {
  const auto group = find_group(h, volgroup);
  deactivate_group(h, *group);
  change_lvm(h, {"vgrename", volgroup, newvolgroup}, group_devices(*group));
}
void action::vgchange_uuid(Handle& h, const Text& vg) {
  const auto group = find_group(h, vg);
  deactivate_group(h, *group);
  change_lvm(h, {"vgchange", "-u", vg}, group_devices(*group));
}
void action::vgchange_uuid_all(Handle& h) {
  for (const Text& name : vgs(h)) vgchange_uuid(h, name);
}

// Logical volumes.

void action::lvcreate(Handle& h, const Text& logvol, const Text& volgroup, int mbytes) {
  create(h, logvol, volgroup, {"-L", mebibytes(mbytes)});
}
void action::lvcreate_free(Handle& h, const Text& logvol, const Text& volgroup, int percent) {
  create(h, logvol, volgroup, {"-l", percent_of_free(percent)});
}
void action::lvremove(Handle& h, const Text& device) {
  for (const auto& group : h.devices().stack().groups().groups()) {
    if (device != "/dev/" + group->metadata().name) continue;
    deactivate_group(h, *group);
    return change_lvm(h, {"lvremove", "-y", "-f", group->metadata().name}, group_devices(*group));
  }
  const auto [path, group] = logical_volume(h, device);
  h.devices().stack().deactivate("/dev/" + path);
  change_lvm(h, {"lvremove", "-y", "-f", path}, group_devices(*group));
}
void action::lvrename(Handle& h, const Text& logvol, const Text& newlogvol) {
  const auto [path, group] = logical_volume(h, logvol);
  h.devices().stack().deactivate("/dev/" + path);
  const std::string folder = "/dev/" + group->metadata().name + "/";
  const Text name = newlogvol.starts_with(folder) ? newlogvol.substr(folder.size()) : newlogvol;
  change_lvm(h, {"lvrename", group->metadata().name, path.substr(path.find('/') + 1), name},
             group_devices(*group));
}
void action::lvresize(Handle& h, const Text& device, int mbytes) {
  const auto [path, group] = logical_volume(h, device);
  change_lvm(h, {"lvresize", "-y", "-f", "-L", mebibytes(mbytes), path}, group_devices(*group));
}
void action::lvresize_free(Handle& h, const Text& lv, int percent) {
  const auto [path, group] = logical_volume(h, lv);
  change_lvm(h, {"lvresize", "-y", "-l", "+" + percent_of_free(percent), path},
             group_devices(*group));
}

void action::lvm_remove_all(Handle& h) {
  for (const Text& name : vgs(h)) vgremove(h, name);
  for (const Text& device : pvs(h)) pvremove(h, device);
}

}  // namespace vmcraft
