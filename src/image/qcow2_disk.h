// SPDX-License-Identifier: LGPL-3.0-or-later
// Structures of a qcow2 file: docs/interop/qcow2.txt of qemu's documentation.
#pragma once

#include "base/bytes.h"

namespace vmcraft::image {

using base::Be16;
using base::Be32;
using base::Be64;

struct Qcow2HeaderDisk {
  char magic[4];
  Be32 version;
  Be64 backing_file_offset;
  Be32 backing_file_size;
  Be32 cluster_bits;
  Be64 size;
  Be32 crypt_method;
  Be32 l1_size;
  Be64 l1_table_offset;
  Be64 refcount_table_offset;
  Be32 refcount_table_clusters;
  Be32 nb_snapshots;
  Be64 snapshots_offset;
  // Version 3 only.
  Be64 incompatible_features;
  Be64 compatible_features;
  Be64 autoclear_features;
  Be32 refcount_order;
  Be32 header_length;
};
static_assert(sizeof(Qcow2HeaderDisk) == 104);

struct SnapshotDisk {
  Be64 l1_table_offset;
  Be32 l1_size;
  Be16 id_size;
  Be16 name_size;
  Be32 date_seconds;
  Be32 date_nanoseconds;
  Be64 vm_clock_nanoseconds;
  Be32 vm_state_size;
  Be32 extra_data_size;
};
static_assert(sizeof(SnapshotDisk) == 40);

}  // namespace vmcraft::image
