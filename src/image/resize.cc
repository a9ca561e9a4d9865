// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/resize.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "image/create.h"
#include "image/graph.h"

namespace vmcraft::image {
namespace {

std::string qemu_name(const DriveSpec& spec) { return "json:" + resolve(spec, 0).blockdev; }

// qemu-img writes "    (12.34/100%)\r".
class Percentage : public base::ByteSink {
 public:
  explicit Percentage(const std::function<void(unsigned)>& tell) : tell_(tell) {}
  void write(std::span<const std::byte> data) override {
    for (const std::byte byte : data) take(static_cast<char>(byte));
  }

 private:
  void take(char c) {
    if (c == '(') return text_.clear();
    if (c != '/') return text_.push_back(c);
    if (const auto whole = base::parse_number<unsigned>(text_.substr(0, text_.find('.')))) tell_(*whole);
    text_.clear();
  }
  const std::function<void(unsigned)>& tell_;
  std::string text_;
};

}  // namespace

void resize_image(const DriveSpec& spec, std::uint64_t size_bytes, base::CommandRunner& runner) {
  const Graph graph = resolve(spec, 0);
  if (!graph.raw_local) {
    base::run_or_throw(runner, {.argv = {"qemu-img", "resize", "-q", "--shrink", "json:" + graph.blockdev,
                                         std::to_string(size_bytes)},
                                .input = {}, .environment = {}});
    return;
  }
  const base::UniqueFd file = base::open_file(graph.path, O_RDWR | O_NONBLOCK);
  struct stat st {};
  base::check(::fstat(file.get(), &st), graph.path);
  if (!S_ISREG(st.st_mode)) base::throw_not_supported(graph.path, "is a device, whose size is not ours to change");
  base::check(::ftruncate(file.get(), static_cast<off_t>(size_bytes)), graph.path);
  base::check(::fsync(file.get()), graph.path);
}

void copy_image(const DriveSpec& spec, const CopyImage& copy, base::CommandRunner& runner) {
  if (copy.format != "raw" && copy.format != "qcow2")
    base::throw_not_supported("format '" + copy.format + "'", "copies are raw or qcow2");
  const std::string source = qemu_name(spec);
  // Taken now, so that nobody's file is overwritten.
  const base::UniqueFd taken = base::open_file(copy.output, O_WRONLY | O_CREAT | O_EXCL, 0666);
  Percentage percentage(copy.progress);
  base::Command command;
  command.argv = {"qemu-img", "convert", "-p", "-O", copy.format, source, copy.output};
  command.sink = &percentage;
  command.while_running = [&] { copy.progress(0); };
  try {
    base::run_or_throw(runner, command);
  } catch (...) {
    ::unlink(copy.output.c_str());
    throw;
  }
}

}  // namespace vmcraft::image
