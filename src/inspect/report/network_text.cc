// SPDX-License-Identifier: LGPL-3.0-or-later
// Interfaces in files of lines: ifcfg, keyfiles, networkd, ifupdown, netctl, and the BSDs' own.
#include <algorithm>

#include "base/text.h"
#include "inspect/files.h"
#include "inspect/report/ini.h"
#include "inspect/report/network.h"

namespace vmcraft::inspect::report {
namespace {

using Words = std::vector<std::string>;

void push(Json& entry, const char* key, const std::string& value) {
  if (!value.empty()) entry[key].push_back(value);
}

void push_words(Json& entry, const char* key, const std::string& value, char separator) {
  for (const std::string& part : base::split(value, separator)) push(entry, key, std::string(base::trim(part)));
}

std::string with_prefix(const std::string& address, const std::string& prefix) {
  if (address.empty() || prefix.empty() || address.find('/') != std::string::npos) return address;
  return address + "/" + prefix;
}

std::string yes_no(const std::string& value) {
  const std::string lower = base::lower(value);
  if (lower == "yes" || lower == "true" || lower == "1" || lower == "on" || lower == "auto" || lower == "hotplug" ||
      lower == "onboot")
    return "yes";
  return value.empty() ? "" : "no";
}

void put_flag(Json& entry, const char* key, const std::string& value) {
  const std::string flag = yes_no(value);
  if (!flag.empty()) entry[key] = flag == "yes";
}

std::string method_of(const std::string& protocol, bool addresses) {
  const std::string lower = base::lower(protocol);
  if (lower.starts_with("dhcp") || lower == "bootp") return "dhcp";
  if (addresses) return "static";
  return lower == "none" || lower.empty() ? "" : lower;
}

struct Names {
  const char* key;
  const char* variable;
};

}  // namespace

Json parse_ifcfg(std::string_view text) {
  const auto all = shell_variables(text);
  const auto get = [&](const std::string& name) { return variable(all, name); };
  Json entry = Json::object();
  constexpr Names kNames[] = {{"name", "DEVICE"}, {"connection", "NAME"}, {"type", "TYPE"}, {"mac", "HWADDR"},
                              {"set_mac", "MACADDR"}, {"mtu", "MTU"}, {"bridge", "BRIDGE"}, {"bond", "MASTER"},
                              {"vlan_of", "PHYSDEV"}, {"vlan_of", "ETHERDEVICE"}, {"uuid", "UUID"}, {"zone", "ZONE"}};
  for (const Names& name : kNames) put(entry, name.key, get(name.variable));
  if (get("MACADDR").empty()) put(entry, "set_mac", get("LLADDR"));
  constexpr int kMost = 256;
  for (int i = -1; i < kMost; ++i) {
    const std::string number = i < 0 ? "" : std::to_string(i);
    std::string prefix = get("PREFIX" + number);
    if (prefix.empty()) prefix = get("PREFIXLEN" + number);
    if (prefix.empty()) prefix = get("NETMASK" + number);
    push(entry, "addresses", with_prefix(get("IPADDR" + number), prefix));
    push(entry, "gateways", get("GATEWAY" + number));
    push(entry, "dns", get("DNS" + number));
  }
  // wicked allows any suffix: IPADDR_1.
  for (const auto& [name, value] : all)
    if (name.starts_with("IPADDR_")) push(entry, "addresses", with_prefix(value, get("PREFIXLEN" + name.substr(6))));
  push(entry, "addresses", get("IPV6ADDR"));
  push_words(entry, "addresses", get("IPV6ADDR_SECONDARIES"), ' ');
  push(entry, "gateways", get("IPV6_DEFAULTGW"));
  push_words(entry, "search", get("DOMAIN"), ' ');
  put(entry, "method", method_of(get("BOOTPROTO"), entry.contains("addresses")));
  put_flag(entry, "onboot", get("ONBOOT").empty() ? get("STARTMODE") : get("ONBOOT"));
  return Json::array({std::move(entry)});
}

Json parse_keyfile(std::string_view text) {
  const auto all = parse_ini(text);
  const IniSection& connection = section(all, "connection");
  Json entry = Json::object();
  put(entry, "name", connection.value("interface-name"));
  put(entry, "connection", connection.value("id"));
  put(entry, "uuid", connection.value("uuid"));
  put(entry, "type", connection.value("type"));
  put(entry, "master", connection.value("master"));
  for (const char* kind : {"ethernet", "802-3-ethernet", "wifi", "802-11-wireless"}) {
    put(entry, "mac", section(all, kind).value("mac-address"));
    put(entry, "set_mac", section(all, kind).value("cloned-mac-address"));
    put(entry, "mtu", section(all, kind).value("mtu"));
    put(entry, "ssid", section(all, kind).value("ssid"));
  }
  put(entry, "vlan_id", section(all, "vlan").value("id"));
  put(entry, "vlan_of", section(all, "vlan").value("parent"));
  for (const char* family : {"ipv4", "ipv6"}) {
    const IniSection& ip = section(all, family);
    const std::string method = ip.value("method");
    put(entry, family == std::string_view("ipv4") ? "method" : "method6",
        method == "auto" && family == std::string_view("ipv4") ? "dhcp" : method == "manual" ? "static" : method);
    for (const auto& [key, value] : ip.values) {
      if (key.starts_with("address") && !key.starts_with("address-")) {
        const Words parts = base::split(value, ',');
        if (!parts.empty()) push(entry, "addresses", parts[0]);
        if (parts.size() > 1) push(entry, "gateways", parts[1]);
      } else if (key == "gateway") push(entry, "gateways", value);
      else if (key == "dns") push_words(entry, "dns", value, ';');
      else if (key == "dns-search") push_words(entry, "search", value, ';');
    }
  }
  put_flag(entry, "onboot", connection.value("autoconnect"));
  return Json::array({std::move(entry)});
}

Json parse_networkd(std::string_view text) {
  const auto all = parse_ini(text);
  Json entry = Json::object();
  put(entry, "name", section(all, "Match").value("Name"));
  put(entry, "mac", section(all, "Match").value("MACAddress"));
  const IniSection& device = section(all, "NetDev");
  put(entry, "name", device.value("Name"));
  put(entry, "type", device.value("Kind"));
  put(entry, "vlan_id", section(all, "VLAN").value("Id"));
  put(entry, "mtu", section(all, "Link").value("MTUBytes"));
  const IniSection& network = section(all, "Network");
  put(entry, "bridge", network.value("Bridge"));
  put(entry, "bond", network.value("Bond"));
  for (const IniSection& part : all) {
    if (part.name == "Network" || part.name == "Address")
      for (const std::string& address : part.all("Address")) push(entry, "addresses", address);
    if (part.name == "Network" || part.name == "Route")
      for (const std::string& gateway : part.all("Gateway")) push(entry, "gateways", gateway);
  }
  for (const std::string& servers : network.all("DNS")) push_words(entry, "dns", servers, ' ');
  for (const std::string& domains : network.all("Domains")) push_words(entry, "search", domains, ' ');
  const std::string dhcp = base::lower(network.value("DHCP"));
  if (!dhcp.empty() && dhcp != "no" && dhcp != "false") entry["method"] = "dhcp";
  else if (entry.contains("addresses")) entry["method"] = "static";
  return Json::array({std::move(entry)});
}

Json parse_interfaces(std::string_view text) {
  Json list = Json::array();
  Words automatic;
  Json* entry = nullptr;
  std::string prefix;
  for (const std::string& line : base::split_lines(text)) {
    const Words words = base::split_blanks(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    if (words[0] == "auto" || words[0].starts_with("allow-")) {
      automatic.insert(automatic.end(), words.begin() + 1, words.end());
      entry = nullptr;
    } else if (words[0] == "iface") {
      list.push_back({{"name", words.size() > 1 ? words[1] : ""}});
      entry = &list.back();
      if (words.size() > 2) put(*entry, "family", words[2]);
      if (words.size() > 3) put(*entry, "method", words[3]);
    } else if (words[0] == "mapping" || words[0] == "source" || words[0] == "source-directory") {
      entry = nullptr;
    } else if (entry != nullptr && words.size() > 1) {
      if (words[0] == "address") push(*entry, "addresses", words[1]);
      else if (words[0] == "netmask" && entry->contains("addresses")) {
        Json& last = (*entry)["addresses"].back();
        last = with_prefix(last.get<std::string>(), words[1]);
      } else if (words[0] == "gateway") push(*entry, "gateways", words[1]);
      else if (words[0] == "hwaddress") put(*entry, "set_mac", words.back());
      else if (words[0] == "mtu") put(*entry, "mtu", words[1]);
      else if (words[0] == "dns-nameservers" || words[0] == "dns-nameserver")
        for (std::size_t i = 1; i < words.size(); ++i) push(*entry, "dns", words[i]);
      else if (words[0] == "dns-search")
        for (std::size_t i = 1; i < words.size(); ++i) push(*entry, "search", words[i]);
      else if (words[0] == "bridge_ports" || words[0] == "bridge-ports" || words[0] == "bond-slaves" || words[0] == "slaves")
        for (std::size_t i = 1; i < words.size(); ++i) push(*entry, "ports", words[i]);
      else if (words[0] == "vlan-raw-device") put(*entry, "vlan_of", words[1]);
    }
  }
  for (Json& item : list)
    item["onboot"] = std::find(automatic.begin(), automatic.end(), item.value("name", "")) != automatic.end();
  return list;
}

// Arrays stand in parentheses: Address=('192.0.2.5/24').
Json parse_netctl(std::string_view text) {
  const auto all = shell_variables(text);
  const auto list_of = [&](Json& entry, const char* key, const char* name) {
    std::string value = variable(all, name);
    std::replace_if(value.begin(), value.end(), [](char c) { return c == '(' || c == ')' || c == '\''; }, ' ');
    for (const std::string& word : base::split_blanks(value)) push(entry, key, word);
  };
  Json entry = Json::object();
  put(entry, "name", variable(all, "Interface"));
  put(entry, "type", variable(all, "Connection"));
  put(entry, "method", variable(all, "IP"));
  list_of(entry, "addresses", "Address");
  list_of(entry, "gateways", "Gateway");
  list_of(entry, "dns", "DNS");
  return Json::array({std::move(entry)});
}

namespace {

// "inet 192.0.2.7 netmask 255.255.255.0", "inet 192.0.2.7/24", "DHCP", "inet6 ... prefixlen 64"
void read_ifconfig(Json& entry, const std::string& line) {
  const Words words = base::split_blanks(line);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string lower = base::lower(words[i]);
    if (lower == "dhcp" || lower == "autoconf" || lower == "syncdhcp") entry["method"] = "dhcp";
    if ((lower != "inet" && lower != "inet6" && lower != "alias") || i + 1 >= words.size()) continue;
    std::string address = words[i + 1];
    if (base::lower(address) == "alias" && i + 2 < words.size()) address = words[++i + 1];
    if (address.find_first_of(".:") == std::string::npos) continue;
    std::string prefix;
    if (i + 2 < words.size() && words[i + 2].find_first_of(".0123456789") == 0) prefix = words[i + 2];
    for (std::size_t j = i + 2; j + 1 < words.size(); ++j)
      if (words[j] == "netmask" || words[j] == "prefixlen") prefix = words[j + 1];
    push(entry, "addresses", with_prefix(address, prefix));
    ++i;
  }
  if (!entry.contains("method") && entry.contains("addresses")) entry["method"] = "static";
}

}  // namespace

Json parse_rc_conf(std::string_view text) {
  Json list = Json::array();
  const auto all = shell_variables(text);
  for (const auto& [name, value] : all) {
    for (const std::string_view start : {"ifconfig_", "config_"}) {
      if (!name.starts_with(start) || name == "ifconfig_DEFAULT") continue;
      std::string interface = name.substr(start.size());
      const std::size_t suffix = interface.find('_');
      interface.resize(std::min(suffix, interface.size()));
      const auto found = std::find_if(list.begin(), list.end(),
                                      [&](const Json& known) { return known["name"] == interface; });
      const auto index = static_cast<std::size_t>(found - list.begin());
      if (index == list.size()) list.push_back({{"name", interface}});
      Json& entry = list[index];
      read_ifconfig(entry, start == "config_" ? "inet " + value : value);
    }
  }
  const std::string router = variable(all, "defaultrouter");
  if (!router.empty() && !list.empty()) push(list.front(), "gateways", router);
  return list;
}

Json parse_bsd_interface(std::string_view text) {
  Json entry = Json::object();
  for (const std::string& line : base::split_lines(text))
    if (!line.empty() && line.front() != '#' && line.front() != '!') read_ifconfig(entry, line);
  return Json::array({std::move(entry)});
}

}  // namespace vmcraft::inspect::report
