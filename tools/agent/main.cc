// SPDX-License-Identifier: LGPL-3.0-or-later
// Process 1 of the isolated engine: the same library on the host engine of a throw-away kernel.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <unistd.h>

#include "api/dispatch.h"
#include "handle/handle.h"
#include "image/disk.h"
#include "probe/luks_memory.h"
#include "probe/raid6.h"
#include "uml/agent.h"
#include "uml/agent_test_handler.h"
#include "uml/remote_engine.h"

namespace {

using namespace vmcraft;

void attach_drives(handle::Handle& handle) {
  const char* described = std::getenv("VMCRAFT_DRIVES");
  const auto drives = uml::decode_drives(described != nullptr ? described : "");
  const std::vector<std::string> nodes = uml::agent_disks();
  for (std::size_t i = 0; i < drives.size() && i < nodes.size(); ++i) {
    image::DriveSpec spec;
    spec.path = nodes[i];
    spec.format = "raw";
    spec.readonly = drives[i].readonly;
    spec.sector_size_bytes = drives[i].sector_size_bytes;
    spec.label = drives[i].label;
    handle.devices().add(spec, image::attach(spec, {{}, drives[i].size_bytes}));
  }
  handle.set_phase(handle::Phase::launched);
}

// A kernel without its RAID6 benchmark panics over RAID6: the library boots another one then.
void look_for_raid6(const std::string& name, const handle::Devices::View& view) {
  if (std::getenv(uml::kRaid6Ready) == nullptr && probe::may_be_raid6(view.fd, view.extent))
    throw Error(ErrorCode::engine, ERESTART, name + ": holds RAID6");
}

// Deriving a key of LUKS2 may take a GiB, more than the whole engine has.
void look_for_luks(const std::string& name, const handle::Devices::View& view) {
  if (std::getenv(uml::kMemoryReady) != nullptr) return;
  constexpr std::uint64_t kRestMib = 192;
  constexpr std::uint64_t kSlackMib = 16;
  constexpr std::uint64_t kMostMib = 8192;  // LUKS2 takes up to 4 GiB
  const std::uint64_t needed_mib = probe::luks_memory_kib(view.fd, view.extent) / 1024;
  const auto free_mib = static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES)) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) >> 20U;
  if (needed_mib > 0 && needed_mib + kSlackMib > free_mib && needed_mib < kMostMib)
    throw Error(ErrorCode::engine, ENOMEM, uml::memory_wish(name, needed_mib + kRestMib));
}

void look_at_content(handle::Handle& handle) {
  handle::Devices& devices = handle.devices();
  std::vector<std::string> names = devices.disk_names();
  for (const std::string& name : devices.partition_names()) names.push_back(name);
  for (const std::string& name : names) {
    const auto view = devices.view(devices.find(name), false);
    look_for_raid6(name, view);
    look_for_luks(name, view);
  }
}

uml::RequestHandler handler_for(handle::Handle& handle) {
  return [&handle](std::string_view request, base::ByteSource& in, base::ByteSink& out,
                   const uml::AgentHooks& hooks) {
    handle.forward_progress = hooks.progress;
    handle.poll_cancel = hooks.cancelled;
    return api::dispatch(handle, request, {in, out});
  };
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  if (uml::serve_module_request(argc, argv, status)) return status;
  try {
    const auto agent = uml::agent_init();
    if (std::getenv("VMCRAFT_AGENT_TEST") != nullptr) {
      uml::serve(*agent, uml::agent_test_handler(), {});
      return 1;
    }
    handle::Handle handle;
    try {
      attach_drives(handle);
      look_at_content(handle);
    } catch (...) {
      agent->refuse();
      throw;
    }
    uml::serve(*agent, handler_for(handle), [&handle] { handle.shutdown(); });
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "vmcraft-agent: %s\n", failure.what());
  }
  return 1;
}
