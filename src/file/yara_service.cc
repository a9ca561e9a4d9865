// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/yara_service.h"

#include <yara.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace vmcraft::file {
namespace {

struct DestroyCompiler {
  void operator()(YR_COMPILER* compiler) const noexcept { ::yr_compiler_destroy(compiler); }
};

[[noreturn]] void fail(const std::string& object, int code) {
  switch (code) {
    case ERROR_INSUFFICIENT_MEMORY: base::throw_errno(object, ENOMEM);
    case ERROR_COULD_NOT_MAP_FILE:
    case ERROR_COULD_NOT_READ_FILE: base::throw_errno(object, EIO);
    case ERROR_UNSUPPORTED_FILE_VERSION:
      base::throw_invalid(object, "compiled by another version of Yara");
    case ERROR_INVALID_FILE:
    case ERROR_CORRUPT_FILE: base::throw_invalid(object, "not compiled rules");
    default: base::throw_invalid(object, "error " + std::to_string(code) + " of Yara");
  }
}

// The first error is what is wrong; later ones follow from it.
void keep_first_error(int level, const char*, int line, const YR_RULE*, const char* text, void* kept) {
  auto& message = *static_cast<std::string*>(kept);
  if (level == YARA_ERROR_LEVEL_ERROR && message.empty())
    message = "line " + std::to_string(line) + ": " + text;
}

YR_RULES* compile(const std::string& text) {
  if (text.find('\0') != std::string::npos) base::throw_invalid("rules", "are neither text nor compiled");
  YR_COMPILER* made = nullptr;
  if (const int code = ::yr_compiler_create(&made); code != ERROR_SUCCESS) fail("rules", code);
  const std::unique_ptr<YR_COMPILER, DestroyCompiler> compiler(made);
  std::string message;
  ::yr_compiler_set_callback(made, keep_first_error, &message);
  ::yr_compiler_set_include_callback(made, nullptr, nullptr, nullptr);
  if (::yr_compiler_add_string(made, text.c_str(), nullptr) > 0)
    base::throw_invalid("rules", message.empty() ? "cannot be compiled" : message);
  YR_RULES* rules = nullptr;
  if (const int code = ::yr_compiler_get_rules(made, &rules); code != ERROR_SUCCESS) fail("rules", code);
  return rules;
}

std::size_t read_items(void* to, std::size_t size, std::size_t count, void* from) {
  auto& left = *static_cast<std::string_view*>(from);
  const std::size_t items = size == 0 ? 0 : std::min(count, left.size() / size);
  std::memcpy(to, left.data(), items * size);
  left.remove_prefix(items * size);
  return items;
}

YR_RULES* load_compiled(std::string_view bytes) {
  YR_STREAM stream{};
  stream.user_data = &bytes;
  stream.read = read_items;
  YR_RULES* rules = nullptr;
  if (const int code = ::yr_rules_load_stream(&stream, &rules); code != ERROR_SUCCESS) fail("rules", code);
  return rules;
}

int collect(YR_SCAN_CONTEXT*, int message, void* data, void* names) {
  if (message == CALLBACK_MSG_RULE_MATCHING)
    static_cast<std::vector<std::string>*>(names)->emplace_back(static_cast<YR_RULE*>(data)->identifier);
  return CALLBACK_CONTINUE;
}

}  // namespace

void YaraService::Destroyer::operator()(YR_RULES* rules) const noexcept { ::yr_rules_destroy(rules); }

void YaraService::prepare() {
  if (const int code = ::yr_initialize(); code != ERROR_SUCCESS) fail("yara", code);
}

void YaraService::serve(const std::string& operation, Call& call) {
  if (operation == "load") load(call.arguments.get<std::string>());
  else if (operation == "scan") scan(call);
}

void YaraService::load(const std::string& rules) {
  rules_.reset();
  rules_.reset(rules.starts_with("YARA") ? load_compiled(rules) : compile(rules));
}

void YaraService::scan(Call& call) {
  const auto path = call.arguments.get<std::string>();
  std::vector<std::string> names;
  const int code = ::yr_rules_scan_fd(rules_.get(), call.fd, 0, collect, &names, 0);
  if (code != ERROR_SUCCESS) fail(path, code);
  call.answer.put(names);
}

}  // namespace vmcraft::file
