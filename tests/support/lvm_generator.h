// SPDX-License-Identifier: LGPL-3.0-or-later
// Volume groups by chance: commands of lvm that lead from a seed always to the same layout.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace vmcraft::test {

/// Makes the commands of one group "vg" over the devices. Some of them fail, where space is short or lvm
/// does not allow the combination: the layout is what the others made.
class LvmGenerator {
 public:
  LvmGenerator(unsigned seed, std::vector<std::string> devices);
  /// One command a line, for standard input of lvm; all volumes are inactive at the end.
  std::string script();

 private:
  struct Made {
    std::string name;
    std::string kind;
  };
  int pick(int lowest, int highest);
  bool chance(int percent) { return pick(1, 100) <= percent; }
  std::string fresh_name();
  std::string size() { return " -L" + std::to_string(pick(1, 20)) + "M"; }
  std::string some_devices();
  /// One that was made, of this kind where that is not empty; null where there is none.
  Made* one(const std::string& kind = "");
  void run(const std::string& command) { script_ += command + "\n"; }

  void make_group();
  void make_volume();
  void make_thin();
  void make_upon();
  void change();

  std::mt19937 random_;
  std::vector<std::string> devices_;
  std::vector<Made> made_;
  int counter_ = 0;
  std::string script_;
};

}  // namespace vmcraft::test
