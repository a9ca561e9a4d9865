// SPDX-License-Identifier: LGPL-3.0-or-later
// Root file systems whose programs can be run.
#pragma once

#include <string>

#include "support/image.h"

namespace vmcraft::test {

/// Folders of a root and a busybox with its commands: needs busybox-static.
void make_busybox_root(const std::string& tree);
/// An archive of a Debian root, made by mmdebstrap once and kept in $VMCRAFT_TEST_CACHE, else in
/// /var/tmp/guests-for-tests.vmcraft; empty where it cannot be made here. Without an architecture it is of
/// this machine's own.
std::string debian_root_archive(const std::string& suite = "bookworm", const std::string& architecture = "");

}  // namespace vmcraft::test
