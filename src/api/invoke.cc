// SPDX-License-Identifier: LGPL-3.0-or-later
#include "api/invoke.h"

#include <new>

#include "base/error.h"

namespace vmcraft::api {

using handle::Phase;

base::ByteSource& InputFile::stream() {
  if (!source_) source_ = std::make_unique<base::FileSource>(path_);
  return *source_;
}

base::FileSink& OutputFile::sink() {
  if (!sink_) sink_ = std::make_unique<base::FileSink>(path_);
  return *sink_;
}

int OutputFile::fd() const noexcept {
  // Asked only by an action that is about to write: opening here creates nothing too early.
  try {
    return const_cast<OutputFile*>(this)->sink().fd();
  } catch (const Error&) {
    return -1;
  }
}

Call::Call(handle::Handle& handle, const ActionInfo& info)
    : handle_(handle),
      info_(info),
      lock_((info.flags & flags::kFlagLockless) != 0
                ? std::unique_lock<std::recursive_mutex>()
                : std::unique_lock<std::recursive_mutex>(handle.mutex())),
      trace_scope_(handle.settings.verbose ? &handle.library_sink() : base::current_trace()),
      // A lockless call may come from a signal handler: it must not build texts.
      tracing_(handle.settings.trace && (info.flags & flags::kFlagLockless) == 0) {
  if ((info.flags & flags::kFlagLockless) != 0) return;
  handle.clear_cancel();
  if (handle.events.wanted(EventType::enter)) handle.events.send({EventType::enter, info.name});
}

std::string Call::trace_prefix() const {
  const std::string& identifier = handle_.settings.identifier;
  return identifier.empty() ? identifier : identifier + ": ";
}

void Call::trace_start(const std::string& arguments) {
  handle_.events.send({EventType::trace, trace_prefix() + info_.name + arguments});
}

void Call::trace_end(const std::string& result) {
  handle_.events.send({EventType::trace, trace_prefix() + info_.name + " = " + result});
}

void Call::check_state() const {
  const Phase phase = handle_.phase();
  if (phase == Phase::closed && info_.state != State::kAny)
    base::throw_state("handle", "is closed");
  if (info_.state == State::kLaunched && phase != Phase::launched)
    base::throw_state("handle", "is not launched; call launch first");
  if (info_.state == State::kConfig && phase != Phase::config)
    base::throw_state("handle", "is launched already; this must be set before launch");
}

std::string Call::forward(std::string_view arguments, InputFile* in, OutputFile* out) {
  rpc::Writer header;
  header.put(std::string_view(info_.name));
  std::string request = header.take();
  request.append(arguments);
  const base::WipedAtEnd wiped(request);
  const handle::CallHooks hooks{
      [this](std::uint64_t position, std::uint64_t total) { handle_.progress(position, total); },
      [this] { return handle_.cancelled(); }};
  std::string reply = handle_.remote->call(request, in != nullptr ? &in->stream() : nullptr,
                                           out != nullptr ? &out->stream() : nullptr, hooks);
  if (out != nullptr) out->finish();
  return reply;
}

void Call::rethrow() {
  const std::string prefix = std::string(info_.name) + ": ";
  try {
    throw;
  } catch (const CommandError& failure) {
    if (tracing_) trace_end(std::string("error: ") + failure.what());
    throw CommandError(prefix + failure.what(), failure.argv(), failure.status(),
                       failure.stderr_tail());
  } catch (const Error& failure) {
    if (tracing_) trace_end(std::string("error: ") + failure.what());
    throw Error(failure.code(), failure.errno_value(), prefix + failure.what());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::system, ENOMEM, prefix + "out of memory");
  } catch (const std::exception& failure) {
    throw Error(ErrorCode::system, EIO, prefix + failure.what());
  }
}

}  // namespace vmcraft::api
