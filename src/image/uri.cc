// SPDX-License-Identifier: LGPL-3.0-or-later
#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "image/drive_spec.h"

namespace vmcraft::image {
namespace {

constexpr std::array<std::string_view, 7> kProtocols = {"ftp", "ftps", "http", "https",
                                                        "nbd", "rbd", "ssh"};

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = text[i] == '%' && i + 2 < text.size()
                           ? base::parse_number<unsigned>(text.substr(i + 1, 2), 16)
                           : std::nullopt;
    if (value) {
      result += static_cast<char>(*value);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string query_value(std::string_view query, std::string_view name) {
  for (const std::string& field : base::split(query, '&'))
    if (field.starts_with(std::string(name) + "="))
      return percent_decoded(std::string_view(field).substr(name.size() + 1));
  return {};
}

void read_authority(std::string_view authority, DriveSpec& spec) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    const std::size_t colon = user.find(':');
    spec.username = percent_decoded(user.substr(0, colon));
    if (colon != std::string_view::npos) spec.secret = percent_decoded(user.substr(colon + 1));
    authority.remove_prefix(at + 1);
  }
  if (!authority.empty()) spec.servers.emplace_back(authority);
}

}  // namespace

DriveSpec parse_drive_uri(const std::string& text) {
  DriveSpec spec;
  const std::size_t scheme_end = text.find("://");
  const bool scheme_like =
      scheme_end != std::string::npos && scheme_end > 0 &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(scheme_end),
                  [](unsigned char c) { return std::isalnum(c) != 0 || c == '+'; });
  if (!scheme_like) {
    spec.path = text;
    return spec;
  }
  std::string protocol = base::lower(text.substr(0, scheme_end));
  std::string_view rest = std::string_view(text).substr(scheme_end + 3);
  const std::size_t query_at = rest.find('?');
  const std::string_view query =
      query_at == std::string_view::npos ? std::string_view() : rest.substr(query_at + 1);
  rest = rest.substr(0, query_at);
  const std::size_t slash = rest.find('/');
  const std::string_view path =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  if (protocol == "file") {
    spec.path = percent_decoded(path);
    return spec;
  }
  const bool unix_socket = protocol.ends_with("+unix");
  if (unix_socket) protocol.resize(protocol.size() - 5);
  if (std::find(kProtocols.begin(), kProtocols.end(), protocol) == kProtocols.end())
    base::throw_not_supported(text, "protocol '" + protocol + "' is not one that is attached here");
  spec.protocol = protocol;
  // An export's name has no slash in front; a path on a server has.
  const bool has_name = protocol == "nbd" || protocol == "rbd";
  spec.path = percent_decoded(has_name && path.starts_with('/') ? path.substr(1) : path);
  read_authority(rest.substr(0, slash), spec);
  const std::string socket = query_value(query, "socket");
  if (!socket.empty()) spec.servers = {"unix:" + socket};
  if (unix_socket && socket.empty()) base::throw_invalid(text, "nbd+unix needs ?socket=PATH");
  if (!query.empty() && socket.empty()) spec.path += "?" + std::string(query);
  return spec;
}

}  // namespace vmcraft::image
