// SPDX-License-Identifier: LGPL-3.0-or-later
// A guest that is a folder: what the readers of the report say of it.
#pragma once

#include <fcntl.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/temp.h"
#include "inspect/report/report.h"
#include "support/image.h"

namespace vmcraft::test {

class GuestTree {
 public:
  using Json = nlohmann::ordered_json;

  GuestTree(std::initializer_list<std::pair<std::string, std::string>> files) {
    for (const auto& [path, content] : files) write(path, content);
    os.root = "/dev/sda1";
    os.type = "linux";
  }
  void write(const std::string& path, const std::string& content) { write_host(temp_.file(path.substr(1)), content); }
  void link(const std::string& path, const std::string& target) {
    shell("mkdir -p $(dirname " + host(path) + "); ln -sfn " + target + " " + host(path));
  }
  /// The path on this machine.
  std::string host(const std::string& path) const { return temp_.file(path.substr(1)); }
  Json report(const std::vector<std::string>& sections = {}) const {
    const mount::GuestRoot root(base::open_file(temp_.path(), O_RDONLY | O_DIRECTORY));
    inspect::report::Wish wish;
    wish.sections = sections;
    return Json::parse(inspect::report::make_report(root, os, wish));
  }
  Json section(const std::string& name) const { return report({name})[name]; }

  inspect::OperatingSystem os;

 private:
  base::TempDir temp_;
};

}  // namespace vmcraft::test
