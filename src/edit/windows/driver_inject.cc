// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/driver_inject.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/text.h"
#include "edit/windows/replace_file.h"
#include "inspect/files.h"
#include "inspect/os.h"
#include "inspect/windows.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kLargestInf = 4U << 20U;

std::string inf_arch(const std::string& arch) {
  if (arch == "x86_64") return "amd64";
  if (arch == "i386") return "x86";
  if (arch == "aarch64") return "arm64";
  return arch == "arm" ? arch : "";
}

// FNV-1a, so that a package has one name wherever it is put.
std::uint64_t hash_of(const DriverPackage& package) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  for (const auto& [name, content] : package.files) {
    mix(name);
    mix(content);
  }
  return hash;
}

bool has_content(const mount::GuestRoot& root, const std::string& path, const std::string& content) {
  const auto st = inspect::is_file(root, path) ? root.stat(path) : std::nullopt;
  if (!st || static_cast<std::uint64_t>(st->st_size) != content.size()) return false;
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  return base::read_text_fd(file.get(), path, content.size() + 1) == content;
}

// FileRepository has a folder for each package, named after its INF. One that has these very files is used
// again, whoever made it.
std::string store_name(const mount::GuestRoot& root, const std::string& windows, const DriverPackage& package,
                       const std::string& arch) {
  const std::string prefix = package.inf + "_" + arch + "_";
  const auto repository = inspect::any_case(root, windows + "/System32/DriverStore/FileRepository");
  for (const std::string& name : repository ? inspect::names_in(root, *repository) : std::vector<std::string>()) {
    if (!base::lower(name).starts_with(prefix)) continue;
    bool same = true;
    for (const auto& [path, content] : package.files) {
      const auto found = inspect::any_case(root, *repository + "/" + name + "/" + path);
      same = same && found && has_content(root, *found, content);
    }
    if (same) return name;
  }
  return fmt::format("{}{:016x}", prefix, hash_of(package));
}

/// One run over one guest.
class Injector {
 public:
  Injector(const mount::GuestRoot& root, Apply apply)
      : root_(root),
        apply_(apply),
        windows_(inspect::windows_systemroot(root)),
        target_(windows_target(root)),
        access_(apply == Apply::all ? Registry::Access::write : Registry::Access::plan),
        software_(root, find_hive(root, "SOFTWARE"), access_),
        system_(root, find_hive(root, "SYSTEM"), access_) {
    open_database();
    find_published();
  }

  InjectedDrivers run(const std::vector<DriverPackage>& packages) {
    for (const DriverPackage& package : packages) result_.plans.push_back(plan(package));
    for (std::size_t i = 0; i < packages.size(); ++i) gather(packages[i], result_.plans[i]);
    for (const auto& [path, content] : wanted_) write(path, *content);
    for (const DriverPlan& one : result_.plans)
      for (const RegistryEdit& edit : one.edits) change(edit);
    if (apply_ == Apply::all) {
      software_.save(false);
      if (drivers_) drivers_->save(false);
      system_.save(false);
    }
    return std::move(result_);
  }

 private:
  // Windows keeps DriverDatabase in SYSTEM; where it is not there it may be in a hive of its own.
  void open_database() {
    if (!target_.has_driver_database() || system_.has_key({"DriverDatabase"})) return;
    if (!inspect::any_case(root_, windows_ + "/system32/config/drivers")) return;
    drivers_.emplace(root_, find_hive(root_, "DRIVERS"), access_);
    if (!drivers_->has_key({"DriverDatabase"})) drivers_.reset();
  }

  Registry& database() { return drivers_ ? *drivers_ : system_; }

  // Published INFs by name; those without a file are known to the registry alone.
  void find_published() {
    if (const auto folder = inspect::any_case(root_, windows_ + "/INF"))
      for (const std::string& name : inspect::names_in(root_, *folder))
        if (base::lower(name).starts_with("oem") && base::lower(name).ends_with(".inf"))
          published_[base::lower(name)] = *folder + "/" + name;
    const Registry::Key key = {"DriverDatabase", "DriverInfFiles"};
    if (!target_.has_driver_database() || !database().has_key(key)) return;
    for (const std::string& name : database().subkeys(key)) published_.emplace(base::lower(name), "");
  }

  std::string publish(const DriverPackage& package) {
    for (const auto& [name, path] : published_)
      if (!path.empty() && has_content(root_, path, package.inf_content())) return name;
    for (int number = 0;; ++number) {
      const std::string name = fmt::format("oem{}.inf", number);
      if (published_.emplace(name, "").second) return name;
    }
  }

  DriverPlan plan(const DriverPackage& package) {
    DriverSite site;
    site.target = target_;
    site.windows_folder = windows_.substr(windows_.rfind('/') + 1);
    site.published = publish(package);
    site.store_name = store_name(root_, windows_, package, target_.arch);
    site.find_inf = [this](const std::string& name) -> std::optional<std::string> {
      if (name.find_first_of("/\\") != std::string::npos) return std::nullopt;
      const auto path = inspect::any_case(root_, windows_ + "/INF/" + name);
      return path ? inspect::content(root_, *path) : std::nullopt;
    };
    return plan_driver(package, site);
  }

  // Two packages may have a file of one name; then the last one counts, each time.
  void gather(const DriverPackage& package, const DriverPlan& plan) {
    for (const PlannedFile& file : plan.files) {
      const std::string path = spelled(root_, windows_ + "/" + file.target);
      wanted_[path] = &package.files.at(file.source);
    }
  }

  void write(const std::string& path, const std::string& content) {
    if (has_content(root_, path, content)) return;
    result_.files.push_back(path);
    if (apply_ == Apply::nothing) return;
    make_folder(root_, path.substr(0, path.rfind('/')));
    replace_file(root_, path, content);
  }

  void change(const RegistryEdit& edit) {
    const bool in_database = !edit.key.empty() && edit.key[0] == "DriverDatabase";
    Registry& registry = edit.hive == RegistryEdit::Hive::software ? software_ : in_database ? database() : system_;
    if (apply(registry, edit)) result_.keys.push_back(show(edit));
  }

  const mount::GuestRoot& root_;
  Apply apply_;
  std::string windows_;
  WindowsTarget target_;
  Registry::Access access_;
  Registry software_;
  Registry system_;
  std::optional<Registry> drivers_;
  std::map<std::string, std::string> published_;  ///< path by name; "" where there is no file
  std::map<std::string, const std::string*> wanted_;
  InjectedDrivers result_;
};

}  // namespace

WindowsTarget windows_target(const mount::GuestRoot& root) {
  const inspect::OperatingSystem os = inspect::examine("", "", root).os;
  if (os.type != "windows") base::throw_invalid("/", "is not the root of a Windows");
  WindowsTarget target;
  target.arch = inf_arch(os.arch);
  target.major = os.major_version;
  target.minor = os.minor_version;
  target.build = base::parse_number<int>(os.build_id).value_or(0);
  target.server = base::lower(os.product_variant).starts_with("server") ||
                  base::lower(os.product_name).find("server") != std::string::npos;
  if (target.arch.empty()) base::throw_invalid(os.windows_systemroot, "its architecture cannot be told from cmd.exe");
  if (target.major == 0) base::throw_invalid(os.windows_systemroot, "its version is not in the registry");
  return target;
}

InjectedDrivers inject_drivers(const mount::GuestRoot& root, const std::vector<DriverPackage>& packages, Apply apply) {
  return Injector(root, apply).run(packages);
}

}  // namespace vmcraft::edit
