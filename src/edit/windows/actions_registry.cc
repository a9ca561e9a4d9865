// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/edit_windows.h"
#include "base/error.h"
#include "edit/windows/reg_file.h"
#include "edit/windows/registry.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using edit::Registry;
using edit::RegistryValue;
using handle::Handle;
using Text = std::string;

constexpr std::size_t kLargestRegFile = 256U << 20U;

Registry open(Handle& h, const Text& hive, Registry::Access access) {
  return {h.root(), edit::find_hive(h.root(), hive), access};
}

Text name_of(const Text& key, const Text& value) { return key + "\\" + (value.empty() ? "(default)" : value); }

Text read_all(base::ByteSource& source) {
  Text content;
  std::vector<std::byte> block(1U << 16U);
  while (const std::size_t n = source.read(block)) {
    content.append(reinterpret_cast<const char*>(block.data()), n);
    if (content.size() > kLargestRegFile) base::throw_errno("regfile", EFBIG);
  }
  return content;
}

}  // namespace

Text action::registry_read(Handle& h, const Text& hive, const Text& key, const Text& value) {
  const Registry registry = open(h, hive, Registry::Access::read);
  const auto found = registry.value(registry.key(key), value);
  if (!found) base::throw_errno(name_of(key, value), ENOENT);
  return edit::show_registry_value(*found);
}

void action::registry_write(Handle& h, const Text& hive, const Text& key, const Text& value, const Text& data,
                            const RegistryWriteOptions& options) {
  const RegistryValue wanted =
      edit::parse_registry_value(edit::registry_type(options.value_type.value_or("sz")), data);
  Registry registry = open(h, hive, Registry::Access::write);
  registry.set(registry.key(key), value, wanted);
  registry.save(options.backup.value_or(false));
}

void action::registry_delete(Handle& h, const Text& hive, const Text& key, const RegistryDeleteOptions& options) {
  Registry registry = open(h, hive, Registry::Access::write);
  const Registry::Key place = registry.key(key);
  const bool gone =
      options.value ? registry.remove_value(place, *options.value) : registry.remove_key(place);
  if (!gone) base::throw_errno(options.value ? name_of(key, *options.value) : key, ENOENT);
  registry.save(options.backup.value_or(false));
}

std::vector<RegistryEntry> action::registry_list(Handle& h, const Text& hive, const Text& key) {
  const Registry registry = open(h, hive, Registry::Access::read);
  const Registry::Key place = registry.key(key);
  std::vector<RegistryEntry> entries;
  for (const Text& name : registry.subkeys(place)) entries.push_back({name, "key", ""});
  for (const auto& [name, value] : registry.values(place))
    entries.push_back({name, edit::registry_type_name(value.type), edit::show_registry_value(value)});
  return entries;
}

Text action::registry_export(Handle& h, const Text& hive, const Text& key) {
  const Registry registry = open(h, hive, Registry::Access::read);
  return edit::export_reg_file(registry, registry.key(key));
}

std::int64_t action::registry_import(Handle& h, const Text& hive, base::ByteSource& regfile,
                                     const RegistryImportOptions& options) {
  const std::vector<edit::RegKey> keys = edit::parse_reg_file(read_all(regfile));
  Registry registry = open(h, hive, Registry::Access::write);
  const std::int64_t changes = edit::apply_reg_file(registry, keys);
  registry.save(options.backup.value_or(false));
  return changes;
}

}  // namespace vmcraft
