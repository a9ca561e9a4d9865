// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vmcraft::inspect {
namespace {

constexpr std::size_t kLargestFile = 4U << 20U;

struct Machine {
  std::uint16_t number;
  const char* name;        // little-endian, or of the one order it has
  const char* big_endian;  // null: the same
  const char* name32;      // 32-bit class; null: the same
};

// ELF e_machine numbers and the names guestfs gives them.
constexpr std::array kMachines = std::to_array<Machine>({
    {3, "i386", nullptr, nullptr},      {62, "x86_64", nullptr, "x32"},
    {183, "aarch64", nullptr, nullptr}, {40, "arm", nullptr, nullptr},
    {21, "ppc64le", "ppc64", nullptr},  {20, "ppc", nullptr, nullptr},
    {22, "s390x", nullptr, "s390"},     {50, "ia64", nullptr, nullptr},
    {2, "sparc", nullptr, nullptr},     {43, "sparc64", nullptr, nullptr},
    {18, "sparc", nullptr, nullptr},    {8, "mipsel", "mips", nullptr},
    {243, "riscv64", nullptr, "riscv32"}, {258, "loongarch64", nullptr, "loongarch32"},
    {4, "m68k", nullptr, nullptr},      {15, "parisc", nullptr, nullptr},
    {36902, "alpha", nullptr, nullptr},
});

std::optional<struct stat> quiet_stat(const GuestRoot& root, const std::string& path) {
  try {
    return root.stat(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> head(const GuestRoot& root, const std::string& path, std::size_t size) {
  try {
    const base::UniqueFd file = root.open_regular(path, O_RDONLY);
    std::string bytes(size, '\0');
    bytes.resize(base::pread_full(file.get(),
                                  std::as_writable_bytes(std::span(bytes.data(), size)), 0));
    return bytes;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> name_in(const GuestRoot& root, const std::string& folder,
                                   const std::string& wanted) {
  std::optional<std::string> found;
  for (std::string& name : names_in(root, folder)) {
    if (wanted == name) return wanted;  // the exact spelling wins
    if (::strcasecmp(wanted.c_str(), name.c_str()) == 0) found = std::move(name);
  }
  return found;
}

std::string unquoted(std::string_view value) {
  std::string result;
  char quote = '\0';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quote == '\0' && (c == '"' || c == '\'')) quote = c;
    else if (c == quote && quote != '\0') quote = '\0';
    else if (c == '\\' && quote != '\'' && i + 1 < value.size()) result += value[++i];
    else if (c == '#' && quote == '\0' && i > 0 && value[i - 1] == ' ') break;
    else result += c;
  }
  return std::string(base::trim(result));
}

}  // namespace

bool is_directory(const GuestRoot& root, const std::string& path) {
  const auto st = quiet_stat(root, path);
  return st && S_ISDIR(st->st_mode);
}

bool is_file(const GuestRoot& root, const std::string& path) {
  const auto st = quiet_stat(root, path);
  return st && S_ISREG(st->st_mode);
}

bool exists(const GuestRoot& root, const std::string& path) {
  return quiet_stat(root, path).has_value();
}

std::vector<std::string> names_in(const GuestRoot& root, const std::string& folder) {
  base::UniqueFd fd;
  try {
    fd = root.open_directory(folder);
  } catch (const Error&) {
    return {};
  }
  struct Closer {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, Closer> directory(::fdopendir(fd.get()));
  if (!directory) return {};
  fd.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::string link_target(const GuestRoot& root, const std::string& path) {
  try {
    const GuestRoot::Entry entry = root.entry(path);
    std::array<char, 4096> buffer{};
    const ssize_t n = ::readlinkat(entry.directory.get(), entry.name.c_str(), buffer.data(),
                                   buffer.size());
    return n < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(n));
  } catch (const Error&) {
    return {};
  }
}

std::optional<std::string> content(const GuestRoot& root, const std::string& path) {
  try {
    const base::UniqueFd file = root.open_regular(path, O_RDONLY);
    return base::read_text_fd(file.get(), path, kLargestFile);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> first_line(const GuestRoot& root, const std::string& path) {
  const auto text = content(root, path);
  if (!text) return std::nullopt;
  return std::string(base::trim(text->substr(0, text->find('\n'))));
}

std::optional<std::string> any_case(const GuestRoot& root, const std::string& path) {
  std::string found;
  for (const std::string& component : base::split(path.substr(1), '/')) {
    const auto name = name_in(root, found.empty() ? "/" : found, component);
    if (!name) return std::nullopt;
    found += "/" + *name;
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> shell_variables(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string_view line = base::trim(raw);
    const std::size_t sign = line.find('=');
    if (line.empty() || line.front() == '#' || sign == std::string_view::npos) continue;
    result.emplace_back(line.substr(0, sign), unquoted(line.substr(sign + 1)));
  }
  return result;
}

std::string variable(const std::vector<std::pair<std::string, std::string>>& all,
                     std::string_view name) {
  for (const auto& [key, value] : all)
    if (key == name) return value;
  return {};
}

std::optional<std::string> elf_architecture(std::string_view header) {
  if (header.size() < 20 || header.substr(0, 4) != "\x7f"
                                                   "ELF")
    return std::nullopt;
  const bool is_32bit = header[4] == 1;
  const bool big = header[5] == 2;
  base::Le16 little;
  base::Be16 large;
  std::memcpy(&little, header.data() + 18, 2);
  std::memcpy(&large, header.data() + 18, 2);
  const std::uint16_t number = big ? std::uint16_t{large} : std::uint16_t{little};
  for (const Machine& machine : kMachines) {
    if (machine.number != number) continue;
    if (is_32bit && machine.name32 != nullptr) return machine.name32;
    return big && machine.big_endian != nullptr ? machine.big_endian : machine.name;
  }
  return std::nullopt;
}

std::optional<std::string> elf_architecture(const GuestRoot& root,
                                            const std::vector<std::string>& programs) {
  for (const std::string& program : programs)
    if (const auto bytes = head(root, program, 64))
      if (auto name = elf_architecture(*bytes)) return name;
  return std::nullopt;
}

std::optional<std::string> pe_architecture(const GuestRoot& root, const std::string& path) {
  const auto bytes = head(root, path, 4096);
  return bytes ? pe_architecture(*bytes) : std::nullopt;
}

std::optional<std::string> pe_architecture(std::string_view bytes) {
  if (bytes.size() < 64 || !bytes.starts_with("MZ")) return std::nullopt;
  base::Le32 offset;
  std::memcpy(&offset, bytes.data() + 60, 4);
  if (offset > bytes.size() - 6 || bytes.substr(offset, 4) != std::string_view("PE\0\0", 4))
    return std::nullopt;
  base::Le16 machine;
  std::memcpy(&machine, bytes.data() + offset + 4, 2);
  switch (machine) {
    case 0x014c: return "i386";
    case 0x8664: return "x86_64";
    case 0xaa64: return "aarch64";
    case 0x01c4: return "arm";
    case 0x0200: return "ia64";
    default: return std::nullopt;
  }
}

}  // namespace vmcraft::inspect
