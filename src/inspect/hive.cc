// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/hive.h"

#include <fcntl.h>
#include <hivex.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "base/error.h"

namespace vmcraft::inspect {
namespace {

using Number = Hive::Number;

constexpr std::uint64_t kLargestHive = 2ULL << 30U;
constexpr std::size_t kBlock = 1U << 20U;
// A node or value of this number is libhivex' way to say that there is none, or an error.
constexpr Number kNone = 0;

struct Freer {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
template <typename T>
using Owned = std::unique_ptr<T, Freer>;

std::string node_text(Number node) { return "node " + std::to_string(node); }
std::string value_text(Number value) { return "value " + std::to_string(value); }

// libhivex fails with EFAULT where an offset leads out of the hive; that is no bad address of ours.
[[noreturn]] void fail(const std::string& object) {
  if (errno == EFAULT) base::throw_corrupt(object, "leads out of the hive");
  if (errno == 0) base::throw_corrupt(object, "cannot be read");
  base::throw_errno(object);
}

std::string proc_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

base::UniqueFd memory_file(const char* name) {
  return base::UniqueFd(base::check(::memfd_create(name, MFD_CLOEXEC), "memfd_create"));
}

bool is_zero(const std::vector<std::byte>& block, std::size_t size) {
  return std::all_of(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size),
                     [](std::byte b) { return b == std::byte{0}; });
}

// Holes stay holes, so that a file that only claims to be large costs no memory.
base::UniqueFd copy_of(const mount::GuestRoot& root, const std::string& path) {
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  const std::uint64_t size = base::size_of(file.get());
  if (size > kLargestHive) base::throw_errno(path, EFBIG);
  base::UniqueFd copy = memory_file("hive");
  std::vector<std::byte> block(kBlock);
  std::uint64_t offset = 0;
  while (const std::size_t n = base::pread_full(file.get(), block, offset)) {
    if (!is_zero(block, n))
      base::pwrite_full(copy.get(), std::span<const std::byte>(block).first(n), offset);
    offset += n;
    if (offset > kLargestHive) base::throw_errno(path, EFBIG);
  }
  base::check(::ftruncate(copy.get(), static_cast<off_t>(offset)), path);
  return copy;
}

std::vector<Number> list(const Owned<std::size_t>& numbers, const std::string& object) {
  if (!numbers) fail(object);
  std::vector<Number> result;
  for (const std::size_t* number = numbers.get(); *number != kNone; ++number) result.push_back(*number);
  return result;
}

std::string owned_text(char* text, const std::string& object) {
  const Owned<char> owner(text);
  if (!owner) fail(object);
  return owner.get();
}

}  // namespace

void Hive::Closer::operator()(hive_h* hive) const noexcept { ::hivex_close(hive); }

Hive::Hive(const mount::GuestRoot& root, const std::string& path, Mode mode)
    : path_(path), copy_(copy_of(root, path)) {
  const int flags = (mode.writable ? HIVEX_OPEN_WRITE : 0) | (mode.unsafe ? HIVEX_OPEN_UNSAFE : 0);
  errno = 0;
  hive_.reset(::hivex_open(proc_path(copy_.get()).c_str(), flags));
  if (!hive_) fail(path);
}

Number Hive::root() const {
  const Number node = ::hivex_root(hive_.get());
  if (node == kNone) fail(path_);
  return node;
}

std::string Hive::name(Number node) const {
  return owned_text(::hivex_node_name(hive_.get(), node), node_text(node));
}

Number Hive::parent(Number node) const {
  const Number found = ::hivex_node_parent(hive_.get(), node);
  if (found == kNone) fail(node_text(node));
  return found;
}

std::vector<Number> Hive::children(Number node) const {
  return list(Owned<std::size_t>(::hivex_node_children(hive_.get(), node)), node_text(node));
}

Number Hive::child(Number node, const std::string& name) const {
  errno = 0;
  const Number found = ::hivex_node_get_child(hive_.get(), node, name.c_str());
  if (found == kNone && errno != 0) fail(node_text(node));
  return found;
}

std::optional<Number> Hive::find(const std::vector<std::string>& names) const {
  Number node = root();
  for (const std::string& name : names) {
    node = child(node, name);
    if (node == kNone) return std::nullopt;
  }
  return node;
}

std::vector<Number> Hive::values(Number node) const {
  return list(Owned<std::size_t>(::hivex_node_values(hive_.get(), node)), node_text(node));
}

Number Hive::value(Number node, const std::string& key) const {
  errno = 0;
  const Number found = ::hivex_node_get_value(hive_.get(), node, key.c_str());
  if (found == kNone && errno != 0) fail(node_text(node));
  return found;
}

std::string Hive::key(Number value) const {
  return owned_text(::hivex_value_key(hive_.get(), value), value_text(value));
}

std::int64_t Hive::type(Number value) const {
  hive_type type{};
  std::size_t length = 0;
  if (::hivex_value_type(hive_.get(), value, &type, &length) < 0) fail(value_text(value));
  // Properties of devices have types such as 0xffff0012, which are none of the enumeration.
  std::uint32_t number = 0;
  std::memcpy(&number, &type, sizeof number);
  return number;
}

std::string Hive::data(Number value) const {
  hive_type type{};
  std::size_t length = 0;
  errno = 0;
  const Owned<char> bytes(::hivex_value_value(hive_.get(), value, &type, &length));
  if (!bytes) fail(value_text(value));
  return {bytes.get(), length};
}

std::string Hive::text(Number value) const {
  return owned_text(::hivex_value_string(hive_.get(), value), value_text(value));
}

std::vector<std::string> Hive::texts(Number value) const {
  const Owned<char*> list(::hivex_value_multiple_strings(hive_.get(), value));
  if (!list) fail(value_text(value));
  std::vector<std::string> found;
  for (char** text = list.get(); *text != nullptr; ++text) found.emplace_back(Owned<char>(*text).get());
  return found;
}

std::optional<std::string> Hive::text_of(Number node, const std::string& key) const {
  const Number found = value(node, key);
  if (found == kNone) return std::nullopt;
  const std::int64_t kind = type(found);
  if (kind != hive_t_string && kind != hive_t_expand_string) return std::nullopt;
  return text(found);
}

std::optional<std::uint32_t> Hive::dword_of(Number node, const std::string& key) const {
  const Number found = value(node, key);
  if (found == kNone || type(found) != hive_t_dword) return std::nullopt;
  const std::string bytes = data(found);
  if (bytes.size() != sizeof(base::Le32)) return std::nullopt;
  base::Le32 number;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

Number Hive::add_child(Number parent, const std::string& name) {
  const Number node = ::hivex_node_add_child(hive_.get(), parent, name.c_str());
  if (node == kNone) fail(name);
  return node;
}

void Hive::delete_child(Number node) {
  if (::hivex_node_delete_child(hive_.get(), node) < 0) fail(node_text(node));
}

void Hive::set_value(Number node, const std::string& key, std::int64_t type, std::string_view data) {
  hive_set_value value{};
  value.key = const_cast<char*>(key.c_str());
  value.t = static_cast<hive_type>(type);
  value.len = data.size();
  value.value = const_cast<char*>(data.data());
  if (::hivex_node_set_value(hive_.get(), node, &value, 0) < 0) fail(node_text(node));
}

void Hive::delete_value(Number node, const std::string& key) {
  std::vector<std::string> keys;
  std::vector<std::string> contents;
  std::vector<hive_set_value> kept;
  for (const Number number : values(node)) {
    if (this->key(number) == key) continue;
    keys.push_back(this->key(number));
    contents.push_back(data(number));
    const auto kind = static_cast<hive_type>(type(number));
    kept.push_back({.key = nullptr, .t = kind, .len = contents.back().size(), .value = nullptr});
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i].key = keys[i].data();
    kept[i].value = contents[i].data();
  }
  if (::hivex_node_set_values(hive_.get(), node, kept.size(), kept.data(), 0) < 0) fail(node_text(node));
}

base::UniqueFd Hive::image() const {
  base::UniqueFd file = memory_file("hive-commit");
  if (::hivex_commit(hive_.get(), proc_path(file.get()).c_str(), 0) < 0) fail(path_);
  return file;
}

// The file is overwritten in place, which keeps its owner and permissions, and from a complete image
// in memory, so that running out of it changes nothing.
void Hive::commit(const mount::GuestRoot& root, const std::optional<std::string>& path, mode_t mode) {
  const std::string& target = path ? *path : path_;
  const base::UniqueFd bytes = image();
  const int create = path ? O_CREAT : 0;
  const base::UniqueFd file = root.open_regular(target, O_WRONLY | create, mode);
  std::vector<std::byte> block(kBlock);
  std::uint64_t offset = 0;
  while (const std::size_t n = base::pread_full(bytes.get(), block, offset)) {
    base::pwrite_full(file.get(), std::span<const std::byte>(block).first(n), offset);
    offset += n;
  }
  base::check(::ftruncate(file.get(), static_cast<off_t>(offset)), target);
}

}  // namespace vmcraft::inspect
