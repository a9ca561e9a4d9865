// SPDX-License-Identifier: LGPL-3.0-or-later
#include "libvirt/domain_disks.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::libvirt {
namespace {

using Document = std::unique_ptr<xmlDoc, void (*)(xmlDocPtr)>;

bool is_named(const xmlNode* node, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && reinterpret_cast<const char*>(node->name) == name;
}

const xmlNode* child(const xmlNode* parent, std::string_view name) {
  for (const xmlNode* node = parent != nullptr ? parent->children : nullptr; node != nullptr;
       node = node->next)
    if (is_named(node, name)) return node;
  return nullptr;
}

// Empty where the node, or the attribute, is not there.
std::string attribute(const xmlNode* node, std::string_view name) {
  for (const xmlAttr* entry = node != nullptr ? node->properties : nullptr; entry != nullptr;
       entry = entry->next) {
    if (reinterpret_cast<const char*>(entry->name) != name) continue;
    std::string value;
    for (const xmlNode* text = entry->children; text != nullptr; text = text->next)
      if (text->content != nullptr) value += reinterpret_cast<const char*>(text->content);
    return value;
  }
  return {};
}

std::string server_of(const xmlNode* host) {
  if (attribute(host, "transport") == "unix") return "unix:" + attribute(host, "socket");
  const std::string port = attribute(host, "port");
  return attribute(host, "name") + (port.empty() ? "" : ":" + port);
}

void read_network(const xmlNode* disk, const xmlNode* source, DomainDisk& result) {
  result.protocol = attribute(source, "protocol");
  result.path = attribute(source, "name");
  // A path on a server has a slash in front; the name of an export has not.
  const bool named = result.protocol == "nbd" || result.protocol == "rbd";
  if (!named && !result.path.starts_with('/')) result.path.insert(0, "/");
  if (!named)
    result.path += attribute(source, "query").empty() ? "" : "?" + attribute(source, "query");
  for (const xmlNode* node = source->children; node != nullptr; node = node->next)
    if (is_named(node, "host")) result.servers.push_back(server_of(node));
  const xmlNode* auth = child(source, "auth");
  if (auth == nullptr) auth = child(disk, "auth");
  result.username = attribute(auth, "username");
  const xmlNode* secret = child(auth, "secret");
  result.secret_type = attribute(secret, "type");
  result.secret_usage = attribute(secret, "usage");
  result.secret_uuid = attribute(secret, "uuid");
}

// False where the kind is one that is not opened.
bool read_source(const std::string& type, const xmlNode* disk, DomainDisk& result) {
  const xmlNode* source = child(disk, "source");
  if (type == "file") {
    result.path = attribute(source, "file");
  } else if (type == "block") {
    result.path = attribute(source, "dev");
  } else if (type == "volume") {
    result.pool = attribute(source, "pool");
    result.path = attribute(source, "volume");
  } else if (type == "network" && source != nullptr) {
    read_network(disk, source, result);
  } else {
    return false;
  }
  return true;
}

std::optional<DomainDisk> read_disk(const xmlNode* disk) {
  DomainDisk result;
  const std::string type = attribute(disk, "type");
  if (!read_source(type, disk, result)) {
    base::trace("libvirt: a disk of type '{}' is left out", type);
    return std::nullopt;
  }
  if (result.path.empty() && result.protocol != "nbd")
    return std::nullopt;  // a drive without a medium
  const std::string format = attribute(child(disk, "driver"), "type");
  if (!format.empty()) result.format = format;
  const std::string blocksize = attribute(child(disk, "blockio"), "logical_block_size");
  if (!blocksize.empty()) result.blocksize = base::parse_number<int>(blocksize).value_or(0);
  result.readonly = child(disk, "readonly") != nullptr;
  return result;
}

}  // namespace

std::vector<DomainDisk> read_domain_disks(const std::string& xml) {
  constexpr int kQuiet = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  const Document document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, kQuiet),
      [](xmlDocPtr doc) { xmlFreeDoc(doc); });
  const xmlNode* domain = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (domain == nullptr || !is_named(domain, "domain"))
    base::throw_invalid("domain", "is not XML of a domain");
  std::vector<DomainDisk> disks;
  const xmlNode* devices = child(domain, "devices");
  for (const xmlNode* node = devices != nullptr ? devices->children : nullptr; node != nullptr;
       node = node->next) {
    if (!is_named(node, "disk")) continue;
    if (auto disk = read_disk(node)) disks.push_back(std::move(*disk));
  }
  return disks;
}

}  // namespace vmcraft::libvirt
