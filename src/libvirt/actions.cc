// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/libvirt.h"

#include "base/error.h"
#include "handle/drives.h"
#include "handle/handle.h"
#include "libvirt/connection.h"

namespace vmcraft {
namespace {

using handle::Handle;
using libvirt::Credential;
using libvirt::Domain;
using libvirt::DomainDisk;
using Texts = std::vector<std::string>;

/// What becomes of disks that are read-only in the domain.
enum class ReadonlyDisk { error, read, write, ignore };

ReadonlyDisk readonly_disk(const std::optional<std::string>& text) {
  const std::string word = text.value_or("write");
  if (word == "error") return ReadonlyDisk::error;
  if (word == "read") return ReadonlyDisk::read;
  if (word == "write") return ReadonlyDisk::write;
  if (word == "ignore") return ReadonlyDisk::ignore;
  base::throw_invalid("readonlydisk", "must be error, read, write or ignore");
}

template <typename Options>
AddDriveOptions drive_options(const DomainDisk& disk, const Options& options, bool readonly) {
  AddDriveOptions drive;
  drive.readonly = readonly;
  drive.format = disk.format;
  drive.blocksize = disk.blocksize;
  drive.iface = options.iface;
  drive.cachemode = options.cachemode;
  drive.discard = options.discard;
  drive.copyonread = options.copyonread;
  if (disk.protocol == "file") return drive;
  drive.protocol = disk.protocol;
  drive.server = disk.servers;
  if (!disk.username.empty()) drive.username = disk.username;
  return drive;
}

// The drives of all disks, before the first is added.
template <typename Options>
std::vector<image::DriveSpec> drives_of(const Domain& domain, const Options& options) {
  const bool all_readonly = options.readonly.value_or(false);
  const ReadonlyDisk special = readonly_disk(options.readonlydisk);
  std::vector<image::DriveSpec> drives;
  for (const DomainDisk& disk : domain.disks()) {
    if (disk.readonly && special == ReadonlyDisk::ignore) continue;
    if (disk.readonly && special == ReadonlyDisk::error && !all_readonly)
      base::throw_invalid(disk.path, "is read-only in the domain");
    const bool readonly = all_readonly || (disk.readonly && special == ReadonlyDisk::read);
    AddDriveOptions drive = drive_options(disk, options, readonly);
    const std::string secret = domain.secret_of(disk);
    if (!secret.empty()) drive.secret = secret;
    drives.push_back(handle::drive_spec(disk.path, drive));
  }
  return drives;
}

template <typename Options>
int add_disks(Handle& h, const Domain& domain, const Options& options) {
  if (!options.readonly.value_or(false) && !domain.is_shut_off())
    throw Error(ErrorCode::system, EBUSY,
                "domain: is not shut off; its disks can be added read-only");
  std::vector<image::DriveSpec> drives = drives_of(domain, options);
  const std::size_t before = h.drive_specs.size();
  try {
    for (image::DriveSpec& drive : drives) handle::add_drive(h, std::move(drive));
  } catch (...) {
    h.drive_specs.resize(before);
    throw;
  }
  return static_cast<int>(drives.size());
}

Credential& requested(Handle& h, int index) {
  std::vector<Credential>& all = h.libvirt_session.requested;
  if (all.empty()) base::throw_state("credentials", "libvirt wants none now");
  if (index < 0 || static_cast<std::size_t>(index) >= all.size())
    base::throw_invalid("index", "libvirt wants " + std::to_string(all.size()) + " credentials");
  return all[static_cast<std::size_t>(index)];
}

}  // namespace

int action::add_domain(Handle& h, const std::string& dom, const AddDomainOptions& options) {
  const std::string uri = options.libvirturi.value_or("");
  const Domain domain =
      Domain::find(uri, dom, options.allowuuid.value_or(false), h.libvirt_session, [&] {
        h.events.send({EventType::libvirt_auth, uri});
      });
  return add_disks(h, domain, options);
}

int action::add_libvirt_dom(Handle& h, std::int64_t dom, const AddLibvirtDomOptions& options) {
  if (dom == 0) base::throw_invalid("dom", "is null");
  return add_disks(h, Domain::borrowed(reinterpret_cast<_virDomain*>(dom)), options);
}

void action::set_libvirt_supported_credentials(Handle& h, const Texts& creds) {
  if (creds.empty()) base::throw_invalid("creds", "are empty");
  for (const std::string& type : creds) libvirt::credential_number(type);
  h.libvirt_session.supported = creds;
}

Texts action::get_libvirt_requested_credentials(Handle& h) {
  requested(h, 0);
  Texts types;
  for (const Credential& credential : h.libvirt_session.requested) types.push_back(credential.type);
  return types;
}

std::string action::get_libvirt_requested_credential_prompt(Handle& h, int index) {
  return requested(h, index).prompt;
}
std::string action::get_libvirt_requested_credential_challenge(Handle& h, int index) {
  return requested(h, index).challenge;
}
std::string action::get_libvirt_requested_credential_defresult(Handle& h, int index) {
  return requested(h, index).defresult;
}

void action::set_libvirt_requested_credential(Handle& h, int index, std::string_view cred) {
  Credential& credential = requested(h, index);
  credential.answer = cred;
  credential.answered = true;
}

}  // namespace vmcraft
