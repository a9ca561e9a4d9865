// SPDX-License-Identifier: LGPL-3.0-or-later
// The isolated engine as a handle sees it, and what the two ends tell each other at launch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handle/remote.h"
#include "handle/settings.h"
#include "image/drive_spec.h"

namespace vmcraft::uml {

/// Boots an engine with these drives. Throws Error{not_supported} naming what is missing.
std::unique_ptr<handle::Remote> start_engine(const std::vector<image::DriveSpec>& drives,
                                             const handle::Settings& settings);

/// In the agent's environment where the kernel was booted for RAID6. Without it an agent that sees
/// RAID6 refuses with ERESTART.
constexpr const char* kRaid6Ready = "VMCRAFT_RAID6_READY";

/// In the agent's environment where the engine has the memory that it is to have. Without it an agent
/// that needs more refuses with ENOMEM and memory_wish().
constexpr const char* kMemoryReady = "VMCRAFT_MEMORY_READY";
std::string memory_wish(const std::string& device, std::uint64_t memory_mib);
std::optional<unsigned> wished_memory_mib(std::string_view text);

/// What the agent must know of each drive beside its device node.
struct AgentDrive {
  std::string label;
  bool readonly = false;
  unsigned sector_size_bytes = 512;
  std::uint64_t size_bytes = 0;  ///< of a raw image, to the byte; 0: as the device says
};
std::string encode_drives(const std::vector<AgentDrive>& drives);
std::vector<AgentDrive> decode_drives(std::string_view text);

}  // namespace vmcraft::uml
