// SPDX-License-Identifier: LGPL-3.0-or-later
// One way after the other to set up a network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/guest_tree.h"

namespace vmcraft::test {
namespace {

using Json = GuestTree::Json;

// Interfaces without the style and the path, which are checked here.
std::string interfaces(const std::string& style, const std::string& path, const std::string& text) {
  const Json network = GuestTree({{path, text}}).section("network");
  std::string all;
  if (network.is_null()) return all;
  for (Json entry : network["interfaces"]) {
    EXPECT_EQ(entry["style"], style);
    EXPECT_EQ(entry["path"], path);
    entry.erase("style");
    entry.erase("path");
    all += (all.empty() ? "" : "\n") + entry.dump();
  }
  return all;
}

TEST(InspectNetwork, Ifcfg) {
  EXPECT_EQ(interfaces("ifcfg", "/etc/sysconfig/network-scripts/ifcfg-eth0",
                       "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.0.2.5\nPREFIX=24\nGATEWAY=192.0.2.1\n"
                       "DNS1=192.0.2.53\nHWADDR=52:54:00:00:00:01\nTYPE=Ethernet\nIPADDR1=192.0.2.6\nNETMASK1=255.255.255.0\n"
                       "DOMAIN=\"a.example b.example\"\n"),
            R"({"name":"eth0","type":"Ethernet","mac":"52:54:00:00:00:01","addresses":["192.0.2.5/24",)"
            R"("192.0.2.6/255.255.255.0"],"gateways":["192.0.2.1"],"dns":["192.0.2.53"],"search":["a.example","b.example"],)"
            R"("method":"static","onboot":true})");
  EXPECT_EQ(interfaces("ifcfg", "/etc/sysconfig/network/ifcfg-em1", "BOOTPROTO='dhcp'\nSTARTMODE='manual'\n"),
            R"({"name":"em1","method":"dhcp","onboot":false})");
  EXPECT_EQ(interfaces("ifcfg", "/etc/sysconfig/network/ifcfg-lo", "IPADDR=127.0.0.1\n"), "");
  EXPECT_EQ(interfaces("ifcfg", "/etc/sysconfig/network-scripts/ifcfg-eth0.bak", "DEVICE=x\n"), "");
}

TEST(InspectNetwork, NetworkManager) {
  EXPECT_EQ(interfaces("networkmanager", "/etc/NetworkManager/system-connections/x.nmconnection",
                       "[connection]\nid=Wired\nuuid=u-1\ntype=ethernet\ninterface-name=ens3\n[ethernet]\n"
                       "mac-address=52:54:00:00:00:02\n[wifi-security]\npsk=secret\n[ipv4]\nmethod=manual\n"
                       "address1=192.0.2.7/24,192.0.2.1\ndns=192.0.2.53;192.0.2.54;\ndns-search=x.example;\n[ipv6]\nmethod=auto\n"),
            R"({"name":"ens3","connection":"Wired","uuid":"u-1","type":"ethernet","mac":"52:54:00:00:00:02",)"
            R"("method":"static","addresses":["192.0.2.7/24"],"gateways":["192.0.2.1"],"dns":["192.0.2.53","192.0.2.54"],)"
            R"("search":["x.example"],"method6":"auto"})");
}

TEST(InspectNetwork, Netplan) {
  EXPECT_EQ(interfaces("netplan", "/etc/netplan/01.yaml",
                       "network:\n  version: 2\n  ethernets:\n    lan:\n      match: {macaddress: '52:54:00:00:00:03'}\n"
                       "      set-name: lan0\n      addresses: [192.0.2.8/24, {'2001:db8::1/64': {label: x}}]\n"
                       "      routes: [{to: default, via: 192.0.2.1}, {to: 198.51.100.0/24, via: 192.0.2.2}]\n"
                       "      nameservers: {addresses: [192.0.2.53], search: [x.example]}\n      mtu: 9000\n"
                       "  vlans:\n    v5: {id: 5, link: lan0, dhcp4: true}\n  bridges:\n    br0: {interfaces: [lan0]}\n"
                       "  wifis:\n    w: {access-points: {net: {password: secret}}, dhcp4: yes}\n"),
            R"({"name":"lan0","type":"ethernet","mac":"52:54:00:00:00:03","mtu":"9000","addresses":["192.0.2.8/24",)"
            R"("2001:db8::1/64"],"gateways":["192.0.2.1"],"dns":["192.0.2.53"],"search":["x.example"],"method":"static"})"
            "\n" R"({"name":"w","type":"wifi","method":"dhcp"})" "\n" R"({"name":"br0","type":"bridge","ports":["lan0"]})"
            "\n" R"({"name":"v5","type":"vlan","vlan_id":"5","vlan_of":"lan0","method":"dhcp"})");
}

TEST(InspectNetwork, Networkd) {
  EXPECT_EQ(interfaces("networkd", "/etc/systemd/network/10.network",
                       "[Match]\nName=en*\n[Network]\nDHCP=no\nAddress=192.0.2.9/24\nDNS=192.0.2.53 192.0.2.54\n"
                       "[Address]\nAddress=2001:db8::2/64\n[Route]\nGateway=192.0.2.1\n"),
            R"({"name":"en*","addresses":["192.0.2.9/24","2001:db8::2/64"],"gateways":["192.0.2.1"],)"
            R"("dns":["192.0.2.53","192.0.2.54"],"method":"static"})");
  EXPECT_EQ(interfaces("networkd", "/etc/systemd/network/b.netdev", "[NetDev]\nName=br0\nKind=bridge\n"),
            R"({"name":"br0","type":"bridge"})");
}

TEST(InspectNetwork, Ifupdown) {
  EXPECT_EQ(interfaces("ifupdown", "/etc/network/interfaces",
                       "# x\nsource /etc/network/interfaces.d/*\nauto lo eth0\niface lo inet loopback\n"
                       "iface eth0 inet static\n  address 192.0.2.10\n  netmask 255.255.255.0\n  gateway 192.0.2.1\n"
                       "  dns-nameservers 192.0.2.53 192.0.2.54\niface eth1 inet dhcp\n  hwaddress ether 52:54:00:00:00:04\n"),
            R"({"name":"lo","family":"inet","method":"loopback","onboot":true})" "\n"
            R"({"name":"eth0","family":"inet","method":"static","addresses":["192.0.2.10/255.255.255.0"],)"
            R"("gateways":["192.0.2.1"],"dns":["192.0.2.53","192.0.2.54"],"onboot":true})" "\n"
            R"({"name":"eth1","family":"inet","method":"dhcp","set_mac":"52:54:00:00:00:04","onboot":false})");
}

TEST(InspectNetwork, CloudInit) {
  EXPECT_EQ(interfaces("cloud-init", "/etc/cloud/cloud.cfg.d/50.cfg",
                       "network:\n  version: 1\n  config:\n  - type: physical\n    name: eth0\n    mac_address: '52:54:00:00:00:05'\n"
                       "    subnets:\n    - {type: static, address: 192.0.2.11, netmask: 255.255.255.0, gateway: 192.0.2.1,"
                       " dns_nameservers: [192.0.2.53]}\n  - {type: nameserver, address: x}\n"),
            R"({"name":"eth0","type":"physical","mac":"52:54:00:00:00:05","method":"static",)"
            R"("addresses":["192.0.2.11/255.255.255.0"],"gateways":["192.0.2.1"],"dns":["192.0.2.53"]})");
  EXPECT_EQ(interfaces("cloud-init", "/etc/cloud/cloud.cfg.d/99.cfg", "network: {config: disabled}\n"), R"({"disabled":true})");
}

TEST(InspectNetwork, Wicked) {
  EXPECT_EQ(interfaces("wicked", "/etc/wicked/ifconfig/eth0.xml",
                       "<interface><name>eth0</name><control><mode>boot</mode></control><ipv4:static><address>"
                       "<local>192.0.2.12/24</local></address><route><nexthop><gateway>192.0.2.1</gateway></nexthop></route>"
                       "</ipv4:static><ipv6:dhcp><enabled>true</enabled></ipv6:dhcp></interface>"),
            R"({"name":"eth0","onboot":true,"addresses":["192.0.2.12/24"],"gateways":["192.0.2.1"],"method6":"dhcp",)"
            R"("method":"static"})");
}

TEST(InspectNetwork, OtherWays) {
  EXPECT_EQ(interfaces("netctl", "/etc/netctl/lan",
                       "Interface=eth0\nConnection=ethernet\nIP=static\nAddress=('192.0.2.13/24' '192.0.2.14/24')\nGateway='192.0.2.1'\n"),
            R"({"name":"eth0","type":"ethernet","method":"static","addresses":["192.0.2.13/24","192.0.2.14/24"],)"
            R"("gateways":["192.0.2.1"]})");
  EXPECT_EQ(interfaces("rc.conf", "/etc/rc.conf",
                       "ifconfig_em0=\"inet 192.0.2.15 netmask 255.255.255.0\"\nifconfig_em0_ipv6=\"inet6 2001:db8::3 prefixlen 64\"\n"
                       "ifconfig_em1=\"SYNCDHCP\"\ndefaultrouter=\"192.0.2.1\"\n"),
            R"({"name":"em0","addresses":["192.0.2.15/255.255.255.0","2001:db8::3/64"],"method":"static","gateways":["192.0.2.1"]})"
            "\n" R"({"name":"em1","method":"dhcp"})");
  GuestTree openbsd({{"/etc/hostname.vio0", "inet 192.0.2.16 255.255.255.0\ninet6 autoconf\n"}});
  openbsd.os.type = "openbsd";
  EXPECT_EQ(openbsd.section("network")["interfaces"].dump(),
            R"([{"style":"hostname.if","path":"/etc/hostname.vio0","name":"vio0","addresses":["192.0.2.16/255.255.255.0"],)"
            R"("method":"dhcp"}])");
}

TEST(InspectNetwork, ResolverAndHosts) {
  const Json network = GuestTree({{"/etc/resolv.conf", "search a.example\nnameserver 192.0.2.53\n"},
                                  {"/etc/hosts", "127.0.0.1 localhost # me\n\n::1 six six6\n"}})
                           .section("network");
  EXPECT_EQ(network.dump(), R"({"search":["a.example"],"dns":["192.0.2.53"],"hosts":[{"address":"127.0.0.1",)"
                            R"("names":["localhost"]},{"address":"::1","names":["six","six6"]}]})");
}

}  // namespace
}  // namespace vmcraft::test
