// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/handle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/temp.h"
#include "handle/drives.h"
#include "handle/handle.h"
#include "handle/mounting.h"

namespace vmcraft {

using base::throw_errno;
using base::throw_invalid;
using handle::Device;
using handle::Phase;

namespace {

std::optional<std::string> kept(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::string setting_name(const std::string& setting) { return setting.substr(0, setting.find('=')); }

constexpr int kMostDrives = 255;

}  // namespace

// Settings.

void action::set_verbose(Handle& h, bool verbose) { h.settings.verbose = verbose; }
bool action::get_verbose(Handle& h) { return h.settings.verbose; }
void action::set_trace(Handle& h, bool trace) { h.settings.trace = trace; }
bool action::get_trace(Handle& h) { return h.settings.trace; }
void action::set_autosync(Handle& h, bool autosync) { h.settings.autosync = autosync; }
bool action::get_autosync(Handle& h) { return h.settings.autosync; }
void action::set_path(Handle& h, const std::optional<std::string>& path) {
  h.settings.path = path.value_or("");
}
std::string action::get_path(Handle& h) { return h.settings.path; }
void action::set_hv(Handle& h, const std::string& hv) { h.settings.hypervisor = hv; }
std::string action::get_hv(Handle& h) { return h.settings.hypervisor; }
void action::set_qemu(Handle& h, const std::optional<std::string>& hv) {
  h.settings.hypervisor = hv.value_or("");
}
std::string action::get_qemu(Handle& h) { return h.settings.hypervisor; }
void action::set_append(Handle& h, const std::optional<std::string>& append) {
  h.settings.append = append.value_or("");
}
std::optional<std::string> action::get_append(Handle& h) { return kept(h.settings.append); }
void action::set_memsize(Handle& h, int memsize) {
  if (memsize < 0) throw_invalid("memsize", "must not be negative");
  h.settings.memory_mib = memsize;
}
int action::get_memsize(Handle& h) { return h.settings.memory_mib; }
void action::set_smp(Handle& h, int smp) {
  if (smp < 1) throw_invalid("smp", "must be 1 or more");
  h.settings.processors = smp;
}
int action::get_smp(Handle& h) { return h.settings.processors; }
void action::set_network(Handle& h, bool network) { h.settings.network = network; }
bool action::get_network(Handle& h) { return h.settings.network; }
void action::set_pgroup(Handle& h, bool pgroup) { h.settings.process_group = pgroup; }
bool action::get_pgroup(Handle& h) { return h.settings.process_group; }
void action::set_recovery_proc(Handle& h, bool on) { h.settings.recovery_process = on; }
bool action::get_recovery_proc(Handle& h) { return h.settings.recovery_process; }
void action::set_selinux(Handle& h, bool selinux) { h.settings.selinux = selinux; }
bool action::get_selinux(Handle& h) { return h.settings.selinux; }
void action::set_direct(Handle& h, bool direct) { h.settings.direct = direct; }
bool action::get_direct(Handle& h) { return h.settings.direct; }

void action::set_identifier(Handle& h, const std::string& identifier) {
  const bool right = std::all_of(identifier.begin(), identifier.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  if (!right) throw_invalid("identifier", "may hold letters, digits, '_' and '-' only");
  h.settings.identifier = identifier;
}
std::string action::get_identifier(Handle& h) { return h.settings.identifier; }
void action::set_program(Handle& h, const std::string& program) { h.settings.program = program; }
std::string action::get_program(Handle& h) {
  return h.settings.program.empty() ? program_invocation_short_name : h.settings.program;
}
void action::set_tmpdir(Handle& h, const std::optional<std::string>& folder) {
  h.settings.temp_dir = folder.value_or("");
}
std::string action::get_tmpdir(Handle& h) { return base::temp_root(h.settings.temp_dir); }
void action::set_cachedir(Handle& h, const std::optional<std::string>& folder) {
  h.settings.cache_dir = folder.value_or("");
}
std::string action::get_cachedir(Handle& h) {
  if (!h.settings.cache_dir.empty()) return h.settings.cache_dir;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr ? from_environment : "/var/tmp";
}
std::string action::get_sockdir(Handle&) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  return runtime != nullptr ? runtime : "/tmp";
}

// The engine.

void action::set_backend(Handle& h, const std::string& backend) {
  h.settings.engine = handle::engine_of_backend(backend);
}
std::string action::get_backend(Handle& h) { return h.settings.engine; }
void action::set_attach_method(Handle& h, const std::string& backend) { set_backend(h, backend); }
std::string action::get_attach_method(Handle& h) { return get_backend(h); }
std::string action::get_engine(Handle& h) {
  if (h.phase() == Phase::config) return h.settings.engine;
  return h.remote ? "uml" : "host";
}
void action::set_backend_settings(Handle& h, const std::vector<std::string>& settings) {
  h.settings.engine_settings = settings;
}
std::vector<std::string> action::get_backend_settings(Handle& h) {
  return h.settings.engine_settings;
}
int action::clear_backend_setting(Handle& h, const std::string& name) {
  return static_cast<int>(std::erase_if(h.settings.engine_settings, [&](const std::string& entry) {
    return setting_name(entry) == name;
  }));
}
void action::set_backend_setting(Handle& h, const std::string& name, const std::string& val) {
  clear_backend_setting(h, name);
  h.settings.engine_settings.push_back(name + "=" + val);
}
std::string action::get_backend_setting(Handle& h, const std::string& name) {
  for (const std::string& entry : h.settings.engine_settings) {
    if (entry == name) return "1";
    if (setting_name(entry) == name) return entry.substr(name.size() + 1);
  }
  throw_errno(name, ESRCH);
}
int action::get_pid(Handle& h) {
  if (!h.remote) base::throw_state("engine", "the host engine has no process of its own");
  return h.remote->pid();
}

// Drives.

void action::add_drive(Handle& h, const std::string& filename, const AddDriveOptions& options) {
  handle::add_drive(h, handle::drive_spec(filename, options));
}
void action::add_drive_ro(Handle& h, const std::string& filename) {
  AddDriveOptions options;
  options.readonly = true;
  add_drive(h, filename, options);
}
void action::add_cdrom(Handle& h, const std::string& filename) { add_drive_ro(h, filename); }
void action::add_drive_with_if(Handle& h, const std::string& filename, const std::string&) {
  add_drive(h, filename, {});
}
void action::add_drive_ro_with_if(Handle& h, const std::string& filename, const std::string&) {
  add_drive_ro(h, filename);
}
void action::add_drive_scratch(Handle& h, std::int64_t size, const AddDriveScratchOptions& options) {
  handle::add_scratch(h, size, options);
}
void action::allow_backing_file(Handle& h, const std::string& filename) {
  h.allowed_backing.push_back(filename);
}
std::vector<std::string> action::debug_drives(Handle& h) {
  std::vector<std::string> lines;
  for (const image::DriveSpec& spec : h.drive_specs)
    lines.push_back(fmt::format("{} protocol={} format={} readonly={}", spec.path, spec.protocol,
                                spec.format.value_or("auto"), spec.readonly));
  return lines;
}
int action::max_disks(Handle&) { return kMostDrives; }

// State.

void action::shutdown(Handle& h) { h.shutdown(); }
void action::kill_subprocess(Handle& h) { h.shutdown(); }
void action::wait_ready(Handle&) {}
bool action::is_config(Handle& h) { return h.phase() == Phase::config; }
bool action::is_launching(Handle&) { return false; }
bool action::is_ready(Handle& h) { return h.phase() == Phase::launched; }
bool action::is_busy(Handle&) { return false; }
int action::get_state(Handle& h) {
  return h.phase() == Phase::config ? 0 : h.phase() == Phase::launched ? 2 : 3;
}
void action::user_cancel(Handle& h) { h.cancel(); }
HashTable action::get_performance_metrics(Handle& h) {
  HashTable table;
  for (const auto& [phase, seconds] : h.metrics.seconds())
    table.emplace_back(phase, fmt::format("{:.6f}", seconds));
  return table;
}

// Names.

int action::device_index(Handle&, const std::string& device) {
  for (const std::string_view prefix : {"/dev/sd", "/dev/hd", "/dev/vd", "/dev/xvd"}) {
    if (!device.starts_with(prefix)) continue;
    if (const auto index = handle::drive_index(std::string_view(device).substr(prefix.size())))
      return static_cast<int>(*index);
  }
  throw_invalid(device, "not the name of a drive");
}
std::string action::device_name(Handle&, int index) {
  if (index < 0 || index >= kMostDrives) throw_errno("index", ENOENT);
  return "/dev/sd" + handle::drive_letters(static_cast<std::size_t>(index));
}
std::string action::canonical_device_name(Handle&, const std::string& device) {
  for (const std::string_view prefix : {"/dev/hd", "/dev/vd", "/dev/xvd"})
    if (device.starts_with(prefix)) return "/dev/sd" + device.substr(prefix.size());
  return handle::volume_of_mapper_name(device).value_or(device);
}
std::string action::mountable_device(Handle&, const std::string& mountable) {
  return handle::split_mountable(mountable).first;
}
std::string action::mountable_subvolume(Handle&, const std::string& mountable) {
  const std::string subvolume = handle::split_mountable(mountable).second;
  if (subvolume.empty()) throw_invalid(mountable, "not a btrfs subvolume");
  return subvolume;
}

// Lists.

std::vector<std::string> action::list_devices(Handle& h) { return h.devices().disk_names(); }
int action::nr_devices(Handle& h) { return static_cast<int>(h.devices().size()); }
std::vector<std::string> action::list_partitions(Handle& h) { return h.devices().partition_names(); }
HashTable action::list_disk_labels(Handle& h) { return handle::disk_labels(h); }
bool action::is_whole_device(Handle& h, const std::string& device) {
  return h.devices().find(device).kind == Device::Kind::disk;
}
// The engine's kernel.

void action::sync(Handle& h) {
  if (h.has_mounts()) h.mounts().sync();
  h.devices().flush();
}
void action::ping_daemon(Handle&) {}
void action::sleep(Handle& h, int secs) {
  if (secs < 0) throw_invalid("secs", "must not be negative");
  for (int tenth = 0; tenth < secs * 10; ++tenth) {
    h.check_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}
Utsname action::utsname(Handle&) {
  struct utsname name {};
  base::check(::uname(&name), "uname");
  return {name.sysname, name.release, name.version, name.machine};
}
void action::drop_caches(Handle&, int whattodrop) {
  if (whattodrop < 1 || whattodrop > 3) throw_invalid("whattodrop", "must be 1, 2 or 3");
  ::sync();
  const base::UniqueFd file = base::open_file("/proc/sys/vm/drop_caches", O_WRONLY);
  base::write_full(file.get(), base::as_bytes(std::to_string(whattodrop)));
}

// Block devices.

std::int64_t action::blockdev_getsize64(Handle& h, const std::string& device) {
  return static_cast<std::int64_t>(h.devices().find(device).extent.size_bytes);
}
std::int64_t action::blockdev_getsz(Handle& h, const std::string& device) {
  return blockdev_getsize64(h, device) / 512;
}
int action::blockdev_getss(Handle& h, const std::string& device) {
  const Device found = h.devices().find(device);
  if (found.kind == Device::Kind::volume) return 512;
  return static_cast<int>(h.devices().drive(found.disk_index).disk->sector_size_bytes());
}
int action::blockdev_getbsz(Handle& h, const std::string& device) {
  h.devices().find(device);
  return static_cast<int>(::sysconf(_SC_PAGESIZE));
}
bool action::blockdev_getro(Handle& h, const std::string& device) {
  return h.devices().is_readonly(h.devices().find(device));
}
void action::blockdev_setro(Handle& h, const std::string& device) {
  h.devices().set_readonly(h.devices().find(device), true);
}
void action::blockdev_setrw(Handle& h, const std::string& device) {
  h.devices().set_readonly(h.devices().find(device), false);
}
void action::blockdev_flushbufs(Handle& h, const std::string& device) {
  h.devices().find(device);
  h.devices().flush();
}
void action::blockdev_rereadpt(Handle& h, const std::string& device) {
  h.devices().changed(h.devices().find(device).disk_index);
}
void action::blockdev_setbsz(Handle& h, const std::string& device, int blocksize) {
  h.devices().find(device);
  const bool power = blocksize >= 512 && blocksize <= 4096 && (blocksize & (blocksize - 1)) == 0;
  if (!power) throw_invalid("blocksize", "must be 512, 1024, 2048 or 4096");
}
void action::blockdev_setra(Handle& h, const std::string& device, int sectors) {
  h.devices().find(device);
  if (sectors < 0) throw_invalid("sectors", "must not be negative");
}

}  // namespace vmcraft
