// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/open.h"

#include <fmt/format.h>

#include "image/drive_spec.h"
#include "shell/interrupt.h"
#include "shell/unlock.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

void add_drive(Session& session, const DriveOption& drive) {
  const image::DriveSpec spec = image::parse_drive_uri(drive.text);
  AddDriveOptions options;
  if (session.settings().readonly) options.readonly = true;
  if (!drive.format.empty() && drive.format != "auto") options.format = drive.format;
  if (drive.blocksize != 0) options.blocksize = drive.blocksize;
  if (!drive.snapshot.empty()) options.snapshot = drive.snapshot;
  if (spec.protocol != "file") options.protocol = spec.protocol;
  if (!spec.servers.empty()) options.server = spec.servers;
  if (!spec.username.empty()) options.username = spec.username;
  if (!spec.secret.empty()) options.secret = spec.secret;
  session.guest().add_drive(spec.path, options);
}

void add_domain(Session& session, const CommandLine& line) {
  AddDomainOptions options;
  if (!line.libvirt_uri.empty()) options.libvirturi = line.libvirt_uri;
  options.readonly = session.settings().readonly;
  options.allowuuid = true;
  options.readonlydisk = "read";
  session.guest().add_domain(line.domain, options);
}

std::vector<PreparedDisk> add_drives(Session& session, const CommandLine& line) {
  std::vector<PreparedDisk> prepared;
  int index = 0;
  for (const DriveOption& drive : line.drives) {
    if (drive.prepared) {
      prepared.push_back(
          make_prepared_disk(drive.text, static_cast<int>(prepared.size()) + 1, session.guest()));
      prepared.back().device = session.guest().device_name(index);
    } else {
      add_drive(session, drive);
    }
    ++index;
  }
  if (!line.domain.empty()) add_domain(session, line);
  return prepared;
}

void mount_one(Session& session, const MountOption& mount) {
  GuestFS& g = session.guest();
  const std::string options = mount.options.value_or(session.settings().readonly ? "ro" : "");
  if (!mount.type.empty()) g.mount_vfs(options, mount.type, mount.device, mount.point);
  else if (!options.empty()) g.mount_options(options, mount.device, mount.point);
  else g.mount(mount.device, mount.point);
}

void mount_all(Session& session, const std::vector<MountOption>& mounts) {
  for (const MountOption& mount : mounts) {
    try {
      mount_one(session, mount);
    } catch (const Error&) {
      std::string found;
      for (const auto& [device, type] : session.guest().list_filesystems())
        found += fmt::format("{}{} ({})", found.empty() ? "" : ", ", device, type);
      session.report("file systems on the drives: " + (found.empty() ? "none" : found));
      throw;
    }
  }
}

void mount_root(Session& session) {
  MountRootOptions options;
  if (session.settings().readonly) options.readonly = true;
  session.guest().mount_root(options);
}

void mount_inspected(Session& session) {
  GuestFS& g = session.guest();
  const std::vector<std::string> roots = g.inspect_os();
  if (roots.empty())
    throw UsageError(
        "-i: no operating system was found on the drives; use -m, or run and "
        "list-filesystems");
  if (roots.size() > 1)
    throw UsageError(
        fmt::format("-i: several operating systems are on the drives ({}); choose one "
                    "with -m",
                    fmt::join(roots, ", ")));
  mount_root(session);
  if (!session.settings().interactive || session.settings().json) return;
  session.print(fmt::format("\nOperating system: {}\n", g.inspect_get_product_name(roots[0])));
  for (const auto& [device, point] : g.mountpoints())
    session.print(fmt::format("{} mounted on {}\n", device, point));
  session.print("\n");
}

bool wants_root(const CommandLine& line) { return !line.run_lines.empty() || !line.tasks.empty(); }

/// --run alone looks for the root; a drive without one can still be asked about its devices.
void mount_for_run(Session& session) {
  try {
    mount_root(session);
  } catch (const Error& failure) {
    if (failure.code() == ErrorCode::cancelled || failure.code() == ErrorCode::engine) throw;
    session.report(fmt::format("warning: nothing is mounted: {}", failure.what()));
  }
}

}  // namespace

void add_disks(Session& session, const CommandLine& line) { add_drives(session, line); }

void open_guest(Session& session, CommandLine& line) {
  const std::vector<PreparedDisk> prepared = add_drives(session, line);
  bool launch =
      line.inspect || line.task == CommandLine::Task::volumes || line.task == CommandLine::Task::inspect || !line.mounts.empty() ||
      (wants_root(line) && (!line.drives.empty() || !line.domain.empty()));
  for (const PreparedDisk& disk : prepared) launch = launch || needs_launch(disk);
  if (!launch) return;
  const interrupt::Scope scope(session.guest());
  session.guest().launch();
  for (const PreparedDisk& disk : prepared) prepare_disk(session, disk);
  if (!line.keys.empty() || line.inspect) unlock_devices(session, line.keys, line.inspect);
  if (line.inspect) mount_inspected(session);
  mount_all(session, line.mounts);
  if (!line.inspect && line.mounts.empty() && wants_root(line) && prepared.empty())
    mount_for_run(session);
}

}  // namespace vmcraft::shell
