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

// Boots without the kernel's RAID6 benchmark, which takes longer than all the rest; where the agent
// then meets RAID6, once more with it.
std::unique_ptr<RemoteEngine> boot(EngineOptions options, std::chrono::milliseconds timeout) {
  if (!options.raid6) {
    try {
      return std::make_unique<RemoteEngine>(options, timeout);
    } catch (const Error& failure) {
      if (failure.errno_value() != ERESTART) throw;
      base::trace("engine: {}; booting again, ready for it", failure.what());
    }
  }
  options.raid6 = true;
  options.agent_environment.push_back(std::string(kRaid6Ready) + "=1");
  return std::make_unique<RemoteEngine>(options, timeout);
}

}  // namespace

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
  if (settings.memory_mib > 0) options.memory_mib = static_cast<unsigned>(settings.memory_mib);
  options.temp_dir = settings.temp_dir;
  for (const std::string& setting : settings.engine_settings)
    options.raid6 |= setting == "raid6" || setting == "raid6=1";
  return boot(options, timeout_of(settings));
}

}  // namespace vmcraft::uml
