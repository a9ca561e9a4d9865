// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/resize.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/secret.h"
#include "handle/drives.h"
#include "handle/handle.h"
#include "image/format.h"
#include "image/resize.h"
#include "resize/perform.h"
#include "resize/plan.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Steps = std::vector<ResizeStep>;

// A handle over the image alone, with the engine and the listeners of the caller's.
class ImageHandle {
 public:
  ImageHandle(Handle& h, const image::DriveSpec& spec, bool readonly) {
    internal_handle(guest).work_for(h);
    guest.set_backend(h.settings.engine);
    guest.set_memsize(h.settings.memory_mib);
    guest.set_trace(h.settings.trace);
    guest.set_verbose(h.settings.verbose);
    listen(h);
    for (const std::string& name : h.allowed_backing) guest.allow_backing_file(name);
    AddDriveOptions options;
    options.readonly = readonly;
    options.format = spec.format;
    guest.add_drive(spec.path, options);
    guest.launch();
  }

  GuestFS guest;

 private:
  void listen(Handle& h) {
    constexpr auto kForwarded = static_cast<std::uint32_t>(EventType::library) |
                                static_cast<std::uint32_t>(EventType::warning) |
                                static_cast<std::uint32_t>(EventType::trace);
    guest.on_event(kForwarded, [&h](const Event& event) { h.events.send(event); });
    guest.on_event(static_cast<std::uint32_t>(EventType::progress),
                   [&h](const Event& event) { h.progress(event.position, event.total); });
  }
};

class Resizing {
 public:
  Resizing(Handle& h, const std::string& filename, std::uint64_t size_bytes, const DiskResizeOptions& options)
      : h_(h), size_bytes_(size_bytes), options_(options), key_(options.key.value_or("")), wiped_(key_) {
    spec_.path = filename;
    spec_.format = options.format ? *options.format : format_of(filename);
    spec_.allowed_backing = h.allowed_backing;
  }

  Steps run() {
    look();
    if (options_.dryrun.value_or(false)) return std::move(steps_);
    if (!options_.output) {
      work();
      return std::move(steps_);
    }
    copy();
    try {
      work();
    } catch (...) {
      ::unlink(options_.output->c_str());
      throw;
    }
    return std::move(steps_);
  }

 private:
  static std::string format_of(const std::string& filename) {
    const base::UniqueFd file = base::open_file(filename, O_RDONLY | O_NONBLOCK);
    return image::detect_format(image::FdReader(file.get())).format;
  }

  void look() {
    ImageHandle image(h_, spec_, true);
    survey_ = resize::survey(image.guest, {options_.expand.value_or(""), key_});
    steps_ = resize::plan(survey_, size_bytes_, options_.output.has_value());
    if (!options_.output) return;
    if (std::filesystem::exists(*options_.output)) base::throw_errno(*options_.output, EEXIST);
    const std::uint64_t before = survey_.layers.front().size_bytes;
    steps_.insert(steps_.begin(), {"copy", *options_.output, before, before});
  }

  void copy() {
    constexpr unsigned kWhole = 100;
    const auto progress = [this](unsigned percent) {
      h_.check_cancelled();
      if (percent > 0) h_.progress(percent, kWhole);
    };
    image::copy_image(spec_, {*options_.output, options_.outputformat.value_or(*spec_.format), progress},
                      base::system_runner());
    spec_.path = *options_.output;
    spec_.format = options_.outputformat.value_or(*spec_.format);
  }

  // The image is cut after all else became smaller, and made larger before.
  void work() {
    const bool smaller = size_bytes_ < survey_.layers.front().size_bytes;
    const bool other_size = size_bytes_ != survey_.layers.front().size_bytes;
    if (other_size && !smaller) image::resize_image(spec_, size_bytes_, base::system_runner());
    {
      ImageHandle image(h_, spec_, false);
      resize::Performer performer(image.guest, survey_, key_);
      for (const ResizeStep& step : steps_) {
        h_.check_cancelled();
        if (step.step_what != "copy" && step.step_what != "image") performer.perform(step);
      }
      image.guest.shutdown();
    }
    if (smaller) image::resize_image(spec_, size_bytes_, base::system_runner());
  }

  Handle& h_;
  image::DriveSpec spec_;
  std::uint64_t size_bytes_;
  const DiskResizeOptions& options_;
  std::string key_;
  const base::WipedAtEnd wiped_;
  resize::Survey survey_;
  Steps steps_;
};

}  // namespace

std::vector<ResizeStep> action::disk_resize(Handle& h, const std::string& filename, std::int64_t size,
                                            const DiskResizeOptions& options) {
  constexpr std::int64_t kSector = 512;
  if (size <= 0 || size % kSector != 0) base::throw_invalid("size", "must be a positive multiple of 512");
  if (options.outputformat && !options.output) base::throw_invalid("outputformat", "goes with output");
  handle::require_closed(h, filename);
  return Resizing(h, filename, static_cast<std::uint64_t>(size), options).run();
}

}  // namespace vmcraft
