// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "edit/linux/guest_text.h"
#include "file/directory.h"
#include "file/walk.h"

namespace vmcraft::edit {
namespace {

class Emptier : public file::Visitor {
 public:
  void file(const file::Found& found) override {
    if (!S_ISREG(found.st.st_mode) || found.st.st_size == 0) return;
    const base::UniqueFd file(file::open_child(found.directory, found.name, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    base::check(file.get(), found.path);
    base::check(::ftruncate(file.get(), 0), found.path);
  }
  bool enter(const file::Found&) override { return true; }
};

}  // namespace

std::string with_line(std::string_view text, std::string_view line) {
  const std::size_t first = text.find('\n');
  const std::string_view end = first != std::string_view::npos && first > 0 && text[first - 1] == '\r' ? "\r\n" : "\n";
  std::string result(text);
  if (!text.empty() && !text.ends_with('\n')) result += end;
  return result.append(line).append(end);
}

void append_line(const mount::GuestRoot& root, const std::string& path, const std::string& line) {
  write_guest_text(root, path, with_line(read_guest_text(root, path).value_or(""), line));
}

void truncate_recursive(const mount::GuestRoot& root, const std::string& path) {
  Emptier emptier;
  file::walk(root.open_directory(path), path, emptier);
}

}  // namespace vmcraft::edit
