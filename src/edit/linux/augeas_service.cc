// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/augeas_service.h"

#include <augeas.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "base/error.h"

namespace vmcraft::edit {
namespace {

int errno_of(int augeas_error) {
  switch (augeas_error) {
    case AUG_ENOMEM: return ENOMEM;
    case AUG_ENOMATCH: return ENOENT;
    case AUG_EFILEACCESS: return EACCES;
    case AUG_EINTERNAL: return EIO;
    default: return EINVAL;
  }
}

}  // namespace

void AugeasService::Closer::operator()(augeas* tree) const noexcept { ::aug_close(tree); }

void AugeasService::fail(const std::string& object) {
  const int number = ::aug_error(tree_.get());
  std::string reason = number == AUG_NOERROR ? "failed" : ::aug_error_message(tree_.get());
  for (const char* more : {::aug_error_minor_message(tree_.get()), ::aug_error_details(tree_.get())})
    if (more != nullptr) reason += std::string(": ") + more;
  throw Error(ErrorCode::system, errno_of(number), object + ": " + reason);
}

// All lenses are loaded while they are in sight. That none is to be loaded for its own files means
// afterwards that none is asked to.
void AugeasService::prepare() {
  constexpr unsigned kNoFiles = AUG_NO_MODL_AUTOLOAD;
  const unsigned flags = (flags_ & ~kNoFiles) | AUG_NO_LOAD | AUG_NO_ERR_CLOSE;
  tree_.reset(::aug_init(root_.c_str(), nullptr, flags));
  if (!tree_) throw Error(ErrorCode::system, ENOMEM, "augeas: cannot be started");
  if (::aug_error(tree_.get()) != AUG_NOERROR) fail("lenses");
  if ((flags_ & kNoFiles) != 0) ::aug_rm(tree_.get(), "/augeas/load/*");
  ::umask(022);
}

void AugeasService::serve(const std::string& operation, Call& call) {
  using Operation = void (AugeasService::*)(Call&);
  static const std::map<std::string, Operation> operations = {
      {"defvar", &AugeasService::defvar}, {"defnode", &AugeasService::defnode},
      {"get", &AugeasService::get},       {"set", &AugeasService::set},
      {"clear", &AugeasService::clear},   {"setm", &AugeasService::setm},
      {"insert", &AugeasService::insert}, {"rm", &AugeasService::rm},
      {"mv", &AugeasService::mv},         {"match", &AugeasService::match},
      {"label", &AugeasService::label},   {"save", &AugeasService::save},
      {"load", &AugeasService::load},     {"transform", &AugeasService::transform}};
  (this->*operations.at(operation))(call);
}

void AugeasService::defvar(Call& call) {
  const auto name = call.arguments.get<std::string>();
  const auto expression = call.arguments.get<std::optional<std::string>>();
  const int count = ::aug_defvar(tree_.get(), name.c_str(), expression ? expression->c_str() : nullptr);
  if (count < 0) fail(name);
  call.answer.put(count);
}

void AugeasService::defnode(Call& call) {
  const auto name = call.arguments.get<std::string>();
  const auto expression = call.arguments.get<std::string>();
  const auto value = call.arguments.get<std::string>();
  int created = 0;
  const int count = ::aug_defnode(tree_.get(), name.c_str(), expression.c_str(), value.c_str(), &created);
  if (count < 0) fail(expression);
  call.answer.put(std::pair<int, int>(count, created));
}

void AugeasService::get(Call& call) {
  const auto path = call.arguments.get<std::string>();
  const char* value = nullptr;
  const int found = ::aug_get(tree_.get(), path.c_str(), &value);
  if (found < 0) fail(path);
  if (found == 0) base::throw_errno(path, ENOENT);
  call.answer.put(std::string(value != nullptr ? value : ""));
}

void AugeasService::set(Call& call) {
  const auto path = call.arguments.get<std::string>();
  const auto value = call.arguments.get<std::string>();
  if (::aug_set(tree_.get(), path.c_str(), value.c_str()) < 0) fail(path);
}

void AugeasService::clear(Call& call) {
  const auto path = call.arguments.get<std::string>();
  if (::aug_set(tree_.get(), path.c_str(), nullptr) < 0) fail(path);
}

void AugeasService::setm(Call& call) {
  const auto base = call.arguments.get<std::string>();
  const auto sub = call.arguments.get<std::optional<std::string>>();
  const auto value = call.arguments.get<std::string>();
  const int count = ::aug_setm(tree_.get(), base.c_str(), sub ? sub->c_str() : nullptr, value.c_str());
  if (count < 0) fail(base);
  call.answer.put(count);
}

void AugeasService::insert(Call& call) {
  const auto path = call.arguments.get<std::string>();
  const auto label = call.arguments.get<std::string>();
  const auto before = call.arguments.get<bool>();
  if (::aug_insert(tree_.get(), path.c_str(), label.c_str(), before ? 1 : 0) < 0) fail(path);
}

void AugeasService::rm(Call& call) {
  const auto path = call.arguments.get<std::string>();
  const int count = ::aug_rm(tree_.get(), path.c_str());
  if (count < 0) fail(path);
  call.answer.put(count);
}

void AugeasService::mv(Call& call) {
  const auto from = call.arguments.get<std::string>();
  const auto to = call.arguments.get<std::string>();
  if (::aug_mv(tree_.get(), from.c_str(), to.c_str()) < 0) fail(from);
}

std::vector<std::string> AugeasService::matches(const std::string& expression) {
  char** found = nullptr;
  const int count = ::aug_match(tree_.get(), expression.c_str(), &found);
  if (count < 0) fail(expression);
  std::vector<std::string> paths;
  for (int i = 0; i < count; ++i) {
    paths.emplace_back(found[i]);
    std::free(found[i]);
  }
  std::free(found);
  return paths;
}

void AugeasService::match(Call& call) { call.answer.put(matches(call.arguments.get<std::string>())); }

void AugeasService::label(Call& call) {
  const auto path = call.arguments.get<std::string>();
  const char* label = nullptr;
  const int found = ::aug_label(tree_.get(), path.c_str(), &label);
  if (found < 0) fail(path);
  if (found == 0) base::throw_errno(path, ENOENT);
  call.answer.put(std::string(label != nullptr ? label : ""));
}

// "etc/hosts: put_failed: Failed to match ...": what the tree says of the first file that failed.
std::string AugeasService::save_failure() {
  constexpr std::string_view kFiles = "/augeas/files/";
  constexpr std::string_view kError = "/error";
  for (const std::string& path : matches("/augeas/files//error")) {
    const char* kind = nullptr;
    const char* message = nullptr;
    ::aug_get(tree_.get(), path.c_str(), &kind);
    ::aug_get(tree_.get(), (path + "/message").c_str(), &message);
    // Files that could not be read are told of by the same node.
    if (kind != nullptr && std::string_view(kind).starts_with("parse")) continue;
    std::string text = path.substr(kFiles.size() - 1);
    text.resize(text.rfind(kError));
    text += kind != nullptr ? std::string(": ") + kind : "";
    if (message == nullptr) return text;
    // The lines behind the first are the lens and the tree.
    const std::string_view lines = message;
    return text + ": " + std::string(lines.substr(0, lines.find('\n')));
  }
  return {};
}

void AugeasService::save(Call& call) {
  const base::InsideGuest inside(call.fd);
  if (::aug_save(tree_.get()) == 0) return;
  const std::string text = save_failure();
  if (text.empty()) fail("tree");
  throw Error(ErrorCode::system, EINVAL, text);
}

void AugeasService::load(Call& call) {
  const base::InsideGuest inside(call.fd);
  if (::aug_load(tree_.get()) < 0) fail("tree");
}

void AugeasService::transform(Call& call) {
  const auto lens = call.arguments.get<std::string>();
  const auto file = call.arguments.get<std::string>();
  const auto remove = call.arguments.get<bool>();
  if (::aug_transform(tree_.get(), lens.c_str(), file.c_str(), remove ? 1 : 0) < 0) fail(lens);
}

}  // namespace vmcraft::edit
