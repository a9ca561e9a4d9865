// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmcraft::image {

/// What the caller said about one drive.
struct DriveSpec {
  std::string path;                  ///< local file, block device, or the export's path or name
  std::string protocol = "file";     ///< file, nbd, http, https, ftp, ftps, ssh, rbd
  std::vector<std::string> servers;  ///< host[:port], or unix:SOCKET
  std::string username;
  std::string secret;
  std::optional<std::string> format;  ///< as qemu names it; nothing: found out from the content
  bool readonly = false;
  std::string name;                   ///< device name the caller would like, without /dev/
  std::string label;                  ///< appears as /dev/disk/guestfs/LABEL
  std::string cachemode = "writeback";
  bool discard = false;
  unsigned sector_size_bytes = 512;   ///< 512 or 4096
  std::string snapshot;               ///< inside a qcow2 image, by name or id; the drive is read-only
  std::vector<std::string> allowed_backing;  ///< backing files outside the image's folder; what ends in a slash is a folder
};

/// Reads guestfish's -a form: a path or PROTOCOL://[USER[:PASSWORD]@]HOST[:PORT]/PATH, with
/// nbd+unix and nbd's ?socket=. Throws for a protocol it does not know.
DriveSpec parse_drive_uri(const std::string& text);

}  // namespace vmcraft::image
