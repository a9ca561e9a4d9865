// SPDX-License-Identifier: LGPL-3.0-or-later
// -N: disks that are made ready before the first command.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "shell/open.h"
#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

struct PreparedType {
  std::string_view name;
  std::string_view parameters;  ///< NAME=DEFAULT, separated by ':'
  std::size_t size_at;          ///< which of them is the size of the disk
  const char* brief;
};

constexpr std::array<PreparedType, 7> kTypes = {{
    {"disk", "size=1G", 0, "an empty disk"},
    {"part", "size=1G:partition=mbr", 0, "a partitioned disk"},
    {"fs", "filesystem=ext2:size=1G:partition=mbr", 1, "a file system on a partition"},
    {"lv", "name=/dev/VG/LV:size=1G:partition=mbr", 1, "a logical volume"},
    {"lvfs", "name=/dev/VG/LV:filesystem=ext2:size=1G:partition=mbr", 2,
     "a file system on a logical volume"},
    {"bootroot", "bootfs=ext2:filesystem=ext2:size=1G:bootsize=128M:partition=mbr", 2,
     "a file system for /boot and one for the root"},
    {"bootrootlv",
     "name=/dev/VG/LV:bootfs=ext2:filesystem=ext2:size=1G:bootsize=128M:partition=mbr", 3,
     "a file system for /boot and one on a logical volume"},
}};

const PreparedType& find_type(std::string_view name) {
  for (const PreparedType& type : kTypes)
    if (type.name == name) return type;
  throw UsageError(fmt::format("-N: {}: no such type; -N help lists them", name));
}

/// The parameters given, and the defaults of the others.
Words parameters_of(const PreparedType& type, const Words& given) {
  Words parameters;
  for (const std::string& field : base::split(type.parameters, ':'))
    parameters.push_back(field.substr(field.find('=') + 1));
  if (given.size() > parameters.size())
    throw UsageError(fmt::format("-N: {}: takes {}", type.name, type.parameters));
  for (std::size_t i = 0; i < given.size(); ++i)
    if (!given[i].empty()) parameters[i] = given[i];
  return parameters;
}

std::int64_t size_of(const std::string& text) {
  const auto size = parse_size(text);
  if (!size || *size <= 0) throw UsageError("-N: " + text + ": not a size");
  return *size;
}

void run(Session& session, const char* name, Words words) {
  const Command* command = find_command(name);
  if (command == nullptr)
    throw UsageError(std::string("-N: needs the command ") + name + ", which is not there yet");
  session.call(*command, std::move(words));
}

void make_volume(Session& session, const std::string& name, const std::string& partition) {
  const Words parts = base::split(name, '/');  // "", dev, VG, LV
  if (parts.size() != 4) throw UsageError("-N: " + name + ": must be /dev/VG/LV");
  run(session, "pvcreate", {partition});
  run(session, "vgcreate", {parts[2], partition});
  run(session, "lvcreate-free", {parts[3], parts[2], "100"});
}

/// Two partitions, the first for /boot.
void split_disk(Session& session, const std::string& device, const std::string& kind,
                const std::string& boot_size) {
  constexpr std::int64_t kSector = 512;
  constexpr std::int64_t kFirst = 2048;
  const std::int64_t end = kFirst + size_of(boot_size) / kSector;
  run(session, "part-init", {device, kind});
  run(session, "part-add", {device, "primary", std::to_string(kFirst), std::to_string(end - 1)});
  run(session, "part-add", {device, "primary", std::to_string(end), "-2048"});
}

}  // namespace

PreparedDisk make_prepared_disk(const std::string& text, int number, GuestFS& guest) {
  PreparedDisk disk;
  std::string type_text = text;
  disk.file = fmt::format("test{}.img", number);
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) {
    disk.file = text.substr(0, equals);
    type_text = text.substr(equals + 1);
  }
  Words fields = base::split(type_text, ':');
  if (fields.empty()) throw UsageError("-N: needs a type; -N help lists them");
  const PreparedType& type = find_type(fields.front());
  disk.type = fields.front();
  fields.erase(fields.begin());
  disk.parameters = parameters_of(type, fields);
  guest.disk_create(disk.file, "raw", size_of(disk.parameters[type.size_at]));
  AddDriveOptions options;
  options.format = "raw";
  guest.add_drive(disk.file, options);
  return disk;
}

bool needs_launch(const PreparedDisk& disk) { return disk.type != "disk"; }

void prepare_disk(Session& session, const PreparedDisk& disk) {
  const Words& p = disk.parameters;
  const std::string first = disk.device + "1";
  const std::string second = disk.device + "2";
  if (disk.type == "disk") return;
  if (disk.type.starts_with("bootroot")) {
    const bool volume = disk.type == "bootrootlv";
    const std::size_t at = volume ? 1 : 0;
    split_disk(session, disk.device, p[at + 4], p[at + 3]);
    run(session, "mkfs", {p[at], first});
    if (volume) make_volume(session, p[0], second);
    return run(session, "mkfs", {p[at + 1], volume ? p[0] : second});
  }
  run(session, "part-disk", {disk.device, p.back()});
  if (disk.type == "fs") run(session, "mkfs", {p[0], first});
  if (disk.type.starts_with("lv")) make_volume(session, p[0], first);
  if (disk.type == "lvfs") run(session, "mkfs", {p[1], p[0]});
}

std::string prepared_help() {
  std::string text = "Types of -N [FILE=]TYPE[:PARAMETER...]:\n\n";
  for (const PreparedType& type : kTypes) {
    text += fmt::format("  {:<12} {}\n", type.name, type.brief);
    for (const std::string& field : base::split(type.parameters, ':'))
      text += fmt::format("      {}\n", field);
  }
  return text + "\nThe image is FILE, or test1.img, test2.img and so on.\n";
}

}  // namespace vmcraft::shell
