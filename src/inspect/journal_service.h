// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/worker_server.h"

struct sd_journal;

namespace vmcraft::inspect {

/// Reads a journal of systemd by libsystemd: a service for a process of its own, as libsystemd maps
/// the guest's files, which ends a process where the disk or the file fails it.
class JournalService : public base::Service {
 public:
  void prepare() override;
  void serve(const std::string& operation, Call& call) override;

 private:
  void open(Call& call);
  void skip(Call& call);
  void get(Call& call);

  struct Closer {
    void operator()(sd_journal* journal) const noexcept;
  };
  std::unique_ptr<sd_journal, Closer> journal_;
};

}  // namespace vmcraft::inspect
