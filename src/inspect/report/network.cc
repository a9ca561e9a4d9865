// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/network.h"

#include "base/text.h"
#include "inspect/report/sections.h"
#include "inspect/report/windows.h"
#include "inspect/report/yaml.h"

namespace vmcraft::inspect::report {
namespace {

void add(Json& list, const char* style, const std::string& path, Json found, const std::string& name = "") {
  for (Json& entry : found) {
    Json whole = {{"style", style}, {"path", path}};
    if (!entry.contains("name")) put(whole, "name", name);
    whole.update(entry);
    list.push_back(std::move(whole));
  }
}

bool is_leftover(const std::string& name) {
  for (const char* end : {"~", ".bak", ".orig", ".rpmsave", ".rpmnew", ".dpkg-old", ".dpkg-dist"})
    if (name.ends_with(end)) return true;
  return false;
}

void read_ifcfg(Reader& guest, Json& list) {
  constexpr std::string_view kStart = "ifcfg-";
  for (const std::string folder : {"/etc/sysconfig/network-scripts", "/etc/sysconfig/network"})
    for (const std::string& name : guest.names(folder)) {
      if (!name.starts_with(kStart) || name == "ifcfg-lo" || name == "ifcfg-template" || is_leftover(name)) continue;
      const std::string path = folder + "/" + name;
      if (const auto text = guest.text(path)) add(list, "ifcfg", path, parse_ifcfg(*text), name.substr(kStart.size()));
    }
}

void read_files(Reader& guest, Json& list, const char* style, const std::string& folder, std::string_view ending,
                Json (*parse)(std::string_view)) {
  for (const std::string& path : guest.files(folder, ending))
    if (!is_leftover(path))
      if (const auto text = guest.text(path)) add(list, style, path, parse(*text));
}

// "source" lines name further files, relative ones to the folder of the file itself.
void read_ifupdown(Reader& guest, Json& list) {
  const std::string path = "/etc/network/interfaces";
  if (const auto text = guest.text(path)) add(list, "ifupdown", path, parse_interfaces(*text));
  read_files(guest, list, "ifupdown", "/etc/network/interfaces.d", "", parse_interfaces);
}

void read_yaml(Reader& guest, Json& list, const char* style, const std::string& path) {
  const auto text = guest.text(path);
  if (!text) return;
  guest.guarded(path, [&] {
    const Json tree = parse_yaml(*text, path);
    if (!tree.is_object() || !tree.contains("network")) return;
    const Json& network = tree["network"];
    if (network.is_object() && network.value("config", Json()) == "disabled")
      return list.push_back({{"style", style}, {"path", path}, {"disabled", true}});
    add(list, style, path, interfaces_of_yaml(network));
  });
}

void read_wicked(Reader& guest, Json& list) {
  for (const std::string folder : {"/etc/wicked/ifconfig", "/etc/wicked/client.d"})
    for (const std::string& path : guest.files(folder, ".xml"))
      if (const auto text = guest.text(path))
        guest.guarded(path, [&] { add(list, "wicked", path, parse_wicked(*text, path)); });
}

void read_bsd(Reader& guest, Json& list) {
  for (const char* path : {"/etc/rc.conf", "/etc/conf.d/net"})
    if (const auto text = guest.text(path)) add(list, "rc.conf", path, parse_rc_conf(*text));
  if (guest.os().type != "openbsd" && guest.os().type != "netbsd") return;
  for (const std::string& name : guest.names("/etc"))
    for (const std::string start : {"hostname.", "ifconfig."})
      if (name.starts_with(start))
        if (const auto text = guest.text("/etc/" + name))
          add(list, "hostname.if", "/etc/" + name, parse_bsd_interface(*text), name.substr(start.size()));
}

Json read_interfaces(Reader& guest) {
  Json list = Json::array();
  read_ifcfg(guest, list);
  for (const char* folder : {"/etc/NetworkManager/system-connections", "/usr/lib/NetworkManager/system-connections"})
    read_files(guest, list, "networkmanager", folder, "", parse_keyfile);
  for (const std::string folder : {"/etc/netplan", "/usr/lib/netplan"})
    for (const std::string& path : guest.files(folder, ".yaml")) read_yaml(guest, list, "netplan", path);
  for (const char* ending : {".network", ".netdev"})
    read_files(guest, list, "networkd", "/etc/systemd/network", ending, parse_networkd);
  read_ifupdown(guest, list);
  read_wicked(guest, list);
  for (const std::string& path : guest.files("/etc/cloud/cloud.cfg.d", ".cfg")) read_yaml(guest, list, "cloud-init", path);
  read_yaml(guest, list, "cloud-init", "/etc/cloud/cloud.cfg");
  for (const std::string& name : guest.names("/etc/netctl"))
    if (const auto text = guest.text("/etc/netctl/" + name)) add(list, "netctl", "/etc/netctl/" + name, parse_netctl(*text));
  read_bsd(guest, list);
  return list;
}

void read_resolver(Reader& guest, Json& network) {
  const auto text = guest.text("/etc/resolv.conf");
  if (!text) return;
  for (const std::string& line : base::split_lines(*text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[0] == "nameserver") network["dns"].push_back(words[i]);
      if (words[0] == "search" || words[0] == "domain") network["search"].push_back(words[i]);
    }
  }
}

void read_hosts(Reader& guest, Json& network) {
  const auto text = guest.text("/etc/hosts");
  if (!text) return;
  constexpr std::size_t kMost = 1000;
  for (const std::string& raw : base::split_lines(*text)) {
    const std::vector<std::string> words = base::split_blanks(raw.substr(0, raw.find('#')));
    if (words.size() < 2) continue;
    if (network["hosts"].size() >= kMost) return guest.finding("/etc/hosts", "only the first 1000 lines are told");
    network["hosts"].push_back(
        {{"address", words[0]}, {"names", std::vector<std::string>(words.begin() + 1, words.end())}});
  }
}

}  // namespace

Json read_network(Reader& guest) {
  if (guest.os().type == "windows") return read_windows_network(guest);
  Json network = Json::object();
  put_json(network, "interfaces", read_interfaces(guest));
  read_resolver(guest, network);
  read_hosts(guest, network);
  return network;
}

}  // namespace vmcraft::inspect::report
