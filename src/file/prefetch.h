// SPDX-License-Identifier: LGPL-3.0-or-later
// What a walk learns of files before it visits them: many at a time where system calls are dear.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/io_ring.h"
#include "file/directory.h"

namespace vmcraft::file {

/// A file that is open, and its first bytes.
struct Content {
  int file = -1;                    ///< open for reading while it is visited
  std::span<const std::byte> head;  ///< from its beginning
  bool whole = false;               ///< head is all of it
};

/// lstat of names of one directory; nothing where there is no such file.
std::vector<std::optional<struct stat>> facts_of_many(base::IoRing& ring, int directory,
                                                      std::span<const char* const> names);

/// Facts and small contents for the walk at hand, ahead of its visits. Without an IoRing it knows
/// nothing, and everything is found out by plain calls.
class Prefetch {
 public:
  static constexpr std::size_t kHeadBytes = std::size_t{32} << 10U;

  struct Wants {
    bool facts = false;
    bool content = false;  ///< of regular files, with their facts
  };

  explicit Prefetch(Wants wants) : wants_(wants) {}
  ~Prefetch() { close_files(); }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  struct Item {
    int file = -1;
    bool has_facts = false;
    struct stat st {};
    Content content;
  };
  /// What is known of the name, after reading ahead from it; nothing where plain calls must find
  /// out, be it for an error that they then report.
  const Item* look(int directory, const NameList& names, std::size_t i);
  /// The names were those of another directory.
  void forget();

 private:
  using Numbers = std::vector<std::size_t>;
  void read_from(int directory, const NameList& names, std::size_t first);
  std::size_t end_of_run(const NameList& names, std::size_t first) const;
  bool wants_content(const NameList& names, std::size_t i) const;
  void take_facts(int directory, const NameList& names, const Numbers& items);
  void open_files(int directory, const NameList& names, const Numbers& items);
  void read_heads(const Numbers& items);
  void close_files() noexcept;

  Wants wants_;
  base::IoRing* ring_ = nullptr;
  bool asked_for_ring_ = false;
  std::size_t first_ = 0;
  std::vector<Item> items_;            ///< of the names from first_ on
  std::unique_ptr<std::byte[]> heads_;  ///< kHeadBytes for each item
};

}  // namespace vmcraft::file
