// SPDX-License-Identifier: LGPL-3.0-or-later
// What is changed of a guest's text files: nothing but the lines that are meant.
#include <cstdint>
#include <cstdlib>

#include "edit/linux/account_file.h"
#include "edit/linux/homes.h"
#include "edit/linux/identity.h"
#include "edit/linux/lines.h"
#include "edit/linux/sysprep.h"
#include "edit/linux/unit_file.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::edit;
  const std::string text(reinterpret_cast<const char*>(data), size);
  AccountFile file(text);
  if (file.text() != text) std::abort();
  const std::size_t entries = file.entries().size();
  for (const auto& fields : file.entries()) {
    number_field(fields, 2);
    if (!file.find(fields[0])) std::abort();
    without_member(with_member(fields.back(), "ann"), "ann");
  }
  const bool known = file.find("ann").has_value();
  file.put({"ann", "x", "1", "1", "", "/home/ann", "/bin/sh"});
  if (AccountFile(file.text()).entries().size() < entries + (known ? 0 : 1)) std::abort();
  file.remove("ann");
  if (!known && file.text() != text && file.text() != text + "\n") std::abort();
  try {
    with_authorized_keys(text, "ssh-rsa A");
    with_authorized_keys("", text);
  } catch (const vmcraft::Error&) {
  }
  UnitInstall install;
  parse_unit_install(text, install);
  try {
    for (const std::string& name : install.wanted_by) template_of(unit_name(expand_specifiers(name, "a@b.service")));
  } catch (const vmcraft::Error&) {
  }
  with_renamed_host(text, "old.example", "new");
  if (with_renamed_host(text, "old.example", "old.example") != text) std::abort();
  const std::string set = with_variable(text, "LANG", "C");
  if (with_variable(set, "LANG", "C") != set) std::abort();
  without_variables(text, {"HWADDR"});
  with_line(text, "x");
  return 0;
}
