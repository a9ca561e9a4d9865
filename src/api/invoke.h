// SPDX-License-Identifier: LGPL-3.0-or-later
// What every call has in common: lock, state, argument checks, trace, events, metrics, the way to
// the engine, and the action's name in front of its errors. The generated methods call invoke().
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include "api/arguments.h"
#include "api/rpc.h"
#include "base/secret.h"
#include "base/stream.h"
#include "handle/handle.h"
#include "rpc_types.h"

namespace vmcraft::api {

enum class State { kAny, kConfig, kLaunched };

namespace flags {
inline constexpr unsigned kFlagGuest = 1;  // runs where the disks are
inline constexpr unsigned kFlagProgress = 2;
inline constexpr unsigned kFlagCancellable = 4;
inline constexpr unsigned kFlagLockless = 8;  // may be called while another call runs
}  // namespace flags

struct ActionInfo {
  const char* name;
  const char* group;
  State state;
  unsigned flags;
};

/// A local file the caller named for reading; opened when the action first wants it.
class InputFile {
 public:
  explicit InputFile(std::string path) : path_(std::move(path)) {}
  base::ByteSource& stream();

 private:
  std::string path_;
  std::unique_ptr<base::FileSource> source_;
};

/// A local file the caller named for writing; created with the first byte, so that a call that
/// fails before leaves an old file as it was.
class OutputFile : public base::ByteSink {
 public:
  explicit OutputFile(std::string path) : path_(std::move(path)) {}
  base::ByteSink& stream() { return *this; }
  void write(std::span<const std::byte> data) override { sink().write(data); }
  void write_zeroes(std::uint64_t count) override { sink().write_zeroes(count); }
  int fd() const noexcept override;
  void finish() override { sink().finish(); }

 private:
  base::FileSink& sink();
  std::string path_;
  std::unique_ptr<base::FileSink> sink_;
};

/// The uniform part of one call.
class Call {
 public:
  Call(handle::Handle& handle, const ActionInfo& info);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool tracing() const noexcept { return tracing_; }
  bool remote() const noexcept {
    return (info_.flags & flags::kFlagGuest) != 0 && handle_.remote != nullptr;
  }
  void trace_start(const std::string& arguments);
  void trace_end(const std::string& result);
  /// Throws unless the handle is in the state the action needs.
  void check_state() const;
  /// Sends an encoded call to the engine; returns the encoded result.
  std::string forward(std::string_view arguments, InputFile* in, OutputFile* out);
  /// Rethrows the exception in flight with the action's name in front.
  [[noreturn]] void rethrow();

 private:
  std::string trace_prefix() const;

  handle::Handle& handle_;
  const ActionInfo& info_;
  std::unique_lock<std::recursive_mutex> lock_;
  base::TraceScope trace_scope_;
  bool tracing_;
};

/// A short form of a result for the trace.
template <typename T>
std::string result_text(const T& value) {
  if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
  else if constexpr (std::is_arithmetic_v<T>) return std::to_string(value);
  else if constexpr (std::is_same_v<T, std::string>) return "\"" + value.substr(0, 256) + "\"";
  else if constexpr (requires { value.size(); }) return std::to_string(value.size()) + " items";
  else return "<value>";
}

template <typename Ret, typename Describe, typename Local>
Ret run_action(Call& call, Describe& describe, Local& local, InputFile* in, OutputFile* out) {
  if (call.remote()) {
    rpc::Writer writer;
    describe(writer);
    std::string arguments = writer.take();
    const base::WipedAtEnd wiped(arguments);  // there may be a key in it
    const std::string reply = call.forward(arguments, in, out);
    if constexpr (std::is_void_v<Ret>) return;
    else return rpc::Reader(reply).get<Ret>();
  }
  if constexpr (std::is_void_v<Ret>) {
    local();
    if (out != nullptr) out->finish();
  } else {
    Ret result = local();
    if (out != nullptr) out->finish();
    return result;
  }
}

template <typename Ret, typename Describe, typename Local>
Ret invoke(handle::Handle& handle, const ActionInfo& info, Describe describe, Local local,
           InputFile* in, OutputFile* out) {
  Call call(handle, info);
  try {
    if (call.tracing()) {
      ArgumentTracer tracer;
      describe(tracer);
      call.trace_start(tracer.text());
    }
    ArgumentChecker checker;
    describe(checker);
    call.check_state();
    if constexpr (std::is_void_v<Ret>) {
      run_action<Ret>(call, describe, local, in, out);
      if (call.tracing()) call.trace_end("0");
    } else {
      Ret result = run_action<Ret>(call, describe, local, in, out);
      if (call.tracing()) call.trace_end(result_text(result));
      return result;
    }
  } catch (...) {
    call.rethrow();
  }
}

}  // namespace vmcraft::api
