// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/md/mdstat.h"

#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "base/kernel_module.h"
#include "base/text.h"

namespace vmcraft::volume::md {
namespace {

std::set<std::string> running_arrays() {
  std::set<std::string> names;
  for (const std::string& line : base::split_lines(base::read_text_file("/proc/mdstat"))) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() > 2 && words[1] == ":" && words[0].starts_with("md")) names.insert(words[0]);
  }
  return names;
}

void stop(const std::string& name) {
  const auto number = base::parse_number<unsigned>(name.substr(2));
  const std::string path = "/dev/" + name;
  if (::access(path.c_str(), F_OK) != 0 && number)
    ::mknod(path.c_str(), S_IFBLK | 0600, makedev(MD_MAJOR, *number));
  const base::UniqueFd node = base::open_file(path, O_RDONLY);
  base::check(::ioctl(node.get(), STOP_ARRAY, 0), name);
}

}  // namespace

std::vector<MemberState> parse_mdstat(std::string_view text, const std::string& name) {
  std::vector<MemberState> members;
  for (const std::string& line : base::split_lines(std::string(text))) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() < 3 || words[0] != name || words[1] != ":") continue;
    for (const std::string& word : words) {
      const std::size_t open = word.find('[');
      const std::size_t close = word.find(']');
      if (open == std::string::npos || close == std::string::npos || close < open) continue;
      MemberState member{"/dev/" + word.substr(0, open),
                         base::parse_number<std::int32_t>(word.substr(open + 1, close - open - 1)).value_or(-1),
                         {}};
      for (const char c : word.substr(close))
        if (c >= 'A' && c <= 'Z') member.flags += c;
      members.push_back(std::move(member));
    }
  }
  return members;
}

std::vector<MemberState> read_mdstat(const std::string& name) {
  return parse_mdstat(base::read_text_file("/proc/mdstat"), name);
}

void create_and_stop(const std::function<void()>& create) {
  base::try_load_module("md-mod");
  if (::access("/proc/mdstat", F_OK) != 0)
    base::throw_not_supported("software RAID", "this kernel has none; choose the uml engine");
  const std::set<std::string> before = running_arrays();
  create();
  for (const std::string& name : running_arrays())
    if (!before.contains(name)) stop(name);
}

}  // namespace vmcraft::volume::md
