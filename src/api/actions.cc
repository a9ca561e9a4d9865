// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/api.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "api/copy.h"
#include "api/driver.h"
#include "api/groups.h"
#include "base/error.h"
#include "base/library.h"
#include "base/process.h"
#include "base/text.h"
#include "handle/handle.h"
#include "handle/tool.h"
#include "run/labels.h"

namespace vmcraft {
namespace {

using handle::Handle;

EchoRecord record(const std::string& text, std::int64_t number) {
  EchoRecord r;
  r.a_char = text.empty() ? '\0' : text.front();
  r.a_string = r.a_device = r.a_buffer = text;
  r.a_uint32 = static_cast<std::uint32_t>(number);
  r.a_int32 = static_cast<std::int32_t>(number);
  r.a_uint64 = r.a_bytes = static_cast<std::uint64_t>(number);
  r.a_int64 = number;
  r.a_uuid = text.substr(0, 32);
  if (number >= 0) r.a_percent = static_cast<float>(number);
  return r;
}

// What depends on this machine and not on a program of it.
void require_kernel(const std::string& group) {
  if (group == "selinux") run::require_selinux(group);
  if (group == "grub")
    throw Error(ErrorCode::not_supported, EOPNOTSUPP, group + ": feature group needs GRUB 1, of the package grub-legacy");
}

void require_installed(const std::string& group) {
  require_kernel(group);
  for (const handle::KnownProgram& program : handle::known_programs())
    if (group == program.group && !base::find_program(program.name))
      throw Error(ErrorCode::not_supported, EOPNOTSUPP,
                  group + ": feature group needs the program " + program.name +
                      ", which is in the package " + program.package);
  for (const base::KnownLibrary& library : base::known_libraries())
    if (group == library.group && !base::library_available(library.soname))
      throw Error(ErrorCode::not_supported, EOPNOTSUPP,
                  group + ": feature group needs the library " + library.soname +
                      ", which is in the package " + library.package);
}

}  // namespace

using Text = std::string;
using Texts = std::vector<std::string>;

Text action::echo_string(Handle&, const Text& value) { return value; }
Text action::echo_pathname(Handle&, const Text& value) { return value; }
Text action::echo_device(Handle&, const Text& value) { return value; }
Text action::echo_mountable(Handle&, const Text& value) { return value; }
Text action::echo_device_or_path(Handle&, const Text& value) { return value; }
Text action::echo_mountable_or_path(Handle&, const Text& value) { return value; }
Text action::echo_guid(Handle&, const Text& value) { return value; }
Text action::echo_filename(Handle&, const Text& value) { return value; }
Text action::echo_key(Handle&, const Text& value) { return value; }
std::optional<Text> action::echo_optstring(Handle&, const std::optional<Text>& value) {
  return value;
}
Texts action::echo_stringlist(Handle&, const Texts& value) { return value; }
Texts action::echo_devicelist(Handle&, const Texts& value) { return value; }
Texts action::echo_pathnamelist(Handle&, const Texts& value) { return value; }
Texts action::echo_filenamelist(Handle&, const Texts& value) { return value; }
Text action::echo_bufferin(Handle&, std::string_view value) { return Text(value); }
int action::echo_int(Handle&, int value) { return value; }
std::int64_t action::echo_int64(Handle&, std::int64_t value) { return value; }
bool action::echo_bool(Handle&, bool value) { return value; }
int action::echo_octal(Handle&, int value) { return value; }
Text action::echo_device_ret(Handle&, const Text& value) { return value; }
Text action::echo_mountable_ret(Handle&, const Text& value) { return value; }
Text action::echo_const_string(Handle&, const Text& value) { return value; }
Texts action::echo_devicelist_ret(Handle&, const Texts& value) { return value; }
Texts action::echo_mountablelist_ret(Handle&, const Texts& value) { return value; }

void action::echo_files(Handle& h, base::ByteSource& input, base::ByteSink& output) {
  std::vector<std::byte> buffer(1U << 20U);
  while (const std::size_t n = input.read(buffer)) {
    h.check_cancelled();
    output.write(std::span(buffer).first(n));
  }
}

Text action::echo_daemon(Handle&, const Texts& words) { return base::join(words, " "); }

HashTable action::echo_options(Handle&, const EchoOptionsOptions& options) {
  HashTable table;
  if (options.text) table.emplace_back("text", *options.text);
  if (options.flag) table.emplace_back("flag", *options.flag ? "true" : "false");
  if (options.number) table.emplace_back("number", std::to_string(*options.number));
  if (options.large) table.emplace_back("large", std::to_string(*options.large));
  if (options.list)
    for (const Text& item : *options.list) table.emplace_back("list", item);
  return table;
}

HashTable action::echo_hashtable(Handle&, const Texts& value) {
  HashTable table;
  for (std::size_t i = 0; i + 1 < value.size(); i += 2) table.emplace_back(value[i], value[i + 1]);
  return table;
}

EchoRecord action::echo_struct(Handle&, const Text& text, std::int64_t number) {
  return record(text, number);
}

std::vector<EchoRecord> action::echo_structlist(Handle&, const Text& text, int count) {
  std::vector<EchoRecord> list;
  for (int i = 0; i < count; ++i) list.push_back(record(text, i));
  return list;
}

void action::echo_progress(Handle& h, int steps) {
  for (int i = 1; i <= steps; ++i) {
    h.check_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    h.progress(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(steps));
  }
}

void action::echo_error(Handle&, const Text& text, int errnum) {
  throw Error(ErrorCode::system, errnum, text);
}

Version action::version(Handle&) {
  const std::vector<std::string> parts = base::split(VMCRAFT_VERSION, '.');
  const auto number = [&](std::size_t i) {
    return i < parts.size() ? base::parse_number<std::int64_t>(parts[i]).value_or(0) : 0;
  };
  return {number(0), number(1), number(2), ""};
}

void action::available(Handle&, const Texts& groups) {
  const Texts known = api::declared_groups();
  for (const Text& group : groups) {
    if (std::find(known.begin(), known.end(), group) == known.end())
      throw Error(ErrorCode::not_supported, EOPNOTSUPP,
                  group + ": feature group is not available in this library");
    require_installed(group);
  }
}

bool action::feature_available(Handle& h, const Texts& groups) {
  try {
    available(h, groups);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void action::copy_in(Handle& h, const Text& localpath, const Text& remotedir) {
  api::copy_in(h, localpath, remotedir);
}

void action::copy_out(Handle& h, const Text& remotepath, const Text& localdir) {
  api::copy_out(h, remotepath, localdir);
}

DriverInjection action::inject_driver(Handle& h, const Text& path, const InjectDriverOptions& options) {
  return api::inject_driver(h, path, options.inf.value_or(""), options.dry_run.value_or(false));
}

Texts action::available_all_groups(Handle&) { return api::declared_groups(); }

}  // namespace vmcraft
