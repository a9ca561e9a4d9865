// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "file/region.h"
#include "file/tar_format.h"

namespace vmcraft::file {

/// Reads tar files: V7, ustar, pax and GNU, with GNU's four kinds of sparse members. What is not
/// valid is Error{corrupt} with the offset; memory is bounded whatever the file says.
class TarReader {
 public:
  TarReader(base::ByteSource& source, std::string object);

  /// The next member; nothing at the end of the archive, when all of the source has been read.
  std::optional<TarEntry> next();

  struct Piece {
    std::uint64_t position;  ///< in the unpacked file
    std::span<const std::byte> data;
  };
  /// The next bytes of the member's content, valid until the next call; nothing at its end.
  std::optional<Piece> content();

 private:
  using Records = std::vector<std::pair<std::string, std::string>>;

  /// What headers before a member say of it.
  struct Extension {
    Records records{};
    std::string path{};
    std::string link{};
  };

  std::optional<TarHeaderDisk> read_header();
  bool take_extension(const TarHeaderDisk& header, Extension& extension);
  std::span<const std::byte> take(std::uint64_t most);
  void read_exactly(std::span<std::byte> out);
  void skip(std::uint64_t count);
  void skip_content();
  void drain();
  std::string read_extension(std::uint64_t size);
  Records parse_records(const std::string& text) const;
  TarEntry plain_entry(const TarHeaderDisk& header) const;
  void apply(TarEntry& entry, const Records& records);
  void apply_one(TarEntry& entry, const std::string& key, const std::string& value);
  bool apply_sparse(TarEntry& entry, const std::string& key, const std::string& value);
  void apply_time(TarEntry& entry, const std::string& value) const;
  void read_old_sparse_map(const TarHeaderDisk& header, TarEntry& entry);
  void read_sparse_map(TarEntry& entry);
  std::uint64_t read_map_number();
  void add_run(TarEntry& entry, std::uint64_t position, std::uint64_t length) const;
  void start_content(TarEntry& entry);
  std::uint64_t decimal(const std::string& text) const;
  std::int64_t number(std::string_view field) const;
  [[noreturn]] void fail(const std::string& reason) const;

  base::ByteSource& source_;
  std::string object_;
  Block block_;
  std::span<const std::byte> buffered_{};
  std::uint64_t offset_ = 0;   ///< of the archive, in front of what is buffered
  std::uint64_t stored_ = 0;   ///< bytes of the member not read yet
  std::uint64_t padding_ = 0;  ///< bytes behind them up to the next header
  Records global_{};

  // Of the member at hand.
  std::optional<std::uint64_t> size_{};  ///< as a pax header gives it
  bool sparse_map_in_content_ = false;
  std::optional<std::uint64_t> real_size_{};
  std::vector<TarRun> runs_{};
  std::size_t run_ = 0;
  std::uint64_t run_done_ = 0;
};

}  // namespace vmcraft::file
