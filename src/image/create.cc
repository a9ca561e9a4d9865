// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/create.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "image/format.h"

namespace vmcraft::image {
namespace {

void create_raw(const CreateRequest& request) {
  if (request.backing_file) base::throw_invalid("backingfile", "raw images cannot have one");
  if (request.size_bytes < 0) base::throw_invalid("size", "must not be negative");
  const std::string preallocation = request.preallocation.value_or("off");
  const bool full = preallocation == "full";
  if (!full && preallocation != "off" && preallocation != "sparse")
    base::throw_invalid("preallocation", "must be off, sparse or full for raw images");
  const base::UniqueFd file = base::open_file(request.path, O_WRONLY | O_CREAT | O_NOCTTY, 0666);
  struct stat st {};
  base::check(::fstat(file.get(), &st), request.path);
  if (S_ISBLK(st.st_mode)) return;  // a device has its size already
  base::check(::ftruncate(file.get(), 0), request.path);
  base::check(::ftruncate(file.get(), request.size_bytes), request.path);
  if (full && request.size_bytes > 0) {
    const int failure = ::posix_fallocate(file.get(), 0, request.size_bytes);
    if (failure != 0) base::throw_errno(request.path, failure);
  }
}

std::vector<std::string> qcow2_options(const CreateRequest& request) {
  std::vector<std::string> options;
  if (request.preallocation) {
    const std::string& wanted = *request.preallocation;
    if (wanted != "off" && wanted != "sparse" && wanted != "metadata" && wanted != "full")
      base::throw_invalid("preallocation", "must be off, sparse, metadata or full");
    options.push_back("preallocation=" + (wanted == "sparse" ? "off" : wanted));
  }
  if (request.compat) {
    if (*request.compat != "0.10" && *request.compat != "1.1")
      base::throw_invalid("compat", "must be 0.10 or 1.1");
    options.push_back("compat=" + *request.compat);
  }
  if (request.cluster_size_bytes) {
    const int size = *request.cluster_size_bytes;
    if (size < 512 || size > 2097152 || (size & (size - 1)) != 0)
      base::throw_invalid("clustersize", "must be a power of two from 512 to 2097152");
    options.push_back("cluster_size=" + std::to_string(size));
  }
  return options;
}

// A name in an image is relative to the image's own folder.
std::string format_of_backing(const CreateRequest& request) {
  const std::filesystem::path backing = *request.backing_file;
  const std::filesystem::path folder = std::filesystem::path(request.path).parent_path();
  const base::UniqueFd file = base::open_file((folder / backing).string(), O_RDONLY | O_NONBLOCK);
  return detect_format(FdReader(file.get())).format;
}

void create_qcow2(const CreateRequest& request, base::CommandRunner& runner) {
  if (request.size_bytes < 0 && !request.backing_file)
    base::throw_invalid("size", "must be given where there is no backing file");
  base::Command command;
  command.argv = {"qemu-img", "create", "-q", "-f", "qcow2"};
  const std::vector<std::string> options = qcow2_options(request);
  if (!options.empty()) command.argv.insert(command.argv.end(), {"-o", base::join(options, ",")});
  if (request.backing_file) {
    const std::string format = request.backing_format ? *request.backing_format : format_of_backing(request);
    command.argv.insert(command.argv.end(), {"-b", *request.backing_file, "-F", format});
  }
  command.argv.insert(command.argv.end(), {"--", request.path});
  if (request.size_bytes >= 0) command.argv.push_back(std::to_string(request.size_bytes));
  base::run_or_throw(runner, command);
}

}  // namespace

void create_image(const CreateRequest& request, base::CommandRunner& runner) {
  if (request.format == "raw") return create_raw(request);
  if (request.format == "qcow2") return create_qcow2(request, runner);
  base::throw_not_supported("format '" + request.format + "'", "only raw and qcow2 are created here");
}

}  // namespace vmcraft::image
