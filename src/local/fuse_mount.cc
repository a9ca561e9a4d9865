// SPDX-License-Identifier: LGPL-3.0-or-later
#define FUSE_USE_VERSION 312
#include "local/fuse_mount.h"

#include <fuse.h>
#include <fuse_log.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::local {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kRetryPause{100};
constexpr milliseconds kRetryLimit{5000};
constexpr int kWatchMs = 200;

// What libfuse says goes to the standard error of the process otherwise.
thread_local std::string fuse_said;
void keep_log(fuse_log_level, const char* format, va_list words) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, words);
  fuse_said += text;
  base::trace("{}", base::trim(text));
}

std::string whole_path(const std::string& folder) {
  struct stat st {};
  base::check(::stat(folder.c_str(), &st), folder);
  if (!S_ISDIR(st.st_mode)) base::throw_errno(folder, ENOTDIR);
  return std::filesystem::canonical(folder).string();
}

bool has_option(const std::string& options, std::string_view name) {
  for (const std::string& option : base::split(options, ','))
    if (option == name) return true;
  return false;
}

std::string all_options(const MountSpec& spec) {
  std::string options = "auto_unmount,fsname=vmcraft,subtype=vmcraft";
  if (spec.readonly) options += ",ro";
  // Others get what the guest's permissions give them, and no more.
  if (has_option(spec.options, "allow_other")) options += ",default_permissions";
  return spec.options.empty() ? options : options + "," + spec.options;
}

class Arguments {
 public:
  explicit Arguments(const std::string& options) {
    for (const std::string& word : {std::string("vmcraft"), std::string("-o"), options})
      if (fuse_opt_add_arg(&list_, word.c_str()) != 0) throw std::bad_alloc();
  }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  ~Arguments() { fuse_opt_free_args(&list_); }
  fuse_args* list() noexcept { return &list_; }

 private:
  fuse_args list_{};
};

// libfuse makes the memory with the first request.
struct Buffer {
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data.mem); }
  fuse_buf data{};
};

[[noreturn]] void throw_said(const std::string& object, int error) {
  const std::string said(base::trim(fuse_said));
  if (said.empty()) base::throw_errno(object, error);
  throw Error(ErrorCode::system, error, object + ": " + said);
}

void require_program() {
  if (!base::find_program("fusermount3"))
    base::throw_not_supported("fusermount3", "is not installed here; it is in the package fuse3");
}

// Root needs no help; others have the program that may.
int unmount_once(const std::string& folder) {
  if (::geteuid() == 0) return ::umount2(folder.c_str(), UMOUNT_NOFOLLOW) == 0 ? 0 : errno;
  const base::CommandResult result = base::system_runner().run(
      {.argv = {"fusermount3", "-u", "--", folder}, .input = {}, .environment = {}});
  if (result.ok()) return 0;
  return result.err.find("busy") != std::string::npos ? EBUSY : EINVAL;
}

}  // namespace

FuseMount::FuseMount(handle::Handle& handle, const MountSpec& spec)
    : handle_(handle), context_{GuestFiles(handle)}, folder_(whole_path(spec.folder)) {
  require_program();
  context_.files.status("/");  // its error says what to do where nothing is mounted
  if (spec.debug_calls || handle.settings.verbose) context_.trace = &handle.library_sink();
  context_.readonly = spec.readonly;
  context_.others = has_option(spec.options, "allow_other");
  context_.cache_seconds = spec.cache_seconds;
  fuse_said.clear();
  fuse_set_log_func(keep_log);
  Arguments arguments(all_options(spec));
  fuse_ = fuse_new(arguments.list(), &operations(), sizeof(fuse_operations), &context_);
  if (fuse_ == nullptr) throw_said("options", EINVAL);
  if (fuse_mount(fuse_, folder_.c_str()) != 0) {
    fuse_destroy(std::exchange(fuse_, nullptr));
    throw_said(folder_, EIO);
  }
}

FuseMount::~FuseMount() {
  fuse_unmount(fuse_);
  fuse_destroy(fuse_);
}

// libfuse's own loop cannot be ended by user_cancel.
void FuseMount::run() {
  fuse_session* session = fuse_get_session(fuse_);
  Buffer buffer;
  handle_.clear_cancel();
  while (fuse_session_exited(session) == 0) {
    pollfd device{fuse_session_fd(session), POLLIN, 0};
    if (::poll(&device, 1, kWatchMs) < 0 && errno != EINTR) base::throw_errno("fuse");
    if (handle_.cancelled())
      throw Error(ErrorCode::cancelled, EINTR, folder_ + ": cancelled by the user");
    if (device.revents == 0) continue;
    const int length = fuse_session_receive_buf(session, &buffer.data);
    if (length == -EINTR || length == -EAGAIN) continue;
    if (length <= 0) break;
    fuse_session_process_buf(session, &buffer.data);
  }
}

void FuseMount::unmount(bool retry) {
  const auto limit = std::chrono::steady_clock::now() + (retry ? kRetryLimit : milliseconds(0));
  int failure = unmount_once(folder_);
  while (failure == EBUSY && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(kRetryPause);
    failure = unmount_once(folder_);
  }
  if (failure != 0) base::throw_errno(folder_, failure);
}

}  // namespace vmcraft::local
