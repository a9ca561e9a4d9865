// SPDX-License-Identifier: LGPL-3.0-or-later
// Identity, services, packages, labels.
#include "actions/edit_linux.h"
#include "base/error.h"
#include "edit/linux/firstboot.h"
#include "edit/linux/guest_text.h"
#include "edit/linux/identity.h"
#include "edit/linux/lines.h"
#include "edit/linux/packages.h"
#include "edit/linux/relabel.h"
#include "edit/linux/units.h"
#include "handle/handle.h"
#include "run/program.h"

namespace vmcraft {
namespace {

using edit::PackageTask;
using edit::Units;
using handle::Handle;
using Text = std::string;
using Texts = std::vector<std::string>;

// What they print is of interest where they fail only, and then the error has it.
class Nowhere : public base::ByteSink {
 public:
  void write(std::span<const std::byte>) override {}
};

void run_packages(Handle& h, PackageTask task, const Texts& packages) {
  const Text command = edit::package_command(h.root(), task, packages);
  Nowhere nowhere;
  run::run_program(h.mounts(),
                   {{"/bin/sh", "-c", command}, h.settings.network, 022, h.programs.context, [&h] { h.check_cancelled(); }},
                   nowhere);
}

}  // namespace

void action::set_hostname(Handle& h, const Text& hostname) { edit::set_hostname(h.root(), hostname); }
void action::set_timezone(Handle& h, const Text& zone) { edit::set_timezone(h.root(), zone); }
void action::set_locale(Handle& h, const Text& locale) { edit::set_locale(h.root(), locale); }

void action::service_enable(Handle& h, const Text& service) { Units(h.root()).enable(service); }
void action::service_disable(Handle& h, const Text& service) { Units(h.root()).disable(service); }
void action::service_mask(Handle& h, const Text& service) { Units(h.root()).mask(service); }
void action::service_unmask(Handle& h, const Text& service) { Units(h.root()).unmask(service); }
Text action::service_status(Handle& h, const Text& service) { return Units(h.root()).status(service); }

void action::package_install(Handle& h, const Texts& packages) { run_packages(h, PackageTask::install, packages); }
void action::package_remove(Handle& h, const Texts& packages) { run_packages(h, PackageTask::remove, packages); }
void action::package_update(Handle& h) { run_packages(h, PackageTask::update, {}); }

void action::firstboot_script(Handle& h, const Text& name, std::string_view content) {
  edit::add_firstboot_script(h.root(), name, content);
}

void action::firstboot_install(Handle& h, const Texts& packages) {
  const Text command = edit::package_command(h.root(), PackageTask::install, packages);
  edit::add_firstboot_script(h.root(), "install", "#!/bin/sh\n" + command + "\n");
}

void action::machine_id_reset(Handle& h) { edit::reset_machine_id(h.root()); }
Texts action::ssh_hostkeys_reset(Handle& h) { return edit::reset_ssh_hostkeys(h.root()); }
void action::random_seed_reset(Handle& h) { edit::reset_random_seed(h.root()); }

bool action::relabel_guest(Handle& h) {
  h.root();
  return edit::relabel_guest(h.mounts(), [&h] { h.check_cancelled(); });
}

void action::append_line(Handle& h, const Text& path, const Text& line) { edit::append_line(h.root(), path, line); }
void action::truncate_recursive(Handle& h, const Text& path) { edit::truncate_recursive(h.root(), path); }

}  // namespace vmcraft
