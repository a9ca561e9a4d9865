// SPDX-License-Identifier: LGPL-3.0-or-later
// Steps of customize for the system: names, services, packages, scripts.
#include <fmt/format.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "shell/customize.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::customize {
namespace {

std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// A folder in the guest for a script that is run now; removed with all it holds.
class GuestFolder {
 public:
  explicit GuestFolder(GuestFS& g) : g_(g) {
    IsDirOptions follow;
    follow.followsymlinks = true;
    path_ = g.mkdtemp(g.is_dir("/tmp", follow) ? "/tmp/vmcraft-XXXXXX" : "/vmcraft-XXXXXX");
  }
  ~GuestFolder() {
    try {
      g_.rm_rf(path_);
    } catch (const Error&) {  // the script may have taken the guest's root read-only, or the engine is gone
    }
  }
  GuestFolder(const GuestFolder&) = delete;
  GuestFolder& operator=(const GuestFolder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  GuestFS& g_;
  std::string path_;
};

void subscription(Customizer& c, Words words) {
  words.insert(words.begin(), "subscription-manager");
  c.g.command_out(words, c.output());
}

std::string pool_argument(const std::string& selector) {
  if (selector == "auto") return "--auto";
  if (selector.starts_with("pool:")) return "--pool=" + selector.substr(5);
  if (selector.starts_with("file:")) return "--pool=" + first_line_of(selector.substr(5));
  throw UsageError("--sm-attach: " + selector + ": must be auto, pool:POOL or file:FILE");
}

std::string secret_of(const std::string& selector) {
  if (selector.starts_with("password:")) return selector.substr(9);
  if (selector.starts_with("file:")) return first_line_of(selector.substr(5));
  throw UsageError("--sm-credentials: must be USER:password:PASSWORD or USER:file:FILE");
}

}  // namespace

void firstboot(Customizer& c, const Words& words) {
  c.say("Installing firstboot script: " + words[0]);
  c.g.firstboot_script(last_name(words[0]), base::read_text_file(words[0]));
}

void firstboot_command(Customizer& c, const Words& words) {
  c.say("Installing firstboot command: " + words[0]);
  c.g.firstboot_script(words[0], "#!/bin/sh\n" + words[0] + "\n");
}

void firstboot_install(Customizer& c, const Words& words) {
  c.say("Installing packages at the first boot: " + base::join(words, " "));
  c.g.firstboot_install(words);
}

void hostname(Customizer& c, const Words& words) {
  c.say("Setting the hostname: " + words[0]);
  c.g.set_hostname(words[0]);
}

void install(Customizer& c, const Words& words) {
  c.say("Installing packages: " + base::join(words, " "));
  c.g.package_install(words);
}

void locale(Customizer& c, const Words& words) {
  c.say("Setting the locale: " + words[0]);
  c.g.set_locale(words[0]);
}

void no_logfile(Customizer&, const Words&) {}

void run(Customizer& c, const Words& words) {
  c.say("Running: " + words[0]);
  const GuestFolder folder(c.g);
  const std::string script = folder.path() + "/" + last_name(words[0]);
  c.g.upload(words[0], script);
  c.g.chmod(0755, script);
  c.g.command_out({script}, c.output());
}

void run_command(Customizer& c, const Words& words) {
  c.say("Running: " + words[0]);
  c.g.sh_out(words[0], c.output());
}

void selinux_relabel(Customizer& c, const Words&) { c.relabel = true; }

void service_disable(Customizer& c, const Words& words) {
  c.say("Disabling service: " + words[0]);
  c.g.service_disable(words[0]);
}

void service_enable(Customizer& c, const Words& words) {
  c.say("Enabling service: " + words[0]);
  c.g.service_enable(words[0]);
}

void service_mask(Customizer& c, const Words& words) {
  c.say("Masking service: " + words[0]);
  c.g.service_mask(words[0]);
}

void check_sm_attach(const Words& words) { pool_argument(words[0]); }
void check_sm_credentials(const Words& words) { secret_of(words[1]); }

void sm_attach(Customizer& c, const Words& words) {
  c.say("Attaching to compatible subscriptions");
  subscription(c, {"attach", pool_argument(words[0])});
}

void sm_credentials(Customizer& c, const Words& words) {
  c.subscription_user = {"--username=" + words[0], "--password=" + secret_of(words[1])};
}

void sm_register(Customizer& c, const Words&) {
  if (c.subscription_user.empty()) throw UsageError("--sm-register: --sm-credentials has to come before it");
  Words arguments = {"register"};
  arguments.insert(arguments.end(), c.subscription_user.begin(), c.subscription_user.end());
  c.say("Registering with subscription-manager");
  subscription(c, std::move(arguments));
}

void sm_remove(Customizer& c, const Words&) {
  c.say("Removing all the subscriptions");
  subscription(c, {"remove", "--all"});
}

void sm_unregister(Customizer& c, const Words&) {
  c.say("Unregistering with subscription-manager");
  subscription(c, {"unregister"});
}

void timezone(Customizer& c, const Words& words) {
  c.say("Setting the timezone: " + words[0]);
  c.g.set_timezone(words[0]);
}

void uninstall(Customizer& c, const Words& words) {
  c.say("Uninstalling packages: " + base::join(words, " "));
  c.g.package_remove(words);
}

void update(Customizer& c, const Words&) {
  c.say("Updating packages");
  c.g.package_update();
}

}  // namespace vmcraft::shell::customize
