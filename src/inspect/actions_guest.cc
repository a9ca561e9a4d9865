// SPDX-License-Identifier: LGPL-3.0-or-later
// What is read from the mounted guest.
#include "actions/inspect.h"
#include "base/error.h"
#include "handle/handle.h"
#include "inspect/architecture.h"
#include "inspect/icon.h"
#include "inspect/packages.h"
#include "inspect/systems.h"

namespace vmcraft {
namespace {

using handle::Handle;
using inspect::OperatingSystem;
using Text = std::string;

const OperatingSystem& system_of(Handle& h, const Text& root) {
  if (!h.systems) base::throw_state("inspection", "has not run; call inspect_os first");
  return inspect::find_system(*h.systems, root);
}

Application to_application(Application2& from) {
  return {std::move(from.app2_name),         std::move(from.app2_display_name),
          from.app2_epoch,                   std::move(from.app2_version),
          std::move(from.app2_release),      std::move(from.app2_install_path),
          std::move(from.app2_trans_path),   std::move(from.app2_publisher),
          std::move(from.app2_url),          std::move(from.app2_source_package),
          std::move(from.app2_summary),      std::move(from.app2_description)};
}

}  // namespace

std::vector<Application2> action::inspect_list_applications2(Handle& h, const Text& root) {
  return inspect::list_packages(h.root(), system_of(h, root));
}

std::vector<Application> action::inspect_list_applications(Handle& h, const Text& root) {
  std::vector<Application> all;
  for (Application2& application : inspect_list_applications2(h, root))
    all.push_back(to_application(application));
  return all;
}

Text action::inspect_get_icon(Handle& h, const Text& root, const InspectGetIconOptions& options) {
  return inspect::find_icon(h.root(), system_of(h, root),
                            {options.favicon.value_or(true), options.highquality.value_or(false)});
}

Text action::file_architecture(Handle& h, const Text& filename) {
  return inspect::file_architecture(h.root(), filename, {{}, [&h] { h.check_cancelled(); }});
}

}  // namespace vmcraft
