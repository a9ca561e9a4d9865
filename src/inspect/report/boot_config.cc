// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/boot_config.h"

#include "base/text.h"
#include "inspect/report/ini.h"

namespace vmcraft::inspect::report {
namespace {

constexpr std::size_t kMostEntries = 10000;

// The words of a line of GRUB's shell, quotes taken away; a comment ends it.
std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
      else if (c == '\\' && quote == '"' && i + 1 < line.size()) word += line[++i];
      else word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
      inside = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (inside) words.push_back(std::move(word));
      word.clear();
      inside = false;
    } else if (c == '#' && !inside) {
      break;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(std::move(word));
  return words;
}

std::string joined(const std::vector<std::string>& words, std::size_t from) {
  if (from >= words.size()) return {};
  return base::join({words.begin() + static_cast<std::ptrdiff_t>(from), words.end()}, " ");
}

// A hypervisor starts the kernel that its first module is.
void read_grub2_command(const std::vector<std::string>& words, BootEntry& entry) {
  const std::string& command = words[0];
  const bool module = command == "module" || command == "module2";
  if (command == "linux" || command == "linux16" || command == "linuxefi" || command == "kernel" ||
      command == "kfreebsd" || (module && entry.kernel.empty())) {
    if (words.size() < 2 || !entry.kernel.empty()) return;
    entry.kernel = words[1];
    entry.options = joined(words, 2);
  } else if (command == "multiboot" || command == "multiboot2") {
    entry.chain = joined(words, 1);
  } else if (command == "initrd" || command == "initrd16" || command == "initrdefi" || module) {
    entry.initrds.insert(entry.initrds.end(), words.begin() + 1, words.end());
  } else if (command == "chainloader") {
    entry.chain = joined(words, 1);
  }
}

// "set default=..." comes several times, each in a condition; the one with a value that is no variable
// is what was chosen.
void set_default(BootConfig& config, const std::string& assignment) {
  constexpr std::string_view kDefault = "default=";
  constexpr std::string_view kTimeout = "timeout=";
  if (assignment.starts_with(kDefault)) {
    const std::string value = assignment.substr(kDefault.size());
    if (config.default_entry.empty() || value.find("next_entry") == std::string::npos) config.default_entry = value;
  } else if (assignment.starts_with(kTimeout) && config.timeout.empty()) {
    config.timeout = assignment.substr(kTimeout.size());
  }
}

}  // namespace

BootConfig parse_grub2(std::string_view text) {
  BootConfig config;
  bool inside = false;
  for (const std::string& line : base::split_lines(text)) {
    std::vector<std::string> words = shell_words(line);
    if (words.empty()) continue;
    if (words[0] == "menuentry" && config.entries.size() < kMostEntries) {
      config.entries.emplace_back();
      if (words.size() > 1) config.entries.back().title = words[1];
      inside = true;
    } else if (words[0] == "}") {
      inside = false;
    } else if (words[0] == "set" && words.size() > 1) {
      set_default(config, words[1]);
    } else if (inside) {
      read_grub2_command(words, config.entries.back());
    }
  }
  return config;
}

// Keys and values are apart by a blank or by '='.
BootConfig parse_grub1(std::string_view text) {
  BootConfig config;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string line(base::trim(raw));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t end = line.find_first_of(" \t=");
    const std::string key = base::lower(line.substr(0, end));
    const std::size_t start = end == std::string::npos ? std::string::npos : line.find_first_not_of(" \t=", end);
    const std::string value = start == std::string::npos ? "" : line.substr(start);
    if (key == "title" && config.entries.size() < kMostEntries) config.entries.push_back({value, {}, {}, {}, {}});
    else if (key == "default" && config.entries.empty()) config.default_entry = value;
    else if (key == "timeout" && config.entries.empty()) config.timeout = value;
    else if (config.entries.empty()) continue;
    else if (key == "kernel" && config.entries.back().kernel.empty()) {
      const std::vector<std::string> words = base::split_blanks(value);
      if (!words.empty()) config.entries.back().kernel = words[0];
      config.entries.back().options = joined(words, 1);
    } else if (key == "initrd" || key == "module") config.entries.back().initrds.push_back(value);
    else if (key == "chainloader") config.entries.back().chain = value;
  }
  return config;
}

namespace {

// Those that APPEND names with initrd= count as well.
void take_appended(BootEntry& entry) {
  for (const std::string& word : base::split_blanks(entry.options))
    if (word.starts_with("initrd="))
      for (const std::string& path : base::split(word.substr(7), ',')) entry.initrds.push_back(path);
}

}  // namespace

BootConfig parse_extlinux(std::string_view text) {
  BootConfig config;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string line(base::trim(raw));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t end = line.find_first_of(" \t");
    const std::string key = base::lower(line.substr(0, end));
    const std::string value = end == std::string::npos ? "" : std::string(base::trim(line.substr(end)));
    BootEntry* entry = config.entries.empty() ? nullptr : &config.entries.back();
    if (key == "label" && config.entries.size() < kMostEntries) config.entries.push_back({value, {}, {}, {}, {}});
    else if (key == "default" || key == "ontimeout") config.default_entry = value;
    else if (key == "timeout") config.timeout = value;
    else if (entry == nullptr) continue;
    else if (key == "kernel" || key == "linux") entry->kernel = value;
    else if (key == "initrd") entry->initrds.push_back(value);
    else if (key == "append") entry->options = value;
    else if (key == "com32" || key == "boot" || key == "localboot") entry->chain = key + " " + value;
  }
  for (BootEntry& entry : config.entries) take_appended(entry);
  return config;
}

BootConfig parse_lilo(std::string_view text) {
  BootConfig config;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string line(base::trim(raw));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t sign = line.find('=');
    const std::string key(base::trim(line.substr(0, sign)));
    std::string value(sign == std::string::npos ? "" : base::trim(std::string_view(line).substr(sign + 1)));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    BootEntry* entry = config.entries.empty() ? nullptr : &config.entries.back();
    if ((key == "image" || key == "other") && config.entries.size() < kMostEntries) {
      config.entries.emplace_back();
      (key == "image" ? config.entries.back().kernel : config.entries.back().chain) = value;
    } else if (key == "default") config.default_entry = value;
    else if (key == "timeout") config.timeout = value;
    else if (entry == nullptr) continue;
    else if (key == "label") entry->title = value;
    else if (key == "initrd") entry->initrds.push_back(value);
    else if (key == "root") entry->options += (entry->options.empty() ? "root=" : " root=") + value;
    else if (key == "append") entry->options += (entry->options.empty() ? "" : " ") + value;
    else if (key == "read-only") entry->options += entry->options.empty() ? "ro" : " ro";
  }
  return config;
}

BootConfig parse_zipl(std::string_view text) {
  BootConfig config;
  for (const IniSection& part : parse_ini(text)) {
    if (part.name == "defaultboot") {
      config.default_entry = part.value("default");
      config.timeout = part.value("timeout");
    } else if (!part.value("image").empty() && config.entries.size() < kMostEntries) {
      BootEntry entry{part.name, part.value("image"), {}, part.value("parameters"), {}};
      if (!part.value("ramdisk").empty()) entry.initrds.push_back(part.value("ramdisk"));
      if (entry.options.size() > 1 && entry.options.front() == '"' && entry.options.back() == '"')
        entry.options = entry.options.substr(1, entry.options.size() - 2);
      config.entries.push_back(std::move(entry));
    }
  }
  return config;
}

BootConfig parse_loader_conf(std::string_view text) {
  BootConfig config;
  for (const std::string& line : base::split_lines(text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() < 2 || words[0].starts_with('#')) continue;
    if (words[0] == "default") config.default_entry = words[1];
    if (words[0] == "timeout") config.timeout = words[1];
  }
  return config;
}

BootEntry parse_bls(std::string_view text) {
  BootEntry entry;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string line(base::trim(raw));
    const std::size_t end = line.find_first_of(" \t");
    if (line.empty() || line.front() == '#' || end == std::string::npos) continue;
    const std::string key = line.substr(0, end);
    const std::string value(base::trim(line.substr(end)));
    if (key == "title") entry.title = value;
    else if (key == "linux") entry.kernel = value;
    else if (key == "initrd")
      for (const std::string& path : base::split_blanks(value)) entry.initrds.push_back(path);
    else if (key == "options") entry.options += (entry.options.empty() ? "" : " ") + value;
    else if (key == "efi") entry.chain = value;
  }
  return entry;
}

}  // namespace vmcraft::inspect::report
