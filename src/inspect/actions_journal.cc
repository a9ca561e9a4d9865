// SPDX-License-Identifier: LGPL-3.0-or-later
// The journal is kept by a process of its own: base/worker.h.
#include "actions/inspect.h"
#include "base/error.h"
#include "handle/handle.h"
#include "handle/opened.h"

namespace vmcraft {
namespace {

using handle::Handle;

base::Worker& journal(Handle& h) {
  if (!h.opened->journal) base::throw_state("no journal is open", "call journal_open first");
  return *h.opened->journal;
}

base::WorkerCall beside(Handle& h, int fd = -1) {
  return {fd, nullptr, [&h] { h.check_cancelled(); }};
}

}  // namespace

void action::journal_open(Handle& h, const std::string& directory) {
  h.opened->journal.reset();
  const int root = h.root().fd();
  auto worker = std::make_unique<base::Worker>("journal");
  worker->call(beside(h, root), "open", directory);
  h.opened->journal = std::move(worker);
}

void action::journal_close(Handle& h) {
  journal(h);
  h.opened->journal.reset();
}

bool action::journal_next(Handle& h) { return journal(h).call<bool>(beside(h), "next"); }

std::int64_t action::journal_skip(Handle& h, std::int64_t skip) {
  return journal(h).call<std::int64_t>(beside(h), "skip", skip);
}

std::vector<Xattr> action::journal_get(Handle& h) {
  std::vector<Xattr> fields;
  for (auto& [name, value] : journal(h).call<HashTable>(beside(h), "get"))
    fields.push_back({std::move(name), std::move(value)});
  return fields;
}

std::int64_t action::journal_get_realtime_usec(Handle& h) {
  return journal(h).call<std::int64_t>(beside(h), "time");
}

std::int64_t action::journal_get_data_threshold(Handle& h) {
  return journal(h).call<std::int64_t>(beside(h), "threshold");
}

void action::journal_set_data_threshold(Handle& h, std::int64_t threshold) {
  if (threshold < 0) base::throw_invalid("threshold", "is negative");
  journal(h).call(beside(h), "set_threshold", static_cast<std::uint64_t>(threshold));
}

}  // namespace vmcraft
