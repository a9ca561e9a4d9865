// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/journal_service.h"

#include <systemd/sd-journal.h>

#include <utility>
#include <vector>

#include "base/error.h"

namespace vmcraft::inspect {
namespace {

constexpr std::string_view kJournal = "journal";

// libsystemd returns errno as a negative number.
int check(int result, std::string_view object = kJournal) {
  if (result < 0) base::throw_errno(object, -result);
  return result;
}

}  // namespace

void JournalService::Closer::operator()(sd_journal* journal) const noexcept { ::sd_journal_close(journal); }

void JournalService::prepare() { ::sd_journal_close(nullptr); }

void JournalService::serve(const std::string& operation, Call& call) {
  if (operation == "open") {
    open(call);
  } else if (operation == "next") {
    call.answer.put(check(::sd_journal_next(journal_.get())) > 0);
  } else if (operation == "skip") {
    skip(call);
  } else if (operation == "get") {
    get(call);
  } else if (operation == "time") {
    std::uint64_t microseconds = 0;
    check(::sd_journal_get_realtime_usec(journal_.get(), &microseconds));
    call.answer.put(static_cast<std::int64_t>(microseconds));
  } else if (operation == "threshold") {
    std::size_t size = 0;
    check(::sd_journal_get_data_threshold(journal_.get(), &size));
    call.answer.put(static_cast<std::int64_t>(size));
  } else if (operation == "set_threshold") {
    check(::sd_journal_set_data_threshold(journal_.get(), call.arguments.get<std::uint64_t>()));
  }
}

void JournalService::open(Call& call) {
  const auto path = call.arguments.get<std::string>();
  const base::InsideGuest inside(call.fd);
  sd_journal* opened = nullptr;
  check(::sd_journal_open_directory(&opened, path.c_str(), 0), path);
  journal_.reset(opened);
}

void JournalService::skip(Call& call) {
  const auto count = call.arguments.get<std::int64_t>();
  if (count == 0) return call.answer.put(std::int64_t{0});
  const auto magnitude = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  const int moved = count < 0 ? ::sd_journal_previous_skip(journal_.get(), magnitude)
                              : ::sd_journal_next_skip(journal_.get(), magnitude);
  call.answer.put(std::int64_t{check(moved)});
}

void JournalService::get(Call& call) {
  std::vector<std::pair<std::string, std::string>> fields;
  ::sd_journal_restart_data(journal_.get());
  const void* data = nullptr;
  std::size_t size = 0;
  while (check(::sd_journal_enumerate_available_data(journal_.get(), &data, &size)) > 0) {
    const std::string_view field(static_cast<const char*>(data), size);
    const std::size_t sign = field.find('=');
    if (sign == std::string_view::npos) base::throw_corrupt(kJournal, "field without a name");
    fields.emplace_back(field.substr(0, sign), field.substr(sign + 1));
  }
  call.answer.put(fields);
}

}  // namespace vmcraft::inspect
