// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/worker_server.h"

struct augeas;

namespace vmcraft::edit {

/// The guest's configuration tree, by libaugeas: a service for a process of its own.
class AugeasService : public base::Service {
 public:
  /// The folder of the guest that is read, and flags of aug_init().
  AugeasService(std::string root, unsigned flags) : root_(std::move(root)), flags_(flags) {}

  void prepare() override;
  void serve(const std::string& operation, Call& call) override;

 private:
  void defvar(Call& call);
  void defnode(Call& call);
  void get(Call& call);
  void set(Call& call);
  void clear(Call& call);
  void setm(Call& call);
  void insert(Call& call);
  void rm(Call& call);
  void mv(Call& call);
  void match(Call& call);
  void label(Call& call);
  void save(Call& call);
  void load(Call& call);
  void transform(Call& call);

  std::vector<std::string> matches(const std::string& expression);
  std::string save_failure();
  [[noreturn]] void fail(const std::string& object);

  struct Closer {
    void operator()(augeas* tree) const noexcept;
  };
  std::string root_;
  unsigned flags_;
  std::unique_ptr<augeas, Closer> tree_;
};

}  // namespace vmcraft::edit
