// SPDX-License-Identifier: LGPL-3.0-or-later
// Images made larger and smaller, judged by the programs that others wrote for what is in them.
#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <random>

#include "kernel/fs_support.h"
#include "volume/base/mapping.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kMiB = 1 << 20;

class Resize : public FsTest {
 protected:
  bool can_map() const { return GetParam() == "uml" || volume::device_mapper_available(); }

  GuestFS handle() const {
    GuestFS g;
    g.set_backend(GetParam());
    return g;
  }
  std::vector<ResizeStep> resize(const std::string& image, std::int64_t mib, const DiskResizeOptions& options = {}) {
    return handle().disk_resize(image, mib * kMiB, options);
  }

  // An image with a GPT of these partitions, in MiB; the last takes what is left.
  std::string partitioned(const std::string& sfdisk, unsigned size_mib, const std::string& name = "disk.raw") {
    const std::string path = blank(size_mib, name);
    shell("printf 'label: gpt\\n" + sfdisk + "' | sfdisk -q " + path);
    return path;
  }

  // Files of all sizes; returns what they hold.
  static std::string fill(GuestFS& g, const std::string& device) {
    g.mount(device, "/");
    g.mkdir("/folder");
    for (int i = 0; i < 20; ++i) g.write("/folder/" + std::to_string(i), std::string(i * 50'000 + 1, char('a' + i)));
    return hash(g);
  }
  static std::string hash(GuestFS& g) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += g.checksum("sha256", "/folder/" + std::to_string(i));
    g.umount_all();
    return text;
  }
  std::string hash_of(const std::string& image, const std::string& device) {
    GuestFS g = open(image, true);
    g.mount_ro(device, "/");
    return hash(g);
  }
  std::int64_t file_system_bytes(const std::string& image, const std::string& device) {
    GuestFS g = open(image, true);
    g.mount_ro(device, "/");
    const auto facts = g.statvfs("/");
    return facts.blocks * facts.frsize;
  }

  // The partition as a file of its own, for programs that know no partitions.
  std::string cut_out(const std::string& image, int number) {
    const std::string raw = temp.file("whole.raw");
    const std::string part = temp.file("part.raw");
    shell("rm -f " + raw + " " + part + "; qemu-img convert -O raw " + image + " " + raw + "; set -- $(sfdisk -l -o start,sectors " + raw +
          " | tail -n +" + "1 | grep -E '^ *[0-9]+ +[0-9]+ *$' | sed -n " + std::to_string(number) +
          "p); dd if=" + raw + " of=" + part + " bs=512 skip=$1 count=$2 conv=sparse status=none");
    return part;
  }
  void expect_sound_table(const std::string& image) {
    const std::string raw = temp.file("table.raw");
    shell("rm -f " + raw + "; qemu-img convert -O raw " + image + " " + raw);
    EXPECT_THAT(shell("sfdisk --verify " + raw + " 2>&1"), HasSubstr("No errors detected."));
    EXPECT_EQ(shell("sgdisk -v " + raw + " | grep -c 'No problems found' || true"), "1\n");
  }

  std::string make_lvm_guest(const std::string& name = "guest.qcow2") {
    const std::string image = temp.file(name);
    const std::string raw = partitioned("size=16MiB,type=uefi\\ntype=lvm\\n", 160);
    convert(raw, image, "qcow2");
    GuestFS g = open(image, false);
    g.mkfs("vfat", "/dev/sda1");
    g.pvcreate("/dev/sda2");
    g.vgcreate("vg", {"/dev/sda2"});
    g.lvcreate("swap", "vg", 16);
    g.mkswap("/dev/vg/swap");
    g.lvcreate_free("root", "vg", 100);
    g.mkfs("ext4", "/dev/vg/root");
    hash_ = fill(g, "/dev/vg/root");
    return image;
  }

  std::string hash_;
};

TEST_P(Resize, GrowsLvmInPlace) {
  if (!can_map()) GTEST_SKIP() << "this kernel has no device-mapper";
  const std::string image = make_lvm_guest();
  const std::string before = sha256_of(image);
  DiskResizeOptions dry;
  dry.dryrun = true;
  const auto planned = resize(image, 400, dry);
  EXPECT_EQ(sha256_of(image), before) << "a dry run changed the image";
  const auto done = resize(image, 400);
  ASSERT_EQ(done.size(), 5U);
  for (std::size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i].step_to, planned.at(i).step_to);
  EXPECT_EQ(done[3].step_what, "lv");
  EXPECT_EQ(hash_of(image, "/dev/vg/root"), hash_);
  EXPECT_GT(file_system_bytes(image, "/dev/vg/root"), 330 * kMiB);
  EXPECT_EQ(open(image, true).blockdev_getsize64("/dev/vg/root"), static_cast<std::int64_t>(done[3].step_to));
  expect_sound_table(image);
  run({"qemu-img", "check", "-q", image});
  const std::string part = cut_out(image, 2);
  EXPECT_EQ(shell("pvck --config 'devices { use_devicesfile=0 }' --dump headers " + part + " 2>&1 | grep -c device_size"), "1\n");
  // What is done already is not done again.
  EXPECT_EQ(resize(image, 400).size(), 1U);
}

TEST_P(Resize, GrowsXfsInPlace) {
  VMCRAFT_NEEDS("mkfs.xfs");
  const std::string image = partitioned("size=8MiB\\n,\\n", 400);
  {
    GuestFS g = open(image, false);
    g.mkfs("xfs", "/dev/sda2");
    hash_ = fill(g, "/dev/sda2");
  }
  DiskResizeOptions options;
  EXPECT_THAT(text_of([&] { resize(image, 300); }), HasSubstr("/dev/sda2: xfs cannot become smaller"));
  resize(image, 700);
  EXPECT_EQ(hash_of(image, "/dev/sda2"), hash_);
  EXPECT_GT(file_system_bytes(image, "/dev/sda2"), 600 * kMiB);
  expect_sound_table(image);
  run({"xfs_repair", "-n", cut_out(image, 2)});
}

TEST_P(Resize, GrowsNtfsInPlaceAndByCopyWithWhatIsBehindIt) {
  VMCRAFT_NEEDS("mkfs.ntfs");
  const std::string recovery = "type=DE94BBA4-06D1-4D40-A16A-BFD50179D6AC";
  const std::string image = partitioned("size=8MiB\\nsize=64MiB\\nsize=16MiB," + recovery + ",name=Recovery\\n", 96);
  {
    GuestFS g = open(image, false);
    for (const char* device : {"/dev/sda2", "/dev/sda3"}) g.mkfs("ntfs", device);
    hash_ = fill(g, "/dev/sda2");
  }
  const std::string behind = sha256_of(cut_out(image, 3));
  const std::string before = sha256_of(image);
  EXPECT_THAT(text_of([&] { resize(image, 200); }), HasSubstr("name an output"));
  DiskResizeOptions options;
  options.output = temp.file("copy.qcow2");
  options.outputformat = "qcow2";
  resize(image, 200, options);
  EXPECT_EQ(sha256_of(image), before);
  EXPECT_EQ(hash_of(*options.output, "/dev/sda2"), hash_);
  EXPECT_GT(file_system_bytes(*options.output, "/dev/sda2"), 160 * kMiB);
  EXPECT_EQ(sha256_of(cut_out(*options.output, 3)), behind);
  expect_sound_table(*options.output);
  EXPECT_EQ(open(*options.output, true).part_get_name("/dev/sda", 3), "Recovery");
  EXPECT_THAT(shell("ntfsresize -f -i " + cut_out(*options.output, 2)), HasSubstr("Current volume size"));
  EXPECT_THAT(text_of([&] { resize(image, 200, options); }), HasSubstr("File exists"));
  // With nothing behind it, in place.
  const std::string plain = partitioned("size=8MiB\\n,\\n", 96, "plain.raw");
  {
    GuestFS g = open(plain, false);
    g.mkfs("ntfs", "/dev/sda2");
    hash_ = fill(g, "/dev/sda2");
  }
  resize(plain, 200);
  EXPECT_EQ(hash_of(plain, "/dev/sda2"), hash_);
  EXPECT_GT(file_system_bytes(plain, "/dev/sda2"), 180 * kMiB);
  EXPECT_THAT(shell("ntfsfix -n " + cut_out(plain, 2)), HasSubstr("processed successfully"));
}

TEST_P(Resize, ShrinksExtAndBtrfs) {
  for (const std::string type : {"ext4", "btrfs"}) {
    const std::string image = partitioned("size=8MiB\\nname=data\\n", 500, type + ".raw");
    {
      GuestFS g = open(image, false);
      g.mkfs(type, "/dev/sda2");
      hash_ = fill(g, "/dev/sda2");
    }
    const std::string id = shell("sfdisk -d " + image + " | grep -E 'label-id|name=' | sed 's/.*uuid/uuid/'");
    resize(image, 300);
    EXPECT_EQ(std::filesystem::file_size(image), 300U << 20U);
    EXPECT_EQ(hash_of(image, "/dev/sda2"), hash_) << type;
    expect_sound_table(image);
    EXPECT_EQ(shell("sfdisk -d " + image + " | grep -E 'label-id|name=' | sed 's/.*uuid/uuid/'"), id);
    const std::string part = cut_out(image, 2);
    type == "ext4" ? run({"e2fsck", "-fn", part}) : run({"btrfs", "check", part});
    resize(image, 600);
    EXPECT_EQ(hash_of(image, "/dev/sda2"), hash_) << type;
    EXPECT_GT(file_system_bytes(image, "/dev/sda2"), 500 * kMiB);
    if (type == "ext4") { EXPECT_THAT(text_of([&] { resize(image, 12); }), HasSubstr("resize2fs")); }
    EXPECT_EQ(hash_of(image, "/dev/sda2"), hash_) << type;
  }
}

TEST_P(Resize, GoesThroughLuks) {
  if (!can_map()) GTEST_SKIP() << "this kernel has no device-mapper";
  const std::string image = blank(160);
  shell("printf 'a key' | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 " + image + " -");
  {
    GuestFS g = open(image, false);
    g.luks_open("/dev/sda", "a key", "plain");
    g.vgcreate("vg", {"/dev/mapper/plain"});
    g.lvcreate_free("root", "vg", 100);
    g.mkfs("ext4", "/dev/vg/root");
    hash_ = fill(g, "/dev/vg/root");
  }
  EXPECT_THAT(text_of([&] { resize(image, 300); }), HasSubstr("/dev/sda: is encrypted; give its key"));
  DiskResizeOptions options;
  options.key = "another key";
  EXPECT_EQ(errno_of([&] { resize(image, 300, options); }), EPERM);
  options.key = "a key";
  resize(image, 300, options);
  resize(image, 120, options);
  GuestFS g = open(image, true);
  g.luks_open_ro("/dev/sda", "a key", "plain");
  EXPECT_EQ(g.blockdev_getsize64("/dev/vg/root") / kMiB, 100);
  g.mount_ro("/dev/vg/root", "/");
  EXPECT_EQ(hash(g), hash_);
}

TEST_P(Resize, RefusesWhatIsNotClear) {
  const std::string image = blank(64);
  EXPECT_THAT(text_of([&] { resize(image, 100); }), HasSubstr("/dev/sda: holds nothing that is known"));
  EXPECT_EQ(errno_of([&] { handle().disk_resize(image, 1000); }), EINVAL);
  EXPECT_EQ(errno_of([&] { handle().disk_resize(temp.file("absent"), kMiB); }), ENOENT);
  shell("mkfs.vfat " + image);
  EXPECT_THAT(text_of([&] { resize(image, 100); }), HasSubstr("vfat does not change its size here"));
  shell("mke2fs -q -F " + image);
  GuestFS g = open(image, true);
  EXPECT_EQ(errno_of([&] { g.disk_resize(image, 100 * kMiB); }), EBUSY);
  EXPECT_EQ(std::filesystem::file_size(image), 64U << 20U);
}

// Who is killed in the middle.
TEST(ResizeVictim, DISABLED_Works) {
  GuestFS g;
  g.set_backend(std::getenv("VMCRAFT_VICTIM_ENGINE"));
  g.disk_resize(std::getenv("VMCRAFT_VICTIM_IMAGE"), 400 * kMiB);
}

TEST_P(Resize, KillInTheMiddleLeavesAGuestThatMounts) {
  const char* wanted = std::getenv("VMCRAFT_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 3;
  std::mt19937 random(1);
  std::vector<std::pair<std::string, std::string>> guests;
  if (can_map()) guests.emplace_back(make_lvm_guest("lvm.qcow2"), "/dev/vg/root");
  std::map<std::string, std::string> hashes;
  if (!guests.empty()) hashes[guests[0].first] = hash_;
  for (const std::string type : {"ext4", "xfs", "ntfs"}) {
    const std::string image = partitioned(",\\n", 330, type + ".raw");
    GuestFS g = open(image, false);
    g.mkfs(type, "/dev/sda1");
    hashes[image] = fill(g, "/dev/sda1");
    guests.emplace_back(image, "/dev/sda1");
  }
  for (const auto& [image, device] : guests) {
    for (int i = 0; i < kills; ++i) {
      const std::string victim = temp.file("victim");
      shell("rm -f " + victim + "; cp --sparse=always " + image + " " + victim);
      base::ChildProcess child = start_victim(
          "ResizeVictim",
          {"VMCRAFT_VICTIM_IMAGE=" + victim,
           "VMCRAFT_VICTIM_ENGINE=" + GetParam()});
      ::usleep(static_cast<useconds_t>(200'000 + random() % 900'000));
      child.signal(SIGKILL);
      child.wait();
      EXPECT_EQ(wait_clean(temp.path(), 10), "");
      EXPECT_EQ(hash_of(victim, device), hashes[image]) << image;
      resize(victim, 400);  // goes on where it was
      EXPECT_EQ(hash_of(victim, device), hashes[image]) << image;
      EXPECT_GT(file_system_bytes(victim, device), 330 * kMiB) << image;
    }
  }
}

VMCRAFT_ON_BOTH_ENGINES(Resize);

}  // namespace
}  // namespace vmcraft::test
