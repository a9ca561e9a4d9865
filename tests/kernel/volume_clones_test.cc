// SPDX-License-Identifier: LGPL-3.0-or-later
// Two clones of one guest, the same to the byte, open at once in two handles. On the host engine the
// machine has a volume group of that name too, with its volume mounted, and does not notice.
#include <gtest/gtest.h>

#include "support/stacks.h"

namespace vmcraft::test {
namespace {

/// The machine's own volume group "vg" with its volume "lv", mounted, made by the real lvm.
class OutsideGroup {
 public:
  explicit OutsideGroup(const std::string& folder) : folder_(folder) {
    write_host(folder + "/lvm/lvm.conf",
               "devices { use_devicesfile=0 obtain_device_list_from_udev=0 external_device_info_source=\"none\"\n"
               "  dir=\"/dev\" scan=[\"/dev\"] md_component_detection=0 global_filter=[\"a|^" + attach() +
                   "$|\",\"r|.*|\"] }\n"
               "activation { udev_sync=0 udev_rules=0 verify_udev_operations=0 monitoring=0 }\n"
               "global { locking_dir=\"" + folder + "\" use_lvmpolld=0 }\nbackup { backup=0 archive=0 }\n");
    lvm("vgcreate -y vg " + loop_);
    lvm("lvcreate -y -Wy -L32M -n lv vg");
    shell("mke2fs -q -t ext4 /dev/vg/lv; mkdir " + mount_point() + "; mount /dev/vg/lv " + mount_point());
    write_host(mount_point() + "/file", "the machine's\n");
  }
  OutsideGroup(const OutsideGroup&) = delete;
  OutsideGroup& operator=(const OutsideGroup&) = delete;
  ~OutsideGroup() {
    shell("umount " + mount_point());
    lvm("vgchange -an vg");
    shell("losetup -d " + loop_);
  }

  std::string mount_point() const { return folder_ + "/mnt"; }
  /// What the real tools say of it: all that they can, but for device-mapper's devices of ours.
  std::string description() const {
    return lvm("vgs -o +vg_all --reportformat json vg") +
           lvm("lvs -a -o +lv_all,seg_all,devices --reportformat json vg") +
           shell("dmsetup table | grep -v ^vmcraft-; dmsetup info -c --noheadings -o name,uuid,open,segments vg-lv; "
                 "cat " + mount_point() + "/file");
  }

 private:
  std::string attach() {
    const std::string disk = folder_ + "/outside";
    loop_ = shell("modprobe loop; truncate -s 64M " + disk + "; losetup -f --show " + disk);
    loop_.pop_back();
    return loop_;
  }
  std::string lvm(const std::string& words) const {
    return shell("DM_DISABLE_UDEV=1 LVM_SYSTEM_DIR=" + folder_ + "/lvm lvm " + words);
  }

  std::string folder_;
  std::string loop_;
};

class Clones : public EngineTest {
 protected:
  void SetUp() override {
    if (const std::string lacks = no_stacks(GetParam()); !lacks.empty()) GTEST_SKIP() << lacks;
    built_ = build_stack(temp.path(), "lvm-linear", 1);
    clone_ = temp.file("clone");
    shell("cp --sparse=always " + built_.disks[0] + " " + clone_);
  }

  // Writes and reads through both, in turn, while both are open.
  void use_both() const {
    GuestFS one = open_disks(GetParam(), built_.disks, false);
    GuestFS two = open_disks(GetParam(), {clone_}, false);
    for (GuestFS* g : {&one, &two}) g->mount(built_.device, "/");
    EXPECT_EQ(one.vguuid("vg"), two.vguuid("vg"));
    EXPECT_EQ(one.lvuuid("/dev/vg/lv"), two.lvuuid("/dev/vg/lv"));
    for (int i = 0; i < kRounds; ++i) {
      one.write("/own", content("one", i));
      two.write("/own", content("two", i));
      for (GuestFS* g : {&one, &two}) {
        g->umount_all();  // so that it is read from below the file system
        g->mount(built_.device, "/");
      }
      EXPECT_EQ(one.read_file("/own"), content("one", i));
      EXPECT_EQ(two.read_file("/own"), content("two", i));
    }
    one.touch("/of-one");
    EXPECT_FALSE(two.exists("/of-one"));
    for (GuestFS* g : {&one, &two}) {
      EXPECT_EQ(g->checksum("sha256", "/file"), built_.sha256);
      g->umount_all();
      g->shutdown();
    }
  }

  void expect_content(const std::string& disk, const std::string& name) const {
    GuestFS g = open_disks(GetParam(), {disk}, true);
    g.mount_ro(built_.device, "/");
    EXPECT_EQ(g.read_file("/own"), content(name, kRounds - 1));
    EXPECT_EQ(g.exists("/of-one"), name == "one");
    EXPECT_EQ(g.checksum("sha256", "/file"), built_.sha256);
  }

  static constexpr int kRounds = 3;
  static std::string content(const std::string& name, int round) {
    std::string text;
    while (text.size() < 300'000) text += name + std::to_string(round) + "\n";
    return text;
  }

  BuiltStack built_;
  std::string clone_;
};

TEST_P(Clones, OpenSideBySide) {
  use_both();
  expect_content(built_.disks[0], "one");
  expect_content(clone_, "two");
}

TEST_P(Clones, LeaveTheMachinesGroupAlone) {
  if (GetParam() != "host") GTEST_SKIP() << "the uml engine's kernel is not the machine's";
  const OutsideGroup outside(temp.path());
  const std::string before = outside.description();
  use_both();
  EXPECT_EQ(outside.description(), before);
  {
    GuestFS one = open_disks(GetParam(), built_.disks, false);
    GuestFS two = open_disks(GetParam(), {clone_}, false);
    for (GuestFS* g : {&one, &two}) g->mount(built_.device, "/");
    EXPECT_EQ(outside.description(), before) << "while clones are open";
    two.umount_all();
    two.lvrename("/dev/vg/lv", "/dev/vg/renamed");
    two.vgremove("vg");
    EXPECT_EQ(outside.description(), before) << "after a clone's group was removed";
    EXPECT_EQ(one.checksum("sha256", "/file"), built_.sha256);
  }
  EXPECT_EQ(outside.description(), before);
  expect_content(built_.disks[0], "one");
}

VMCRAFT_ON_BOTH_ENGINES(Clones);

}  // namespace
}  // namespace vmcraft::test
