// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/worker_server.h"

struct YR_RULES;

namespace vmcraft::file {

/// Scans files by rules of Yara: a service for a process of its own.
class YaraService : public base::Service {
 public:
  void prepare() override;
  void serve(const std::string& operation, Call& call) override;

 private:
  void load(const std::string& rules);
  void scan(Call& call);

  struct Destroyer {
    void operator()(YR_RULES* rules) const noexcept;
  };
  std::unique_ptr<YR_RULES, Destroyer> rules_;
};

}  // namespace vmcraft::file
