// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/file.h"
#include "file/initrd.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using handle::Handle;

file::Progress watch(Handle& h) {
  return {{}, [&h] { h.check_cancelled(); }};
}

}  // namespace

std::vector<std::string> action::initrd_list(Handle& h, const std::string& path) {
  return file::list_initrd(file::file_region(h.root(), path), watch(h));
}

std::string action::initrd_cat(Handle& h, const std::string& initrdpath, const std::string& filename) {
  return file::read_initrd(file::file_region(h.root(), initrdpath), filename, watch(h));
}

}  // namespace vmcraft
