// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.h"
#include "edit/windows/inf_models.h"

namespace vmcraft::edit {

/// A driver as it is delivered: its INF and the files that it names.
struct DriverPackage {
  std::string inf;                           ///< name of the INF among the files
  std::map<std::string, std::string> files;  ///< content by path below the folder of the INF, "/" between

  const std::string& inf_content() const { return files.at(inf); }
};

/// Finds the drivers for this Windows below a folder of this machine, or the one whose INF has that name
/// or path. Where folders are named as in virtio-win, for versions and architectures, the one for this
/// Windows counts, else one for an older Windows. Of INFs with one name one is chosen. Throws ENOENT where
/// there is no INF or a file of it is missing, EINVAL where no driver is for this Windows.
std::vector<DriverPackage> select_drivers(const std::string& path, const std::string& inf,
                                          const WindowsTarget& target);

/// How near a path below the tree is to what is wanted: 0 is best; negative where it is for another
/// Windows.
int rank_driver_folder(const std::string& path, const WindowsTarget& target);

/// A path of an INF as one of a package; "" where it leads out of it.
std::string package_path(const std::string& name);
/// Files that an INF wants for an architecture, by name, with where the package has them.
std::map<std::string, std::string> source_files(const Inf& inf, const std::string& arch);
/// Destinations and sources of a CopyFiles value: a section, or "@file".
std::vector<std::pair<std::string, std::string>> copied_files(const Inf& inf, const std::string& value);

/// The packages in one stream, and back. read_packages() throws EUCLEAN where the stream is not whole,
/// EFBIG above 256 MiB.
std::string write_packages(const std::vector<DriverPackage>& packages);
std::vector<DriverPackage> read_packages(base::ByteSource& from);

}  // namespace vmcraft::edit
