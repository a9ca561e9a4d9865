// SPDX-License-Identifier: LGPL-3.0-or-later
// What the graph of volumes tells, and what is done about damaged and missing parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/volumes.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class Volumes : public VolumeTest {
 protected:
  static const Volume& row(const std::vector<Volume>& graph, const std::string& device) {
    for (const Volume& volume : graph)
      if (volume.vol_device == device) return volume;
    ADD_FAILURE() << device << " is not in the graph";
    static const Volume none;
    return none;
  }
};

TEST_P(Volumes, GraphOfPartitionsAndEncryption) {
  const std::string disk = make_disks(1)[0];
  shell("printf 'label: gpt\nsize=8M\nsize=40M\n' | sfdisk -q " + disk + "; mke2fs -q -t ext4 -L boot -E offset=1048576 " +
        disk + " 8M; truncate -s 40M " + temp.file("luks") + "; echo -n k | cryptsetup -q luksFormat --type luks2 " +
        "--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid 11111111-2222-3333-4444-555555555555 " + temp.file("luks") +
        " -; dd if=" + temp.file("luks") + " of=" + disk + " bs=1M seek=9 conv=notrunc status=none");
  GuestFS g = launch({disk}, true);
  const std::vector<Volume> graph = g.volume_graph();
  EXPECT_EQ(row(graph, "/dev/sda").vol_layout, "gpt");
  EXPECT_EQ(row(graph, "/dev/sda1").vol_content, "ext4");
  EXPECT_EQ(row(graph, "/dev/sda1").vol_label, "boot");
  EXPECT_EQ(row(graph, "/dev/sda1").vol_below, "/dev/sda");
  EXPECT_EQ(row(graph, "/dev/sda2").vol_content, "crypto_LUKS");
  EXPECT_EQ(row(graph, "/dev/sda2").vol_content_uuid, "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(row(graph, "/dev/sda2").vol_trouble, "locked: passphrase");
}

TEST_P(Volumes, AllowTakesOnlyItsWords) {
  GuestFS g = launch(make_disks(1));
  g.volume_allow({"partial", "degraded-write"});
  g.volume_allow({});
  EXPECT_THROW(g.volume_allow({"everything"}), Error);
}

VMCRAFT_ON_BOTH_ENGINES(Volumes);

}  // namespace
}  // namespace vmcraft::test
