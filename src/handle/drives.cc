// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/drives.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/temp.h"
#include "handle/handle.h"

namespace vmcraft::handle {
namespace {

constexpr std::size_t kMostDrives = 255;
constexpr std::size_t kLongestLabel = 20;

void check_label(const std::string& label) {
  const bool letters = std::all_of(label.begin(), label.end(), [](unsigned char c) {
    return std::isalpha(c) != 0;
  });
  if (label.empty() || label.size() > kLongestLabel || !letters)
    base::throw_invalid("label", "'" + label + "' is not 1 to 20 letters");
}

void check_format(const std::string& format) {
  const bool right = !format.empty() && std::all_of(format.begin(), format.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  if (!right) base::throw_invalid("format", "'" + format + "' is not the name of a format");
}

unsigned sector_size(const std::optional<int>& blocksize) {
  const int size_bytes = blocksize.value_or(0) == 0 ? 512 : *blocksize;
  if (size_bytes != 512 && size_bytes != 4096)
    base::throw_invalid("blocksize", "must be 512 or 4096");
  return static_cast<unsigned>(size_bytes);
}

void read_protocol(const AddDriveOptions& options, image::DriveSpec& spec) {
  const std::string protocol = options.protocol.value_or("file");
  if (protocol == "file") return;
  // The URI reader knows the protocols; the rest comes in fields of its own.
  spec.protocol = image::parse_drive_uri(protocol + "://x/").protocol;
  spec.servers = options.server.value_or(std::vector<std::string>{});
  for (std::string& server : spec.servers)
    if (server.starts_with("tcp:")) server = server.substr(4);
  spec.username = options.username.value_or("");
  spec.secret = options.secret.value_or("");
}

void read_snapshot(const AddDriveOptions& options, image::DriveSpec& spec) {
  if (options.snapshot->empty()) base::throw_invalid("snapshot", "is empty");
  if (spec.protocol != "file")
    base::throw_not_supported("snapshot", "is opened of a local image only");
  spec.snapshot = *options.snapshot;
}

}  // namespace

image::DriveSpec drive_spec(const std::string& filename, const AddDriveOptions& options) {
  image::DriveSpec spec;
  spec.path = filename;
  spec.readonly = options.readonly.value_or(options.snapshot.has_value());
  if (options.snapshot && !spec.readonly)
    base::throw_invalid("snapshot", "is opened read-only; leave readonly out or set it");
  if (options.format) check_format(*options.format);
  spec.format = options.format;
  spec.name = options.name.value_or("");
  if (options.label) check_label(*options.label);
  spec.label = options.label.value_or("");
  spec.cachemode = options.cachemode.value_or("writeback");
  if (spec.cachemode != "writeback" && spec.cachemode != "unsafe")
    base::throw_invalid("cachemode", "must be writeback or unsafe");
  const std::string discard = options.discard.value_or("disable");
  if (discard != "disable" && discard != "enable" && discard != "besteffort")
    base::throw_invalid("discard", "must be disable, enable or besteffort");
  if (discard == "enable" && spec.readonly)
    base::throw_invalid("discard", "cannot be enabled on a read-only drive");
  spec.discard = discard != "disable";
  spec.sector_size_bytes = sector_size(options.blocksize);
  read_protocol(options, spec);
  if (options.snapshot) read_snapshot(options, spec);
  return spec;
}

void add_drive(Handle& handle, image::DriveSpec spec) {
  if (handle.drive_specs.size() >= kMostDrives)
    base::throw_invalid("drive", "a handle has no more than 255");
  if (spec.protocol == "file") {
    if (spec.path.empty()) base::throw_invalid("filename", "is empty");
    const int mode = spec.readonly ? R_OK : R_OK | W_OK;
    base::check(::access(spec.path.c_str(), mode), spec.path);
  }
  spec.allowed_backing = handle.allowed_backing;
  const auto& trusted = handle.settings.backing_files;
  spec.allowed_backing.insert(spec.allowed_backing.end(), trusted.begin(), trusted.end());
  handle.drive_specs.push_back(std::move(spec));
}

void add_scratch(Handle& handle, std::int64_t size_bytes, const AddDriveScratchOptions& options) {
  if (size_bytes <= 0) base::throw_invalid("size", "must be above 0");
  base::UniqueFd file = base::unnamed_temp_file(base::temp_root(handle.settings.temp_dir));
  base::check(::ftruncate(file.get(), size_bytes), "scratch drive");
  AddDriveOptions as_drive;
  as_drive.format = "raw";
  as_drive.name = options.name;
  as_drive.label = options.label;
  as_drive.blocksize = options.blocksize;
  // Opened anew by whoever serves it, in this process or a child of it.
  const std::string path =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file.get());
  add_drive(handle, drive_spec(path, as_drive));
  handle.scratch_files.push_back(std::move(file));
}

HashTable disk_labels(Handle& handle) {
  HashTable table;
  Devices& devices = handle.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Devices::Drive& drive = devices.drive(i);
    const std::string label = drive.spec.label;
    const std::string name = drive.name;
    if (label.empty()) continue;
    table.emplace_back(label, name);
    if (!devices.table(i)) continue;
    for (const partition::Partition& part : devices.table(i)->partitions)
      table.emplace_back(label + std::to_string(part.number), name + std::to_string(part.number));
  }
  return table;
}

void require_closed(const Handle& h, const std::string& filename) {
  if (h.phase() != Phase::launched) return;
  for (const image::DriveSpec& spec : h.drive_specs) {
    std::error_code failure;
    if (spec.protocol == "file" && std::filesystem::equivalent(spec.path, filename, failure))
      throw Error(ErrorCode::system, EBUSY,
                  filename + ": a drive of this handle has it open; shut the handle down first");
  }
}

}  // namespace vmcraft::handle
