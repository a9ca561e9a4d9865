// SPDX-License-Identifier: LGPL-3.0-or-later
// lvm_reader_steps DISK RUNS: reads the volume group on a physical volume, as launch does; prints the median
// of the milliseconds, and how many volumes there are.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "base/fd.h"
#include "volume/lvm/groups.h"

namespace {

using namespace vmcraft;

// Label, metadata, and of each volume what it stands on and whether a part is missing.
std::size_t read_group(const char* path) {
  const base::UniqueFd disk = base::open_file(path, O_RDONLY);
  const volume::Allowed allowed;
  volume::lvm::Groups groups(allowed);
  volume::Place place;
  place.device = "/dev/sda";
  place.reader = [&] { return std::make_unique<image::FdReader>(disk.get()); };
  if (!groups.add(place)) throw std::runtime_error("no physical volume");
  groups.settle();
  std::size_t whole = 0;
  for (const auto& volume : groups.volumes())
    if (volume->below().size() == 1 && volume->trouble().empty() && volume->size_bytes() > 0) ++whole;
  return whole;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    std::vector<double> times;
    std::size_t volumes = 0;
    for (int i = std::atoi(argv[2]); i > 0; --i) {
      const auto start = std::chrono::steady_clock::now();
      volumes = read_group(argv[1]);
      times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%.2f %zu\n", times.at(times.size() / 2), volumes);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "lvm_reader_steps: %s\n", failure.what());
    return 1;
  }
}
