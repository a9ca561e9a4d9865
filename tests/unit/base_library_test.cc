// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/library.h"

#include <gtest/gtest.h>

namespace vmcraft::base {
namespace {

TEST(Library, SaysWhichPackageIsMissing) {
  EXPECT_EQ(missing_library_text("libtsk.so.19", "cannot be opened"),
            "libtsk.so.19: cannot be opened; it is in the package libtsk19");
  EXPECT_EQ(missing_library_text("libother.so.1", "not found"), "libother.so.1: not found");
  EXPECT_FALSE(library_available("libnot-there.so.1"));
}

TEST(Library, AllAreHere) {
  for (const KnownLibrary& library : known_libraries())
    EXPECT_TRUE(library_available(library.soname)) << library.soname;
}

}  // namespace
}  // namespace vmcraft::base
