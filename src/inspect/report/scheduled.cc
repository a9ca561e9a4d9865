// SPDX-License-Identifier: LGPL-3.0-or-later
// cron, anacron and at.
#include "base/text.h"
#include "inspect/report/sections.h"
#include "inspect/report/windows.h"

namespace vmcraft::inspect::report {
namespace {

// Minute, hour, day, month, weekday, then in the system's tables the user, then the command; or "@daily".
void read_table(Reader& guest, const std::string& path, const std::string& owner, Json& jobs) {
  const auto text = guest.text(path);
  if (!text) return;
  for (const std::string& raw : base::split_lines(*text)) {
    const std::string line(base::trim(raw));
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> words = base::split_blanks(line);
    const std::size_t times = line.front() == '@' ? 1 : 5;
    const std::size_t first = times + (owner.empty() ? 1 : 0);
    const bool assignment = words[0].find('=') != std::string::npos || (words.size() > 1 && words[1] == "=");
    if (assignment || words.size() <= first) continue;
    const auto join = [&](std::size_t from, std::size_t to) {
      return base::join({words.begin() + static_cast<std::ptrdiff_t>(from), words.begin() + static_cast<std::ptrdiff_t>(to)}, " ");
    };
    jobs.push_back({{"kind", "cron"},
                    {"path", path},
                    {"schedule", join(0, times)},
                    {"user", owner.empty() ? words[times] : owner},
                    {"command", join(first, words.size())}});
  }
}

// Delay and name stand between period and command.
void read_anacron(Reader& guest, Json& jobs) {
  const auto text = guest.text("/etc/anacrontab");
  if (!text) return;
  for (const std::string& line : base::split_lines(*text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() < 4 || words[0].starts_with('#') || words[0].find('=') != std::string::npos) continue;
    jobs.push_back({{"kind", "anacron"},
                    {"path", "/etc/anacrontab"},
                    {"schedule", words[0]},
                    {"user", "root"},
                    {"command", base::join({words.begin() + 3, words.end()}, " ")}});
  }
}

}  // namespace

Json read_scheduled(Reader& guest) {
  Json jobs = Json::array();
  if (guest.os().type == "windows") return read_windows_tasks(guest);
  read_table(guest, "/etc/crontab", "", jobs);
  for (const std::string& path : guest.files("/etc/cron.d"))
    if (!path.ends_with(".placeholder")) read_table(guest, path, "", jobs);
  for (const std::string folder : {"/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron", "/var/cron/tabs"})
    for (const std::string& name : guest.names(folder)) read_table(guest, folder + "/" + name, name, jobs);
  for (const std::string period : {"hourly", "daily", "weekly", "monthly"})
    for (const std::string& name : guest.names("/etc/cron." + period))
      if (!name.starts_with("."))
        jobs.push_back({{"kind", "cron"}, {"path", "/etc/cron." + period + "/" + name}, {"schedule", "@" + period},
                        {"user", "root"}, {"command", "/etc/cron." + period + "/" + name}});
  read_anacron(guest, jobs);
  return jobs;
}

}  // namespace vmcraft::inspect::report
