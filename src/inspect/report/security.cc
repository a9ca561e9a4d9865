// SPDX-License-Identifier: LGPL-3.0-or-later
// SELinux, AppArmor and other guards; the virtual machine's tools; containers.
#include "base/text.h"
#include "inspect/files.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

void read_selinux(Reader& guest, Json& security) {
  const auto text = guest.text("/etc/selinux/config");
  if (!text) return;
  const auto all = shell_variables(*text);
  Json selinux = Json::object();
  put(selinux, "mode", base::lower(variable(all, "SELINUX")));
  const std::string policy = variable(all, "SELINUXTYPE");
  put(selinux, "policy", policy);
  if (!policy.empty() && policy.find('/') == std::string::npos)
    selinux["policy_installed"] = !guest.names("/etc/selinux/" + policy + "/policy").empty();
  selinux["relabel_at_boot"] = guest.has("/.autorelabel");
  security["selinux"] = std::move(selinux);
}

void read_apparmor(Reader& guest, Json& security) {
  if (!guest.has_folder("/etc/apparmor.d")) return;
  std::size_t profiles = 0;
  for (const std::string& path : guest.files("/etc/apparmor.d"))
    if (guest.has_file(path)) ++profiles;
  const std::size_t disabled = guest.names("/etc/apparmor.d/disable").size();
  const std::size_t complain = guest.names("/etc/apparmor.d/force-complain").size();
  const bool enabled = guest.has("/etc/systemd/system/sysinit.target.wants/apparmor.service") ||
                       guest.has("/etc/rcS.d/S01apparmor");
  security["apparmor"] = {{"enabled", enabled}, {"profiles", profiles}, {"disabled", disabled}, {"complain", complain}};
}

struct Place {
  const char* name;
  const char* path;
};

std::string first_of(const Json& names) {
  return names.is_array() && !names.empty() && names.front().is_string() ? names.front().get<std::string>() : std::string();
}

template <std::size_t N>
Json present(Reader& guest, const Place (&places)[N]) {
  Json found = Json::array();
  for (const Place& place : places)
    if (guest.has(place.path)) {
      const bool known = !found.empty() && found.back()["name"] == place.name;
      if (!known) found.push_back({{"name", place.name}, {"path", place.path}});
    }
  return found;
}

void read_ssh_server(Reader& guest, Json& security) {
  const auto text = guest.text("/etc/ssh/sshd_config");
  if (!text) return;
  Json sshd = Json::object();
  for (const std::string& line : base::split_lines(*text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() < 2 || words[0].starts_with('#')) continue;
    if (base::lower(words[0]) == "match") break;
    constexpr Place kSettings[] = {{"permitrootlogin", "permit_root_login"},
                                   {"passwordauthentication", "password_authentication"},
                                   {"pubkeyauthentication", "pubkey_authentication"},
                                   {"port", "port"}};
    // The first value of a setting counts.
    for (const Place& setting : kSettings)
      if (base::lower(words[0]) == setting.name && !sshd.contains(setting.path)) sshd[setting.path] = words[1];
  }
  security["sshd"] = std::move(sshd);
}

}  // namespace

Json read_security(Reader& guest) {
  Json security = Json::object();
  if (guest.os().type == "windows") return security;
  read_selinux(guest, security);
  read_apparmor(guest, security);
  read_ssh_server(guest, security);
  constexpr Place kFirewalls[] = {{"firewalld", "/usr/sbin/firewalld"}, {"nftables", "/etc/nftables.conf"},
                                  {"nftables", "/etc/sysconfig/nftables.conf"}, {"ufw", "/etc/ufw/ufw.conf"},
                                  {"iptables", "/etc/sysconfig/iptables"}, {"iptables", "/etc/iptables/rules.v4"},
                                  {"pf", "/etc/pf.conf"}, {"ipfw", "/etc/ipfw.rules"}};
  put_json(security, "firewalls", present(guest, kFirewalls));
  return security;
}

Json read_vm_tools(Reader& guest) {
  constexpr Place kTools[] = {
      {"qemu-guest-agent", "/usr/bin/qemu-ga"},       {"qemu-guest-agent", "/usr/sbin/qemu-ga"},
      {"qemu-guest-agent", "/Program Files/Qemu-ga"}, {"open-vm-tools", "/usr/bin/vmtoolsd"},
      {"vmware-tools", "/usr/lib/vmware-tools"},      {"vmware-tools", "/etc/vmware-tools"},
      {"vmware-tools", "/Program Files/VMware/VMware Tools"},
      {"virtualbox-guest-additions", "/usr/sbin/VBoxService"},
      {"virtualbox-guest-additions", "/opt/VBoxGuestAdditions"},
      {"virtualbox-guest-additions", "/Program Files/Oracle/VirtualBox Guest Additions"},
      {"hyperv-daemons", "/usr/sbin/hv_kvp_daemon"},  {"hyperv-daemons", "/usr/sbin/hypervkvpd"},
      {"xe-guest-utilities", "/usr/sbin/xe-daemon"},  {"xe-guest-utilities", "/usr/bin/xe-daemon"},
      {"xen-tools", "/Program Files/Citrix/XenTools"}, {"spice-vdagent", "/usr/bin/spice-vdagent"},
      {"spice-vdagent", "/usr/sbin/spice-vdagentd"},  {"virtio-win", "/Program Files/Virtio-Win"},
      {"parallels-tools", "/usr/bin/prltoolsd"},      {"walinuxagent", "/usr/sbin/waagent"},
      {"walinuxagent", "/usr/bin/waagent"},           {"walinuxagent", "/WindowsAzure"},
      {"google-guest-agent", "/usr/bin/google_guest_agent"},
      {"amazon-ssm-agent", "/usr/bin/amazon-ssm-agent"},
      {"cloud-init", "/usr/bin/cloud-init"},          {"cloudbase-init", "/Program Files/Cloudbase Solutions"},
      {"ovirt-guest-agent", "/usr/share/ovirt-guest-agent"}};
  return present(guest, kTools);
}

Json read_containers(Reader& guest) {
  Json containers = Json::object();
  constexpr Place kEngines[] = {{"docker", "/usr/bin/dockerd"},      {"docker", "/usr/sbin/dockerd"},
                                {"containerd", "/usr/bin/containerd"}, {"podman", "/usr/bin/podman"},
                                {"cri-o", "/usr/bin/crio"},          {"lxc", "/usr/bin/lxc-start"},
                                {"lxd", "/var/snap/lxd"},            {"kubelet", "/usr/bin/kubelet"},
                                {"k3s", "/usr/local/bin/k3s"},       {"nspawn", "/usr/bin/systemd-nspawn"}};
  if (guest.os().type != "windows") put_json(containers, "engines", present(guest, kEngines));
  for (const std::string& id : guest.names("/var/lib/docker/containers")) {
    const std::string path = "/var/lib/docker/containers/" + id + "/config.v2.json";
    const auto text = guest.text(path);
    if (!text) continue;
    const Json config = Json::parse(*text, nullptr, false);
    if (!config.is_object()) {
      guest.finding(path, "not JSON");
      continue;
    }
    std::string name = config.value("Name", "");
    if (name.starts_with('/')) name.erase(0, 1);
    containers["instances"].push_back({{"engine", "docker"}, {"id", id.substr(0, 12)}, {"name", name},
                                       {"image", config.value("Config", Json::object()).value("Image", "")}});
  }
  const std::string podman = "/var/lib/containers/storage/overlay-containers/containers.json";
  if (const auto text = guest.text(podman)) {
    const Json list = Json::parse(*text, nullptr, false);
    if (!list.is_array()) guest.finding(podman, "not JSON");
    else
      for (const Json& entry : list)
        containers["instances"].push_back({{"engine", "podman"},
                                           {"id", entry.value("id", "").substr(0, 12)},
                                           {"name", first_of(entry.value("names", Json::array()))},
                                           {"image", entry.value("image", "").substr(0, 12)}});
  }
  for (const std::string& name : guest.names("/var/lib/lxc"))
    if (guest.has_file("/var/lib/lxc/" + name + "/config"))
      containers["instances"].push_back({{"engine", "lxc"}, {"name", name}});
  for (const std::string& name : guest.names("/var/lib/machines"))
    if (!name.starts_with(".")) containers["instances"].push_back({{"engine", "nspawn"}, {"name", name}});
  for (const std::string& path : guest.files("/etc/containers/systemd", ".container"))
    containers["instances"].push_back({{"engine", "quadlet"}, {"name", path.substr(24, path.size() - 34)}});
  return containers;
}

}  // namespace vmcraft::inspect::report
