// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/fd.h"
#include "base/text.h"
#include "shell/customize.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

namespace c = customize;

// The names and forms of the first part are those of virt-customize.
constexpr CustomizeOption kOptions[] = {
    {"append-line", Form::pair, "FILE:LINE", "append a line to a file", c::append_line},
    {"chmod", Form::pair, "PERMISSIONS:FILE", "change permissions; octal with a 0 before them", c::chmod, c::check_permissions},
    {"copy", Form::pair, "SOURCE:DEST", "copy files or folders inside the guest", c::copy},
    {"copy-in", Form::pair, "LOCALPATH:REMOTEDIR", "copy files or folders of this machine into the guest", c::copy_in, c::check_local_file},
    {"delete", Form::text, "PATH", "delete files or folders; may have wildcards", c::remove},
    {"edit", Form::pair, "FILE:EXPR", "change each line of a file by an expression of Perl", c::edit},
    {"firstboot", Form::text, "SCRIPT", "run a script when the guest boots the next time", c::firstboot, c::check_local_file},
    {"firstboot-command", Form::text, "'CMD+ARGS'", "run a command when the guest boots the next time",
     c::firstboot_command},
    {"firstboot-install", Form::list, "PKG,PKG..", "install packages when the guest boots the next time",
     c::firstboot_install},
    {"hostname", Form::text, "HOSTNAME", "set the host name", c::hostname},
    {"install", Form::list, "PKG,PKG..", "install packages", c::install},
    {"link", Form::words, "TARGET:LINK[:LINK..]", "make symbolic links", c::link},
    {"mkdir", Form::text, "DIR", "make a folder, and those above it", c::mkdir},
    {"move", Form::pair, "SOURCE:DEST", "move files or folders inside the guest", c::move},
    {"no-logfile", Form::nothing, "", "accepted; no log is written into the guest", c::no_logfile},
    {"password", Form::pair, "USER:SELECTOR", "set the password of a user", c::password, c::check_password},
    {"password-crypto", Form::text, "md5|sha256|sha512|yescrypt", "how passwords that follow are hashed",
     c::password_crypto, c::check_crypto},
    {"root-password", Form::text, "SELECTOR", "set the password of root", c::root_password, c::check_root_password},
    {"run", Form::text, "SCRIPT", "run a script in the guest's tree", c::run, c::check_local_file},
    {"run-command", Form::text, "'CMD+ARGS'", "run a command in the guest's tree", c::run_command},
    {"scrub", Form::text, "FILE", "overwrite a file and delete it", c::scrub},
    {"selinux-relabel", Form::nothing, "", "at the end, label all files as SELinux wants", c::selinux_relabel},
    {"sm-attach", Form::text, "SELECTOR", "attach to a pool by subscription-manager", c::sm_attach, c::check_sm_attach},
    {"sm-credentials", Form::pair, "USER:SELECTOR", "who registers by subscription-manager", c::sm_credentials, c::check_sm_credentials},
    {"sm-register", Form::nothing, "", "register by subscription-manager", c::sm_register},
    {"sm-remove", Form::nothing, "", "remove all subscriptions", c::sm_remove},
    {"sm-unregister", Form::nothing, "", "unregister by subscription-manager", c::sm_unregister},
    {"ssh-inject", Form::text, "USER[:SELECTOR]", "let a user log in by an ssh key", c::ssh_inject, c::check_ssh_inject},
    {"timezone", Form::text, "TIMEZONE", "set the time zone", c::timezone},
    {"touch", Form::text, "FILE", "make a file, or set its time to now", c::touch},
    {"truncate", Form::text, "FILE", "make a file empty", c::truncate},
    {"truncate-recursive", Form::text, "PATH", "make all files below a folder empty", c::truncate_recursive},
    {"uninstall", Form::list, "PKG,PKG..", "remove packages", c::uninstall},
    {"update", Form::nothing, "", "bring the packages up to date", c::update},
    {"upload", Form::pair, "FILE:DEST", "copy a file of this machine into the guest, with owner and mode", c::upload, c::check_local_file},
    {"write", Form::pair, "FILE:CONTENT", "write a file", c::write},
    // VMCraft's own.
    {"locale", Form::text, "LOCALE", "set the language", c::locale},
    {"service-disable", Form::text, "SERVICE", "have a service not started at boot", c::service_disable},
    {"service-enable", Form::text, "SERVICE", "have a service started at boot", c::service_enable},
    {"service-mask", Form::text, "SERVICE", "keep a service from being started by anything", c::service_mask},
    {"user-add", Form::pair, "USER[:GROUP,GROUP..]", "add a user, to groups too", c::user_add},
    {"user-remove", Form::text, "USER", "remove a user and its home", c::user_remove},
};

[[noreturn]] void wrong_form(const CustomizeOption& option, const std::string& text) {
  throw UsageError(fmt::format("--{}: {}: must be {}", option.name, text, option.value));
}

}  // namespace

std::span<const CustomizeOption> customize_options() { return kOptions; }

const CustomizeOption* find_customize_option(std::string_view name) {
  const auto found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                  [&](const CustomizeOption& option) { return name == option.name; });
  return found == std::end(kOptions) ? nullptr : found;
}

CustomizeStep parse_step(const CustomizeOption& option, const std::string& text) {
  CustomizeStep step{&option, {}};
  if (option.form == Form::nothing) return step;
  const std::size_t colon = text.find(':');
  if (option.form == Form::text) {
    step.words = {text};
  } else if (option.form == Form::pair) {
    const bool optional = std::string_view(option.value).find("[:") != std::string_view::npos;
    if (colon == std::string::npos && !optional) wrong_form(option, text);
    step.words = {text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 1)};
  } else {
    step.words = base::split(text, option.form == Form::list ? ',' : ':');
    if (option.form == Form::words && step.words.size() < 2) wrong_form(option, text);
    for (const std::string& word : step.words)
      if (word.empty()) wrong_form(option, text);
  }
  if (step.words.empty() || step.words[0].empty()) wrong_form(option, text);
  if (option.check != nullptr) option.check(step.words);
  return step;
}

std::vector<CustomizeStep> read_steps(const std::string& file) {
  std::vector<CustomizeStep> steps;
  std::string line;
  for (std::string& raw : base::split_lines(base::read_text_file(file))) {
    if (line.empty() && (raw.starts_with('#') || base::trim(raw).empty())) continue;
    // The blanks that a line which goes on begins with are for the eye.
    line += line.empty() ? raw : raw.substr(std::min(raw.find_first_not_of(" \t"), raw.size()));
    if (line.ends_with('\\')) {
      line.pop_back();
      continue;
    }
    const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
    const std::string name = line.substr(0, blank);
    const CustomizeOption* const option = find_customize_option(name);
    if (option == nullptr) throw UsageError(fmt::format("{}: {}: not a command of customize", file, name));
    const std::size_t start = line.find_first_not_of(" \t", blank);
    steps.push_back(parse_step(*option, start == std::string::npos ? "" : line.substr(start)));
    line.clear();
  }
  if (!line.empty()) throw UsageError(file + ": ends within a line that goes on");
  return steps;
}

void Messages::announce(const std::string& text) const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  write_out(fmt::format("[{:6.1f}] {}\n", passed.count(), text));
}

void Customizer::run(const std::vector<CustomizeStep>& steps) {
  for (const CustomizeStep& step : steps) step.option->run(*this, step.words);
  if (!relabel) return;
  say("SELinux relabelling");
  if (!g.relabel_guest()) say("SELinux relabelling is left to the next boot");
}

}  // namespace vmcraft::shell
