// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/fingerprint.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/error.h"
#include "inspect/report/reader.h"

namespace vmcraft::inspect::report {
namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<[](BIO* bio) { ::BIO_free(bio); }>>;
using Certificate = std::unique_ptr<X509, Freed<[](X509* certificate) { ::X509_free(certificate); }>>;
using BigNumber = std::unique_ptr<BIGNUM, Freed<[](BIGNUM* number) { ::BN_free(number); }>>;

Bio memory_bio() { return Bio(::BIO_new(::BIO_s_mem())); }

std::string taken(BIO* bio) {
  std::string text(4096, '\0');
  const int size = ::BIO_read(bio, text.data(), static_cast<int>(text.size()));
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

std::string name_text(X509_NAME* name) {
  const Bio bio = memory_bio();
  ::X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  return taken(bio.get());
}

std::string when(const ASN1_TIME* time) {
  struct tm fields {};
  if (::ASN1_TIME_to_tm(time, &fields) != 1) return {};
  return time_text(::timegm(&fields));
}

std::string serial_text(X509* certificate) {
  const BigNumber number(::ASN1_INTEGER_to_BN(::X509_get_serialNumber(certificate), nullptr));
  if (!number) return {};
  std::string bytes(static_cast<std::size_t>((::BN_num_bits(number.get()) + 7) / 8), '\0');
  ::BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return hexadecimal(bytes);
}

CertificateFacts facts_of(X509* certificate) {
  CertificateFacts facts;
  facts.subject = name_text(::X509_get_subject_name(certificate));
  facts.issuer = name_text(::X509_get_issuer_name(certificate));
  facts.serial = serial_text(certificate);
  facts.not_before = when(::X509_get0_notBefore(certificate));
  facts.not_after = when(::X509_get0_notAfter(certificate));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (::X509_digest(certificate, ::EVP_sha256(), digest, &size) == 1)
    facts.fingerprint = hexadecimal({reinterpret_cast<const char*>(digest), size});
  return facts;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned size = 0;
  if (::EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, ::EVP_sha256(),
                   nullptr) != 1)
    base::throw_errno("sha256", ENOTSUP);
  return digest;
}

std::string unpadded(std::string base64) {
  while (base64.ends_with('=')) base64.pop_back();
  return base64;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return text;
}

std::vector<CertificateFacts> parse_certificates(std::string_view pem, std::size_t most) {
  std::vector<CertificateFacts> all;
  const Bio bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (bio && all.size() < most) {
    const Certificate certificate(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    all.push_back(facts_of(certificate.get()));
  }
  return all;
}

}  // namespace vmcraft::inspect::report
