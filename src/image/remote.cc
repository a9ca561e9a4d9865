// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/remote.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"

namespace vmcraft::image {
namespace {

using Json = nlohmann::ordered_json;

struct Address {
  std::string host;
  std::string port;
};

Address address_of(const DriveSpec& spec, const char* default_port) {
  if (spec.servers.empty()) return {"localhost", default_port};
  const std::string& server = spec.servers.front();
  const std::size_t colon = server.rfind(':');
  const bool bare_ipv6 = server.ends_with(']');
  if (colon == std::string::npos || bare_ipv6) return {server, default_port};
  return {server.substr(0, colon), server.substr(colon + 1)};
}

Json nbd_node(const DriveSpec& spec) {
  Json server;
  if (!spec.servers.empty() && spec.servers.front().starts_with("unix:")) {
    server = {{"type", "unix"}, {"path", spec.servers.front().substr(5)}};
  } else {
    const Address address = address_of(spec, "10809");
    server = {{"type", "inet"}, {"host", address.host}, {"port", address.port}};
  }
  Json node = {{"driver", "nbd"}, {"server", server}};
  if (!spec.path.empty()) node["export"] = spec.path;
  return node;
}

Json curl_node(const DriveSpec& spec) {
  std::string url = spec.protocol + "://";
  if (!spec.servers.empty()) url += spec.servers.front();
  Json node = {{"driver", spec.protocol}, {"url", url + spec.path}};
  if (!spec.username.empty()) node["username"] = spec.username;
  return node;
}

Json ssh_node(const DriveSpec& spec) {
  const Address address = address_of(spec, "22");
  Json node = {{"driver", "ssh"},
               {"path", spec.path},
               {"server", {{"host", address.host}, {"port", address.port}}}};
  if (!spec.username.empty()) node["user"] = spec.username;
  return node;
}

Json protocol_node(const DriveSpec& spec) {
  if (spec.protocol == "nbd") return nbd_node(spec);
  if (spec.protocol == "ssh") return ssh_node(spec);
  if (spec.protocol == "http" || spec.protocol == "https" || spec.protocol == "ftp" ||
      spec.protocol == "ftps")
    return curl_node(spec);
  if (spec.protocol == "rbd") {
    const std::size_t slash = spec.path.find('/');
    return {{"driver", "rbd"},
            {"pool", spec.path.substr(0, slash)},
            {"image", slash == std::string::npos ? "" : spec.path.substr(slash + 1)}};
  }
  base::throw_not_supported(spec.protocol, "this protocol is not attached here");
}

// The far end's header has to be read to know its format, and qemu is who can reach it.
std::string probe_format(const Json& file) {
  const Json image = {{"file", file}};
  const std::string text = base::run_or_throw(
      base::system_runner(),
      {.argv = {"qemu-img", "info", "--output=json", "json:" + image.dump()}, .input = {}, .environment = {}});
  const Json info = Json::parse(text, nullptr, false);
  if (info.is_discarded() || !info.contains("format")) base::throw_corrupt("qemu-img info", "no format in its answer");
  if (info.contains("backing-filename"))
    throw Error(ErrorCode::invalid_argument, EPERM,
                "image on a server names a backing file; attach it by a local overlay instead");
  return info["format"].get<std::string>();
}

}  // namespace

Graph remote_graph(const DriveSpec& spec) {
  if (!spec.secret.empty())
    base::throw_not_supported(spec.protocol, "a password cannot be handed to the server yet");
  const Json file = protocol_node(spec);
  Graph graph;
  // An NBD export is bytes unless the caller says otherwise: its server has decoded the format.
  graph.format = spec.format ? *spec.format : spec.protocol == "nbd" ? "raw" : probe_format(file);
  Json node = {{"driver", graph.format}, {"file", file}};
  if (graph.format == "qcow2") node["backing"] = nullptr;
  graph.blockdev = node.dump();
  return graph;
}

}  // namespace vmcraft::image
