// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include "base/error.h"
#include "partition/edit.h"

namespace vmcraft::partition {

// A GPT that ends behind its drive is none for libfdisk, so that it has to be written anew before.
void shrink_gpt(const EditTarget& whole, const EditTarget& rest) {
  const Editor before(whole, Editor::Open::existing);
  before.need_gpt();
  Editor after(rest, Editor::Open::replace);
  after.create("gpt");
  for (const Slot& slot : before.slots())
    if (slot.last_sector > fdisk_get_last_lba(after.context()))
      base::throw_invalid(whole.name + " partition " + std::to_string(slot.number),
                          fmt::format("ends in sector {}, behind what the smaller drive has for it",
                                      slot.last_sector));
  const FdiskPtr<fdisk_script> script(fdisk_new_script(after.context()));
  if (!script) base::throw_errno(whole.name, ENOMEM);
  before.check(fdisk_script_read_context(script.get(), before.context()), "read the table");
  for (const char* place : {"first-lba", "last-lba"})
    fdisk_script_set_header(script.get(), place, nullptr);
  after.check(fdisk_apply_script(after.context(), script.get()), "copy the table");
  after.write();
}

}  // namespace vmcraft::partition
