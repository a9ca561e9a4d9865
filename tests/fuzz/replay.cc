// SPDX-License-Identifier: LGPL-3.0-or-later
// Runs a fuzz target over stored inputs, and over what a simple mutation makes of each.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string input((std::istreambuf_iterator<char>(file)), {});
      run(input);
      for (std::size_t cut = 0; cut < input.size(); cut += 1 + input.size() / 50)
        run(input.substr(0, cut));
      for (std::size_t at = 0; at < input.size(); at += 1 + input.size() / 200) {
        std::string changed = input;
        changed[at] = static_cast<char>(changed[at] ^ 0xff);
        run(changed);
      }
      ++count;
    }
  }
  run("");
  std::printf("%d inputs replayed\n", count);
  return count > 0 ? 0 : 1;
}
