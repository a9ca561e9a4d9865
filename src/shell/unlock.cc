// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/unlock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/fd.h"
#include "base/secret.h"
#include "shell/keys.h"

namespace vmcraft::shell {
namespace {

struct Selector {
  std::string id;    ///< device, UUID or "all"
  std::string kind;  ///< key, file, clevis
  std::string value;
};

Selector parse(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  return {text.substr(0, first), text.substr(first + 1, second - first - 1),
          second == std::string::npos ? "" : text.substr(second + 1)};
}

bool fits(const Selector& selector, const Volume& volume, GuestFS& g) {
  return selector.id == "all" || (!selector.id.empty() && selector.id == volume.vol_content_uuid) ||
         g.canonical_device_name(selector.id) == volume.vol_device;
}

std::string map_name(const Volume& volume) {
  const std::string prefix = volume.vol_content == "BitLocker" ? "bitlk-" : "luks-";
  if (!volume.vol_content_uuid.empty()) return prefix + volume.vol_content_uuid;
  std::string name = prefix + volume.vol_device.substr(std::string_view("/dev/").size());
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

bool try_key(Session& session, const Volume& volume, const std::string& key) {
  CryptsetupOpenOptions options;
  if (session.settings().readonly) options.readonly = true;
  try {
    session.guest().cryptsetup_open(volume.vol_device, key, map_name(volume), options);
    return true;
  } catch (const Error& failure) {
    if (failure.errno_value() != EPERM) throw;
    return false;
  }
}

bool try_selector(Session& session, const Volume& volume, const Selector& selector) {
  if (selector.kind == "clevis") {
    session.guest().clevis_luks_unlock(volume.vol_device, map_name(volume));
    return true;
  }
  if (selector.kind == "key") return try_key(session, volume, selector.value);
  std::string content = base::read_text_file(selector.value);
  const base::WipedAtEnd wiped(content);
  // Text files end with a newline that is no part of the key; startup keys are bytes.
  if (content.ends_with('\n')) {
    std::string line = content.substr(0, content.size() - 1);
    const base::WipedAtEnd wiped_line(line);
    if (try_key(session, volume, line)) return true;
  }
  return try_key(session, volume, content);
}

bool unlock(Session& session, const Volume& volume, const std::vector<Selector>& selectors,
            bool ask) {
  for (const Selector& selector : selectors)
    if (fits(selector, volume, session.guest()) && try_selector(session, volume, selector))
      return true;
  if (!ask) return false;
  std::string key = read_key(volume.vol_device, session.settings());
  const base::WipedAtEnd wiped(key);
  return !key.empty() && try_key(session, volume, key);
}

}  // namespace

void unlock_devices(Session& session, std::vector<std::string>& texts, bool ask) {
  std::vector<Selector> selectors;
  for (std::string& text : texts) {
    selectors.push_back(parse(text));
    base::wipe(text);
  }
  const bool can_ask = ask && (session.settings().keys_from_stdin || ::access("/dev/tty", R_OK) == 0);
  std::set<std::string> tried;
  for (bool again = true; again;) {
    again = false;
    for (const Volume& volume : session.guest().volume_graph()) {
      if (!volume.vol_trouble.starts_with("locked:") || !tried.insert(volume.vol_device).second)
        continue;
      if (unlock(session, volume, selectors, can_ask)) {
        again = true;
        break;
      }
      session.report(fmt::format("{}: stays {}; no key given opens it", volume.vol_device,
                                 volume.vol_trouble));
    }
  }
  for (Selector& selector : selectors) base::wipe(selector.value);
}

}  // namespace vmcraft::shell
