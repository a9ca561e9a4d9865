// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/volumes.h"

namespace vmcraft::test {

std::vector<std::string> VolumeTest::make_disks(int count, int size_mib) {
  std::vector<std::string> disks;
  for (int i = 0; i < count; ++i) {
    disks.push_back(temp.file("disk" + std::to_string(i)));
    shell("truncate -s " + std::to_string(size_mib) + "M " + disks.back());
  }
  return disks;
}

GuestFS VolumeTest::launch(const std::vector<std::string>& disks, bool readonly) const {
  GuestFS g;
  g.set_backend(GetParam());
  AddDriveOptions options;
  options.readonly = readonly;
  for (const std::string& disk : disks) g.add_drive(disk, options);
  g.launch();
  return g;
}

std::string VolumeTest::lvm(const std::vector<std::string>& disks, const std::string& words) {
  std::string attach = "loops=; ";
  for (const std::string& disk : disks) attach += "loops=\"$loops $(losetup -f --show " + disk + ")\"; ";
  // Only these loop devices, and no device-mapper.
  const std::string configure =
      "filter=; for l in $loops; do filter=\"$filter\\\"a|^$l\\$|\\\",\"; done; "
      "config=\"devices { use_devicesfile=0 obtain_device_list_from_udev=0 global_filter=[$filter\\\"r|.*|\\\"] } "
      "global { activation=0 locking_dir=\\\"/tmp\\\" } backup { backup=0 archive=0 }\"; ";
  const std::size_t space = words.find(' ');
  const std::string command = words.substr(0, space);
  const std::string rest = space == std::string::npos ? "" : words.substr(space);
  return shell(attach + configure + "lvm " + command + " --config \"$config\"" + rest +
               "; status=$?; losetup -d $loops; exit $status");
}

}  // namespace vmcraft::test
