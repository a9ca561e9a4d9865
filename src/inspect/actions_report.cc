// SPDX-License-Identifier: LGPL-3.0-or-later
// The report reads a system on mounts of its own, so that nobody has to mount before.
#include <algorithm>

#include "actions/inspect.h"
#include "base/error.h"
#include "base/trace.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "inspect/report/report.h"
#include "inspect/systems.h"

namespace vmcraft {
namespace {

using handle::Handle;
using inspect::OperatingSystem;

/// The system's file systems, nearest to the root first, for as long as this lives.
class SystemMounts {
 public:
  SystemMounts(Handle& h, const OperatingSystem& os) : table_(h.looking_mounts()) {
    auto points = os.mountpoints;
    std::stable_sort(points.begin(), points.end(),
                     [](const auto& a, const auto& b) { return a.first.size() < b.first.size(); });
    for (const auto& [point, mountable] : points) {
      try {
        handle::mount_device(h, table_, {"ro", "", mountable, point});
      } catch (const Error& failure) {
        if (point == "/") throw;
        base::trace("inspect_report: {}", failure.what());
        missing_.emplace_back(point, failure.what());
      }
    }
  }
  ~SystemMounts() {
    try {
      table_.umount_all();
    } catch (const Error& failure) {
      base::trace("inspect_report: {}", failure.what());
    }
  }
  SystemMounts(const SystemMounts&) = delete;
  SystemMounts& operator=(const SystemMounts&) = delete;
  const mount::GuestRoot& root() { return table_.root(); }
  const std::vector<std::pair<std::string, std::string>>& missing() const noexcept { return missing_; }

 private:
  mount::Table& table_;
  std::vector<std::pair<std::string, std::string>> missing_;
};

std::vector<inspect::report::DiskFileSystem> filesystems_of(Handle& h, const OperatingSystem& os) {
  std::vector<inspect::report::DiskFileSystem> all;
  for (const std::string& mountable : os.filesystems) {
    const handle::Device device = h.devices().find(handle::split_mountable(mountable).first);
    const auto view = h.devices().view(device, false);
    const probe::Superblock found = probe::probe(view.fd, view.extent);
    all.push_back({mountable, found.type, found.label, found.uuid});
  }
  return all;
}

}  // namespace

std::string action::inspect_report(Handle& h, const std::string& root, const InspectReportOptions& options) {
  if (!h.systems) base::throw_state("inspection", "has not run; call inspect_os first");
  const OperatingSystem& os = inspect::find_system(*h.systems, root);
  const handle::Metrics::Timer timer(h.metrics, "report");
  SystemMounts mounts(h, os);
  inspect::report::Wish wish;
  wish.sections = options.sections.value_or(std::vector<std::string>{});
  wish.check_cancelled = [&h] { h.check_cancelled(); };
  wish.filesystems = filesystems_of(h, os);
  wish.not_mounted = mounts.missing();
  return inspect::report::make_report(mounts.root(), os, wish);
}

}  // namespace vmcraft
