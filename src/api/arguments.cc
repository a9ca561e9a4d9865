// SPDX-License-Identifier: LGPL-3.0-or-later
#include "api/arguments.h"

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::api {
namespace {

constexpr std::string_view kBtrfsVolume = "btrfsvol:";

bool is_device(const std::string& text) { return text.starts_with("/dev/"); }
bool is_mountable(const std::string& text) {
  return is_device(text) || (text.starts_with(kBtrfsVolume) && is_device(text.substr(9)));
}

}  // namespace

void ArgumentChecker::no_nul(const char* name, const std::string& v) {
  if (v.find('\0') != std::string::npos) base::throw_invalid(name, "holds a NUL byte");
}

void ArgumentChecker::pathname(const char* name, const std::string& v) {
  no_nul(name, v);
  if (v.empty() || v.front() != '/') base::throw_invalid(v.empty() ? name : v, "path must start with /");
}

void ArgumentChecker::device(const char* name, const std::string& v) {
  no_nul(name, v);
  if (!is_device(v)) base::throw_invalid(v.empty() ? name : v, "device must start with /dev/");
}

void ArgumentChecker::mountable(const char* name, const std::string& v) {
  no_nul(name, v);
  if (!is_mountable(v))
    base::throw_invalid(v.empty() ? name : v, "must be a device or btrfsvol:DEVICE/SUBVOLUME");
}

void ArgumentChecker::device_or_path(const char* name, const std::string& v) { pathname(name, v); }

void ArgumentChecker::mountable_or_path(const char* name, const std::string& v) {
  if (!is_mountable(v)) pathname(name, v);
}

void ArgumentChecker::guid(const char* name, const std::string& v) {
  const std::string_view bare =
      v.starts_with('{') && v.ends_with('}') ? std::string_view(v).substr(1, v.size() - 2) : v;
  const bool right = bare.size() == 36 && bare.find_first_not_of("0123456789abcdefABCDEF-") ==
                                              std::string_view::npos;
  if (!right) base::throw_invalid(name, "'" + v + "' is not a GUID");
}

void ArgumentChecker::filename(const char* name, const std::string& v) {
  no_nul(name, v);
  if (v.empty() || v.find('/') != std::string::npos || v == "." || v == "..")
    base::throw_invalid(name, "'" + v + "' is not a file name");
}

void ArgumentChecker::optstring(const char* name, const std::optional<std::string>& v) {
  if (v) no_nul(name, *v);
}

void ArgumentChecker::stringlist(const char* name, const std::vector<std::string>& v) {
  for (const std::string& item : v) no_nul(name, item);
}

void ArgumentChecker::devicelist(const char* name, const std::vector<std::string>& v) {
  for (const std::string& item : v) device(name, item);
}

void ArgumentChecker::pathnamelist(const char* name, const std::vector<std::string>& v) {
  for (const std::string& item : v) pathname(name, item);
}

void ArgumentChecker::filenamelist(const char* name, const std::vector<std::string>& v) {
  for (const std::string& item : v) filename(name, item);
}

void ArgumentChecker::filein(const char* name, const std::string& v) {
  no_nul(name, v);
  if (v.empty()) base::throw_invalid(name, "local file name is empty");
}

void ArgumentChecker::fileout(const char* name, const std::string& v) { filein(name, v); }

void ArgumentTracer::quoted(const std::string& v) { text_ += " \"" + v + "\""; }

void ArgumentTracer::optstring(const char*, const std::optional<std::string>& v) {
  if (v) quoted(*v);
  else text_ += " NULL";
}

void ArgumentTracer::stringlist(const char*, const std::vector<std::string>& v) {
  text_ += ' ';
  value(v);
}

void ArgumentTracer::bufferin(const char*, std::string_view v) {
  constexpr std::size_t kShown = 256;
  text_ += " \"" + std::string(v.substr(0, kShown)) + "\"";
  if (v.size() > kShown) text_ += "<truncated, original size " + std::to_string(v.size()) + " bytes>";
}

void ArgumentTracer::value(const std::vector<std::string>& v) {
  text_ += "\"" + base::join(v, " ") + "\"";
}

}  // namespace vmcraft::api
