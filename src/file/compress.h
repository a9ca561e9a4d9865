// SPDX-License-Identifier: LGPL-3.0-or-later
// Compression as streams on streams, and base64.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/stream.h"
#include "file/progress.h"
#include "file/region.h"

struct archive;

namespace vmcraft::file {

/// What compresses: compress, gzip, bzip2, xz, lzma, zstd, lz4. Throws EINVAL for other names, ENOTSUP
/// for those that this build cannot.
enum class Method { compress, gzip, bzip2, xz, lzma, zstd, lz4 };
Method parse_method(const std::string& name);

/// Reads what `from` decompresses to.
class Decompressor : public base::ByteSource {
 public:
  /// With one method only, or whatever the data is; plain data goes through unchanged then.
  Decompressor(base::ByteSource& from, std::optional<Method> method, std::string object);
  ~Decompressor() override;
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Compresses what is written to it. Call finish(), which leaves finishing `to` to its owner.
class Compressor : public base::ByteSink {
 public:
  Compressor(base::ByteSink& to, Method method, std::optional<int> level = std::nullopt);
  ~Compressor() override;
  void write(std::span<const std::byte> data) override;
  void finish() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

void compress_out(const Region& from, base::ByteSink& to, const std::string& method,
                  std::optional<int> level, const Progress& progress);

void base64_out(const Region& from, base::ByteSink& to, const Progress& progress);
/// Decodes into `to` from its start; EINVAL for what is not base64.
void base64_in(base::ByteSource& from, const Region& to, const Progress& progress);

}  // namespace vmcraft::file
