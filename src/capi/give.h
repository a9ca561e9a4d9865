// SPDX-License-Identifier: LGPL-3.0-or-later
// Results as C callers own them: everything by malloc, freed by free or the struct's function.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "vmcraft/types.h"

namespace vmcraft::capi {

/// Zeroed memory for `count` of T; never null.
template <typename T>
T* allocate(std::size_t count) {
  void* memory = std::calloc(count > 0 ? count : 1, sizeof(T));
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<T*>(memory);
}

char* give_text(const std::string& text);
inline char* give(const std::string& text) { return give_text(text); }
char** give(const std::vector<std::string>& list);
/// Keys and values by turns.
char** give(const HashTable& table);
/// With a NUL behind it, which `size` leaves out.
char* give_buffer(const std::string& bytes, std::size_t& size);
/// Sets `to` and returns the length.
std::uint32_t give_bytes(const std::string& bytes, char*& to);
void give_uuid(const std::string& text, char (&to)[32]);

template <typename In, typename Out>
void give_into(const In& in, Out& out);
template <typename C>
void free_inside(C& value);
/// Replaces what a plain copy shares with its original.
template <typename C>
void copy_inside(C& value);
template <typename C>
int compare_inside(const C& one, const C& other);

inline void free_text(char* text) { std::free(text); }
inline void free_bytes(char* bytes, std::uint32_t) { std::free(bytes); }
void copy_text(char*& text);
void copy_bytes(char*& bytes, std::uint32_t size);
inline int compare_text(const char* one, const char* other) { return std::strcmp(one, other); }
int compare_bytes(const char* one, std::uint32_t one_size, const char* other, std::uint32_t other_size);
inline int compare_uuid(const char (&one)[32], const char (&other)[32]) { return std::memcmp(one, other, 32); }
template <typename T>
int compare_number(T one, T other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

template <typename C, typename In>
C* give_one(const In& in) {
  C* out = allocate<C>(1);
  give_into(in, *out);
  return out;
}

template <typename List, typename C, typename In>
List* give_list(const std::vector<In>& in) {
  List* out = allocate<List>(1);
  out->len = static_cast<std::uint32_t>(in.size());
  out->val = allocate<C>(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) give_into(in[i], out->val[i]);
  return out;
}

template <typename C>
void free_one(C* value) {
  if (value == nullptr) return;
  free_inside(*value);
  std::free(value);
}

template <typename List>
void free_list(List* list) {
  if (list == nullptr) return;
  for (std::uint32_t i = 0; i < list->len; ++i) free_inside(list->val[i]);
  std::free(list->val);
  std::free(list);
}

template <typename C>
C* copy_one(const C& value) {
  C* copy = allocate<C>(1);
  *copy = value;
  copy_inside(*copy);
  return copy;
}

template <typename List>
List* copy_list(const List& list) {
  List* copy = allocate<List>(1);
  copy->len = list.len;
  copy->val = allocate<std::remove_reference_t<decltype(*list.val)>>(list.len);
  for (std::uint32_t i = 0; i < list.len; ++i) {
    copy->val[i] = list.val[i];
    copy_inside(copy->val[i]);
  }
  return copy;
}

template <typename C>
int compare_one(const C& one, const C& other) {
  return compare_inside(one, other);
}

/// The shorter first, then by the elements.
template <typename List>
int compare_list(const List& one, const List& other) {
  if (one.len != other.len) return one.len < other.len ? -1 : 1;
  for (std::uint32_t i = 0; i < one.len; ++i)
    if (const int order = compare_inside(one.val[i], other.val[i]); order != 0) return order;
  return 0;
}

}  // namespace vmcraft::capi
