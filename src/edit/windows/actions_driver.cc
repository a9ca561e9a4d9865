// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of inject_driver that is done where the guest's files are.
#include <fmt/format.h>

#include "actions/edit_windows.h"
#include "edit/windows/driver_inject.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using edit::DriverPlan;
using handle::Handle;
using Texts = std::vector<std::string>;

template <typename Collect>
std::string lines(const std::vector<DriverPlan>& plans, const Collect& collect) {
  Texts all;
  for (const DriverPlan& plan : plans)
    for (std::string& text : collect(plan)) all.push_back(std::move(text));
  return fmt::format("{}", fmt::join(all, "\n"));
}

Texts ids_of(const DriverPlan& plan) {
  Texts ids;
  for (const edit::InfDevice& device : plan.devices) ids.insert(ids.end(), device.ids.begin(), device.ids.end());
  return ids;
}

}  // namespace

HashTable action::internal_windows_target(Handle& h) {
  const edit::WindowsTarget target = edit::windows_target(h.root());
  return {{"arch", target.arch},
          {"major", std::to_string(target.major)},
          {"minor", std::to_string(target.minor)},
          {"build", std::to_string(target.build)},
          {"server", target.server ? "1" : "0"}};
}

DriverInjection action::internal_inject_driver(Handle& h, base::ByteSource& packages, bool dryrun) {
  const edit::InjectedDrivers done = edit::inject_drivers(h.root(), edit::read_packages(packages),
                                                          dryrun ? edit::Apply::nothing : edit::Apply::all);
  DriverInjection result;
  result.files_copied = static_cast<std::int64_t>(done.files.size());
  result.keys_written = static_cast<std::int64_t>(done.keys.size());
  result.inf = lines(done.plans, [](const DriverPlan& plan) { return Texts{plan.inf + " " + plan.published}; });
  result.service = lines(done.plans, [](const DriverPlan& plan) { return plan.services; });
  result.hardware_ids = lines(done.plans, ids_of);
  result.files = fmt::format("{}", fmt::join(done.files, "\n"));
  result.keys = fmt::format("{}", fmt::join(done.keys, "\n"));
  return result;
}

}  // namespace vmcraft
