// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <set>
#include <vector>

#include "resize/layers.h"

namespace vmcraft::resize {

/// Takes the steps of a plan on the only drive of a launched handle.
class Performer {
 public:
  /// `survey` is what the plan was made of.
  Performer(GuestFS& g, const Survey& survey, const std::string& key) : g_(g), survey_(survey), key_(key) {}

  /// All steps but image and copy, which are the caller's.
  void perform(const ResizeStep& step);

 private:
  void settle_crypt(const ResizeStep& step);
  std::size_t layer_of(const ResizeStep& step) const;
  void resize_partition(const ResizeStep& step);
  void resize_physical(const ResizeStep& step);
  void resize_logical(const ResizeStep& step);
  void resize_file_system(const ResizeStep& step);
  std::int64_t sectors(std::uint64_t bytes) const;

  GuestFS& g_;
  const Survey& survey_;
  const std::string& key_;
  std::set<std::size_t> opened_;  // layers
};

}  // namespace vmcraft::resize
