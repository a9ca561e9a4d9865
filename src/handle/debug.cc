// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/debug.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"

namespace vmcraft::handle {
namespace {

using Texts = std::vector<std::string>;

constexpr std::int64_t kMostBytes = 1 << 22;

std::string joined(const Texts& words) { return base::join(words, " "); }

std::int64_t number(const Texts& words, std::int64_t most) {
  const auto value = base::parse_number<std::int64_t>(words.empty() ? "" : words[0]);
  if (!value || *value < 0 || *value > most)
    base::throw_invalid(joined(words), fmt::format("is not a number from 0 to {}", most));
  return *value;
}

std::string run_program(Handle& h, Texts argv) {
  base::Command command;
  command.argv = std::move(argv);
  command.while_running = [&h] { h.check_cancelled(); };
  return base::run_or_throw(base::system_runner(), command);
}

std::string environment(Handle&, const Texts&) {
  std::string text;
  for (char** entry = environ; *entry != nullptr; ++entry) text += std::string(*entry) + "\n";
  return text;
}

std::string error(Handle&, const Texts& words) {
  throw Error(ErrorCode::system, EIO, std::string(static_cast<std::size_t>(number(words, kMostBytes)), 'a'));
}

std::string descriptors(Handle&, const Texts&) {
  Texts lines;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    lines.push_back(fmt::format("{:>3} {}", entry.path().filename().string(),
                                std::filesystem::read_symlink(entry.path(), failure).string()));
  std::sort(lines.begin(), lines.end());
  return base::join(lines, "\n") + "\n";
}

// The context of events is the action's, so the text arrives at once, on either engine.
std::string print(Handle& h, const Texts& words) {
  base::trace("{}", joined(words));
  h.check_cancelled();
  return "ok";
}

std::string spew(Handle&, const Texts& words) {
  base::trace("{}", std::string(static_cast<std::size_t>(number(words, kMostBytes)), 'x'));
  return "ok";
}

std::string progress(Handle& h, const Texts& words) {
  constexpr std::int64_t kStepsEachSecond = 10;
  const std::int64_t steps = number(words, 3600) * kStepsEachSecond;
  for (std::int64_t step = 1; step <= steps; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1000 / kStepsEachSecond));
    h.check_cancelled();
    h.progress(static_cast<std::uint64_t>(step), static_cast<std::uint64_t>(steps));
  }
  return "ok";
}

std::string list_folder(Handle& h, const Texts& words) {
  return run_program(h, {"ls", "-a", "--", joined(words)});
}
std::string list_long(Handle& h, const Texts& words) {
  return run_program(h, {"ls", "-la", "--", joined(words)});
}
std::string libraries(Handle& h, const Texts& words) { return run_program(h, {"ldd", joined(words)}); }
std::string by_shell(Handle& h, const Texts& words) {
  if (words.empty()) base::throw_invalid("sh", "needs a command");
  return run_program(h, {"sh", "-c", joined(words)});
}

struct Subcommand {
  const char* name;
  std::string (*run)(Handle&, const Texts&);
};

constexpr std::array kSubcommands = std::to_array<Subcommand>({{"env", environment},
                                                               {"error", error},
                                                               {"fds", descriptors},
                                                               {"ldd", libraries},
                                                               {"ll", list_long},
                                                               {"ls", list_folder},
                                                               {"print", print},
                                                               {"progress", progress},
                                                               {"sh", by_shell},
                                                               {"spew", spew}});

}  // namespace

std::string debug(Handle& h, const std::string& name, const Texts& words) {
  if (name == "help") {
    std::string text = "Commands supported: help";
    for (const Subcommand& known : kSubcommands) text += std::string(" ") + known.name;
    return text + "\n";
  }
  for (const Subcommand& known : kSubcommands)
    if (name == known.name) return known.run(h, words);
  base::throw_invalid(name, "no such subcommand; help lists them");
}

}  // namespace vmcraft::handle
