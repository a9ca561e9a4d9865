// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/keeper_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::uml {
namespace {

constexpr int kEndLimitMs = 5000;

std::string printable(std::string_view line) {
  std::string result(base::trim(line));
  result.erase(std::remove_if(result.begin(), result.end(),
                              [](unsigned char c) { return c < 0x20 || c == 0x7F; }),
               result.end());
  return result;
}

}  // namespace

std::string last_words(const std::string& console) {
  std::vector<std::string> lines;
  for (const std::string& raw : base::split_lines(console))
    if (std::string line = printable(raw); !line.empty()) lines.push_back(std::move(line));
  if (lines.empty()) return "it said nothing";
  const auto is_panic = [](const std::string& line) {
    return line.find("Kernel panic") != std::string::npos;
  };
  const auto panic = std::find_if(lines.begin(), lines.end(), is_panic);
  if (panic == lines.end()) return lines.back();
  // Where process 1 ended, the reason is its own last line.
  if (panic != lines.begin() && panic->find("kill init") != std::string::npos)
    return *(panic - 1) + "; " + *panic;
  return *panic;
}

KeeperClient::KeeperClient(const std::string& program, const KeeperSpec& spec,
                           const Descriptors& given) {
  std::array<int, 2> pair{};
  base::check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), "socketpair");
  control_.reset(pair[0]);
  const base::UniqueFd theirs(pair[1]);
  base::SpawnSpec spawn;
  spawn.argv = {program};
  spawn.descriptors = given;
  spawn.descriptors.emplace_back(theirs.get(), kControlFd);
  spawn.new_session = true;
  process_ = base::ChildProcess(spawn);
  const std::string packet = spec.pack();
  base::check(::send(control_.get(), packet.data(), packet.size(), MSG_NOSIGNAL), "keeper");
}

KeeperClient::~KeeperClient() { abandon(); }

bool KeeperClient::receive(int flags, KeeperReport& report) {
  std::string packet(65536, '\0');
  const ssize_t n = ::recv(control_.get(), packet.data(), packet.size(), flags);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) {
    report = {KeeperReport::Kind::refused, {}, 0, "keeper: it ended"};
    return true;
  }
  packet.resize(static_cast<std::size_t>(n));
  report = KeeperReport::unpack(packet);
  return true;
}

void KeeperClient::judge(const KeeperReport& report) {
  if (report.kind == KeeperReport::Kind::started) return base::trace("engine: in {}", report.text);
  if (report.kind == KeeperReport::Kind::refused) {
    reason_ = "engine: " + report.text;
  } else if (report.kind == KeeperReport::Kind::ended) {
    base::trace("engine: {}: last output:\n{}", report.subject, report.text);
    reason_ = "engine: " + report.subject + ": " + base::describe_status(report.status) + ": " +
              last_words(report.text);
  } else {
    reason_ = "engine: it was shut down";
  }
}

void KeeperClient::check() {
  KeeperReport report;
  while (reason_.empty() && receive(MSG_DONTWAIT, report)) judge(report);
  if (!reason_.empty()) throw Error(ErrorCode::engine, EIO, reason_);
}

void KeeperClient::stop() {
  check();
  base::check(::send(control_.get(), kStopWord.data(), kStopWord.size(), MSG_NOSIGNAL), "keeper");
  KeeperReport report;
  do {
    if (receive(0, report)) judge(report);
  } while (reason_.empty());
  abandon();
  if (report.kind != KeeperReport::Kind::stopped) throw Error(ErrorCode::engine, EIO, reason_);
  if (report.status != 0 && !(WIFSIGNALED(report.status) && WTERMSIG(report.status) == SIGKILL))
    throw Error(ErrorCode::engine, EIO,
                "engine: qemu-storage-daemon: " + base::describe_status(report.status) + ": " +
                    last_words(report.text));
}

void KeeperClient::abandon() noexcept {
  if (!process_) return;
  if (reason_.empty()) reason_ = "engine: it was ended";
  ::shutdown(control_.get(), SHUT_RDWR);  // copies in forked children must not keep it alive
  wait_for_end();
}

void KeeperClient::wait_for_end() noexcept {
  const base::UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, process_.pid(), 0)));
  pollfd watched{end.get(), POLLIN, 0};
  if (end) ::poll(&watched, 1, kEndLimitMs);
  process_ = {};
}

}  // namespace vmcraft::uml
