// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/keys.h"

#include <fcntl.h>
#include <termios.h>

#include "base/error.h"
#include "shell/session.h"

namespace vmcraft::shell {
namespace {

/// Turns the terminal's echo off while it lives.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

// Byte by byte: what follows on standard input belongs to others.
std::string read_line(int fd) {
  std::string line;
  for (char c = 0;;) {
    const auto count = base::read_full(fd, std::as_writable_bytes(std::span(&c, 1)));
    if (count == 0 || c == '\n') return line;
    line += c;
  }
}

}  // namespace

std::string read_key(const std::string& name, const Settings& settings) {
  if (settings.keys_from_stdin) return read_line(0);
  const base::UniqueFd terminal = base::open_file("/dev/tty", O_RDWR);
  const std::string prompt = "Enter key or passphrase (\"" + name + "\"): ";
  base::write_full(terminal.get(), base::as_bytes(prompt));
  if (settings.echo_keys) return read_line(terminal.get());
  const NoEcho quiet(terminal.get());
  std::string key = read_line(terminal.get());
  base::write_full(terminal.get(), base::as_bytes("\n"));
  return key;
}

}  // namespace vmcraft::shell
