// SPDX-License-Identifier: LGPL-3.0-or-later
// Keys by which others know the guest, and those it lets in: public halves and their fingerprints only.
#include "base/text.h"
#include "inspect/report/base64.h"
#include "inspect/report/fingerprint.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

bool is_key_type(const std::string& word) {
  return word.starts_with("ssh-") || word.starts_with("ecdsa-sha2-") || word.starts_with("sk-ssh-") ||
         word.starts_with("sk-ecdsa-");
}

// Options may stand in front of the type, with quoted blanks in them.
Json read_key(const std::string& line) {
  const std::vector<std::string> words = base::split_blanks(line);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!is_key_type(words[i])) continue;
    const auto bytes = from_base64(words[i + 1]);
    if (!bytes || bytes->size() < 4) return {};
    Json key = {{"type", words[i]}, {"fingerprint", "SHA256:" + unpadded(base64(sha256(*bytes)))}};
    if (i + 2 < words.size())
      put(key, "comment", base::join({words.begin() + static_cast<std::ptrdiff_t>(i) + 2, words.end()}, " "));
    if (i > 0) key["restricted"] = true;
    return key;
  }
  return {};
}

void read_authorized(Reader& guest, const std::string& user, const std::string& path, Json& list) {
  const auto text = guest.text(path);
  if (!text) return;
  std::size_t number = 0;
  for (const std::string& raw : base::split_lines(*text)) {
    ++number;
    const std::string line(base::trim(raw));
    if (line.empty() || line.front() == '#') continue;
    Json key = read_key(line);
    if (key.empty()) {
      guest.finding(path, "line " + std::to_string(number) + " is no key");
      continue;
    }
    Json entry = {{"user", user}, {"path", path}};
    entry.update(key);
    list.push_back(std::move(entry));
  }
}

Json host_keys(Reader& guest) {
  Json list = Json::array();
  for (const std::string& path : guest.files("/etc/ssh", "_key.pub")) {
    const auto text = guest.text(path);
    if (!text) continue;
    Json key = read_key(std::string(base::trim(*text)));
    if (key.empty()) {
      guest.finding(path, "not a public key");
      continue;
    }
    Json entry = {{"path", path}};
    entry.update(key);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

Json read_ssh(Reader& guest) {
  Json ssh = Json::object();
  if (guest.os().type == "windows") return ssh;
  put_json(ssh, "host_keys", host_keys(guest));
  Json authorized = Json::array();
  const auto passwd = guest.text("/etc/passwd");
  for (const std::string& line : base::split_lines(passwd.value_or(""))) {
    const std::vector<std::string> fields = base::split(line, ':');
    if (fields.size() < 6 || !fields[5].starts_with('/') || fields[5] == "/") continue;
    for (const char* name : {"/.ssh/authorized_keys", "/.ssh/authorized_keys2"})
      read_authorized(guest, fields[0], fields[5] + name, authorized);
  }
  for (const std::string& path : guest.files("/etc/ssh/authorized_keys"))
    read_authorized(guest, path.substr(path.rfind('/') + 1), path, authorized);
  put_json(ssh, "authorized_keys", std::move(authorized));
  return ssh;
}

}  // namespace vmcraft::inspect::report
