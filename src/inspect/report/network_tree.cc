// SPDX-License-Identifier: LGPL-3.0-or-later
// Interfaces in files that are trees: netplan and cloud-init (YAML), wicked (XML).
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "inspect/report/network.h"

namespace vmcraft::inspect::report {
namespace {

const Json kNothing;

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_integer() ? std::to_string(value.get<std::int64_t>()) : std::string();
}

void push(Json& entry, const char* key, const std::string& value) {
  if (!value.empty()) entry[key].push_back(value);
}

// A list of texts, one text, or of netplan's addresses with their settings below.
void push_all(Json& entry, const char* key, const Json& values) {
  if (values.is_string())
    for (const std::string& word : base::split_blanks(values.get<std::string>())) push(entry, key, word);
  if (!values.is_array()) return;
  for (const Json& value : values) push(entry, key, value.is_object() && !value.empty() ? value.begin().key() : text_of(value));
}

bool is_default(const Json& route) {
  const std::string to = text_of(member(route, "to"));
  return to == "default" || to == "0.0.0.0/0" || to == "::/0";
}

Json read_version2(const std::string& name, const char* type, const Json& facts) {
  Json entry = {{"name", name}, {"type", type}};
  put(entry, "name", text_of(member(facts, "set-name")));
  put(entry, "match_name", text_of(member(member(facts, "match"), "name")));
  put(entry, "mac", text_of(member(member(facts, "match"), "macaddress")));
  put(entry, "set_mac", text_of(member(facts, "macaddress")));
  put(entry, "mtu", text_of(member(facts, "mtu")));
  put(entry, "vlan_id", text_of(member(facts, "id")));
  put(entry, "vlan_of", text_of(member(facts, "link")));
  push_all(entry, "ports", member(facts, "interfaces"));
  push_all(entry, "addresses", member(facts, "addresses"));
  push(entry, "gateways", text_of(member(facts, "gateway4")));
  push(entry, "gateways", text_of(member(facts, "gateway6")));
  if (member(facts, "routes").is_array())
    for (const Json& route : member(facts, "routes"))
      if (is_default(route)) push(entry, "gateways", text_of(member(route, "via")));
  push_all(entry, "dns", member(member(facts, "nameservers"), "addresses"));
  push_all(entry, "search", member(member(facts, "nameservers"), "search"));
  if (member(facts, "dhcp4") == true) entry["method"] = "dhcp";
  else if (entry.contains("addresses")) entry["method"] = "static";
  if (member(facts, "dhcp6") == true) entry["method6"] = "dhcp";
  return entry;
}

Json read_version1(const Json& facts) {
  Json entry = {{"name", text_of(member(facts, "name"))}, {"type", text_of(member(facts, "type"))}};
  put(entry, "mac", text_of(member(facts, "mac_address")));
  put(entry, "mtu", text_of(member(facts, "mtu")));
  put(entry, "vlan_id", text_of(member(facts, "vlan_id")));
  put(entry, "vlan_of", text_of(member(facts, "vlan_link")));
  push_all(entry, "ports", member(facts, "bridge_interfaces"));
  push_all(entry, "ports", member(facts, "bond_interfaces"));
  if (!member(facts, "subnets").is_array()) return entry;
  for (const Json& subnet : member(facts, "subnets")) {
    const std::string type = text_of(member(subnet, "type"));
    if (type.starts_with("dhcp")) entry["method"] = "dhcp";
    else if (type.starts_with("static")) entry["method"] = "static";
    std::string address = text_of(member(subnet, "address"));
    const std::string mask = text_of(member(subnet, "netmask"));
    if (!address.empty() && !mask.empty() && address.find('/') == std::string::npos) address += "/" + mask;
    push(entry, "addresses", address);
    push(entry, "gateways", text_of(member(subnet, "gateway")));
    push_all(entry, "dns", member(subnet, "dns_nameservers"));
    push_all(entry, "search", member(subnet, "dns_search"));
  }
  return entry;
}

struct FreeDocument {
  void operator()(xmlDoc* document) const noexcept { ::xmlFreeDoc(document); }
};

std::string name_of(const xmlNode* node) {
  return node->type == XML_ELEMENT_NODE ? reinterpret_cast<const char*>(node->name) : "";
}

std::string content_of(const xmlNode* node) {
  std::string text;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next)
    if (child->type == XML_TEXT_NODE && child->content != nullptr) text += reinterpret_cast<const char*>(child->content);
  return std::string(base::trim(text));
}

void read_wicked_addresses(const xmlNode* node, Json& entry) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (name_of(child) == "address")
      for (const xmlNode* fact = child->children; fact != nullptr; fact = fact->next)
        if (name_of(fact) == "local") push(entry, "addresses", content_of(fact));
    if (name_of(child) == "route")
      for (const xmlNode* hop = child->children; hop != nullptr; hop = hop->next)
        for (const xmlNode* fact = hop->children; name_of(hop) == "nexthop" && fact != nullptr; fact = fact->next)
          if (name_of(fact) == "gateway") push(entry, "gateways", content_of(fact));
  }
}

bool is_enabled(const xmlNode* node) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next)
    if (name_of(child) == "enabled") return content_of(child) == "true";
  return true;
}

Json read_wicked_interface(const xmlNode* node) {
  Json entry = Json::object();
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    const std::string name = name_of(child);
    if (name == "name") put(entry, "name", content_of(child));
    else if (name == "ipv4:dhcp" && is_enabled(child)) entry["method"] = "dhcp";
    else if (name == "ipv6:dhcp" && is_enabled(child)) entry["method6"] = "dhcp";
    else if (name == "ipv4:static" || name == "ipv6:static") read_wicked_addresses(child, entry);
    else if (name == "control")
      for (const xmlNode* fact = child->children; fact != nullptr; fact = fact->next)
        if (name_of(fact) == "mode") entry["onboot"] = content_of(fact) != "manual" && content_of(fact) != "off";
  }
  if (!entry.contains("method") && entry.contains("addresses")) entry["method"] = "static";
  return entry;
}

}  // namespace

Json interfaces_of_yaml(const Json& network) {
  Json list = Json::array();
  if (member(network, "config").is_array()) {
    for (const Json& facts : member(network, "config")) {
      const std::string type = text_of(member(facts, "type"));
      if (type != "nameserver" && type != "route") list.push_back(read_version1(facts));
    }
    return list;
  }
  constexpr std::pair<const char*, const char*> kKinds[] = {
      {"ethernets", "ethernet"}, {"wifis", "wifi"},     {"bonds", "bond"},  {"bridges", "bridge"},
      {"vlans", "vlan"},         {"tunnels", "tunnel"}, {"vrfs", "vrf"},    {"modems", "modem"}};
  for (const auto& [key, type] : kKinds)
    for (const auto& [name, facts] : member(network, key).items()) list.push_back(read_version2(name, type, facts));
  return list;
}

// Names of elements have a prefix without a namespace ("ipv4:static"), which libxml2 keeps in the name.
Json parse_wicked(std::string_view text, const std::string& object) {
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_RECOVER;
  const std::unique_ptr<xmlDoc, FreeDocument> document(
      ::xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr, kOptions));
  const xmlNode* top = document ? ::xmlDocGetRootElement(document.get()) : nullptr;
  if (top == nullptr) base::throw_corrupt(object, "not XML");
  Json list = Json::array();
  if (name_of(top) == "interface") list.push_back(read_wicked_interface(top));
  for (const xmlNode* node = top->children; node != nullptr; node = node->next)
    if (name_of(node) == "interface") list.push_back(read_wicked_interface(node));
  return list;
}

}  // namespace vmcraft::inspect::report
