// SPDX-License-Identifier: LGPL-3.0-or-later
// Kernels, their modules, and what their initial file systems hold.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "file/initrd.h"
#include "file/region.h"
#include "inspect/report/kernel_version.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

constexpr std::uint64_t kMostInitrd = 1ULL << 30U;  // bytes of what is unpacked

constexpr std::array kImages = std::to_array<std::string_view>({"vmlinuz-", "vmlinux-", "Image-", "kernel-", "zImage-", "bzImage-"});
constexpr std::array kInitrds = std::to_array<std::string_view>({"initrd.img-", "initramfs-", "initrd-"});

template <std::size_t N>
std::string after(const std::string& name, const std::array<std::string_view, N>& starts) {
  for (const std::string_view start : starts)
    if (name.starts_with(start)) return name.substr(start.size());
  return {};
}

std::string without(std::string text, std::string_view end) {
  if (text.ends_with(end)) text.resize(text.size() - end.size());
  return text;
}

// "kernel/fs/ext4/ext4.ko.xz" is ext4.
std::string module_name(std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const std::size_t end = file.find(".ko");
  if (end == std::string_view::npos) return {};
  const std::string_view rest = file.substr(end + 3);
  if (!rest.empty() && rest != ".xz" && rest != ".gz" && rest != ".zst" && rest != ".bz2") return {};
  return std::string(file.substr(0, end));
}

Json read_initrd(const mount::GuestRoot& root, const std::string& path) {
  const file::Region region = file::file_region(root, path);
  std::set<std::string> modules;
  std::uint64_t unpacked = 0;
  std::string maker;
  file::for_each_initrd_member(
      region,
      [&](const file::InitrdMember& member, base::ByteSource&) {
        unpacked += member.size_bytes;
        if (unpacked > kMostInitrd) base::throw_corrupt(path, "unpacks to more than 1 GiB");
        std::string name = module_name(member.name);
        if (!name.empty()) modules.insert(std::move(name));
        if (member.name.find("lib/dracut") != std::string::npos) maker = "dracut";
        else if (maker.empty() && member.name.ends_with("scripts/init-premount")) maker = "initramfs-tools";
        else if (maker.empty() && member.name.ends_with("etc/mkinitcpio.d")) maker = "mkinitcpio";
        return true;
      },
      {});
  Json initrd = {{"path", path}, {"size", region.size_bytes}};
  put(initrd, "made_by", maker);
  initrd["modules"] = modules;
  return initrd;
}

// modules.dep has one line for each module.
std::size_t count_modules(Reader& guest, const std::string& folder) {
  const auto text = guest.text(folder + "/modules.dep", 16U << 20U);
  return text ? static_cast<std::size_t>(std::count(text->begin(), text->end(), '\n')) : 0;
}

class Kernels {
 public:
  explicit Kernels(Reader& guest) : guest_(guest) {}

  Json read() {
    for (const std::string folder : {"/boot", "/lib/modules", "/usr/lib/modules"}) read_folder(folder);
    Json list = Json::array();
    for (auto& [version, kernel] : found_) {
      if (kernel.contains("initrds"))
        for (const Json& initrd : kernel["initrds"]) start(initrd["path"]);
      list.push_back(std::move(kernel));
    }
    return list;
  }

 private:
  // Unpacking one takes longer than all other sections.
  void start(const std::string& path) {
    guest_.start(path, [root = &guest_.root(), path] { return read_initrd(*root, path); });
  }

  Json& kernel(const std::string& version) {
    for (auto& [known, value] : found_)
      if (known == version) return value;
    found_.emplace_back(version, Json{{"version", version}});
    return found_.back().second;
  }

  void read_folder(const std::string& folder) {
    if (folder == "/boot") return read_boot();
    if (folder == "/usr/lib/modules" && guest_.link("/lib").starts_with("usr/lib")) return;
    for (const std::string& version : guest_.names(folder)) {
      const std::string place = folder + "/" + version;
      if (!guest_.has_folder(place)) continue;
      Json& entry = kernel(version);
      put(entry, "modules_folder", place);
      if (const std::size_t count = count_modules(guest_, place); count != 0) entry["module_count"] = count;
      if (!entry.contains("image") && guest_.has_file(place + "/vmlinuz")) add_image(entry, place + "/vmlinuz");
    }
  }

  void read_boot() {
    for (const std::string& name : guest_.names("/boot")) {
      const std::string path = "/boot/" + name;
      if (!guest_.link(path).empty() || !guest_.has_file(path)) continue;
      const std::string image = after(name, kImages);
      const std::string initrd = after(name, kInitrds);
      if (!image.empty()) add_image(kernel(image), path);
      // kdump's is for the same kernel.
      else if (!initrd.empty()) kernel(without(without(initrd, ".img"), "kdump"))["initrds"].push_back({{"path", path}});
      else if (name == "vmlinuz" || name == "bzImage" || name == "vmlinuz-linux") add_image(kernel(name), path);
    }
  }

  void add_image(Json& entry, const std::string& path) {
    entry["image"] = path;
    guest_.guarded(path, [&] {
      const base::UniqueFd file = guest_.root().open_regular(path, O_RDONLY);
      entry["size"] = base::size_of(file.get());
      put(entry, "banner", kernel_banner(file.get()));
    });
  }

  Reader& guest_;
  std::vector<std::pair<std::string, Json>> found_;
};

}  // namespace

void finish_kernels(Json& kernels, const std::map<std::string, Json>& results) {
  for (Json& kernel : kernels) {
    if (!kernel.contains("initrds")) continue;
    for (Json& initrd : kernel["initrds"]) {
      const auto found = results.find(initrd["path"].get<std::string>());
      if (found != results.end()) initrd = found->second;
    }
  }
}

Json read_kernels(Reader& guest) {
  if (guest.os().type != "linux") return {};
  return Kernels(guest).read();
}

}  // namespace vmcraft::inspect::report
