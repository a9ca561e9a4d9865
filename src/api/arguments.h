// SPDX-License-Identifier: LGPL-3.0-or-later
// Visitors over the arguments of a call: one checks them, one shows them in the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::api {

/// Refuses what no handler should see: relative guest paths, strings with NUL, names with slashes.
class ArgumentChecker {
 public:
  void string(const char* name, const std::string& v) { no_nul(name, v); }
  void pathname(const char* name, const std::string& v);
  void device(const char* name, const std::string& v);
  void mountable(const char* name, const std::string& v);
  void device_or_path(const char* name, const std::string& v);
  void mountable_or_path(const char* name, const std::string& v);
  void guid(const char* name, const std::string& v);
  void filename(const char* name, const std::string& v);
  void key(const char*, const std::string&) {}  // key files hold any bytes
  void optstring(const char* name, const std::optional<std::string>& v);
  void stringlist(const char* name, const std::vector<std::string>& v);
  void devicelist(const char* name, const std::vector<std::string>& v);
  void pathnamelist(const char* name, const std::vector<std::string>& v);
  void filenamelist(const char* name, const std::vector<std::string>& v);
  void bufferin(const char*, std::string_view) {}
  void filein(const char* name, const std::string& v);
  void fileout(const char* name, const std::string& v);
  void boolean(const char*, bool) {}
  void int32(const char*, int) {}
  void int64(const char*, std::int64_t) {}
  void key_option(const char*, const std::optional<std::string>&) {}
  void option(const char* name, const std::optional<std::string>& v) { optstring(name, v); }
  void option(const char* name, const std::optional<std::vector<std::string>>& v) {
    if (v) stringlist(name, *v);
  }
  template <typename T>
  void option(const char*, const std::optional<T>&) {}

 private:
  static void no_nul(const char* name, const std::string& v);
};

/// Renders a call as the trace shows it; keys are never shown.
class ArgumentTracer {
 public:
  void string(const char*, const std::string& v) { quoted(v); }
  void pathname(const char*, const std::string& v) { quoted(v); }
  void device(const char*, const std::string& v) { quoted(v); }
  void mountable(const char*, const std::string& v) { quoted(v); }
  void device_or_path(const char*, const std::string& v) { quoted(v); }
  void mountable_or_path(const char*, const std::string& v) { quoted(v); }
  void guid(const char*, const std::string& v) { quoted(v); }
  void filename(const char*, const std::string& v) { quoted(v); }
  void key(const char*, const std::string&) { text_ += " ***"; }
  void optstring(const char*, const std::optional<std::string>& v);
  void stringlist(const char*, const std::vector<std::string>& v);
  void devicelist(const char* n, const std::vector<std::string>& v) { stringlist(n, v); }
  void pathnamelist(const char* n, const std::vector<std::string>& v) { stringlist(n, v); }
  void filenamelist(const char* n, const std::vector<std::string>& v) { stringlist(n, v); }
  void bufferin(const char*, std::string_view v);
  void filein(const char*, const std::string& v) { quoted(v); }
  void fileout(const char*, const std::string& v) { quoted(v); }
  void boolean(const char*, bool v) { text_ += v ? " true" : " false"; }
  void int32(const char*, int v) { text_ += " " + std::to_string(v); }
  void int64(const char*, std::int64_t v) { text_ += " " + std::to_string(v); }
  void key_option(const char* name, const std::optional<std::string>& v) {
    if (v) text_ += std::string(" ") + name + ":***";
  }
  template <typename T>
  void option(const char* name, const std::optional<T>& v) {
    if (!v) return;
    text_ += std::string(" ") + name + ":";
    value(*v);
  }
  const std::string& text() const noexcept { return text_; }

 private:
  void quoted(const std::string& v);
  void value(const std::string& v) { text_ += "\"" + v + "\""; }
  void value(bool v) { text_ += v ? "true" : "false"; }
  void value(std::int64_t v) { text_ += std::to_string(v); }
  void value(int v) { text_ += std::to_string(v); }
  void value(const std::vector<std::string>& v);
  std::string text_;
};

}  // namespace vmcraft::api
