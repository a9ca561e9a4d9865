// SPDX-License-Identifier: LGPL-3.0-or-later
#include "api/copy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>
#include <functional>
#include <thread>

#include "api/guest_call.h"
#include "base/error.h"
#include "file/archive.h"
#include "rpc_types.h"

namespace vmcraft::api {
namespace {

using handle::Handle;

bool is_directory(Handle& h, const std::string& path) {
  const std::optional<bool> follow = true;
  return rpc::Reader(call_guest(h, "is_dir", {}, path, follow)).get<bool>();
}

std::string last_name(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return {};
  const std::size_t slash = path.rfind('/', end);
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(start, end + 1 - start);
}

// A producer on a thread of its own and a consumer here, a pipe between them. Whichever fails ends
// the other by closing its end; the producer's reason is the better one, unless it only saw that.
void connect(const std::function<void(base::ByteSink&)>& produce,
             const std::function<void(base::ByteSource&)>& consume) {
  auto [read_end, write_end] = base::make_pipe();
  std::exception_ptr produced;
  std::thread producer([&produced, &produce, fd = std::move(write_end)]() mutable {
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    try {
      base::FileSink sink(std::move(fd));
      produce(sink);
    } catch (const Error& failure) {
      if (failure.errno_value() != EPIPE) produced = std::current_exception();
    }
  });
  std::exception_ptr consumed;
  try {
    base::FileSource source(std::move(read_end));
    consume(source);
  } catch (...) {
    consumed = std::current_exception();
  }
  producer.join();
  if (produced) std::rethrow_exception(produced);
  if (consumed) std::rethrow_exception(consumed);
}

file::Progress watch(Handle& h) {
  return {nullptr, [&h] { h.check_cancelled(); }};
}

}  // namespace

void copy_in(Handle& h, const std::string& local_path, const std::string& directory) {
  struct stat st {};
  base::check(::lstat(local_path.c_str(), &st), local_path);
  if (!is_directory(h, directory)) base::throw_errno(directory, ENOTDIR);
  const TarInOptions options;
  connect([&](base::ByteSink& sink) { file::pack_local(local_path, sink, watch(h)); },
          [&](base::ByteSource& source) {
            call_guest(h, "tar_in", {&source, nullptr}, directory, options.compress, options.xattrs,
                       options.selinux, options.acls, options.keepdirlink);
          });
}

void copy_out(Handle& h, const std::string& path, const std::string& local_directory) {
  struct stat st {};
  base::check(::stat(local_directory.c_str(), &st), local_directory);
  if (!S_ISDIR(st.st_mode)) base::throw_errno(local_directory, ENOTDIR);
  const std::string target = local_directory + "/" + last_name(path);
  if (!is_directory(h, path)) {
    base::FileSink file(target);
    call_guest(h, "download", {nullptr, &file}, path);
    return file.finish();
  }
  if (!last_name(path).empty() && ::mkdir(target.c_str(), 0777) < 0 && errno != EEXIST)
    base::throw_errno(target);
  const TarOutOptions options;
  connect(
      [&](base::ByteSink& sink) {
        call_guest(h, "tar_out", {nullptr, &sink}, path, options.compress, options.numericowner,
                   options.excludes, options.xattrs, options.selinux, options.acls);
      },
      [&](base::ByteSource& source) { file::unpack_local(source, target, watch(h)); });
}

}  // namespace vmcraft::api
