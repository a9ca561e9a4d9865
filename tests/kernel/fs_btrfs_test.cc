// SPDX-License-Identifier: LGPL-3.0-or-later
#include <unistd.h>

#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class FsBtrfs : public FsTest {
 protected:
  /// One line of the superblock.
  static std::string fact(const std::string& path, const std::string& name) {
    std::string text = shell("btrfs inspect-internal dump-super " + path + " | sed -n 's/^" + name +
                             "[ \\t]\\+//p'");
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
  std::string made(unsigned size_mib = 128, const std::string& name = "disk.raw",
                   const std::string& words = "") {
    const std::string path = blank(size_mib, name);
    shell("mkfs.btrfs -q -f " + words + " " + path);
    return path;
  }
  /// Whether the file system is whole, by btrfs check.
  static std::string checked(const std::string& path) {
    return shell("btrfs check " + path + " >/dev/null 2>&1 && echo whole || echo damaged");
  }
  /// Items of a tree as btrfs-progs reads them from the image.
  static std::string tree(const std::string& path, const std::string& name) {
    return shell("btrfs inspect-internal dump-tree -t " + name + " " + path);
  }
};

TEST_P(FsBtrfs, MadeOverTwoDevices) {
  const std::string one = blank(200, "one.raw");
  const std::string two = blank(200, "two.raw");
  {
    GuestFS g = open_all({one, two});
    MkfsBtrfsOptions options;
    options.allocstart = 0;
    options.bytecount = 150 << 20;
    options.datatype = "raid1";
    options.metadata = "raid1";
    options.leafsize = 16384;
    options.label = "both";
    options.sectorsize = 4096;
    g.mkfs_btrfs({"/dev/sda", "/dev/sdb"}, options);
    EXPECT_EQ(errno_of([&] { g.mkfs_btrfs({}); }), EINVAL);
    options.bytecount = -1;
    EXPECT_EQ(errno_of([&] { g.mkfs_btrfs({"/dev/sda"}, options); }), EINVAL);
  }
  EXPECT_EQ(fact(one, "num_devices"), "2");
  EXPECT_EQ(fact(two, "label"), "both");
  EXPECT_EQ(fact(two, "nodesize"), "16384");
  EXPECT_EQ(fact(one, "fsid"), fact(two, "fsid"));
  EXPECT_EQ(fact(one, "total_bytes"), std::to_string(300 << 20));
}

TEST_P(FsBtrfs, Subvolumes) {
  const std::string path = made();
  {
    GuestFS g = open(path, false);
    EXPECT_TRUE(g.btrfs_subvolume_list("/dev/sda").empty());
    g.mount("/dev/sda", "/");
    g.btrfs_subvolume_create("/one");
    EXPECT_EQ(errno_of([&] { g.btrfs_subvolume_create("/one"); }), EEXIST);
    g.btrfs_subvolume_create("/one/inner");
    g.write("/one/file", "content");
    BtrfsSubvolumeSnapshotOptions options;
    options.ro = true;
    g.btrfs_subvolume_snapshot("/one", "/snap", options);
    EXPECT_EQ(errno_of([&] { g.write("/snap/file", "x"); }), EROFS);
    g.mkdir("/dir");
    g.btrfs_subvolume_snapshot("/one", "/dir");
    g.write("/dir/one/file", "changed");
    EXPECT_EQ(g.cat("/snap/file"), "content");
    std::vector<std::string> paths;
    std::uint64_t one = 0;
    for (const Btrfssubvolume& found : g.btrfs_subvolume_list("/")) {
      paths.push_back(found.btrfssubvolume_path);
      if (found.btrfssubvolume_path == "one") one = found.btrfssubvolume_id;
      if (found.btrfssubvolume_path == "one/inner") {
        EXPECT_EQ(found.btrfssubvolume_top_level_id, one);
      }
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"one", "one/inner", "snap", "dir/one"}));
    const HashTable facts = g.btrfs_subvolume_show("/one");
    EXPECT_EQ(value_of(facts, "Name"), "one");
    EXPECT_EQ(value_of(facts, "Subvolume ID"), std::to_string(one));
    EXPECT_EQ(value_of(facts, "Parent UUID"), "-");
    EXPECT_EQ(value_of(facts, "Snapshot(s)"), "snap,dir/one");
    const HashTable snap = g.btrfs_subvolume_show("/snap");
    EXPECT_EQ(value_of(snap, "Parent UUID"), value_of(facts, "UUID"));
    EXPECT_EQ(value_of(snap, "Flags"), "readonly");
    EXPECT_EQ(errno_of([&] { g.btrfs_subvolume_show("/dir"); }), EINVAL);
    EXPECT_EQ(g.btrfs_subvolume_get_default("/"), 5);
    EXPECT_EQ(errno_of([&] { g.btrfs_subvolume_set_default(9999, "/"); }), ENOENT);
    g.btrfs_subvolume_set_default(static_cast<std::int64_t>(one), "/");
    EXPECT_EQ(g.btrfs_subvolume_get_default("/dev/sda"), static_cast<std::int64_t>(one));
    EXPECT_EQ(errno_of([&] { g.btrfs_subvolume_delete("/one"); }), EPERM);
    g.btrfs_subvolume_delete("/dir/one");
    EXPECT_FALSE(g.exists("/dir/one"));
    g.umount_all();
    g.mount("/dev/sda", "/");
    EXPECT_EQ(g.ls("/"), (std::vector<std::string>{"file", "inner"}));
    g.umount_all();
    EXPECT_EQ(g.btrfs_subvolume_list("btrfsvol:/dev/sda/snap").size(), 3U);
  }
  EXPECT_EQ(checked(path), "whole\n");
  const std::string roots = tree(path, "root");
  EXPECT_THAT(roots, HasSubstr("name snap"));
  EXPECT_THAT(roots, HasSubstr("RDONLY"));
}

TEST_P(FsBtrfs, QuotaGroups) {
  const std::string path = made();
  {
    GuestFS g = open(path, false);
    g.btrfs_quota_enable("/dev/sda", true);
    g.btrfs_quota_rescan("/dev/sda");
    g.mount("/dev/sda", "/");
    g.btrfs_qgroup_create("1/100", "/");
    EXPECT_EQ(errno_of([&] { g.btrfs_qgroup_create("1/100", "/"); }), EEXIST);
    EXPECT_EQ(errno_of([&] { g.btrfs_qgroup_create("one", "/"); }), EINVAL);
    BtrfsSubvolumeCreateOptions options;
    options.qgroupid = "1/100";
    g.btrfs_subvolume_create("/sub", options);
    BtrfsSubvolumeSnapshotOptions snapshot;
    snapshot.qgroupid = "1/100";
    g.btrfs_subvolume_snapshot("/sub", "/snap", snapshot);
    g.btrfs_quota_rescan("/");
    const std::string group = "0/" + value_of(g.btrfs_subvolume_show("/sub"), "Subvolume ID");
    g.btrfs_qgroup_limit("/sub", 4 << 20);
    EXPECT_EQ(errno_of([&] { g.write("/sub/large", std::string(8 << 20, 'x')); }), EDQUOT);
    g.rm_f("/sub/large");
    g.btrfs_qgroup_limit("/sub", 0);
    g.write("/sub/large", std::string(8 << 20, 'x'));
    bool found = false;
    for (const Btrfsqgroup& entry : g.btrfs_qgroup_show("/")) {
      if (entry.btrfsqgroup_id != group) continue;
      found = true;
      EXPECT_GE(entry.btrfsqgroup_rfer, 8U << 20U);
      EXPECT_GE(entry.btrfsqgroup_excl, 8U << 20U);
    }
    EXPECT_TRUE(found);
    g.btrfs_qgroup_create("1/200", "/");
    g.btrfs_qgroup_assign(group, "1/200", "/");
    EXPECT_EQ(errno_of([&] { g.btrfs_qgroup_destroy("1/200", "/"); }), EBUSY);
    g.btrfs_qgroup_remove(group, "1/200", "/");
    g.btrfs_qgroup_destroy("1/200", "/");
    g.umount_all();
  }
  const std::string items = tree(path, "quota");
  EXPECT_THAT(items, HasSubstr("QGROUP_INFO 1/100"));
  EXPECT_THAT(items, HasSubstr("QGROUP_RELATION 1/100"));
  EXPECT_THAT(items, ::testing::Not(HasSubstr("1/200")));
  GuestFS g = open(path, false);
  g.mount("/dev/sda", "/");
  g.btrfs_quota_enable("/", false);
  EXPECT_EQ(errno_of([&] { g.btrfs_qgroup_show("/"); }), EINVAL);
}

TEST_P(FsBtrfs, SyncResizeAndDefragment) {
  const std::string path = made(400);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    BtrfsFilesystemResizeOptions options;
    options.size = 300 << 20;
    g.btrfs_filesystem_resize("/", options);
    options.size = 0;
    EXPECT_EQ(errno_of([&] { g.btrfs_filesystem_resize("/", options); }), EINVAL);
    g.mkdir("/dir");
    for (int i = 0; i < 3; ++i) g.write("/dir/f" + std::to_string(i), std::string(1 << 20, 'a'));
    g.write("/alone", std::string(1 << 20, 'b'));
    g.btrfs_filesystem_sync("/");
    BtrfsFilesystemDefragmentOptions defragment;
    defragment.flush = true;
    defragment.compress = "zstd";
    g.btrfs_filesystem_defragment("/dir", defragment);
    defragment.compress = "lzo";
    g.btrfs_filesystem_defragment("/alone", defragment);
    defragment.compress = "magic";
    EXPECT_EQ(errno_of([&] { g.btrfs_filesystem_defragment("/dir/f2", defragment); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.btrfs_filesystem_defragment("/nowhere"); }), ENOENT);
    g.umount_all();
  }
  EXPECT_EQ(fact(path, "dev_item.total_bytes"), std::to_string(300 << 20));
  const std::string items = tree(path, "fs");
  EXPECT_THAT(items, HasSubstr("extent compression 3 (zstd)"));
  EXPECT_THAT(items, HasSubstr("extent compression 2 (lzo)"));
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    g.btrfs_filesystem_resize("/");
    g.umount_all();
  }
  EXPECT_EQ(fact(path, "dev_item.total_bytes"), std::to_string(400 << 20));
}

TEST_P(FsBtrfs, Devices) {
  const std::string one = made(200, "one.raw");
  const std::string two = blank(200, "two.raw");
  const std::string three = blank(220, "three.raw");
  shell("mke2fs -q -t ext4 " + two);
  {
    GuestFS g = open_all({one, two, three});
    g.mount("/dev/sda", "/");
    g.write("/file", std::string(4 << 20, 'f'));
    g.btrfs_device_add({"/dev/sdb"}, "/");
    EXPECT_EQ(g.btrfs_filesystem_show("/dev/sdb"),
              (std::vector<std::string>{"/dev/sda", "/dev/sdb"}));
    EXPECT_EQ(errno_of([&] { g.btrfs_filesystem_show("/dev/sdc"); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.wipefs("/dev/sdb"); }), EBUSY);
    g.btrfs_filesystem_balance("/");
    EXPECT_EQ(g.btrfs_balance_status("/").btrfsbalance_status, "none");
    EXPECT_EQ(errno_of([&] { g.btrfs_replace("/dev/sdc", "/dev/sdb", "/"); }), EINVAL);
    g.btrfs_replace("/dev/sdb", "/dev/sdc", "/");
    EXPECT_EQ(g.btrfs_filesystem_show("/dev/sda"),
              (std::vector<std::string>{"/dev/sda", "/dev/sdc"}));
    g.umount_all();
  }
  EXPECT_EQ(fact(one, "num_devices"), "2");
  EXPECT_EQ(fact(three, "fsid"), fact(one, "fsid"));
  EXPECT_EQ(tag(two, "TYPE"), "");
  {
    // A new kernel does not know what belongs together.
    GuestFS g = open_all({one, three});
    g.mount("/dev/sdb", "/");
    EXPECT_EQ(g.checksum("sha256", "/file"), g.checksum("sha256", "/file"));
    EXPECT_EQ(g.filesize("/file"), 4 << 20);
    g.btrfs_device_delete({"/dev/sda"}, "/");
    EXPECT_EQ(g.filesize("/file"), 4 << 20);
    EXPECT_NE(errno_of([&] { g.btrfs_device_delete({"/dev/sdb"}, "/"); }), -1);
    g.umount_all();
  }
  EXPECT_EQ(fact(three, "num_devices"), "1");
  EXPECT_EQ(tag(one, "TYPE"), "");
  EXPECT_EQ(checked(three), "whole\n");
}

TEST_P(FsBtrfs, Scrubs) {
  const std::string path = made(128, "disk.raw", "-m single");
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    g.write("/file", std::string(8 << 20, 's'));
    g.btrfs_filesystem_sync("/");
    EXPECT_EQ(g.btrfs_scrub_status("/").btrfsscrub_data_bytes_scrubbed, 0U);
    EXPECT_EQ(errno_of([&] { g.btrfs_scrub_cancel("/"); }), ENOTCONN);
    EXPECT_EQ(errno_of([&] { g.btrfs_scrub_resume("/"); }), ENOTCONN);
    g.btrfs_scrub_full("/");
    EXPECT_EQ(g.btrfs_scrub_status("/").btrfsscrub_data_bytes_scrubbed, 8U << 20U);
    EXPECT_EQ(errno_of([&] { g.btrfs_scrub_resume("/"); }), EINVAL);
    g.btrfs_scrub_start("/");
    for (int i = 0; i < 200 && g.btrfs_scrub_status("/").btrfsscrub_data_bytes_scrubbed < 8U << 20U;
         ++i)
      ::usleep(20000);
    EXPECT_EQ(g.btrfs_scrub_status("/").btrfsscrub_data_bytes_scrubbed, 8U << 20U);
    EXPECT_EQ(g.btrfs_scrub_status("/").btrfsscrub_csum_errors, 0U);
    ::usleep(100000);
    g.umount_all();
  }
  // One byte of the file, changed below the file system.
  shell("at=$(grep -abo sssssssss " + path + " | head -1 | cut -d: -f1); printf X | dd of=" + path +
        " bs=1 seek=$((at + 100000)) conv=notrunc status=none");
  GuestFS g = open(path, false);
  g.mount("/dev/sda", "/");
  BtrfsScrubFullOptions options;
  options.readonly = true;
  EXPECT_EQ(errno_of([&] { g.btrfs_scrub_full("/", options); }), EUCLEAN);
  EXPECT_EQ(g.btrfs_scrub_status("/").btrfsscrub_csum_errors, 1U);
  EXPECT_EQ(errno_of([&] { g.btrfs_scrub_full("/"); }), EUCLEAN);
  EXPECT_EQ(g.btrfs_scrub_status("/").btrfsscrub_uncorrectable_errors, 1U);
}

TEST_P(FsBtrfs, ScrubThatIsCancelledGoesOn) {
  const std::string path = made(1024);
  GuestFS g = open(path, false);
  g.mount("/dev/sda", "/");
  for (int i = 0; i < 6; ++i) g.fill(i + 1, 64 << 20, "/file" + std::to_string(i));
  g.btrfs_filesystem_sync("/");
  constexpr std::uint64_t kAll = 384U << 20U;
  // A fast machine may be done before it is cancelled.
  bool cancelled = false;
  for (int attempt = 0; attempt < 5 && !cancelled; ++attempt) {
    g.btrfs_scrub_start("/");
    cancelled = errno_of([&] { g.btrfs_scrub_cancel("/"); }) == -1 &&
                g.btrfs_scrub_status("/").btrfsscrub_data_bytes_scrubbed < kAll;
  }
  if (!cancelled) GTEST_SKIP() << "each scrub was done before it could be cancelled";
  g.btrfs_scrub_resume("/");
  EXPECT_EQ(errno_of([&] { g.btrfs_scrub_start("/"); }), EINPROGRESS);
  g.shutdown();
}

TEST_P(FsBtrfs, BalanceThatIsPaused) {
  const std::string path = made(1024);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    EXPECT_EQ(g.btrfs_balance_status("/").btrfsbalance_status, "none");
    EXPECT_EQ(errno_of([&] { g.btrfs_balance_pause("/"); }), ENOTCONN);
    EXPECT_EQ(errno_of([&] { g.btrfs_balance_cancel("/"); }), ENOTCONN);
    EXPECT_EQ(errno_of([&] { g.btrfs_balance_resume("/"); }), ENOTCONN);
    for (int i = 0; i < 6; ++i) g.fill(i + 1, 64 << 20, "/file" + std::to_string(i));
    g.umount_all();
  }
  if (!is_root()) GTEST_SKIP() << "only root can pause a balance of a mount beside";
  // A handle waits for its balance, so it is begun and paused by hand, in a mount namespace.
  const std::string mnt = temp.file("mnt");
  const std::string paused =
      shell("mkdir " + mnt + "; cat > " + temp.file("pause.sh") + " <<'END'\nmount -o loop " +
            path + " " + mnt + " || exit 77\nbtrfs balance start --full-balance --bg " + mnt +
            " >/dev/null 2>&1\n"
            "for i in $(seq 200); do btrfs balance pause " +
            mnt +
            " >/dev/null 2>&1 && break; done\n"
            "btrfs balance status " +
            mnt + " || true\numount " + mnt + "\nEND\nunshare -m sh " + temp.file("pause.sh"));
  if (paused.find("is paused") == std::string::npos)
    GTEST_SKIP() << "the balance was done before it could be paused";
  const std::string copy = temp.file("copy.raw");
  shell("cp --sparse=always " + path + " " + copy);
  {
    GuestFS g = open(copy, false);
    g.mount_options("skip_balance", "/dev/sda", "/");
    g.btrfs_balance_cancel("/");
    EXPECT_EQ(g.btrfs_balance_status("/").btrfsbalance_status, "none");
    g.umount_all();
  }
  EXPECT_THAT(tree(path, "root"), HasSubstr("BALANCE"));
  EXPECT_THAT(tree(copy, "root"), ::testing::Not(HasSubstr("BALANCE")));
  GuestFS g = open(path, false);
  g.mount_options("skip_balance", "/dev/sda", "/");
  const Btrfsbalance status = g.btrfs_balance_status("/");
  EXPECT_EQ(status.btrfsbalance_status, "paused");
  g.btrfs_balance_resume("/");
  EXPECT_EQ(g.btrfs_balance_status("/").btrfsbalance_status, "none");
  EXPECT_EQ(errno_of([&] { g.btrfs_balance_resume("/"); }), ENOTCONN);
}

TEST_P(FsBtrfs, Tunes) {
  const std::string path = made(128, "disk.raw", "-O ^extref,^skinny-metadata");
  EXPECT_EQ(fact(path, "flags").substr(0, 3), "0x1");
  EXPECT_THAT(shell("btrfs inspect-internal dump-super " + path),
              ::testing::Not(HasSubstr("EXTENDED_IREF")));
  {
    GuestFS g = open(path, false);
    g.btrfstune_enable_extended_inode_refs("/dev/sda");
    g.btrfstune_enable_skinny_metadata_extent_refs("/dev/sda");
    g.btrfstune_seeding("/dev/sda", true);
    g.mount_ro("/dev/sda", "/");
    EXPECT_EQ(errno_of([&] { g.btrfs_set_seeding("/dev/sda", false); }), EBUSY);
    g.umount_all();
  }
  const std::string super = shell("btrfs inspect-internal dump-super " + path);
  EXPECT_THAT(super, HasSubstr("EXTENDED_IREF"));
  EXPECT_THAT(super, HasSubstr("SKINNY_METADATA"));
  EXPECT_THAT(super, HasSubstr("SEEDING"));
  {
    GuestFS g = open(path, false);
    g.btrfs_set_seeding("/dev/sda", false);
  }
  EXPECT_THAT(shell("btrfs inspect-internal dump-super " + path),
              ::testing::Not(HasSubstr("SEEDING")));
}

TEST_P(FsBtrfs, ChecksAndRescues) {
  const std::string path = made();
  {
    GuestFS g = open(path, false);
    g.btrfs_fsck("/dev/sda");
    BtrfsFsckOptions options;
    options.superblock = 1;
    options.repair = true;
    g.btrfs_fsck("/dev/sda", options);
    options.superblock = -1;
    EXPECT_EQ(errno_of([&] { g.btrfs_fsck("/dev/sda", options); }), EINVAL);
    g.btrfs_rescue_chunk_recover("/dev/sda");
  }
  EXPECT_EQ(checked(path), "whole\n");
  shell("dd if=/dev/zero of=" + path + " bs=4096 seek=16 count=1 conv=notrunc status=none");
  EXPECT_EQ(checked(path), "damaged\n");
  {
    GuestFS g = open(path, false);
    EXPECT_THAT(text_of([&] { g.btrfs_fsck("/dev/sda"); }), HasSubstr("btrfs"));
    g.btrfs_rescue_super_recover("/dev/sda");
  }
  EXPECT_EQ(checked(path), "whole\n");
}

TEST_P(FsBtrfs, ChecksOneOfTwoDevices) {
  const std::string one = blank(200, "one.raw");
  const std::string two = blank(200, "two.raw");
  shell("mkfs.btrfs -q -f -d raid1 -m raid1 " + one + " " + two);
  GuestFS g = open_all({one, two});
  g.btrfs_fsck("/dev/sdb");
}

TEST_P(FsBtrfs, ImageOfTheMetadata) {
  const std::string path = made();
  const std::string outer = blank(64, "outer.raw");
  shell("mke2fs -q -t ext4 " + outer);
  {
    GuestFS g = open_all({path, outer});
    g.mount("/dev/sdb", "/");
    BtrfsImageOptions options;
    options.compresslevel = 6;
    g.btrfs_image({"/dev/sda"}, "/saved", options);
    options.compresslevel = 10;
    EXPECT_EQ(errno_of([&] { g.btrfs_image({"/dev/sda"}, "/saved", options); }), EINVAL);
    g.download("/saved", temp.file("saved"));
  }
  shell("truncate -s 128M " + temp.file("back.raw") + "; btrfs-image -r " + temp.file("saved") +
        " " + temp.file("back.raw"));
  EXPECT_EQ(fact(temp.file("back.raw"), "generation"), fact(path, "generation"));
}

VMCRAFT_ON_BOTH_ENGINES(FsBtrfs);

}  // namespace
}  // namespace vmcraft::test
