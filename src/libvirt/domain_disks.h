// SPDX-License-Identifier: LGPL-3.0-or-later
// The disks of a domain, as libvirt's XML describes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vmcraft::libvirt {

struct DomainDisk {
  std::string path;  ///< file, device, export, or what there is on a server
  std::string protocol = "file";
  std::vector<std::string> servers;  ///< host[:port], or unix:SOCKET
  std::string pool;                  ///< of a volume, whose name is in `path`
  std::string username;
  std::string secret_type;  ///< ceph, iscsi; empty where there is no secret
  std::string secret_usage;
  std::string secret_uuid;
  std::optional<std::string> format;
  std::optional<int> blocksize;
  bool readonly = false;
};

/// Disks in the order of the domain. Those without a medium, and of kinds that have no file,
/// device, volume or network protocol, are left out, the latter with a trace. Throws EINVAL for
/// what is no domain.
std::vector<DomainDisk> read_domain_disks(const std::string& xml);

}  // namespace vmcraft::libvirt
