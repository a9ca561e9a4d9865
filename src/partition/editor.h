// SPDX-License-Identifier: LGPL-3.0-or-later
// A drive's partition table in libfdisk's hands: read, changed in memory, written in one go.
#pragma once

#include <libfdisk.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vmcraft::partition {

/// The drive to edit.
struct EditTarget {
  int fd = -1;  ///< writable, but to look at; the caller keeps it open
  unsigned sector_size_bytes = 512;
  std::string name;  ///< what errors are about: /dev/sda
};

/// Cylinders, heads and sectors that a caller wants believed; 0 is left to libfdisk.
struct Geometry {
  unsigned cylinders = 0;
  unsigned heads = 0;
  unsigned sectors = 0;
};

/// One entry of a table, in sectors of the drive.
struct Slot {
  int number = 0;  ///< as in /dev/sdaN
  std::uint64_t first_sector = 0;
  std::uint64_t last_sector = 0;
  bool container = false;  ///< extended partition of an MBR
  bool nested = false;     ///< logical partition of an MBR
  bool active = false;     ///< MBR's boot flag
  std::string type;        ///< GPT: type GUID; else empty
  unsigned code = 0;       ///< MBR: type byte

  std::size_t index() const noexcept { return static_cast<std::size_t>(number) - 1; }
  bool overlaps(std::uint64_t first, std::uint64_t last) const noexcept {
    return first <= last_sector && first_sector <= last;
  }
};

/// Releases libfdisk's objects.
struct FdiskDeleter {
  void operator()(fdisk_context* context) const noexcept { fdisk_unref_context(context); }
  void operator()(fdisk_partition* partition) const noexcept { fdisk_unref_partition(partition); }
  void operator()(fdisk_parttype* type) const noexcept { fdisk_unref_parttype(type); }
  void operator()(fdisk_table* table) const noexcept { fdisk_unref_table(table); }
  void operator()(fdisk_iter* iter) const noexcept { fdisk_free_iter(iter); }
  void operator()(fdisk_script* script) const noexcept { fdisk_unref_script(script); }
};
template <typename T>
using FdiskPtr = std::unique_ptr<T, FdiskDeleter>;

FdiskPtr<fdisk_partition> new_partition();

class Editor {
 public:
  /// look: nothing is written, and no table is fine too.
  /// replace: what is on the drive is not looked at, since a new table takes its place.
  enum class Open { look, existing, replace };

  /// Throws EINVAL where there is no table, EUCLEAN where editing would damage more than it mends.
  Editor(const EditTarget& target, Open open, const Geometry& geometry = {});
  ~Editor();
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  fdisk_context* context() const noexcept { return context_.get(); }
  fdisk_label* label() const { return fdisk_get_label(context(), nullptr); }
  bool has_label() const { return fdisk_has_label(context()) != 0; }
  bool is_gpt() const { return has_label() && fdisk_is_labeltype(context(), FDISK_DISKLABEL_GPT); }
  bool is_mbr() const { return has_label() && fdisk_is_labeltype(context(), FDISK_DISKLABEL_DOS); }
  /// Throws EINVAL unless it is one.
  void need_gpt() const;
  void need_mbr() const;
  std::uint64_t sectors() const { return fdisk_get_nsectors(context()); }

  /// An empty table by libfdisk's name for it; old signatures go when it is written.
  void create(const char* label);
  /// The partitions that are there, by number.
  std::vector<Slot> slots() const;
  /// Of an MBR, the sectors that hold the tables of logical partitions.
  std::vector<std::uint64_t> logical_tables() const;
  /// Throws ENOENT where there is none of this number.
  Slot slot(int number) const;
  /// Throws where write() would refuse the table.
  void check_writable() const;
  /// Writes to the drive and waits until it is there.
  void write();

  /// Throws what libfdisk had to say unless `result` is 0.
  void check(int result, const std::string& what) const;

 private:
  static int answer(fdisk_context* context, fdisk_ask* ask, void* data);
  void assign(Open open);
  void check_places() const;
  void check_table() const;
  void check_gpt_ends() const;
  void check_empty_container() const;
  void mend_primary() const;

  EditTarget target_;
  std::string said_;  // libfdisk's last warning
  FdiskPtr<fdisk_context> context_;
};

}  // namespace vmcraft::partition
