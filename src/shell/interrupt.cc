// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/interrupt.h"

#include <atomic>
#include <cerrno>
#include <csignal>

namespace vmcraft::shell::interrupt {
namespace {

std::atomic<GuestFS*> running = nullptr;
volatile std::sig_atomic_t received = 0;

void take(int number) {
  if (received != 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
    return;
  }
  const int error = errno;
  received = number;
  // user_cancel only stores to an atomic: it may be called here.
  if (GuestFS* guest = running.load()) guest->user_cancel();
  errno = error;
}

}  // namespace

void install() {
  struct sigaction action = {};
  action.sa_handler = take;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    // What the caller told us to ignore (nohup, a background job) stays ignored.
    struct sigaction before = {};
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

int pending() noexcept { return received; }
void clear() noexcept { received = 0; }

Scope::Scope(GuestFS& guest) noexcept { running = &guest; }
Scope::~Scope() { running = nullptr; }

}  // namespace vmcraft::shell::interrupt
