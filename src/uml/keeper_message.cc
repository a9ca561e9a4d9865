// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/keeper.h"
#include "uml/pack.h"

namespace vmcraft::uml {

std::string KeeperSpec::pack() const {
  return Packer()
      .text(temp_dir)
      .number(room_bytes)
      .texts(kernel_argv)
      .texts(storage_argv)
      .number(export_count)
      .number(raw_disk_count)
      .number(storage_writes ? 1 : 0)
      .number(patch_count)
      .number(outlives_parent ? 1 : 0)
      .bytes();
}

KeeperSpec KeeperSpec::unpack(std::string_view bytes) {
  Unpacker in(bytes);
  KeeperSpec spec;
  spec.temp_dir = in.text();
  spec.room_bytes = in.number();
  spec.kernel_argv = in.texts();
  spec.storage_argv = in.texts();
  spec.export_count = in.number();
  spec.raw_disk_count = in.number();
  spec.storage_writes = in.number() != 0;
  spec.patch_count = in.number();
  spec.outlives_parent = in.number() != 0;
  return spec;
}

std::string KeeperReport::pack() const {
  return Packer()
      .number(static_cast<std::uint64_t>(kind))
      .text(subject)
      .number(static_cast<std::uint64_t>(static_cast<unsigned>(status)))
      .text(text)
      .bytes();
}

KeeperReport KeeperReport::unpack(std::string_view bytes) {
  Unpacker in(bytes);
  KeeperReport report;
  report.kind = static_cast<Kind>(in.number());
  report.subject = in.text();
  report.status = static_cast<int>(in.number());
  report.text = in.text();
  return report;
}

}  // namespace vmcraft::uml
