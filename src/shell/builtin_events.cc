// SPDX-License-Identifier: LGPL-3.0-or-later
// Scripts of the host that run when something happens on the handle.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"
#include "shell/builtin.h"
#include "shell/local.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::builtin {
namespace {

struct EventName {
  std::string_view name;
  EventType type;
};

constexpr std::array<EventName, 10> kEvents = {{{"close", EventType::close},
                                               {"subprocess_quit", EventType::subprocess_quit},
                                               {"launch_done", EventType::launch_done},
                                               {"progress", EventType::progress},
                                               {"appliance", EventType::appliance},
                                               {"library", EventType::library},
                                               {"trace", EventType::trace},
                                               {"enter", EventType::enter},
                                               {"libvirt_auth", EventType::libvirt_auth},
                                               {"warning", EventType::warning}}};

std::uint32_t event_mask(const std::string& text) {
  std::uint32_t mask = 0;
  for (const std::string& word : base::split(text, ',')) {
    bool known = word == "*";
    for (const EventName& event : kEvents) {
      if (word != "*" && word != event.name) continue;
      mask |= static_cast<std::uint32_t>(event.type);
      known = true;
    }
    if (!known) throw UsageError("event: " + word + ": no such event");
  }
  return mask;
}

std::string names_of(std::uint32_t mask) {
  std::string names;
  for (const EventName& event : kEvents)
    if ((mask & static_cast<std::uint32_t>(event.type)) != 0)
      names.append(names.empty() ? "" : ",").append(event.name);
  return names;
}

void run_script(const std::string& script, const Event& event) {
  Words arguments;
  if (event.type == EventType::progress)
    arguments = {"0", "0", std::to_string(event.position), std::to_string(event.total)};
  else if (!event.text.empty()) arguments = {std::string(event.text)};
  const std::string name = names_of(static_cast<std::uint32_t>(event.type));
  const char* shell = std::getenv("SHELL");
  run_local(script, {"EVENT=" + name}, arguments, shell != nullptr ? shell : "/bin/sh");
}

}  // namespace

void event(Session& session, const std::string&, const Words& words) {
  const std::uint32_t mask = event_mask(words[1]);
  const int listener = session.guest().on_event(
      mask, [script = words[2]](const Event& happened) { run_script(script, happened); });
  session.event_scripts().push_back(
      {words[0], mask, words[2], session.next_event_script(), listener});
}

void list_events(Session& session, const std::string&, const Words&) {
  std::string text;
  for (const EventScript& entry : session.event_scripts())
    text += fmt::format("\"{}\" ({}): {}: {}\n", entry.name, entry.number, names_of(entry.mask),
                        entry.script);
  session.print(text);
}

void delete_event(Session& session, const std::string&, const Words& words) {
  auto& scripts = session.event_scripts();
  const auto named = [&](const EventScript& entry) { return entry.name == words[0]; };
  if (std::none_of(scripts.begin(), scripts.end(), named))
    throw UsageError("delete-event: " + words[0] + ": no such event script");
  for (const EventScript& entry : scripts)
    if (named(entry)) session.guest().delete_event(entry.listener);
  std::erase_if(scripts, named);
}

}  // namespace vmcraft::shell::builtin
