// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>
#include <stdlib.h>

#include <memory>
#include <thread>

#include "base/error.h"
#include "base/temp.h"
#include "shell/customize_task.h"
#include "shell/local.h"
#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

/// The guest's tree on a folder of this machine, for as long as it lives.
class LocalTree {
 public:
  LocalTree(GuestFS& g, const std::string& folder) : g_(g) {
    if (folder.empty()) own_ = std::make_unique<base::TempDir>();
    folder_ = folder.empty() ? own_->path() : folder;
    g.mount_local(folder_);
    server_ = std::thread([this] {
      try {
        g_.mount_local_run();
      } catch (const Error& failure) {
        failure_ = failure.what();
      }
    });
  }
  ~LocalTree() {
    if (!server_.joinable()) return;
    try {
      end();
    } catch (const std::exception&) {  // what the script did wrong is told of already
    }
  }
  LocalTree(const LocalTree&) = delete;
  LocalTree& operator=(const LocalTree&) = delete;

  const std::string& folder() const noexcept { return folder_; }
  void end() {
    UmountLocalOptions options;
    options.retry = true;
    g_.umount_local(options);
    server_.join();
    if (!failure_.empty()) throw UsageError("script: " + failure_);
  }

 private:
  GuestFS& g_;
  std::unique_ptr<base::TempDir> own_;
  std::string folder_;
  std::string failure_;
  std::thread server_;
};

std::string absolute(const std::string& program) {
  const std::unique_ptr<char, decltype(&::free)> path(::realpath(program.c_str(), nullptr), ::free);
  if (!path) base::throw_errno("--script: " + program);
  return path.get();
}

void run_scripts(GuestFS& g, const CustomizePlan& plan) {
  if (plan.scripts.empty()) return;
  std::vector<std::string> programs;
  for (const std::string& script : plan.scripts) programs.push_back(absolute(script));
  LocalTree tree(g, plan.script_folder);
  for (const std::string& program : programs) {
    const int status = run_local("cd " + shell_quoted(tree.folder()) + " && exec " + shell_quoted(program));
    if (status != 0) throw UsageError("--script: " + program + ": " + base::describe_status(status));
  }
  tree.end();
}

void change_lvm_uuids(GuestFS& g) {
  if (g.pvs().empty()) return;
  g.umount_all();
  g.vg_activate_all(false);
  g.pvchange_uuid_all();
  g.vgchange_uuid_all();
  g.vg_activate_all(true);
}

void change_fs_uuids(Session& session) {
  GuestFS& g = session.guest();
  g.umount_all();
  E2fsckOptions checked;
  checked.correct = true;
  for (const auto& [device, type] : g.list_filesystems()) {
    if (type == "unknown") continue;
    try {
      // A file system that was mounted since its last check keeps its UUID otherwise.
      if (type.starts_with("ext")) g.e2fsck(device, checked);
      g.set_uuid_random(device);
    } catch (const Error& failure) {
      if (failure.code() == ErrorCode::cancelled) throw;
      session.report(fmt::format("warning: {}", failure.what()));
    }
  }
}

void apply(Session& session, const CustomizePlan& plan, const std::string& name) {
  SysprepApplyOptions options;
  if (!plan.keep_users.empty()) options.keepusers = plan.keep_users;
  if (!plan.remove_users.empty()) options.removeusers = plan.remove_users;
  session.guest().sysprep_apply(name, options);
}

}  // namespace

void run_sysprep(Session& session, const CustomizePlan& plan, const Messages& messages) {
  GuestFS& g = session.guest();
  const auto begin = [&](const std::string& name) { messages.say("Performing \"" + name + "\" ..."); };
  for (const std::string& name : plan.operations) {
    if (name == "customize" || name == "lvm-uuids" || name == "fs-uuids") continue;
    begin(name);
    if (name == "script") run_scripts(g, plan);
    else apply(session, plan, name);
  }
  if (plan.operations.contains("customize")) {
    begin("customize");
    messages.say("Setting a random seed");
    g.random_seed_reset();
    Customizer(g, messages, plan.line.settings.verbose).run(plan.steps);
  }
  for (const char* name : {"fs-uuids", "lvm-uuids"}) {
    if (!plan.operations.contains(name)) continue;
    begin(name);
    if (std::string_view(name) == "fs-uuids") change_fs_uuids(session);
    else change_lvm_uuids(g);
  }
}

}  // namespace vmcraft::shell
