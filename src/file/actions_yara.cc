// SPDX-License-Identifier: LGPL-3.0-or-later
// The scanner is a process of its own: base/worker.h.
#include <fcntl.h>

#include "actions/file.h"
#include "base/error.h"
#include "handle/handle.h"
#include "handle/opened.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Text = std::string;

constexpr std::size_t kLargestRules = 256U << 20U;

base::WorkerCall beside(Handle& h, int fd = -1) {
  return {fd, nullptr, [&h] { h.check_cancelled(); }};
}

base::Worker& yara(Handle& h) {
  if (!h.opened->yara) base::throw_state("no rules are loaded", "call yara_load first");
  return *h.opened->yara;
}

Text read_all(base::ByteSource& source, std::size_t limit) {
  Text bytes;
  std::vector<std::byte> block(1U << 16U);
  while (const std::size_t n = source.read(block)) {
    bytes.append(reinterpret_cast<const char*>(block.data()), n);
    if (bytes.size() > limit) base::throw_errno("rules", EFBIG);
  }
  return bytes;
}

}  // namespace

void action::yara_load(Handle& h, base::ByteSource& filename) {
  h.opened->yara.reset();
  const Text rules = read_all(filename, kLargestRules);
  auto worker = std::make_unique<base::Worker>("yara");
  worker->call(beside(h), "load", rules);
  h.opened->yara = std::move(worker);
}

std::vector<YaraDetection> action::yara_scan(Handle& h, const Text& path) {
  base::Worker& scanner = yara(h);
  const base::UniqueFd file = h.root().open_regular(path, O_RDONLY);
  std::vector<YaraDetection> found;
  for (Text& rule : scanner.call<std::vector<Text>>(beside(h, file.get()), "scan", path))
    found.push_back({path, std::move(rule)});
  return found;
}

void action::yara_destroy(Handle& h) {
  yara(h);
  h.opened->yara.reset();
}

}  // namespace vmcraft
