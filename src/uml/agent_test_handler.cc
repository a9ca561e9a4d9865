// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/agent_test_handler.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "base/error.h"
#include "base/kernel_module.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::uml {
namespace {

struct Request {
  std::string_view text;  ///< all after the verb
  std::vector<std::string> words;
  base::ByteSource& in;
  base::ByteSink& out;
  const AgentHooks& hooks;

  std::uint64_t number(std::size_t index) const {
    return base::parse_number<std::uint64_t>(words.at(index)).value();
  }
};

constexpr std::size_t kPiece = 1U << 20U;

std::string echo(const Request& request) { return std::string(request.text); }

std::string disks(const Request&) { return base::join(agent_disks(), " "); }

// read PATH BYTES: from a file or device to the sink.
std::string read_path(const Request& request) {
  const base::UniqueFd file = base::open_file(request.words.at(0), O_RDONLY);
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t left = request.number(1);
  while (left > 0) {
    const std::size_t wanted = std::min<std::uint64_t>(left, buffer.size());
    const std::size_t n = base::read_full(file.get(), std::span(buffer).first(wanted));
    if (n == 0) break;
    request.out.write(std::span(buffer).first(n));
    left -= n;
  }
  return std::to_string(request.number(1) - left);
}

std::string cat(const Request& request) { return base::read_text_file(request.words.at(0)); }

// upload PATH: from the source to a file; "-" counts only.
std::string upload(const Request& request) {
  base::UniqueFd file;
  if (request.words.at(0) != "-")
    file = base::open_file(request.words[0], O_WRONLY | O_CREAT, 0600);
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t count = 0;
  while (const std::size_t n = request.in.read(buffer)) {
    if (file) base::write_full(file.get(), std::span(buffer).first(n));
    count += n;
  }
  if (file) base::check(::fsync(file.get()), request.words[0]);
  return std::to_string(count);
}

// pass: from the source to the sink.
std::string pass(const Request& request) {
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t count = 0;
  while (const std::size_t n = request.in.read(buffer)) {
    request.out.write(std::span(buffer).first(n));
    count += n;
  }
  return std::to_string(count);
}

// make DATA ZEROES DATA ...: runs of bytes and holes, in turn.
std::string make(const Request& request) {
  const std::vector<std::byte> buffer(kPiece, std::byte{'x'});
  for (std::size_t i = 0; i < request.words.size(); ++i) {
    if (i % 2 == 1) {
      request.out.write_zeroes(request.number(i));
      continue;
    }
    for (std::uint64_t left = request.number(i); left > 0;) {
      const std::size_t n = std::min<std::uint64_t>(left, buffer.size());
      request.out.write(std::span(buffer).first(n));
      left -= n;
    }
  }
  return "made";
}

std::string progress(const Request& request) {
  const std::uint64_t total = request.number(0);
  for (std::uint64_t i = 1; i <= total; ++i) {
    request.hooks.progress(i, total);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return "done";
}

std::string fail(const Request& request) {
  throw Error(ErrorCode::system, static_cast<int>(request.number(0)), request.words.at(1));
}

std::string fail_command(const Request& request) {
  throw CommandError("tool: it failed", request.words, 512, "last line\n");
}

// sleep MS: until cancelled.
std::string sleep_for(const Request& request) {
  const auto limit =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(request.number(0));
  while (std::chrono::steady_clock::now() < limit) {
    if (request.hooks.cancelled()) throw Error(ErrorCode::cancelled, EINTR, "sleep: cancelled");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return "slept";
}

// list FOLDER.
std::string list(const Request& request) {
  std::string result;
  for (const auto& entry : std::filesystem::directory_iterator(request.words.at(0)))
    result += entry.path().filename().string() + "\n";
  return result;
}

std::string trace_line(const Request& request) {
  base::trace("{}", request.text);
  return "traced";
}

std::string panic(const Request&) {
  const base::UniqueFd trigger = base::open_file("/proc/sysrq-trigger", O_WRONLY);
  base::write_full(trigger.get(), base::as_bytes("c"));
  return "still here";
}

std::string module(const Request& request) {
  const auto folder = base::KernelModules::find_folder();
  if (!folder) base::throw_not_supported("modules", "no folder");
  base::KernelModules(*folder).load(request.words.at(0));
  return "loaded";
}

// mount DEVICE TYPE FOLDER [OPTIONS]: read-only where OPTIONS has "ro".
std::string mount_device(const Request& request) {
  const std::string& folder = request.words.at(2);
  const bool read_only = request.words.size() > 3 && request.words[3] == "ro";
  ::mkdir(folder.c_str(), 0755);
  base::check(::mount(request.words[0].c_str(), folder.c_str(), request.words[1].c_str(),
                      read_only ? std::uint64_t{MS_RDONLY} : 0, nullptr),
              folder);
  return "mounted";
}

using Verb = std::string (*)(const Request&);

const std::map<std::string, Verb, std::less<>>& verbs() {
  static const std::map<std::string, Verb, std::less<>> table{
      {"echo", echo},
      {"disks", disks},
      {"read", read_path},
      {"upload", upload},
      {"pass", pass},
      {"make", make},
      {"progress", progress},
      {"fail", fail},
      {"fail-command", fail_command},
      {"cat", cat},
      {"list", list},
      {"sleep", sleep_for},
      {"trace", trace_line},
      {"panic", panic},
      {"module", module},
      {"mount", mount_device},
  };
  return table;
}

}  // namespace

RequestHandler agent_test_handler() {
  return [](std::string_view request, base::ByteSource& in, base::ByteSink& out,
            const AgentHooks& hooks) {
    const std::size_t blank = std::min(request.find(' '), request.size());
    const auto verb = verbs().find(request.substr(0, blank));
    if (verb == verbs().end()) base::throw_invalid("request", "no such verb");
    const std::string_view rest = request.substr(std::min(blank + 1, request.size()));
    const bool long_text = verb->first == "echo";
    return verb->second(
        {rest, long_text ? std::vector<std::string>() : base::split_blanks(rest), in, out, hooks});
  };
}

}  // namespace vmcraft::uml
