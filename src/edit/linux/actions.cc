// SPDX-License-Identifier: LGPL-3.0-or-later
// The tree is kept by a process of its own: base/worker.h.
#include "actions/edit_linux.h"

#include <algorithm>

#include "base/error.h"
#include "handle/handle.h"
#include "handle/opened.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Text = std::string;

constexpr int kNoLoad = 32;

base::Worker& tree(Handle& h) {
  if (!h.opened->augeas) base::throw_state("no tree is open", "call aug_init first");
  return *h.opened->augeas;
}

base::WorkerCall beside(Handle& h, int fd = -1) {
  return {fd, nullptr, [&h] { h.check_cancelled(); }};
}

}  // namespace

void action::aug_init(Handle& h, const Text& root, int flags) {
  h.opened->augeas.reset();
  const int guest = h.root().fd();
  auto worker = std::make_unique<base::Worker>(
      "augeas", std::vector<Text>{root, std::to_string(static_cast<unsigned>(flags))});
  if ((flags & kNoLoad) == 0) worker->call(beside(h, guest), "load");
  else worker->call<std::vector<Text>>(beside(h), "match", "/augeas");
  h.opened->augeas = std::move(worker);
}

void action::aug_close(Handle& h) {
  tree(h);
  h.opened->augeas.reset();
}

int action::aug_defvar(Handle& h, const Text& name, const std::optional<Text>& expr) {
  return tree(h).call<int>(beside(h), "defvar", name, expr);
}

IntBool action::aug_defnode(Handle& h, const Text& name, const Text& expr, const Text& val) {
  const auto [count, created] =
      tree(h).call<std::pair<int, int>>(beside(h), "defnode", name, expr, val);
  return {count, created};
}

Text action::aug_get(Handle& h, const Text& augpath) {
  return tree(h).call<Text>(beside(h), "get", augpath);
}

void action::aug_set(Handle& h, const Text& augpath, const Text& val) {
  tree(h).call(beside(h), "set", augpath, val);
}

void action::aug_clear(Handle& h, const Text& augpath) { tree(h).call(beside(h), "clear", augpath); }

int action::aug_setm(Handle& h, const Text& base, const std::optional<Text>& sub, const Text& val) {
  return tree(h).call<int>(beside(h), "setm", base, sub, val);
}

void action::aug_insert(Handle& h, const Text& augpath, const Text& label, bool before) {
  tree(h).call(beside(h), "insert", augpath, label, before);
}

int action::aug_rm(Handle& h, const Text& augpath) {
  return tree(h).call<int>(beside(h), "rm", augpath);
}

void action::aug_mv(Handle& h, const Text& src, const Text& dest) {
  tree(h).call(beside(h), "mv", src, dest);
}

std::vector<Text> action::aug_match(Handle& h, const Text& augpath) {
  return tree(h).call<std::vector<Text>>(beside(h), "match", augpath);
}

std::vector<Text> action::aug_ls(Handle& h, const Text& augpath) {
  base::Worker& opened = tree(h);
  if (augpath.size() > 1 && augpath.ends_with('/')) base::throw_invalid(augpath, "ends with a slash");
  const Text below = augpath == "/" ? "/*" : augpath + "/*";
  auto paths = opened.call<std::vector<Text>>(beside(h), "match", below);
  std::sort(paths.begin(), paths.end());
  return paths;
}

Text action::aug_label(Handle& h, const Text& augpath) {
  return tree(h).call<Text>(beside(h), "label", augpath);
}

void action::aug_save(Handle& h) {
  base::Worker& opened = tree(h);
  opened.call(beside(h, h.root().fd()), "save");
}

void action::aug_load(Handle& h) {
  base::Worker& opened = tree(h);
  opened.call(beside(h, h.root().fd()), "load");
}

void action::aug_transform(Handle& h, const Text& lens, const Text& file,
                           const AugTransformOptions& options) {
  tree(h).call(beside(h), "transform", lens, file, options.remove.value_or(false));
}

}  // namespace vmcraft
