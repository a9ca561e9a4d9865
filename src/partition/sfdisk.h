// SPDX-License-Identifier: LGPL-3.0-or-later
// What sfdisk does with its lines, by libfdisk's reader of them.
#pragma once

#include <string>
#include <vector>

#include "partition/editor.h"

namespace vmcraft::partition {

enum class LineUnit { sectors, mebibytes };

/// A new table with a partition for each line. Headers of sfdisk, such as "label: gpt", may come
/// first; without them the table is of the type there was, or an MBR.
void apply_lines(const EditTarget& target, const Geometry& geometry,
                 const std::vector<std::string>& lines, LineUnit unit);
/// Changes one partition, or makes it; empty fields of the line keep their value.
void apply_line(const EditTarget& target, int number, const Geometry& geometry,
                const std::string& line);

/// For people: the drive and its partitions.
std::string describe(const EditTarget& target);
/// For people: cylinders, heads and sectors.
std::string describe_geometry(const EditTarget& target);

}  // namespace vmcraft::partition
