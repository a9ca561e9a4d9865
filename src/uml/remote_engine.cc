// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/remote_engine.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "image/graph.h"
#include "uml/engine.h"
#include "uml/keeper.h"

namespace vmcraft::uml {
namespace {

using Json = nlohmann::ordered_json;

class RemoteEngine : public handle::Remote {
 public:
  RemoteEngine(const EngineOptions& options, std::chrono::milliseconds timeout)
      : engine_(options), timeout_(timeout) {}

  std::string call(std::string_view request, base::ByteSource* in, base::ByteSink* out,
                   const handle::CallHooks& hooks) override {
    return engine_.call(request, in, out, {hooks.progress, hooks.cancelled, timeout_});
  }
  void shutdown() override { engine_.shutdown(); }
  int pid() const override { return engine_.pid(); }

 private:
  Engine engine_;
  std::chrono::milliseconds timeout_;
};

// Setting "timeout": after how many seconds a call is given up and the engine ended; 0 is never.
std::chrono::milliseconds timeout_of(const handle::Settings& settings) {
  constexpr std::string_view kName = "timeout=";
  for (const std::string& setting : settings.engine_settings)
    if (setting.starts_with(kName))
      return std::chrono::seconds(
          base::parse_number<unsigned>(std::string_view(setting).substr(kName.size())).value_or(0));
  return {};
}

void add_disk(const image::DriveSpec& spec, EngineOptions& options) {
  Disk& disk = options.disks.emplace_back();
  disk.readonly = spec.readonly;
  disk.sector_bytes = spec.sector_size_bytes;
  disk.label = spec.path;
  const int patch_number = kFirstPatchFd + static_cast<int>(options.patches.size());
  const image::Graph graph = image::resolve(spec, patch_number);
  if (graph.raw_local && spec.sector_size_bytes == 512) {
    disk.raw_path = graph.path;
    return;
  }
  if (graph.patch) options.patches.push_back(graph.patch);
  Json node = Json::parse(graph.blockdev);
  disk.node = "drive" + std::to_string(options.disks.size() - 1);
  node["node-name"] = disk.node;
  if (spec.readonly) node["read-only"] = true;
  disk.blockdevs = {node.dump()};
}

std::uint64_t exact_size(const Disk& disk) {
  if (disk.raw_path.empty()) return 0;
  return base::size_of(base::open_file(disk.raw_path, O_RDONLY).get());
}

constexpr std::string_view kWish = ": wants an engine of so many MiB of memory: ";

// Makes the engine ready for what its agent refused for; false where that is something else.
bool prepare(const Error& refusal, EngineOptions& options) {
  if (refusal.errno_value() == ERESTART && !options.raid6) {
    options.raid6 = true;
    options.agent_environment.push_back(std::string(kRaid6Ready) + "=1");
    return true;
  }
  const auto memory_mib = wished_memory_mib(refusal.what());
  if (refusal.errno_value() != ENOMEM || !memory_mib || *memory_mib <= options.memory_mib) return false;
  options.memory_mib = *memory_mib;
  options.agent_environment.push_back(std::string(kMemoryReady) + "=1");
  return true;
}

// Boots without the kernel's RAID6 benchmark, which takes longer than all the rest, and with little
// memory; where the agent then meets what needs more, once more with it.
std::unique_ptr<RemoteEngine> boot(EngineOptions options, std::chrono::milliseconds timeout) {
  for (;;) {
    try {
      return std::make_unique<RemoteEngine>(options, timeout);
    } catch (const Error& failure) {
      if (!prepare(failure, options)) throw;
      base::trace("engine: {}; booting again, ready for it", failure.what());
    }
  }
}

}  // namespace

std::string memory_wish(const std::string& device, std::uint64_t memory_mib) {
  return device + std::string(kWish) + std::to_string(memory_mib);
}

std::optional<unsigned> wished_memory_mib(std::string_view text) {
  const std::size_t at = text.find(kWish);
  if (at == std::string_view::npos) return std::nullopt;
  return base::parse_number<unsigned>(text.substr(at + kWish.size()));
}

std::string encode_drives(const std::vector<AgentDrive>& drives) {
  std::vector<std::string> fields;
  for (const AgentDrive& drive : drives)
    fields.push_back(std::string(drive.readonly ? "r" : "w") + "," +
                     std::to_string(drive.sector_size_bytes) + "," +
                     std::to_string(drive.size_bytes) + "," + drive.label);
  return base::join(fields, ";");
}

std::vector<AgentDrive> decode_drives(std::string_view text) {
  std::vector<AgentDrive> drives;
  for (const std::string& field : base::split(text, ';')) {
    const std::vector<std::string> parts = base::split(field, ',');
    AgentDrive drive;
    drive.readonly = !parts.empty() && parts[0] == "r";
    if (parts.size() > 1) drive.sector_size_bytes = base::parse_number<unsigned>(parts[1]).value_or(512);
    if (parts.size() > 2)
      drive.size_bytes = base::parse_number<std::uint64_t>(parts[2]).value_or(0);
    if (parts.size() > 3) drive.label = parts[3];
    drives.push_back(drive);
  }
  return drives;
}

std::unique_ptr<handle::Remote> start_engine(const std::vector<image::DriveSpec>& drives,
                                             const handle::Settings& settings) {
  EngineOptions options;
  std::vector<AgentDrive> agent_drives;
  for (const image::DriveSpec& spec : drives) {
    add_disk(spec, options);
    agent_drives.push_back(
        {spec.label, spec.readonly, spec.sector_size_bytes, exact_size(options.disks.back())});
  }
  options.agent_environment = {"VMCRAFT_DRIVES=" + encode_drives(agent_drives)};
  options.outlives_parent = !settings.recovery_process;
  if (settings.memory_mib > 0) {
    options.memory_mib = static_cast<unsigned>(settings.memory_mib);
    options.agent_environment.push_back(std::string(kMemoryReady) + "=1");
  }
  options.temp_dir = settings.temp_dir;
  for (const std::string& setting : settings.engine_settings)
    if (setting == "raid6" || setting == "raid6=1") options.raid6 = true;
  if (options.raid6) options.agent_environment.push_back(std::string(kRaid6Ready) + "=1");
  return boot(options, timeout_of(settings));
}

}  // namespace vmcraft::uml
