// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/architecture.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "file/compress.h"
#include "file/initrd.h"
#include "inspect/files.h"

namespace vmcraft::inspect {
namespace {

constexpr std::size_t kHead = 4096;
constexpr std::string_view kCpio = "07070";
// In the initrd of every distribution one of these is a program.
constexpr std::array kPrograms = std::to_array<std::string_view>(
    {"bin/bash", "bin/busybox", "bin/dash", "bin/ls", "bin/modprobe", "bin/nash", "bin/rm", "bin/sh",
     "init", "sbin/modprobe", "usr/bin/bash", "usr/bin/busybox", "usr/bin/dash", "usr/bin/kmod",
     "usr/bin/ls", "usr/bin/sh", "usr/lib/systemd/systemd"});

std::string head_of(base::ByteSource& source) {
  std::string bytes(kHead, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const std::size_t n =
        source.read(std::as_writable_bytes(std::span(bytes.data() + filled, bytes.size() - filled)));
    if (n == 0) break;
    filled += n;
  }
  bytes.resize(filled);
  return bytes;
}

std::optional<std::string> program_architecture(std::string_view head) {
  if (auto name = elf_architecture(head)) return name;
  return pe_architecture(head);
}

std::optional<std::string> initrd_architecture(const file::Region& region, const file::Progress& progress) {
  std::optional<std::string> found;
  const auto visit = [&](const file::InitrdMember& member, base::ByteSource& content) {
    std::string_view name = member.name;
    if (name.starts_with("./")) name.remove_prefix(2);
    if (std::find(kPrograms.begin(), kPrograms.end(), name) != kPrograms.end())
      found = program_architecture(head_of(content));
    return !found;
  };
  file::for_each_initrd_member(region, visit, progress);
  return found;
}

// A compressed file that is damaged behind its first bytes is no matter here.
std::string decompressed_head(const file::Region& region) {
  try {
    file::RegionSource source(region);
    file::Decompressor stream(source, std::nullopt, region.name);
    return head_of(stream);
  } catch (const Error& failure) {
    if (failure.code() == ErrorCode::not_supported) throw;
    return {};
  }
}

}  // namespace

std::string file_architecture(const GuestRoot& root, const std::string& path,
                              const file::Progress& progress) {
  const file::Region region = file::file_region(root, path);
  const std::string head = decompressed_head(region);
  std::optional<std::string> name = program_architecture(head);
  if (!name && head.starts_with(kCpio)) name = initrd_architecture(region, progress);
  if (!name) base::throw_invalid(path, "not a program, library or initrd of a known architecture");
  return *name;
}

}  // namespace vmcraft::inspect
