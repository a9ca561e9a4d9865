// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/fd.h"
#include "probe/luks_memory.h"
#include "support/image.h"

namespace vmcraft::probe {
namespace {

TEST(LuksMemory, IsTheMostThatAKeyAsksFor) {
  EXPECT_EQ(luks_memory_of_json(R"({"keyslots":{"0":{"kdf":{"type":"argon2id","memory":65536}},
                                  "1":{"kdf":{"memory":1048576}},"2":{"kdf":{"type":"pbkdf2"}}}})"),
            1048576U);
  for (const char* text : {"", "{", "[]", "{\"keyslots\":[]}", "{\"keyslots\":{\"0\":7}}",
                           "{\"keyslots\":{\"0\":{\"kdf\":{\"memory\":-1}}}}"})
    EXPECT_EQ(luks_memory_of_json(text), 0U) << text;
}

TEST(LuksMemory, OfARealHeader) {
  const base::TempDir temp(base::temp_root(), "vmcraft-test-");
  const std::string path = temp.file("disk");
  test::shell("truncate -s 33M " + path + "; echo -n k | cryptsetup -q luksFormat --offset 32768 --pbkdf argon2id "
              "--pbkdf-memory 131072 --pbkdf-force-iterations 4 --pbkdf-parallel 1 " + path + " -");
  const base::UniqueFd fd = base::open_file(path, O_RDONLY);
  EXPECT_EQ(luks_memory_kib(fd.get(), {0, 33U << 20U}), 131072U);
  EXPECT_EQ(luks_memory_kib(fd.get(), {512, 32U << 20U}), 0U);
  EXPECT_EQ(luks_memory_kib(fd.get(), {0, 8192}), 0U);
  test::shell("echo -n k | cryptsetup -q luksFormat --type luks1 --pbkdf-force-iterations 1000 " + path + " -");
  EXPECT_EQ(luks_memory_kib(fd.get(), {0, 33U << 20U}), 0U);
}

}  // namespace
}  // namespace vmcraft::probe
