// SPDX-License-Identifier: LGPL-3.0-or-later
// Databases of rpm made by hand, for readers and their fuzzers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vmcraft::test {

/// The header of the package NAME-1.0-1.noarch.
std::string rpm_header(const std::string& name, std::uint32_t epoch, const std::string& summary = "s");
/// A Berkeley DB hash with pages of 512 bytes: values on one page, and their bytes on others.
std::string bdb_file(const std::vector<std::string>& headers);
std::string ndb_file(const std::vector<std::string>& headers);

}  // namespace vmcraft::test
