// SPDX-License-Identifier: LGPL-3.0-or-later
// The encoding of calls to another process, an engine or a worker: little-endian, lengths before bytes. Both
// ends are of one build, but the far one is not trusted: the reader checks every length.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"

namespace vmcraft::rpc {

class Writer;
class Reader;

/// How a declared struct is written and read; generated for each.
template <typename T>
struct Codec;

class Writer {
 public:
  template <typename T>
  void put(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      char bytes[sizeof(T)];
      std::memcpy(bytes, &value, sizeof(T));
      text_.append(bytes, sizeof(T));
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      const std::string_view view = value;
      put(static_cast<std::uint64_t>(view.size()));
      text_.append(view);
    } else {
      Codec<T>::put(*this, value);
    }
  }
  std::string take() { return std::move(text_); }

  // The visitor interface of the generated wrappers: names are for people, values travel.
  void string(const char*, const std::string& v) { put(v); }
  void pathname(const char*, const std::string& v) { put(v); }
  void device(const char*, const std::string& v) { put(v); }
  void mountable(const char*, const std::string& v) { put(v); }
  void device_or_path(const char*, const std::string& v) { put(v); }
  void mountable_or_path(const char*, const std::string& v) { put(v); }
  void guid(const char*, const std::string& v) { put(v); }
  void filename(const char*, const std::string& v) { put(v); }
  void key(const char*, const std::string& v) { put(v); }
  void optstring(const char*, const std::optional<std::string>& v) { put(v); }
  void stringlist(const char*, const std::vector<std::string>& v) { put(v); }
  void devicelist(const char*, const std::vector<std::string>& v) { put(v); }
  void pathnamelist(const char*, const std::vector<std::string>& v) { put(v); }
  void filenamelist(const char*, const std::vector<std::string>& v) { put(v); }
  void bufferin(const char*, std::string_view v) { put(v); }
  void filein(const char*, const std::string&) {}
  void fileout(const char*, const std::string&) {}
  void boolean(const char*, bool v) { put(v); }
  void int32(const char*, int v) { put(v); }
  void int64(const char*, std::int64_t v) { put(v); }
  void key_option(const char*, const std::optional<std::string>& v) { put(v); }
  template <typename T>
  void option(const char*, const std::optional<T>& v) {
    put(v);
  }

 private:
  std::string text_;
};

class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}

  template <typename T>
  T get() {
    if constexpr (std::is_same_v<T, bool>) {
      return get<std::uint8_t>() != 0;  // any other byte in a bool would be undefined
    } else if constexpr (std::is_arithmetic_v<T>) {
      T value{};
      std::memcpy(&value, bytes(sizeof(T)).data(), sizeof(T));
      return value;
    } else if constexpr (std::is_same_v<T, std::string>) {
      return std::string(bytes(get<std::uint64_t>()));
    } else {
      return Codec<T>::get(*this);
    }
  }
  bool at_end() const noexcept { return data_.empty(); }

 private:
  std::string_view bytes(std::uint64_t count) {
    if (count > data_.size()) base::throw_corrupt("rpc", "message ends in the middle of a value");
    const std::string_view view = data_.substr(0, count);
    data_.remove_prefix(count);
    return view;
  }
  std::string_view data_;
};

template <typename T>
struct Codec<std::optional<T>> {
  static void put(Writer& w, const std::optional<T>& v) {
    w.put(static_cast<std::uint8_t>(v.has_value()));
    if (v) w.put(*v);
  }
  static std::optional<T> get(Reader& r) {
    if (r.get<std::uint8_t>() == 0) return std::nullopt;
    return r.get<T>();
  }
};

template <typename T>
struct Codec<std::vector<T>> {
  static void put(Writer& w, const std::vector<T>& v) {
    w.put(static_cast<std::uint64_t>(v.size()));
    for (const T& item : v) w.put(item);
  }
  static std::vector<T> get(Reader& r) {
    std::vector<T> v;
    for (std::uint64_t left = r.get<std::uint64_t>(); left > 0; --left) v.push_back(r.get<T>());
    return v;
  }
};

template <typename A, typename B>
struct Codec<std::pair<A, B>> {
  static void put(Writer& w, const std::pair<A, B>& v) {
    w.put(v.first);
    w.put(v.second);
  }
  static std::pair<A, B> get(Reader& r) {
    A first = r.get<A>();
    return {std::move(first), r.get<B>()};
  }
};

}  // namespace vmcraft::rpc
