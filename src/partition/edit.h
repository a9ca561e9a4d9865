// SPDX-License-Identifier: LGPL-3.0-or-later
// Changes to partition tables. Each reads the table, changes it and writes it; what fails before
// the write leaves the drive as it was.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "partition/editor.h"

namespace vmcraft::partition {

enum class Place { primary, logical, extended };

/// Both inclusive; a negative last sector counts from the end: -1 is the last.
struct SectorRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// An empty table: gpt or efi, mbr or msdos, sun, dvh, bsd. Old signatures on the drive are wiped.
void create_table(const EditTarget& target, const std::string& type);
/// The same with one partition over the whole drive.
void create_single(const EditTarget& target, const std::string& type);
void add(const EditTarget& target, Place place, const SectorRange& range);
/// An extended partition takes its logical ones along.
void remove(const EditTarget& target, int number);
void resize(const EditTarget& target, int number, std::int64_t last_sector);
using MoveProgress = std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)>;
/// The entry and what is inside. Nothing is whole in between where the old and new place overlap.
void move(const EditTarget& target, int number, std::uint64_t first_sector,
          const MoveProgress& progress);
/// MBR: the active flag, which one partition has at most. GPT: makes it an EFI system partition.
void set_bootable(const EditTarget& target, int number, bool bootable);
void set_mbr_type(const EditTarget& target, int number, int type);

void set_gpt_type(const EditTarget& target, int number, const std::string& guid);
void set_gpt_guid(const EditTarget& target, int number, const std::string& guid);
void set_gpt_attributes(const EditTarget& target, int number, std::uint64_t attributes);
void set_gpt_name(const EditTarget& target, int number, const std::string& name);
/// A random GUID where none is given.
void set_disk_guid(const EditTarget& target, const std::optional<std::string>& guid);
/// Moves the backup of a GPT to the end of a drive that has grown.
void expand_gpt(const EditTarget& target);
/// Writes the table of a drive for `rest`, which is what will be left of it. Throws where a partition
/// does not fit.
void shrink_gpt(const EditTarget& whole, const EditTarget& rest);

}  // namespace vmcraft::partition
