// SPDX-License-Identifier: LGPL-3.0-or-later
// libvirt's library, loaded with the first call.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libvirt/credentials.h"
#include "libvirt/domain_disks.h"

struct _virDomain;

namespace vmcraft::libvirt {

/// A domain of one connection; both live as long as this.
class Domain {
 public:
  /// One of the caller's, who keeps it alive meanwhile.
  static Domain borrowed(_virDomain* domain);
  /// The domain of that name, or UUID where `by_uuid`, at the URI; empty for libvirt's default.
  /// `ask` is called while libvirt waits for the credentials in `session`.
  static Domain find(const std::string& uri, const std::string& name, bool by_uuid,
                     Session& session, const std::function<void()>& ask);

  bool is_shut_off() const;
  /// Its disks, with volumes resolved to the files or devices they are.
  std::vector<DomainDisk> disks() const;
  /// The secret of a disk that has one, as qemu takes it.
  std::string secret_of(const DomainDisk& disk) const;

 private:
  Domain(std::shared_ptr<void> connection, std::shared_ptr<_virDomain> domain)
      : connection_(std::move(connection)), domain_(std::move(domain)) {}
  void resolve_volume(DomainDisk& disk) const;

  std::shared_ptr<void> connection_;
  std::shared_ptr<_virDomain> domain_;
};

}  // namespace vmcraft::libvirt
