// SPDX-License-Identifier: LGPL-3.0-or-later
#include "libvirt/connection.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace vmcraft::libvirt {
namespace {

struct TypeName {
  int number;
  const char* name;
};

constexpr std::array kTypes = std::to_array<TypeName>({{VIR_CRED_USERNAME, "username"},
                                                       {VIR_CRED_AUTHNAME, "authname"},
                                                       {VIR_CRED_LANGUAGE, "language"},
                                                       {VIR_CRED_CNONCE, "cnonce"},
                                                       {VIR_CRED_PASSPHRASE, "passphrase"},
                                                       {VIR_CRED_ECHOPROMPT, "echoprompt"},
                                                       {VIR_CRED_NOECHOPROMPT, "noechoprompt"},
                                                       {VIR_CRED_REALM, "realm"},
                                                       {VIR_CRED_EXTERNAL, "external"}});

int errno_of(const virError& error) {
  switch (error.code) {
    case VIR_ERR_NO_DOMAIN:
    case VIR_ERR_NO_STORAGE_POOL:
    case VIR_ERR_NO_STORAGE_VOL:
    case VIR_ERR_NO_SECRET:
      return ENOENT;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
      return EACCES;
    default:
      return EIO;
  }
}

[[noreturn]] void throw_last(const std::string& object) {
  const virError* last = virGetLastError();
  if (last == nullptr || last->message == nullptr) base::throw_errno(object, EIO);
  throw Error(ErrorCode::system, errno_of(*last), object + ": " + last->message);
}

// libvirt prints its errors otherwise.
void keep_quiet() {
  virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
}

struct Asking {
  Session& session;
  const std::function<void()>& ask;
};

std::string text_of(const char* text) { return text != nullptr ? text : ""; }

// Called by libvirt's C code: nothing may be thrown through it.
int answer(virConnectCredentialPtr wanted, unsigned count, void* data) noexcept {
  auto& asking = *static_cast<Asking*>(data);
  std::vector<Credential>& requested = asking.session.requested;
  try {
    requested.clear();
    for (unsigned i = 0; i < count; ++i)
      requested.push_back({credential_type(wanted[i].type), text_of(wanted[i].prompt),
                           text_of(wanted[i].challenge), text_of(wanted[i].defresult), "", false});
    asking.ask();
    for (unsigned i = 0; i < count; ++i) {
      const Credential& given = requested[i];
      if (!given.answered && given.defresult.empty()) return -1;
      const std::string& result = given.answered ? given.answer : given.defresult;
      wanted[i].result = ::strndup(result.data(), result.size());
      wanted[i].resultlen = static_cast<unsigned>(std::strlen(wanted[i].result));
    }
  } catch (...) {
    requested.clear();
    return -1;
  }
  requested.clear();
  return 0;
}

std::shared_ptr<virConnect> open_connection(const std::string& uri, Session& session,
                                            const std::function<void()>& ask) {
  keep_quiet();
  std::vector<int> types;
  for (const std::string& type : session.supported) types.push_back(credential_number(type));
  Asking asking{session, ask};
  virConnectAuth auth{types.data(), static_cast<unsigned>(types.size()), answer, &asking};
  virConnectPtr connection =
      virConnectOpenAuth(uri.empty() ? nullptr : uri.c_str(), &auth, VIR_CONNECT_RO);
  if (connection == nullptr) throw_last(uri.empty() ? "libvirt" : uri);
  return {connection, [](virConnectPtr open) { virConnectClose(open); }};
}

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0');  // a NUL is written behind
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

int credential_number(const std::string& type) {
  for (const TypeName& known : kTypes)
    if (type == known.name) return known.number;
  base::throw_invalid(type, "is no type of credential");
}

std::string credential_type(int number) {
  for (const TypeName& known : kTypes)
    if (number == known.number) return known.name;
  return "external";
}

Domain Domain::borrowed(_virDomain* domain) {
  virDomainRef(domain);
  return {nullptr, {domain, [](virDomainPtr open) { virDomainFree(open); }}};
}

Domain Domain::find(const std::string& uri, const std::string& name, bool by_uuid, Session& session,
                    const std::function<void()>& ask) {
  const std::shared_ptr<virConnect> connection = open_connection(uri, session, ask);
  virDomainPtr domain =
      by_uuid ? virDomainLookupByUUIDString(connection.get(), name.c_str()) : nullptr;
  if (domain == nullptr) domain = virDomainLookupByName(connection.get(), name.c_str());
  if (domain == nullptr) throw_last(name);
  return {connection, {domain, [](virDomainPtr open) { virDomainFree(open); }}};
}

bool Domain::is_shut_off() const {
  virDomainInfo info{};
  if (virDomainGetInfo(domain_.get(), &info) < 0) throw_last("domain");
  return info.state == VIR_DOMAIN_SHUTOFF;
}

void Domain::resolve_volume(DomainDisk& disk) const {
  const std::string shown = disk.pool + "/" + disk.path;
  virConnectPtr connection = virDomainGetConnect(domain_.get());
  const std::unique_ptr<virStoragePool, int (*)(virStoragePoolPtr)> pool(
      virStoragePoolLookupByName(connection, disk.pool.c_str()), virStoragePoolFree);
  if (!pool) throw_last(shown);
  const std::unique_ptr<virStorageVol, int (*)(virStorageVolPtr)> volume(
      virStorageVolLookupByName(pool.get(), disk.path.c_str()), virStorageVolFree);
  if (!volume) throw_last(shown);
  virStorageVolInfo info{};
  if (virStorageVolGetInfo(volume.get(), &info) == 0 && info.type == VIR_STORAGE_VOL_NETWORK)
    base::throw_not_supported(shown, "is a volume on the network");
  const std::unique_ptr<char, void (*)(void*)> path(virStorageVolGetPath(volume.get()), std::free);
  if (!path) throw_last(shown);
  disk.path = path.get();
}

std::vector<DomainDisk> Domain::disks() const {
  const std::unique_ptr<char, void (*)(void*)> xml(virDomainGetXMLDesc(domain_.get(), 0),
                                                   std::free);
  if (!xml) throw_last("domain");
  std::vector<DomainDisk> disks = read_domain_disks(xml.get());
  for (DomainDisk& disk : disks)
    if (!disk.pool.empty()) resolve_volume(disk);
  return disks;
}

std::string Domain::secret_of(const DomainDisk& disk) const {
  if (disk.secret_type.empty()) return {};
  virConnectPtr connection = virDomainGetConnect(domain_.get());
  const int usage =
      disk.secret_type == "ceph" ? VIR_SECRET_USAGE_TYPE_CEPH : VIR_SECRET_USAGE_TYPE_ISCSI;
  const std::unique_ptr<virSecret, int (*)(virSecretPtr)> secret(
      disk.secret_uuid.empty()
          ? virSecretLookupByUsage(connection, usage, disk.secret_usage.c_str())
          : virSecretLookupByUUIDString(connection, disk.secret_uuid.c_str()),
      virSecretFree);
  if (!secret) throw_last(disk.path + ": secret");
  std::size_t size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> value(
      virSecretGetValue(secret.get(), &size, 0), std::free);
  if (!value) throw_last(disk.path + ": secret");
  // qemu's rbd driver takes the key as Ceph writes it.
  if (disk.protocol == "rbd") return base64(value.get(), size);
  return {reinterpret_cast<const char*>(value.get()), size};
}

}  // namespace vmcraft::libvirt
