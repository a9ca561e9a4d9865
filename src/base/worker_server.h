// SPDX-License-Identifier: LGPL-3.0-or-later
// The far side of base/worker.h.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/rpc.h"
#include "base/stream.h"

namespace vmcraft::base {

/// What the operations of one kind of worker do.
class Service {
 public:
  struct Call {
    rpc::Reader& arguments;
    rpc::Writer& answer;
    int fd;          ///< that came along, or -1
    ByteSink& bulk;
  };
  virtual ~Service() = default;
  /// Loads what lies on the machine, before it is out of sight.
  virtual void prepare() = 0;
  virtual void serve(const std::string& operation, Call& call) = 0;
};

/// Makes the guest's root the root of this thread for a while: paths and links lead nowhere else.
class InsideGuest {
 public:
  explicit InsideGuest(int guest_root);
  ~InsideGuest();
  InsideGuest(const InsideGuest&) = delete;
  InsideGuest& operator=(const InsideGuest&) = delete;

 private:
  UniqueFd before_;
};

/// Serves calls on the socket until its other end closes. The machine's files are out of sight, and
/// all privileges gone but those over files, from after prepare().
int serve_worker(int socket, Service& service);

}  // namespace vmcraft::base
