// SPDX-License-Identifier: LGPL-3.0-or-later
// Users, groups, passwords and ssh keys of a guest; crypt(3) and shadow's own rules are the check.
#include <crypt.h>
#include <gmock/gmock.h>

#include "edit/linux/account_file.h"
#include "edit/linux/guest_text.h"
#include "edit/linux/homes.h"
#include "edit/linux/password.h"
#include "edit/linux/users.h"
#include "unit/file_support.h"

namespace vmcraft::edit {
namespace {

using ::testing::HasSubstr;

const std::string kPasswd =
    "# kept\nroot:x:0:0:root:/root:/bin/bash\n\nbroken line\r\nann:x:1000:1000:Ann,,,:/home/ann:/bin/zsh\n+::::::\n";
const std::string kShadow = "root:*:19000:0:99999:7:::\nann:$6$a$b:19000:0:99999:7:::\n";
const std::string kGroup = "root:x:0:\nsudo:x:27:ann\naudio:x:29:annika,ann,bo\nann:x:1000:\n";
const std::string kGshadow = "root:*::\nsudo:*:ann:ann\naudio:*::annika,ann,bo\nann:!::\n";

template <typename Call>
int error_of(const Call& call) {
  try {
    call();
    return 0;
  } catch (const Error& failure) {
    return failure.errno_value();
  }
}

std::string crypt_of(const char* password, const std::string& setting) {
  void* memory = nullptr;
  int size = 0;
  const char* const hash = ::crypt_ra(password, setting.c_str(), &memory, &size);
  const std::string result = hash != nullptr ? hash : "";
  std::free(memory);
  return result;
}

TEST(AccountFile, OtherLinesStayAsTheyAre) {
  for (const std::string text : {"", "\n", "a:b", "a:b\n\n\n", ":::\n", "x\0y:z\n", "no newline:at end\r\nnext:1"})
    EXPECT_EQ(AccountFile(text).text(), text);
  AccountFile file(kPasswd);
  EXPECT_EQ(file.text(), kPasswd);
  EXPECT_EQ(file.entries().size(), 2U);
  EXPECT_EQ((*file.find("ann"))[6], "/bin/zsh");
  EXPECT_FALSE(file.find("an"));
  EXPECT_FALSE(file.find(""));
  file.put({"bo", "x", "1001", "1001", "", "/home/bo", "/bin/sh"});
  EXPECT_THAT(file.text(), HasSubstr("/bin/zsh\nbo:x:1001:1001::/home/bo:/bin/sh\n+::::::\n"));
  EXPECT_TRUE(file.remove("bo"));
  EXPECT_FALSE(file.remove("bo"));
  EXPECT_EQ(file.text(), kPasswd);
  EXPECT_EQ(error_of([&] { file.put({"x", "a:b"}); }), EINVAL);
  EXPECT_EQ(error_of([&] { file.put({"x", "a\nroot::0:0:::"}); }), EINVAL);
  AccountFile unfinished("a:1\nb:2");
  unfinished.put({"a", "3"});
  EXPECT_EQ(unfinished.text(), "a:3\nb:2");
  unfinished.put({"c", "4"});
  EXPECT_EQ(unfinished.text(), "a:3\nb:2\nc:4\n");
}

TEST(AccountFile, Names) {
  for (const char* good : {"ann", "_x", "a-b.c", "www-data", "machine$", "A9"}) EXPECT_NO_THROW(check_account_name(good));
  for (const char* bad : {"", "-a", ".", "..", "a b", "a:b", "a/b", "1234", "ä", "$", "a\nb", "a123456789012345678901234567890123"})
    EXPECT_EQ(error_of([&] { check_account_name(bad); }), EINVAL) << bad;
  EXPECT_EQ(with_member("", "a"), "a");
  EXPECT_EQ(with_member("ab", "a"), "ab,a");
  EXPECT_EQ(without_member("ab,a,c", "a"), "ab,c");
}

class LinuxAccounts : public file::FileTest {
 protected:
  void SetUp() override {
    put("/etc/passwd", kPasswd);
    put("/etc/shadow", kShadow);
    put("/etc/group", kGroup);
    put("/etc/gshadow", kGshadow);
    ::chmod(host("/etc/shadow").c_str(), 0640);
  }
  User add(NewUser wanted) {
    Users users(*root);
    users.add(wanted);
    users.save();
    return *users.find(wanted.name);
  }
  void remove(const std::string& name) {
    Users users(*root);
    users.remove(name);
    users.save();
  }
  std::string hash_of(const std::string& name) { return (*AccountFile(get("/etc/shadow")).find(name))[1]; }
};

TEST_F(LinuxAccounts, AddsAndRemoves) {
  put("/etc/subuid", "ann:100000:65536\n");
  const User bo = add({.name = "bo", .uid = {}, .group = {}, .groups = {"sudo", "audio"}, .home = {}, .shell = {}, .gecos = "Bo B"});
  EXPECT_EQ(bo.uid, 1001);
  EXPECT_EQ(bo.gid, 1001);
  EXPECT_THAT(get("/etc/passwd"), HasSubstr("bo:x:1001:1001:Bo B:/home/bo:/bin/sh\n+::::::\n"));
  EXPECT_EQ(get("/etc/group"), "root:x:0:\nsudo:x:27:ann,bo\naudio:x:29:annika,ann,bo\nann:x:1000:\nbo:x:1001:\n");
  EXPECT_THAT(get("/etc/gshadow"), HasSubstr("sudo:*:ann:ann,bo\n"));
  EXPECT_EQ(get("/etc/subuid"), "ann:100000:65536\nbo:165536:65536\n");
  EXPECT_FALSE(std::filesystem::exists(host("/etc/subgid")));
  EXPECT_EQ(facts_of("/etc/shadow").st_mode & 07777U, 0640U);
  const std::string after = get("/etc/passwd") + get("/etc/shadow") + get("/etc/group");
  add({.name = "bo", .uid = 1001, .group = {}, .groups = {"audio"}, .home = "/home/bo", .shell = {}, .gecos = {}});
  EXPECT_EQ(get("/etc/passwd") + get("/etc/shadow") + get("/etc/group"), after);
  EXPECT_EQ(error_of([&] { add({.name = "bo", .uid = 7, .group = {}, .groups = {}, .home = {}, .shell = {}, .gecos = {}}); }), EEXIST);
  EXPECT_EQ(error_of([&] { add({.name = "cy", .uid = 1000, .group = {}, .groups = {}, .home = {}, .shell = {}, .gecos = {}}); }), EEXIST);
  EXPECT_EQ(error_of([&] { add({.name = "cy", .uid = {}, .group = {}, .groups = {"none"}, .home = {}, .shell = {}, .gecos = {}}); }), ENOENT);
  EXPECT_EQ(error_of([&] { add({.name = "cy", .uid = {}, .group = {}, .groups = {}, .home = {}, .shell = {}, .gecos = "a:b"}); }), EINVAL);
  EXPECT_EQ(get("/etc/passwd") + get("/etc/shadow") + get("/etc/group"), after) << "what fails changes nothing";
  remove("bo");
  EXPECT_EQ(get("/etc/passwd"), kPasswd);
  EXPECT_EQ(get("/etc/shadow"), kShadow);
  EXPECT_EQ(get("/etc/group"), "root:x:0:\nsudo:x:27:ann\naudio:x:29:annika,ann\nann:x:1000:\n");
  EXPECT_EQ(error_of([&] { remove("bo"); }), ENOENT);
  EXPECT_EQ(error_of([&] { remove("root"); }), EPERM);
}

TEST_F(LinuxAccounts, RangesAreTheGuests) {
  put("/etc/login.defs", "# UID_MIN 1\nUID_MIN\t\t5000\nUID_MAX 5001\nSYS_UID_MIN 300\nSYS_UID_MAX 302\nGID_MIN 5000\n");
  put("/etc/default/useradd", "SHELL=/bin/fish\n");
  const User a = add({.name = "a", .uid = {}, .group = {}, .groups = {}, .home = {}, .shell = {}, .gecos = {}});
  EXPECT_EQ(a.uid, 5000);
  EXPECT_EQ(a.shell, "/bin/fish");
  const User b = add({.name = "b", .uid = {}, .group = "audio", .groups = {}, .home = {}, .shell = {}, .gecos = {}, .system = true});
  EXPECT_EQ(b.uid, 302);
  EXPECT_EQ(b.gid, 29);
  add({.name = "c", .uid = {}, .group = "audio", .groups = {}, .home = {}, .shell = {}, .gecos = {}});
  EXPECT_EQ(error_of([&] { add({.name = "d", .uid = {}, .group = "audio", .groups = {}, .home = {}, .shell = {}, .gecos = {}}); }), ENOSPC);
}

TEST_F(LinuxAccounts, Groups) {
  Users users(*root);
  users.add_group("new", 77, false);
  users.add_group("new", {}, false);
  EXPECT_EQ(error_of([&] { users.add_group("new", 78, false); }), EEXIST);
  EXPECT_EQ(error_of([&] { users.add_group("other", 27, false); }), EEXIST);
  EXPECT_EQ(error_of([&] { users.remove_group("ann"); }), EBUSY);
  EXPECT_EQ(error_of([&] { users.remove_group("none"); }), ENOENT);
  users.save();
  EXPECT_EQ(get("/etc/group"), kGroup + "new:x:77:\n");
  EXPECT_EQ(get("/etc/gshadow"), kGshadow + "new:!::\n");
  users.remove_group("new");
  users.save();
  EXPECT_EQ(get("/etc/group"), kGroup);
}

TEST_F(LinuxAccounts, Passwords) {
  for (const auto& [crypto, prefix] : {std::pair{"yescrypt", "$y$"}, {"sha512", "$6$"}, {"sha256", "$5$"}, {"md5", "$1$"}}) {
    const std::string hash = hash_password("pa ss:wörd", crypto);
    EXPECT_THAT(hash, ::testing::StartsWith(prefix));
    EXPECT_EQ(crypt_of("pa ss:wörd", hash), hash);
    EXPECT_NE(crypt_of("another", hash), hash);
    EXPECT_NE(hash_password("pa ss:wörd", crypto), hash) << "the salt is new each time";
  }
  EXPECT_EQ(error_of([] { hash_password("x", "des"); }), EINVAL);
  EXPECT_EQ(error_of([] { hash_password("a\nb", "sha512"); }), EINVAL);
  Users users(*root);
  EXPECT_EQ(users.password_state("root"), "disabled");
  EXPECT_EQ(users.password_state("ann"), "set");
  users.set_password("ann", "!$6$x$y");
  EXPECT_EQ(users.password_state("ann"), "locked");
  users.set_password("ann", "!*");
  EXPECT_EQ(users.password_state("ann"), "disabled");
  users.set_password("root", "");
  EXPECT_EQ(users.password_state("root"), "none");
  EXPECT_EQ(error_of([&] { users.set_password("none", "*"); }), ENOENT);
  users.set_password("ann", "$5$new");
  users.save();
  EXPECT_EQ(hash_of("ann"), "$5$new");
  EXPECT_EQ(get("/etc/passwd"), kPasswd);
  EXPECT_THAT(get("/etc/shadow"), HasSubstr(":0:99999:7:::\n"));
}

TEST_F(LinuxAccounts, PasswordWithoutShadowFile) {
  std::filesystem::remove(host("/etc/shadow"));
  Users users(*root);
  users.set_password("ann", "$1$a$b");
  users.save();
  EXPECT_THAT(get("/etc/passwd"), HasSubstr("ann:$1$a$b:1000:1000:Ann,,,:"));
  EXPECT_FALSE(std::filesystem::exists(host("/etc/shadow")));
}

TEST_F(LinuxAccounts, CryptoIsTheGuests) {
  EXPECT_EQ(password_crypto(*root), "sha512");
  put("/etc/login.defs", "#ENCRYPT_METHOD DES\nENCRYPT_METHOD SHA256\n");
  EXPECT_EQ(password_crypto(*root), "sha256");
  put("/etc/pam.d/common-password", "# pam_unix.so md5\npassword\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n");
  EXPECT_EQ(password_crypto(*root), "yescrypt");
}

TEST_F(LinuxAccounts, LinksLeadNowhereOutside) {
  std::filesystem::remove(host("/etc/passwd"));
  link("../../outside/secret", "/etc/passwd");
  EXPECT_EQ(error_of([&] { Users(*root).list(); }), ENOENT);
  std::filesystem::rename(host("/etc/shadow"), host("/etc/real"));
  std::filesystem::remove(host("/etc/passwd"));
  put("/etc/passwd", kPasswd);
  link("real", "/etc/shadow");
  Users users(*root);
  users.set_password("ann", "*");
  users.save();
  EXPECT_TRUE(std::filesystem::is_symlink(host("/etc/shadow")));
  EXPECT_THAT(get("/etc/real"), HasSubstr("ann:*:"));
  EXPECT_EQ(get_host(temp.file("outside/secret")), "secret");
}

TEST_F(LinuxAccounts, Homes) {
  put("/etc/skel/.profile", "hello");
  put("/etc/skel/sub/x", "x");
  const User user{"me", ::getuid(), ::getgid(), "", "/home/me/", "/bin/sh"};
  make_home(*root, user);
  EXPECT_EQ(get("/home/me/.profile"), "hello");
  EXPECT_EQ(get("/home/me/sub/x"), "x");
  EXPECT_EQ(facts_of("/home/me").st_mode & 07777U, 0700U);
  put("/home/me/mine", "1");
  make_home(*root, user);
  EXPECT_EQ(get("/home/me/mine"), "1");
  put("/var/mail/me", "mail");
  EXPECT_TRUE(remove_home(*root, user));
  EXPECT_FALSE(std::filesystem::exists(host("/home/me")));
  EXPECT_FALSE(std::filesystem::exists(host("/var/mail/me")));
  EXPECT_FALSE(remove_home(*root, user));
  EXPECT_FALSE(remove_home(*root, {"x", ::getuid(), 0, "", "/", ""}));
  put("/srv/x", "1");
  EXPECT_FALSE(remove_home(*root, {"x", 12345, 0, "", "/srv", ""})) << "it is another's";
}

TEST_F(LinuxAccounts, SshKeys) {
  const User user{"me", ::getuid(), ::getgid(), "", "/home/me", "/bin/sh"};
  EXPECT_EQ(error_of([&] { add_authorized_keys(*root, user, "ssh-ed25519 AAAA me"); }), ENOENT);
  std::filesystem::create_directories(host("/home/me"));
  EXPECT_EQ(error_of([&] { add_authorized_keys(*root, user, "-----BEGIN OPENSSH PRIVATE KEY-----"); }), EINVAL);
  EXPECT_EQ(error_of([&] { add_authorized_keys(*root, user, "# nothing\n"); }), EINVAL);
  EXPECT_FALSE(std::filesystem::exists(host("/home/me/.ssh")));
  EXPECT_TRUE(add_authorized_keys(*root, user, "ssh-ed25519 AAAA me\n\n# c\nfrom=\"10.*\" ecdsa-sha2-nistp256 BBBB"));
  EXPECT_EQ(get("/home/me/.ssh/authorized_keys"), "ssh-ed25519 AAAA me\nfrom=\"10.*\" ecdsa-sha2-nistp256 BBBB\n");
  EXPECT_FALSE(add_authorized_keys(*root, user, " ssh-ed25519 AAAA me "));
  EXPECT_EQ(facts_of("/home/me/.ssh").st_mode & 07777U, 0700U);
  EXPECT_EQ(facts_of("/home/me/.ssh/authorized_keys").st_mode & 07777U, 0600U);
  EXPECT_EQ(with_authorized_keys("ssh-rsa X", "ssh-rsa Y"), "ssh-rsa X\nssh-rsa Y\n");
  // A user of the guest must not have root write where a link leads.
  std::filesystem::remove(host("/home/me/.ssh/authorized_keys"));
  link("/etc/shadow", "/home/me/.ssh/authorized_keys");
  EXPECT_EQ(error_of([&] { add_authorized_keys(*root, user, "ssh-rsa A"); }), EINVAL);
  std::filesystem::remove_all(host("/home/me/.ssh"));
  link("/etc", "/home/me/.ssh");
  EXPECT_EQ(error_of([&] { add_authorized_keys(*root, user, "ssh-rsa A"); }), EINVAL);
  EXPECT_EQ(get("/etc/shadow"), kShadow);
}

}  // namespace
}  // namespace vmcraft::edit
