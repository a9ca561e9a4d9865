// SPDX-License-Identifier: LGPL-3.0-or-later
// The short ids of libosinfo's database (osinfo-query os) for what inspection finds.
#include <gtest/gtest.h>

#include "inspect/osinfo.h"

namespace vmcraft::inspect {
namespace {

OperatingSystem windows(int major, int minor, const std::string& build, const std::string& variant,
                        const std::string& name = "Windows") {
  OperatingSystem os;
  os.type = os.distro = "windows";
  os.major_version = major;
  os.minor_version = minor;
  os.build_id = build;
  os.product_variant = variant;
  os.product_name = name;
  return os;
}

TEST(Osinfo, Windows) {
  EXPECT_EQ(osinfo_id(windows(5, 1, "2600", "unknown")), "winxp");
  EXPECT_EQ(osinfo_id(windows(5, 2, "3790", "unknown", "Microsoft Windows XP Professional x64")), "winxp");
  EXPECT_EQ(osinfo_id(windows(5, 2, "3790", "unknown", "Windows Server 2003 R2")), "win2k3r2");
  EXPECT_EQ(osinfo_id(windows(5, 2, "3790", "unknown", "Windows Server 2003")), "win2k3");
  EXPECT_EQ(osinfo_id(windows(6, 1, "7601", "Client")), "win7");
  EXPECT_EQ(osinfo_id(windows(6, 1, "7601", "Server Core")), "win2k8r2");
  EXPECT_EQ(osinfo_id(windows(6, 3, "9600", "Client")), "win8.1");
  EXPECT_EQ(osinfo_id(windows(10, 0, "19045", "Client")), "win10");
  EXPECT_EQ(osinfo_id(windows(10, 0, "22631", "Client")), "win11");
  EXPECT_EQ(osinfo_id(windows(10, 0, "14393", "Server")), "win2k16");
  EXPECT_EQ(osinfo_id(windows(10, 0, "17763", "Server")), "win2k19");
  EXPECT_EQ(osinfo_id(windows(10, 0, "20348", "Server")), "win2k22");
  EXPECT_EQ(osinfo_id(windows(10, 0, "26100", "Server")), "win2k25");
  EXPECT_EQ(osinfo_id(windows(10, 0, "unknown", "Client")), "win10");
  EXPECT_EQ(osinfo_id(windows(4, 0, "1381", "unknown")), "unknown");
}

}  // namespace
}  // namespace vmcraft::inspect
