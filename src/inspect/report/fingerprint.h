// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::inspect::report {

/// The 32 bytes of the digest, by libcrypto.
std::string sha256(std::string_view bytes);
/// base64 without the '=' at its end.
std::string unpadded(std::string base64);
/// Two hexadecimal digits for each byte.
std::string hexadecimal(std::string_view bytes);

struct CertificateFacts {
  std::string subject;
  std::string issuer;
  std::string serial;      ///< hexadecimal
  std::string not_before;  ///< "2024-05-01T12:00:00Z"
  std::string not_after;
  std::string fingerprint;  ///< SHA-256 of the certificate, hexadecimal
};
/// The certificates in a PEM text, at most `most`.
std::vector<CertificateFacts> parse_certificates(std::string_view pem, std::size_t most);

}  // namespace vmcraft::inspect::report
