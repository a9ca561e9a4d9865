// SPDX-License-Identifier: LGPL-3.0-or-later
// Certificates of the guest itself and those that its administrator trusts, not what its distribution ships.
#include <set>

#include "inspect/report/fingerprint.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

constexpr std::size_t kMostInFile = 20;
constexpr std::size_t kMost = 500;

struct Folder {
  const char* path;
  const char* purpose;
};
constexpr Folder kFolders[] = {
    {"/etc/pki/tls/certs", "own"},
    {"/etc/ssl/private", "own"},
    {"/etc/ssl/certs", "own"},
    {"/etc/nginx", "own"},
    {"/etc/nginx/ssl", "own"},
    {"/etc/apache2/ssl", "own"},
    {"/etc/httpd/conf", "own"},
    {"/etc/letsencrypt/live", "own"},
    {"/etc/kubernetes/pki", "own"},
    {"/etc/pki/libvirt", "own"},
    {"/usr/local/share/ca-certificates", "trusted"},
    {"/etc/pki/ca-trust/source/anchors", "trusted"},
    {"/etc/pki/trust/anchors", "trusted"},
    {"/etc/ca-certificates/trust-source/anchors", "trusted"},
};

bool is_certificate_name(const std::string& name) {
  return name.ends_with(".pem") || name.ends_with(".crt") || name.ends_with(".cer");
}

// Whole bundles of certificate authorities are no facts of this guest, nor are links to them.
bool is_bundle(Reader& guest, const std::string& path) {
  for (const char* end : {"/ca-certificates.crt", "/ca-bundle.crt", "/ca-bundle.trust.crt", "/tls-ca-bundle.pem"})
    if (path.ends_with(end)) return true;
  const std::string target = guest.link(path);
  return path.starts_with("/etc/ssl/certs/") && !target.empty();
}

void read_file(Reader& guest, const std::string& path, const char* purpose, Json& list) {
  if (is_bundle(guest, path) || list.size() >= kMost) return;
  const auto text = guest.text(path, 1U << 20U);
  if (!text || text->find("-----BEGIN") == std::string::npos) return;
  if (text->find("CERTIFICATE-----") == std::string::npos) return;
  const std::vector<CertificateFacts> found = parse_certificates(*text, kMostInFile);
  if (found.empty()) guest.finding(path, "no certificate can be read");
  for (const CertificateFacts& facts : found) {
    Json entry = {{"path", path}, {"purpose", purpose}};
    put(entry, "subject", facts.subject);
    put(entry, "issuer", facts.issuer);
    put(entry, "not_before", facts.not_before);
    put(entry, "not_after", facts.not_after);
    put(entry, "serial", facts.serial);
    put(entry, "sha256", facts.fingerprint);
    list.push_back(std::move(entry));
  }
}

}  // namespace

Json read_certificates(Reader& guest) {
  Json list = Json::array();
  if (guest.os().type == "windows") return list;
  for (const Folder& folder : kFolders)
    for (const std::string& name : guest.names(folder.path)) {
      const std::string path = std::string(folder.path) + "/" + name;
      if (is_certificate_name(name)) read_file(guest, path, folder.purpose, list);
      else if (folder.path == std::string_view("/etc/letsencrypt/live")) read_file(guest, path + "/cert.pem", folder.purpose, list);
    }
  return list;
}

}  // namespace vmcraft::inspect::report
