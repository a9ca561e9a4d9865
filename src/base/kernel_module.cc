// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/kernel_module.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace vmcraft::base {
namespace {

std::string normal(std::string_view name) {
  std::string result(name);
  std::replace(result.begin(), result.end(), '-', '_');
  return result;
}

std::string_view module_name(std::string_view path) {
  path.remove_prefix(std::min(path.size(), path.rfind('/') + 1));
  return path.substr(0, path.find(".ko"));
}

// Calls `visit` with each line until it returns true.
template <typename Visit>
void each_line(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (visit(text.substr(0, end))) return;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Giving the kernel a module that it has costs as much as one that it has not.
bool loaded(std::string_view name) {
  const std::string folder = "/sys/module/" + normal(name);
  if (::access(folder.c_str(), F_OK) != 0) return false;
  const std::string state = folder + "/initstate";  // one that is built in has none
  return ::access(state.c_str(), F_OK) != 0 || read_text_file(state) == "live\n";
}

void insert(const std::string& path) {
  if (loaded(module_name(path))) return;
  const UniqueFd file = open_file(path, O_RDONLY);
  if (::syscall(SYS_finit_module, file.get(), "", 0) < 0 && errno != EEXIST) throw_errno(path);
}

}  // namespace

std::optional<std::string> KernelModules::find_folder(const std::string& preferred) {
  utsname system{};
  if (::uname(&system) < 0) return std::nullopt;
  const std::string release = system.release;
  for (const std::string& folder :
       {preferred, preferred + "/" + release, "/usr/lib/uml/modules/" + release,
        "/lib/modules/" + release, "/usr/lib/modules/" + release}) {
    if (folder.empty() || folder.front() != '/') continue;
    if (::access((folder + "/modules.dep").c_str(), R_OK) == 0) return folder;
  }
  return std::nullopt;
}

const std::string& KernelModules::index(const char* file, std::optional<std::string>& text) {
  if (text) return *text;
  const std::string path = folder_ + "/" + file;
  text = ::access(path.c_str(), R_OK) == 0 ? read_text_file(path) : std::string();
  return *text;
}

std::optional<std::vector<std::string>> KernelModules::by_name(std::string_view name) {
  const std::string wanted = normal(name);
  std::optional<std::vector<std::string>> result;
  each_line(index("modules.dep", dependencies_), [&](std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    if (normal(module_name(line.substr(0, colon))) != wanted) return false;
    result = split_blanks(line.substr(colon + 1));
    std::reverse(result->begin(), result->end());  // the deepest dependency stands last
    result->emplace_back(line.substr(0, colon));
    return true;
  });
  return result;
}

bool KernelModules::built_in(std::string_view name) {
  const std::string wanted = normal(name);
  bool found = false;
  each_line(index("modules.builtin", built_in_), [&](std::string_view line) {
    found = normal(module_name(line)) == wanted;
    return found;
  });
  return found;
}

std::vector<std::string> KernelModules::by_alias(std::string_view alias) {
  const std::string wanted(alias);
  std::vector<std::string> result;
  each_line(index("modules.alias", aliases_), [&](std::string_view line) {
    const std::vector<std::string> fields = split_blanks(line);
    if (fields.size() == 3 && fields[0] == "alias" &&
        ::fnmatch(fields[1].c_str(), wanted.c_str(), 0) == 0)
      result.push_back(fields[2]);
    return false;
  });
  return result;
}

std::optional<std::vector<std::string>> KernelModules::resolve(std::string_view name) {
  if (auto paths = by_name(name)) return paths;
  if (built_in(name)) return std::vector<std::string>();
  std::optional<std::vector<std::string>> result;
  for (const std::string& target : by_alias(name)) {
    const auto paths = by_name(target);
    if (!paths) continue;
    if (!result) result.emplace();
    result->insert(result->end(), paths->begin(), paths->end());
  }
  return result;
}

void KernelModules::load(std::string_view name) {
  const auto paths = resolve(name);
  if (!paths) throw_not_supported(name, "the kernel has no such module");
  for (const std::string& path : *paths) insert(path.front() == '/' ? path : folder_ + "/" + path);
}

bool try_load_module(std::string_view name) {
  if (loaded(name)) return true;
  const std::optional<std::string> folder = KernelModules::find_folder();
  if (!folder) return false;
  try {
    KernelModules(*folder).load(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace vmcraft::base
