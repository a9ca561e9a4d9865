// SPDX-License-Identifier: LGPL-3.0-or-later
// xbps' database is a property list: keys and values of a dictionary stand in turn.
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>

#include "base/error.h"
#include "inspect/report/packages_other.h"

namespace vmcraft::inspect::report {
namespace {

struct FreeDocument {
  void operator()(xmlDoc* document) const noexcept { ::xmlFreeDoc(document); }
};

bool is_named(const xmlNode* node, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && name == reinterpret_cast<const char*>(node->name);
}

std::string text_of(const xmlNode* node) {
  std::string text;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next)
    if (child->type == XML_TEXT_NODE && child->content != nullptr) text += reinterpret_cast<const char*>(child->content);
  return text;
}

template <typename Visit>
void for_each_pair(const xmlNode* dictionary, const Visit& visit) {
  std::string key;
  for (const xmlNode* node = dictionary->children; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (is_named(node, "key")) key = text_of(node);
    else visit(key, node);
  }
}

// "name-1.2_3": the number behind the underline is the package's revision.
void set_version_of(Package& package, const std::string& text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string::npos) return;
  const std::string version = text.substr(dash + 1);
  const std::size_t revision = version.rfind('_');
  package.app2_version = version.substr(0, revision);
  if (revision != std::string::npos) package.app2_release = version.substr(revision + 1);
}

Package read_package(const std::string& name, const xmlNode* facts) {
  Package package;
  package.app2_name = name;
  for_each_pair(facts, [&](const std::string& key, const xmlNode* node) {
    if (key == "pkgver") set_version_of(package, text_of(node));
    else if (key == "architecture") package.app2_arch = text_of(node);
    else if (key == "short_desc") package.app2_summary = text_of(node);
    else if (key == "homepage") package.app2_url = text_of(node);
    else if (key == "license") package.license = text_of(node);
    else if (key == "maintainer") package.app2_publisher = text_of(node);
    else if (key == "repository") package.app2_source_package = text_of(node);
  });
  return package;
}

}  // namespace

std::vector<Package> parse_xbps(std::string_view plist, const std::string& object) {
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  const std::unique_ptr<xmlDoc, FreeDocument> document(
      ::xmlReadMemory(plist.data(), static_cast<int>(plist.size()), nullptr, nullptr, kOptions));
  const xmlNode* top = document ? ::xmlDocGetRootElement(document.get()) : nullptr;
  if (top == nullptr || !is_named(top, "plist")) base::throw_corrupt(object, "not a property list");
  std::vector<Package> all;
  for (const xmlNode* node = top->children; node != nullptr; node = node->next) {
    if (!is_named(node, "dict")) continue;
    for_each_pair(node, [&](const std::string& name, const xmlNode* facts) {
      if (is_named(facts, "dict") && !name.starts_with("_")) all.push_back(read_package(name, facts));
    });
  }
  return all;
}

}  // namespace vmcraft::inspect::report
