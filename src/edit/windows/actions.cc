// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/edit_windows.h"

#include "base/error.h"
#include "handle/handle.h"
#include "handle/opened.h"

namespace vmcraft {
namespace {

using handle::Handle;
using inspect::Hive;

Hive& hive_of(Handle& h) {
  if (!h.opened->hive) base::throw_state("no hive is open", "call hivex_open first");
  return *h.opened->hive;
}

// Negative numbers are none of the hive's; it refuses what it did not give out.
Hive::Number number(std::int64_t value) { return static_cast<Hive::Number>(value); }
std::int64_t shown(Hive::Number value) { return static_cast<std::int64_t>(value); }

}  // namespace

void action::hivex_open(Handle& h, const std::string& filename, const HivexOpenOptions& options) {
  h.opened->hive.reset();
  h.opened->hive = std::make_unique<Hive>(
      h.root(), filename, Hive::Mode{options.write.value_or(false), options.unsafe.value_or(false)});
}

void action::hivex_close(Handle& h) {
  hive_of(h);
  h.opened->hive.reset();
}

std::int64_t action::hivex_root(Handle& h) { return shown(hive_of(h).root()); }

std::string action::hivex_node_name(Handle& h, std::int64_t nodeh) {
  return hive_of(h).name(number(nodeh));
}

std::vector<HivexNode> action::hivex_node_children(Handle& h, std::int64_t nodeh) {
  std::vector<HivexNode> nodes;
  for (const Hive::Number node : hive_of(h).children(number(nodeh))) nodes.push_back({shown(node)});
  return nodes;
}

std::int64_t action::hivex_node_get_child(Handle& h, std::int64_t nodeh, const std::string& name) {
  return shown(hive_of(h).child(number(nodeh), name));
}

std::int64_t action::hivex_node_parent(Handle& h, std::int64_t nodeh) {
  return shown(hive_of(h).parent(number(nodeh)));
}

std::vector<HivexValue> action::hivex_node_values(Handle& h, std::int64_t nodeh) {
  std::vector<HivexValue> values;
  for (const Hive::Number value : hive_of(h).values(number(nodeh))) values.push_back({shown(value)});
  return values;
}

std::int64_t action::hivex_node_get_value(Handle& h, std::int64_t nodeh, const std::string& key) {
  return shown(hive_of(h).value(number(nodeh), key));
}

std::string action::hivex_value_key(Handle& h, std::int64_t valueh) {
  return hive_of(h).key(number(valueh));
}

std::int64_t action::hivex_value_type(Handle& h, std::int64_t valueh) {
  return hive_of(h).type(number(valueh));
}

std::string action::hivex_value_value(Handle& h, std::int64_t valueh) {
  return hive_of(h).data(number(valueh));
}

std::string action::hivex_value_string(Handle& h, std::int64_t valueh) {
  return hive_of(h).text(number(valueh));
}

std::string action::hivex_value_utf8(Handle& h, std::int64_t valueh) {
  return hivex_value_string(h, valueh);
}

std::int64_t action::hivex_node_add_child(Handle& h, std::int64_t parent, const std::string& name) {
  return shown(hive_of(h).add_child(number(parent), name));
}

void action::hivex_node_delete_child(Handle& h, std::int64_t nodeh) {
  hive_of(h).delete_child(number(nodeh));
}

void action::hivex_node_set_value(Handle& h, std::int64_t nodeh, const std::string& key,
                                  std::int64_t t, std::string_view val) {
  hive_of(h).set_value(number(nodeh), key, t, val);
}

void action::hivex_commit(Handle& h, const std::optional<std::string>& filename) {
  Hive& hive = hive_of(h);
  if (filename && !filename->starts_with('/')) base::throw_invalid(*filename, "not an absolute path");
  hive.commit(h.root(), filename, 0666U & ~h.files.umask);
}

}  // namespace vmcraft
