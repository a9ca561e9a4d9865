// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "volume/base/mapping.h"
#include "volume/base/volume.h"

namespace vmcraft::volume::crypt {

struct UnlockRequest {
  Place place;
  std::string map_name;        ///< opens as /dev/mapper/NAME
  std::string key;             ///< passphrase, recovery key, or the bytes of a key file
  std::string type;            ///< as cryptsetup names it; empty: found out
  bool readonly = false;
  std::optional<Place> header; ///< of a LUKS volume whose header is somewhere else
};

/// An encrypted volume that was opened with its key.
class Unlocked : public Volume {
 public:
  /// Throws EPERM where the key is not right.
  explicit Unlocked(UnlockRequest request);

  Kind kind() const override { return Kind::crypt; }
  const std::string& device() const override { return device_; }
  std::uint64_t size_bytes() const override;
  std::string uuid() const override { return uuid_; }
  std::string layout() const override { return type_; }
  std::vector<std::string> below() const override { return {place_.device}; }
  std::string trouble() const override;
  std::shared_ptr<image::BlockNode> node(bool writable) override;
  void deactivate() override;
  bool active() const override { return mapping_.has_value(); }

 private:
  Place place_;
  std::string device_;
  std::string type_;
  std::string uuid_;
  bool readonly_;
  std::uint64_t missing_bytes_ = 0;  ///< of a volume that ends behind its device
  std::optional<Mapping> whole_;     ///< the device made as long as such a volume
  std::optional<Mapping> mapping_;
};

/// What an encrypted volume says of itself without a key.
struct Locked {
  std::string type;                ///< LUKS1, LUKS2, BITLK, FVAULT2
  std::string uuid;
  std::vector<std::string> wants;  ///< "passphrase", "recovery key", "token clevis", ...
  std::uint64_t memory_kib = 0;    ///< the most that deriving a key takes
};

/// Reads the header; throws where there is none that is known.
Locked examine(const Place& place);

}  // namespace vmcraft::volume::crypt
