// SPDX-License-Identifier: LGPL-3.0-or-later
// Objects below \Objects, each with a type and elements, whose numbers are their names.
#include "inspect/report/bcd.h"

#include <fmt/format.h>

#include <cstring>

#include "base/bytes.h"
#include "base/text.h"
#include "inspect/hive.h"

namespace vmcraft::inspect::report {
namespace {

constexpr const char* kManager = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
// The kind of application is in the low bits of an object's type.
constexpr std::uint32_t kApplicationMask = 0x000fffff;
constexpr std::uint32_t kObjectMask = 0xf0000000;
constexpr std::uint32_t kApplicationObject = 0x10000000;

std::string application_of(std::uint32_t type) {
  switch (type & kApplicationMask) {
    case 1: return "firmware boot manager";
    case 2: return "boot manager";
    case 3: return "boot loader";
    case 4: return "resume loader";
    case 5: return "memory test";
    case 6: return "legacy loader";
    case 7: return "setup loader";
    case 8: return "boot sector";
    case 9: return "startup module";
    default: return fmt::format("{:#x}", type);
  }
}

class Bcd {
 public:
  Bcd(const mount::GuestRoot& root, const std::string& path) : hive_(root, path, {.writable = false, .unsafe = true}) {}

  Json read() const {
    Json facts = Json::object();
    const auto objects = hive_.find({"Objects"});
    if (!objects) return facts;
    if (const auto manager = hive_.find({"Objects", kManager})) {
      put(facts, "default", text(*manager, "23000003"));
      if (const auto seconds = number(*manager, "25000004")) facts["timeout"] = std::to_string(*seconds);
    }
    for (const Hive::Number node : hive_.children(*objects)) {
      const auto description = hive_.find({"Objects", hive_.name(node), "Description"});
      const auto type = description ? hive_.dword_of(*description, "Type") : std::nullopt;
      if (!type || (*type & kObjectMask) != kApplicationObject) continue;
      Json entry = {{"id", hive_.name(node)}, {"kind", application_of(*type)}};
      put(entry, "title", text(node, "12000004"));
      put(entry, "kernel", text(node, "12000002"));
      put(entry, "options", text(node, "12000030"));
      put(entry, "system_root", text(node, "22000002"));
      facts["entries"].push_back(std::move(entry));
    }
    return facts;
  }

 private:
  std::optional<Hive::Number> element(Hive::Number object, const char* name) const {
    const Hive::Number elements = hive_.child(object, "Elements");
    if (elements == 0) return std::nullopt;
    const Hive::Number found = hive_.child(elements, name);
    if (found == 0) return std::nullopt;
    return found;
  }
  std::string text(Hive::Number object, const char* name) const {
    const auto found = element(object, name);
    return found ? hive_.text_of(*found, "Element").value_or("") : std::string();
  }
  // Numbers are eight bytes, little-endian.
  std::optional<std::uint64_t> number(Hive::Number object, const char* name) const {
    const auto found = element(object, name);
    const Hive::Number value = found ? hive_.value(*found, "Element") : 0;
    if (value == 0) return std::nullopt;
    const std::string bytes = hive_.data(value);
    base::Le64 field;
    if (bytes.size() < sizeof field) return std::nullopt;
    std::memcpy(&field, bytes.data(), sizeof field);
    return field;
  }

  Hive hive_;
};

}  // namespace

Json parse_bcd(const mount::GuestRoot& root, const std::string& path) { return Bcd(root, path).read(); }

}  // namespace vmcraft::inspect::report
