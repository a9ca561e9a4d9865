// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <iterator>

#include "base/error.h"
#include "file/output_buffer.h"
#include "file/walk.h"

namespace vmcraft::file {
namespace {

/// The cyclic sum of POSIX cksum, which counts the length in at the end. Eight tables take eight
/// bytes at a time.
class Crc {
 public:
  void add(std::span<const std::byte> data) {
    std::size_t i = 0;
    for (; i + 8 <= data.size(); i += 8) {
      const std::uint32_t high = value_ ^ word(data, i);
      const std::uint32_t low = word(data, i + 4);
      value_ = kTables[7][high >> 24U] ^ kTables[6][high >> 16U & 0xffU] ^
               kTables[5][high >> 8U & 0xffU] ^ kTables[4][high & 0xffU] ^ kTables[3][low >> 24U] ^
               kTables[2][low >> 16U & 0xffU] ^ kTables[1][low >> 8U & 0xffU] ^
               kTables[0][low & 0xffU];
    }
    for (; i < data.size(); ++i) step(std::to_integer<std::uint8_t>(data[i]));
  }
  std::uint32_t finish(std::uint64_t length) {
    for (; length > 0; length >>= 8U) step(static_cast<std::uint8_t>(length));
    return ~std::exchange(value_, 0U);
  }

 private:
  using Tables = std::array<std::array<std::uint32_t, 256>, 8>;
  static constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i << 24U;
      for (int bit = 0; bit < 8; ++bit)
        value = (value & 0x80000000U) != 0 ? value << 1U ^ 0x04c11db7U : value << 1U;
      tables[0][i] = value;
    }
    for (std::size_t t = 1; t < tables.size(); ++t)
      for (std::size_t i = 0; i < 256; ++i)
        tables[t][i] = tables[t - 1][i] << 8U ^ tables[0][tables[t - 1][i] >> 24U];
    return tables;
  }
  static const Tables kTables;

  static std::uint32_t word(std::span<const std::byte> data, std::size_t i) {
    return std::to_integer<std::uint32_t>(data[i]) << 24U |
           std::to_integer<std::uint32_t>(data[i + 1]) << 16U |
           std::to_integer<std::uint32_t>(data[i + 2]) << 8U |
           std::to_integer<std::uint32_t>(data[i + 3]);
  }
  void step(std::uint8_t byte) { value_ = value_ << 8U ^ kTables[0][value_ >> 24U ^ byte]; }

  std::uint32_t value_ = 0;
};

constexpr Crc::Tables Crc::kTables = Crc::make_tables();

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { ::EVP_MD_CTX_free(context); }
};
struct FreeMethod {
  void operator()(EVP_MD* method) const noexcept { ::EVP_MD_free(method); }
};

void require(int result) {
  if (result != 1) base::throw_errno("checksum", EIO);
}

// Names with a newline, carriage return or backslash are escaped, and the line says so.
std::string escaped(const std::string& path, bool& changed) {
  changed = path.find_first_of("\n\r\\") != std::string::npos;
  if (!changed) return path;
  std::string text;
  for (const char c : path) {
    if (c == '\n') text += "\\n";
    else if (c == '\r') text += "\\r";
    else if (c == '\\') text += "\\\\";
    else text += c;
  }
  return text;
}

class Sums : public Visitor {
 public:
  Sums(const std::string& top, const std::string& type, base::ByteSink& out,
       const Progress& progress)
      : top_(top), digest_(type), out_(out), progress_(progress) {}

  bool enter(const Found&) override { return true; }
  void file(const Found& found) override {
    if (!S_ISREG(found.st.st_mode)) return;
    const std::string object = below(top_, found.path);
    const FoundFile file(found, object);
    digest_.add(file.head());
    if (!file.whole()) add_from(file.head().size(), file, object);
    put(found.path);
  }
  void flush() { out_.flush(); }

 private:
  void add_from(std::uint64_t position, const FoundFile& file, const std::string& object) {
    const Region region{object, file.fd(), 0, static_cast<std::uint64_t>(file.st().st_size)};
    while (const std::size_t n = read_at(region, block_.span(), position)) {
      progress_.stop_if_cancelled();
      digest_.add(block_.span().first(n));
      position += n;
      if (n < Block::kBytes) break;
    }
  }

  void put(const std::string& path) {
    const std::uint64_t length = digest_.length_bytes();
    const std::string sum = digest_.finish();
    if (digest_.has_length()) return out_.write(fmt::format("{} {} ./{}\n", sum, length, path));
    bool changed = false;
    const std::string name = escaped(path, changed);
    out_.write(fmt::format("{}{}  ./{}\n", changed ? "\\" : "", sum, name));
  }

  const std::string& top_;
  Digest digest_;
  OutputBuffer out_;
  const Progress& progress_;
  Block block_;
};

}  // namespace

struct Digest::State {
  Crc crc;
  std::unique_ptr<EVP_MD, FreeMethod> method{};  ///< none for crc
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{};
};

Digest::Digest(const std::string& type) : state_(std::make_unique<State>()) {
  if (type == "crc") return;
  if (type == "gost" || type == "gost12")
    base::throw_not_supported(type, "checksum is not supported");
  if (type != "md5" && type != "sha1" && type != "sha224" && type != "sha256" && type != "sha384" &&
      type != "sha512")
    base::throw_invalid(type, "not a type of checksum");
  state_->method.reset(::EVP_MD_fetch(nullptr, type.c_str(), nullptr));
  if (!state_->method) base::throw_not_supported(type, "the crypto library refuses it");
  state_->context.reset(::EVP_MD_CTX_new());
  if (!state_->context) base::throw_errno(type, ENOMEM);
  require(::EVP_DigestInit_ex2(state_->context.get(), state_->method.get(), nullptr));
}

Digest::~Digest() = default;

bool Digest::has_length() const noexcept { return !state_->method; }

void Digest::add(std::span<const std::byte> data) {
  length_bytes_ += data.size();
  if (state_->method) require(::EVP_DigestUpdate(state_->context.get(), data.data(), data.size()));
  else state_->crc.add(data);
}

std::string Digest::finish() {
  const std::uint64_t length = std::exchange(length_bytes_, 0);
  if (!state_->method) return std::to_string(state_->crc.finish(length));
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  require(::EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &size));
  require(::EVP_DigestInit_ex2(state_->context.get(), state_->method.get(), nullptr));
  std::string text;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", bytes[i]);
  return text;
}

std::string checksum(const Region& region, const std::string& type, const Progress& progress) {
  Digest digest(type);
  for_each_block(region, 0, region.size_bytes, [&](std::span<const std::byte> data) {
    progress.stop_if_cancelled();
    digest.add(data);
    return true;
  });
  return digest.finish();
}

void checksums_out(const mount::GuestRoot& root, const std::string& path, const std::string& type,
                   base::ByteSink& out, const Progress& progress) {
  Sums sums(path, type, out, progress);
  walk(root.open_directory(path), path, sums, {.facts = false, .content = true}, progress);
  sums.flush();
}

}  // namespace vmcraft::file
