// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/report.h"

#include <gtest/gtest.h>

#include <iostream>
#include <vector>

namespace vmcraft::test {
namespace {

std::vector<std::string>& rows() {
  static std::vector<std::string> rows;
  return rows;
}

class Table : public ::testing::Environment {
 public:
  void TearDown() override {
    for (const std::string& row : rows()) std::cout << row << "\n";
  }
};
[[maybe_unused]] ::testing::Environment* const kTable = ::testing::AddGlobalTestEnvironment(new Table);

}  // namespace

void report(const std::string& row) { rows().push_back(row); }

}  // namespace vmcraft::test
