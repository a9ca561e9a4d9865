// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/crypt/unlock.h"

#include <libcryptsetup.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "base/secret.h"
#include "base/text.h"
#include "image/loop.h"
#include "volume/base/reaper.h"
#include "volume/crypt/context.h"

namespace vmcraft::volume::crypt {
namespace {

// Types of more than one layer leave these below their own name.
constexpr const char* kLayers[] = {"_dif", "_1", "_2"};

void load_tcrypt(Context& context, const std::string& key) {
  crypt_params_tcrypt parameters{};
  parameters.passphrase = key.data();
  parameters.passphrase_size = key.size();
  // Hidden and system volumes are other headers: the plain one is tried first.
  for (const std::uint32_t flags : {CRYPT_TCRYPT_LEGACY_MODES | CRYPT_TCRYPT_VERA_MODES,
                                    CRYPT_TCRYPT_LEGACY_MODES | CRYPT_TCRYPT_VERA_MODES |
                                        CRYPT_TCRYPT_HIDDEN_HEADER}) {
    parameters.flags = flags;
    const int result = crypt_load(context.get(), CRYPT_TCRYPT, &parameters);
    if (result == 0) return;
    if (result != -EPERM || (flags & CRYPT_TCRYPT_HIDDEN_HEADER) != 0) context.check(result);
  }
}

std::uint64_t free_memory_kib() {
  return static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::uint64_t memory_needed_kib(crypt_device* device) {
  std::uint64_t most = 0;
  for (int slot = 0; slot < crypt_keyslot_max(CRYPT_LUKS2); ++slot) {
    crypt_pbkdf_type derivation{};
    if (crypt_keyslot_get_pbkdf(device, slot, &derivation) == 0)
      most = std::max<std::uint64_t>(most, derivation.max_memory_kb);
  }
  return most;
}

// A key derivation that does not fit would take the whole kernel with it.
void require_memory(const std::string& object, crypt_device* device) {
  const char* type = crypt_get_type(device);
  if (type == nullptr || std::string_view(type) != CRYPT_LUKS2) return;
  const std::uint64_t needed = memory_needed_kib(device);
  if (needed <= free_memory_kib()) return;
  constexpr std::uint64_t kRest = 192;
  throw Error(ErrorCode::system, ENOMEM,
              object + ": deriving its key takes " + std::to_string(needed / 1024) +
                  " MiB of memory; give the engine more with set_memsize " +
                  std::to_string(needed / 1024 + kRest) + " before launch");
}

// What the library tells of a BitLocker volume only in words: the texts behind a heading.
std::vector<std::string> dumped(Context& context, std::string_view heading) {
  context.take_log();
  crypt_dump(context.get());
  std::vector<std::string> found;
  for (const std::string& line : base::split_lines(context.take_log())) {
    const std::size_t at = line.find(heading);
    if (at != std::string::npos)
      found.emplace_back(base::trim(std::string_view(line).substr(at + heading.size())));
  }
  return found;
}

// How long a BitLocker volume says it is, where that is more than there is of it; else 0.
std::uint64_t cut_off_from(Context& context, const std::string& object, std::uint64_t device_bytes) {
  if (std::string_view(crypt_get_type(context.get())) != CRYPT_BITLK) return 0;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60U;
  for (const std::string& text : dumped(context, "Volume size:")) {
    const auto bytes = base::parse_number<std::uint64_t>(text.substr(0, text.find(' ')));
    if (!bytes || *bytes <= device_bytes) continue;
    if (*bytes > kMost) base::throw_corrupt(object, "says that it has " + text);
    return *bytes;
  }
  return 0;
}

// The device, and zeroes behind it: the kernel would try for ever to read past its end, and what looks
// for file systems gives up where the end cannot be read.
Mapping lengthened(const std::string& label, const image::BlockNode& node, std::uint64_t device_bytes,
                   std::uint64_t bytes) {
  constexpr std::uint64_t kSector = 512;
  const std::uint64_t there = device_bytes / kSector;
  return Mapping(label + "-whole",
                 {{0, there, "linear", device_number(node) + " 0"}, {there, bytes / kSector - there, "zero", ""}},
                 false);
}

void activate(Context& context, const std::string& name, const UnlockRequest& request) {
  std::uint32_t flags = CRYPT_ACTIVATE_PRIVATE;
  if (request.readonly) flags |= CRYPT_ACTIVATE_READONLY;
  const std::string_view type = crypt_get_type(context.get());
  if (type == CRYPT_TCRYPT) {
    context.check(crypt_activate_by_volume_key(context.get(), name.c_str(), nullptr, 0, flags));
    return;
  }
  context.check(crypt_activate_by_passphrase(context.get(), name.c_str(), CRYPT_ANY_SLOT,
                                             request.key.data(), request.key.size(), flags));
}

}  // namespace

Unlocked::Unlocked(UnlockRequest request)
    : place_(request.place),
      device_("/dev/mapper/" + request.map_name),
      readonly_(request.readonly) {
  const base::WipedAtEnd wiped(request.key);
  require_device_mapper(place_.device);
  const auto node = place_.node(!readonly_);
  const auto header = request.header ? request.header->node(false) : nullptr;
  Context context(place_.device, node->path(), header ? header->path() : "");
  const bool tcrypt = !request.type.empty() && type_name(request.type) == std::string_view(CRYPT_TCRYPT);
  if (tcrypt) load_tcrypt(context, request.key);
  else context.load(request.type);
  type_ = crypt_get_type(context.get());
  const char* uuid = crypt_get_uuid(context.get());
  uuid_ = uuid != nullptr ? uuid : "";
  require_memory(place_.device, context.get());
  crypt_params_integrity integrity{};
  if (crypt_get_integrity_info(context.get(), &integrity) == 0 && integrity.tag_size > 0)
    image::end_direct_io(*node);
  const std::string name = private_name(request.map_name);
  const Lease until_marked(Lease::What::mapping, name);
  const std::uint64_t device_bytes = base::size_of(node->fd());
  if (const std::uint64_t bytes = cut_off_from(context, place_.device, device_bytes); bytes > 0) {
    whole_.emplace(lengthened(request.map_name, *node, device_bytes, bytes));
    missing_bytes_ = bytes - device_bytes;
    readonly_ = request.readonly = true;
    Context longer(place_.device, whole_->node()->path());
    longer.load(request.type);
    activate(longer, name, request);
  } else {
    activate(context, name, request);
  }
  mapping_ = Mapping::adopt(name, !readonly_);
  for (const char* layer : kLayers)
    if (mapping_exists(name + layer)) remove_mapping(name + layer);
}

std::string Unlocked::trouble() const {
  if (missing_bytes_ == 0) return {};
  return "it is cut off: its last " + std::to_string(missing_bytes_) + " bytes are noise";
}

std::uint64_t Unlocked::size_bytes() const {
  return mapping_ ? base::size_of(mapping_->node()->fd()) : 0;
}

std::shared_ptr<image::BlockNode> Unlocked::node(bool writable) {
  if (!mapping_) throw Error(ErrorCode::system, ENODEV, device_ + ": is closed");
  if (writable && readonly_)
    throw Error(ErrorCode::system, EROFS, device_ + ": was opened read-only");
  return mapping_->node();
}

void Unlocked::deactivate() {
  if (!mapping_) return;
  if (mapping_->stays_in_use()) throw Error(ErrorCode::system, EBUSY, device_ + ": is in use");
  if (!readonly_) base::check(::fsync(mapping_->node()->fd()), device_);
  mapping_.reset();
  whole_.reset();
}

Locked examine(const Place& place) {
  const auto node = place.node(false);
  Context context(place.device, node->path());
  context.load("");
  Locked locked;
  locked.type = crypt_get_type(context.get());
  const char* uuid = crypt_get_uuid(context.get());
  locked.uuid = uuid != nullptr ? uuid : "";
  if (locked.type == CRYPT_LUKS2) {
    locked.memory_kib = memory_needed_kib(context.get());
    for (int token = 0; token < crypt_token_max(CRYPT_LUKS2); ++token) {
      const char* kind = nullptr;
      const crypt_token_info info = crypt_token_status(context.get(), token, &kind);
      if (info > CRYPT_TOKEN_INACTIVE && kind != nullptr)
        locked.wants.push_back("token " + std::string(kind));
    }
  }
  if (locked.type != CRYPT_BITLK) {
    locked.wants.insert(locked.wants.begin(), "passphrase");
    return locked;
  }
  for (std::string& kind : dumped(context, "Protection:")) {
    constexpr std::string_view kPrefix = "VMK protected with ";
    if (kind.starts_with(kPrefix)) kind = kind.substr(kPrefix.size());
    locked.wants.push_back(std::move(kind));
  }
  return locked;
}

}  // namespace vmcraft::volume::crypt
