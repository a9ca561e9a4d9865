// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class FsXfs : public FsTest {
 protected:
  std::string made(const std::string& words = "", unsigned size_mib = 300,
                   const std::string& name = "disk.raw") {
    const std::string path = blank(size_mib, name);
    shell("mkfs.xfs -q -f " + words + " " + path);
    return path;
  }
  static std::string fact(const std::string& path, const std::string& name) {
    std::string text =
        shell("xfs_db -r -c 'sb 0' -c 'print " + name + "' " + path + " | sed 's/.* = //'");
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
};

TEST_P(FsXfs, GeometryOfDeviceAndMount) {
  const std::string path = made("-L geo -i size=1024 -n size=8192");
  GuestFS g = open(path, true);
  const HashTable device = g.xfs_info2("/dev/sda");
  EXPECT_EQ(value_of(device, "meta-data"), "/dev/sda");
  EXPECT_EQ(value_of(device, "meta-data.isize"), "1024");
  EXPECT_EQ(value_of(device, "meta-data.agsize"), "19200 blks");
  EXPECT_EQ(value_of(device, "meta-data.crc"), "1");
  EXPECT_EQ(value_of(device, "data.blocks"), "76800");
  EXPECT_EQ(value_of(device, "naming"), "version 2");
  EXPECT_EQ(value_of(device, "naming.bsize"), "8192");
  EXPECT_EQ(value_of(device, "log"), "internal log");
  EXPECT_EQ(value_of(device, "log.sunit"), "0 blks");
  EXPECT_EQ(value_of(device, "realtime"), "none");
  g.mount_ro("/dev/sda", "/");
  EXPECT_EQ(g.xfs_info2("/"), device);
  EXPECT_EQ(g.xfs_info2("/dev/sda"), device);
  const Xfsinfo info = g.xfs_info("/");
  EXPECT_EQ(info.xfs_mntpoint, "/dev/sda");
  EXPECT_EQ(info.xfs_inodesize, 1024U);
  EXPECT_EQ(info.xfs_agcount, 4U);
  EXPECT_EQ(info.xfs_agsize, 19200U);
  EXPECT_EQ(info.xfs_blocksize, 4096U);
  EXPECT_EQ(info.xfs_datablocks, 76800U);
  EXPECT_EQ(info.xfs_dirversion, 2U);
  EXPECT_EQ(info.xfs_dirblocksize, 8192U);
  EXPECT_EQ(info.xfs_logname, "internal log");
  EXPECT_EQ(info.xfs_logversion, 2U);
  EXPECT_EQ(info.xfs_lazycount, 1U);
  EXPECT_EQ(info.xfs_rtname, "none");
  EXPECT_EQ(info.xfs_rtextents, 0U);
}

TEST_P(FsXfs, Grows) {
  const std::string path = made("-d size=300m", 400);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    XfsGrowfsOptions options;
    options.datasize = 80000;
    options.maxpct = 20;
    g.xfs_growfs("/", options);
    EXPECT_EQ(value_of(g.xfs_info2("/"), "data.blocks"), "80000");
    options.datasize = 1000;
    EXPECT_EQ(errno_of([&] { g.xfs_growfs("/", options); }), EINVAL);
    options = {};
    options.rtsec = true;
    EXPECT_THAT(text_of([&] { g.xfs_growfs("/", options); }), HasSubstr("no realtime section"));
    options = {};
    options.logsize = 20000;
    EXPECT_EQ(errno_of([&] { g.xfs_growfs("/", options); }), ENOSYS);
    options = {};
    options.maxpct = 101;
    EXPECT_EQ(errno_of([&] { g.xfs_growfs("/", options); }), EINVAL);
    g.xfs_growfs("/");
    EXPECT_EQ(value_of(g.xfs_info2("/dev/sda"), "data.blocks"), "102400");
    g.umount_all();
  }
  EXPECT_EQ(fact(path, "dblocks"), "102400");
  EXPECT_EQ(fact(path, "imax_pct"), "20");
}

TEST_P(FsXfs, AdminSetsLabelAndUuid) {
  constexpr const char* kUuid = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";
  const std::string path = made();
  const std::string old = made("-m crc=0 -l lazy-count=0", 300, "old.raw");
  {
    GuestFS g = open_all({path, old});
    XfsAdminOptions options;
    options.label = "admin";
    g.xfs_admin("/dev/sda", options);
    options = {};
    options.uuid = kUuid;
    g.xfs_admin("/dev/sda", options);
    EXPECT_EQ(errno_of([&] { g.xfs_admin("/dev/sda"); }), EINVAL);
    options = {};
    options.lazycounter = true;
    g.xfs_admin("/dev/sdb", options);
    options = {};
    options.extunwritten = options.v2log = options.projid32bit = true;
    g.xfs_admin("/dev/sdb", options);
    g.mount("/dev/sda", "/");
    options = {};
    options.label = "x";
    EXPECT_EQ(errno_of([&] { g.xfs_admin("/dev/sda", options); }), EBUSY);
  }
  EXPECT_EQ(tag(path, "LABEL"), "admin");
  EXPECT_EQ(tag(path, "UUID"), kUuid);
  EXPECT_THAT(shell("xfs_db -r -c version " + old), HasSubstr("LAZYSBCOUNT"));
}

TEST_P(FsXfs, RepairReturnsItsStatus) {
  const std::string path = made();
  const std::string outer = blank(400, "outer.raw");
  shell("mke2fs -q -t ext4 " + outer + "; xfs_db -x -c 'sb 0' -c 'write -d fdblocks 7' " + path +
        " >/dev/null");
  GuestFS g = open_all({path, outer});
  XfsRepairOptions look;
  look.nomodify = true;
  EXPECT_EQ(g.xfs_repair("/dev/sda", look), 1);
  XfsRepairOptions options;
  options.noprefetch = true;
  options.maxmem = 512;
  EXPECT_EQ(g.xfs_repair("/dev/sda", options), 0);
  options.maxmem.reset();
  options.ihashsize = 64;
  options.bhashsize = 64;
  options.agstride = 1;
  options.forcegeometry = true;
  EXPECT_EQ(g.xfs_repair("/dev/sda", options), 0);
  EXPECT_EQ(g.xfs_repair("/dev/sda", look), 0);
  options = {};
  options.forcelogzero = true;
  EXPECT_EQ(g.xfs_repair("/dev/sda", options), 0);
  g.mount("/dev/sdb", "/");
  EXPECT_EQ(errno_of([&] { g.xfs_repair("/nowhere"); }), ENOENT);
  g.touch("/image");
  g.truncate_size("/image", 300 << 20);
  g.copy_device_to_file("/dev/sda", "/image");
  EXPECT_EQ(g.xfs_repair("/image", look), 0);
  g.fill(0, 4096, "/junk");
  EXPECT_THROW(g.xfs_repair("/junk"), CommandError);
}

VMCRAFT_ON_BOTH_ENGINES(FsXfs);

}  // namespace
}  // namespace vmcraft::test
