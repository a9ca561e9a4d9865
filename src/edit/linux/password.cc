// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/password.h"

#include <crypt.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "edit/linux/guest_text.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

struct Crypto {
  const char* name;
  const char* prefix;  // of crypt(5)
};
constexpr std::array kCryptos = std::to_array<Crypto>(
    {{"yescrypt", "$y$"}, {"sha512", "$6$"}, {"sha256", "$5$"}, {"md5", "$1$"}});

const Crypto* find_crypto(std::string_view name) {
  for (const Crypto& crypto : kCryptos)
    if (name == crypto.name) return &crypto;
  return nullptr;
}

// "password [success=1 default=ignore] pam_unix.so obscure yescrypt"
std::string crypto_of_pam(const std::string& text) {
  for (const std::string& line : base::split_lines(text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.empty() || words[0] != "password" || line.find("pam_unix.so") == std::string::npos) continue;
    for (const std::string& word : words)
      if (find_crypto(word) != nullptr) return word;
  }
  return {};
}

// "ENCRYPT_METHOD SHA512"
std::string crypto_of_login(const std::string& text) {
  for (const std::string& line : base::split_lines(text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() < 2 || words[0] != "ENCRYPT_METHOD") continue;
    const std::string name = base::lower(words[1]);
    if (find_crypto(name) != nullptr) return name;
  }
  return {};
}

struct Freed {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

}  // namespace

std::string password_crypto(const mount::GuestRoot& root) {
  for (const char* path : {"/etc/pam.d/common-password", "/etc/pam.d/system-auth", "/etc/pam.d/passwd"})
    if (const auto text = inspect::content(root, path))
      if (std::string crypto = crypto_of_pam(*text); !crypto.empty()) return crypto;
  if (const auto text = inspect::content(root, "/etc/login.defs"))
    if (std::string crypto = crypto_of_login(*text); !crypto.empty()) return crypto;
  return "sha512";
}

std::string hash_password(const std::string& password, const std::string& crypto) {
  const Crypto* const wanted = find_crypto(crypto);
  if (wanted == nullptr) base::throw_invalid(crypto, "not a way to hash passwords; there are yescrypt, sha512, sha256, md5");
  if (password.find_first_of(std::string_view("\0\n", 2)) != std::string::npos)
    base::throw_invalid("password", "holds an end of line or a NUL");
  const std::unique_ptr<char, Freed> salt(::crypt_gensalt_ra(wanted->prefix, 0, nullptr, 0));
  if (!salt) base::throw_errno(crypto);
  void* memory = nullptr;
  int size = 0;
  const char* hash = ::crypt_ra(password.c_str(), salt.get(), &memory, &size);
  const int error = errno;
  const std::unique_ptr<void, Freed> owned(memory);
  if (hash == nullptr || hash[0] == '*') base::throw_errno("password", error);
  std::string result = hash;
  ::explicit_bzero(memory, static_cast<std::size_t>(size));
  return result;
}

}  // namespace vmcraft::edit
