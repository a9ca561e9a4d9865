// SPDX-License-Identifier: LGPL-3.0-or-later
// The registry by the names of its hives, checked by hivexregedit, hivexget and reglookup.
#include "fs_support.h"
#include "support/hive.h"
#include "support/windows.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kVersion = R"(Microsoft\Windows NT\CurrentVersion)";

// With another first sequence number, and the checksum of the header as it is then.
std::string being_written(std::string hive) {
  for (const std::size_t at : {0x4U, 0x1fcU}) hive[at] = static_cast<char>(hive[at] ^ 0x40);
  return hive;
}

class RegistryActions : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (IsSkipped()) return;
    if (!base::find_program("hivexregedit")) GTEST_SKIP() << "the program hivexregedit is not installed";
  }
  GuestFS mounted(const std::function<void(const std::string&)>& more = {}, bool readonly = false) {
    make_image(image_, {.size_mib = 64, .prepare = [&](const std::string& tree) {
                          make_windows_tree(tree);
                          if (more) more(tree);
                        }});
    GuestFS g = open(image_, readonly);
    g.mount_root();
    return g;
  }
  std::string fetched(GuestFS& g, const std::string& path) {
    g.download(path, temp.file("hive"));
    return temp.file("hive");
  }
  static void write(GuestFS& g, const std::string& value, const std::string& type, const std::string& data,
                    bool backup = false) {
    RegistryWriteOptions options;
    options.value_type = type;
    options.backup = backup;
    g.registry_write("system", R"(CurrentControlSet\Test\New)", value, data, options);
  }
  static std::string read(GuestFS& g, const std::string& value) {
    return g.registry_read("SYSTEM", R"(ControlSet001\test\NEW)", value);
  }
  std::string image_ = temp.file("guest.raw");
};

TEST_P(RegistryActions, EveryType) {
  GuestFS g = mounted();
  EXPECT_EQ(g.registry_read("SOFTWARE", kVersion, "ProductName"), "Windows 10 Pro");
  EXPECT_EQ(g.registry_read("software", R"(HKEY_LOCAL_MACHINE\Software\)" + kVersion, "currentmajorVERSIONnumber"), "10");
  const std::vector<std::array<std::string, 4>> cases = {
      // type, data, as read, as hivexregedit has it
      {"sz", "grüß \\ \"x\" 😀", "grüß \\ \"x\" 😀", "\"sz\"=hex(1):67,00,72,00,fc,00,df,00,20,00,5c,00,20,00,22,00,78,00,22,00,20,00,3d,d8,00,de,00,00"},
      {"expand_sz", "%SystemRoot%\\x", "%SystemRoot%\\x", "\"expand_sz\"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,00,74,00,25,00,5c,00,78,00,00,00"},
      {"binary", "01 FF,00:00", "01ff0000", "\"binary\"=hex(3):01,ff,00,00"},
      {"dword", "0x11223344", "287454020", "\"dword\"=dword:11223344"},
      {"dword_be", "1", "1", "\"dword_be\"=hex(5):00,00,00,01"},
      {"link", "\\Registry\\A", "\\Registry\\A", "\"link\"=hex(6):5c,00,52,00,65,00,67,00,69,00,73,00,74,00,72,00,79,00,5c,00,41,00"},
      {"multi_sz", "a\nbc", "a\nbc", "\"multi_sz\"=hex(7):61,00,00,00,62,00,63,00,00,00,00,00"},
      {"resource_list", "0102", "0102", "\"resource_list\"=hex(8):01,02"},
      {"full_resource_descriptor", "03", "03", "\"full_resource_descriptor\"=hex(9):03"},
      {"resource_requirements_list", "04", "04", "\"resource_requirements_list\"=hex(a):04"},
      {"qword", "18446744073709551615", "18446744073709551615", "\"qword\"=hex(b):ff,ff,ff,ff,ff,ff,ff,ff"},
      {"none", "", "", "\"none\"=hex(0):"},
      {"0xffff0012", "4100", "4100", "\"0xffff0012\"=hex(ffff0012):41,00"}};
  for (const auto& [type, data, shown, exported] : cases) {
    SCOPED_TRACE(type);
    write(g, type, type, data);
    EXPECT_EQ(read(g, type), shown);
  }
  write(g, "", "REG_SZ", "the default");
  write(g, "DWORD", "REG_DWORD", "7");
  EXPECT_EQ(read(g, "dword"), "7");
  write(g, "dword", "dword", "0x11223344");
  const std::string hive = fetched(g, kConfigFolder + "SYSTEM");
  const std::string text = export_hive(hive, "\\ControlSet001\\Test\\New");
  for (const auto& [type, data, shown, exported] : cases) EXPECT_THAT(text, HasSubstr(exported + "\n"));
  EXPECT_EQ(shell("hivexget " + hive + " '\\ControlSet001\\Test\\New' @"), "the default\n");
  if (base::find_program("reglookup")) {
    const std::string rows = shell("reglookup -H -p /ControlSet001/Test/New " + hive);
    EXPECT_THAT(rows, HasSubstr("/New/dword,DWORD,0x11223344,"));
    EXPECT_THAT(rows, HasSubstr("/New/multi_sz,MULTI_SZ,a|bc"));
    EXPECT_THAT(rows, HasSubstr("/New/expand_sz,EXPAND_SZ,%25SystemRoot%25\\x,"));
    EXPECT_THAT(rows, HasSubstr("/New/qword,QWORD,0xFFFFFFFFFFFFFFFF,"));
    EXPECT_THAT(rows, HasSubstr("/New/binary,BINARY,"));
  }
}

TEST_P(RegistryActions, Refuses) {
  GuestFS g = mounted([](const std::string& tree) { write_host(tree + "/text", "none"); });
  EXPECT_EQ(errno_of([&] { write(g, "x", "dword", "4294967296"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { write(g, "x", "dword", "five"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { write(g, "x", "binary", "abc"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { write(g, "x", "multi_sz", "a\n\nb"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { write(g, "x", "sz", "\xff"); }), EINVAL);
  EXPECT_THAT(text_of([&] { write(g, "x", "word", "1"); }), HasSubstr("word: not a type of the registry; it has none, sz,"));
  EXPECT_EQ(errno_of([&] { read(g, "x"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.registry_read("SOFTWARE", "No\\Key", ""); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.registry_list("SOFTWARE", "No\\Key"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.registry_export("SOFTWARE", "No\\Key"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.registry_list("SAM", ""); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.registry_list("nothing", ""); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.registry_list("/text", ""); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.registry_list("/../text", ""); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.registry_list("SOFTWARE", "HKEY_LOCAL_MACHINE\\SYSTEM\\Select"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.registry_delete("SYSTEM", ""); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.registry_delete("SYSTEM", "Nothing"); }), ENOENT);
}

TEST_P(RegistryActions, WritesAtOnceAndKeepsABackup) {
  GuestFS g = mounted();
  const std::string path = kConfigFolder + "SYSTEM";
  g.chmod(0640, path);
  g.chown(12, 34, path);
  const std::string before = g.checksum("sha256", path);
  const auto inode = g.statns(path).st_ino;
  write(g, "a", "sz", "1", true);
  const auto after = g.statns(path);
  EXPECT_NE(after.st_ino, inode);
  EXPECT_EQ(after.st_mode & 07777, 0640);
  EXPECT_EQ(after.st_uid, 12);
  EXPECT_EQ(after.st_gid, 34);
  EXPECT_EQ(g.checksum("sha256", path + ".bak"), before);
  const std::string changed = g.checksum("sha256", path);
  write(g, "a", "sz", "1", true);
  EXPECT_EQ(g.checksum("sha256", path), changed);
  EXPECT_EQ(g.checksum("sha256", path + ".bak"), before);
  for (const std::string& name : g.ls(kConfigFolder)) EXPECT_THAT(name, Not(HasSubstr("vmcraft"))) << name;
  // What a run that was killed left behind is in nobody's way.
  g.touch(path + ".vmcraft-new");
  write(g, "a", "sz", "2");
  EXPECT_FALSE(g.exists(path + ".vmcraft-new"));
}

TEST_P(RegistryActions, ListsAndDeletes) {
  GuestFS g = mounted();
  write(g, "a", "sz", "1");
  write(g, "b", "dword", "2");
  write(g, "", "multi_sz", "x\ny");
  g.registry_write("SYSTEM", R"(ControlSet001\Test\New\Deep\Er)", "v", "w");
  std::string listed;
  for (const RegistryEntry& entry : g.registry_list("SYSTEM", "\\CurrentControlSet\\Test\\New\\"))
    listed += entry.name + "|" + entry.type + "|" + entry.data + ";";
  EXPECT_EQ(listed, "Deep|key|;a|sz|1;b|dword|2;|multi_sz|x\ny;");
  RegistryDeleteOptions options;
  options.value = "A";
  g.registry_delete("SYSTEM", R"(ControlSet001\Test\New)", options);
  EXPECT_EQ(errno_of([&] { g.registry_delete("SYSTEM", R"(ControlSet001\Test\New)", options); }), ENOENT);
  EXPECT_EQ(read(g, "b"), "2");
  g.registry_delete("SYSTEM", R"(CurrentControlSet\Test\New\Deep)");
  EXPECT_EQ(export_hive(fetched(g, kConfigFolder + "SYSTEM"), "\\ControlSet001\\Test"),
            "Windows Registry Editor Version 5.00\n\n[\\ControlSet001\\Test]\n\n[\\ControlSet001\\Test\\New]\n"
            "@=hex(7):78,00,00,00,79,00,00,00,00,00\n\"b\"=dword:00000002\n\n");
}

TEST_P(RegistryActions, OtherHives) {
  GuestFS g = mounted([](const std::string& tree) {
    merge_hive(tree + "/Users/Me/NTUSER.DAT", "[\\Console]\n\"Font\"=\"x\"\n");
    merge_hive(tree + "/Boot/BCD", "[\\Objects]\n\"a\"=\"bcd\"\n");
    merge_hive(tree + "/Windows/AppCompat/Programs/Amcache.hve", "[\\Root]\n\"a\"=\"amcache\"\n");
    for (const char* name : {"SAM", "SECURITY", "DEFAULT"})
      merge_hive(tree + kConfigFolder + name, std::string("[\\Key]\n\"a\"=\"") + name + "\"\n");
  });
  EXPECT_EQ(g.registry_read("C:\\users\\me\\ntuser.dat", "HKEY_CURRENT_USER\\Console", "Font"), "x");
  EXPECT_EQ(g.registry_read("/Users/Me/NTUSER.DAT", "HKEY_USERS\\S-1-5-21-1-2-3-1001\\Console", "Font"), "x");
  EXPECT_EQ(errno_of([&] { g.registry_read("/Users/Me/NTUSER.DAT", "HKLM\\SOFTWARE\\Console", "Font"); }), EINVAL);
  EXPECT_EQ(g.registry_read("BCD", "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects", "a"), "bcd");
  EXPECT_EQ(g.registry_read("Amcache", "Root", "a"), "amcache");
  EXPECT_EQ(g.registry_read("DEFAULT", "HKEY_USERS\\.DEFAULT\\Key", "a"), "DEFAULT");
  for (const char* name : {"SAM", "SECURITY"}) EXPECT_EQ(g.registry_read(name, "Key", "a"), name);
}

TEST_P(RegistryActions, ExportsAndImports) {
  GuestFS g = mounted();
  for (const auto& [type, data] : std::vector<std::pair<std::string, std::string>>{
           {"sz", "a \\ \"quoted\""}, {"none", "00"}, {"qword", "1"}, {"multi_sz", "one\ntwo"}, {"dword", "5"}})
    write(g, type, type, data);
  write(g, "", "binary", std::string(600, 'a'));
  const std::string text = g.registry_export("SYSTEM", R"(CurrentControlSet\Test)");
  write_host(temp.file("export.reg"), text);
  // hivexregedit reads it where it is UTF-8 with plain lines, and comes to the same.
  merge_hive(temp.file("other"), shell("iconv -f utf-16 -t utf-8 " + temp.file("export.reg") +
                                       " | tr -d '\\r' | sed 1,2d | sed 's/HKEY_LOCAL_MACHINE.SYSTEM//'"));
  EXPECT_EQ(export_hive(temp.file("other"), "\\CurrentControlSet\\Test\\New").substr(100),
            export_hive(fetched(g, kConfigFolder + "SYSTEM"), "\\ControlSet001\\Test\\New").substr(96));
  EXPECT_EQ(g.registry_import("SYSTEM", temp.file("export.reg")), 0);
  g.registry_delete("SYSTEM", R"(ControlSet001\Test)");
  EXPECT_EQ(g.registry_import("SYSTEM", temp.file("export.reg")), 8);
  EXPECT_EQ(g.registry_export("SYSTEM", R"(CurrentControlSet\Test)"), text);
  write_host(temp.file("delete.reg"), "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Test\\New]\n\"sz\"=-\n"
                                      "\"NONE\"=-\n\"e\"=hex(2):25,41,25,00\n\n[-HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n");
  RegistryImportOptions options;
  options.backup = true;
  EXPECT_EQ(g.registry_import("SYSTEM", temp.file("delete.reg"), options), 4);
  EXPECT_TRUE(g.exists(kConfigFolder + "SYSTEM.bak"));
  EXPECT_EQ(errno_of([&] { read(g, "sz"); }), ENOENT);
  EXPECT_EQ(read(g, "e"), "%A%");
  EXPECT_EQ(errno_of([&] { g.registry_list("SYSTEM", "Select"); }), ENOENT);
  // One key of another hive, and nothing is done.
  write_host(temp.file("mixed.reg"), "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SYSTEM\\X]\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\n");
  EXPECT_EQ(errno_of([&] { g.registry_import("SYSTEM", temp.file("mixed.reg")); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.registry_list("SYSTEM", "X"); }), ENOENT);
}

TEST_P(RegistryActions, GuestsThatWouldWriteOverIt) {
  GuestFS g = mounted([](const std::string& tree) {
    write_host(tree + kConfigFolder + "SAM", being_written(empty_hive()));
  });
  g.registry_write("SAM", "A", "b", "c");  // nothing is in a log
  EXPECT_EQ(g.registry_read("SAM", "A", "b"), "c");
  g.write(kConfigFolder + "SAM", being_written(g.read_file(kConfigFolder + "SAM")));
  g.write(kConfigFolder + "SAM.LOG1", "changes");
  EXPECT_EQ(errno_of([&] { g.registry_write("SAM", "A", "b", "d"); }), EBUSY);
  EXPECT_EQ(g.registry_read("SAM", "A", "b"), "c");
  g.write("/hiberfil.sys", std::string(4096, '\0'));
  write(g, "a", "sz", "1");
  g.pwrite("/hiberfil.sys", "HIBR", 0);
  EXPECT_THAT(text_of([&] { write(g, "a", "sz", "2"); }), HasSubstr("shutdown /s /t 0"));
  EXPECT_EQ(read(g, "a"), "1");
}

TEST_P(RegistryActions, ReadOnlyAndWithoutWindows) {
  GuestFS g = mounted({}, true);
  EXPECT_EQ(g.registry_read("SOFTWARE", kVersion, "ProductName"), "Windows 10 Pro");
  make_image(temp.file("other.raw"));
  GuestFS other = open(temp.file("other.raw"), false);
  other.mount("/dev/sda1", "/");
  EXPECT_EQ(errno_of([&] { other.registry_list("SYSTEM", ""); }), ENOENT);
}

TEST_P(RegistryActions, OnNtfs) {
  VMCRAFT_NEEDS("mkntfs");
  make_windows_tree(temp.file("tree"));
  shell("mkntfs -Fq " + blank(64, "guest.raw"));
  GuestFS g = open(image_, false);
  g.mount("/dev/sda", "/");
  g.copy_in(temp.file("tree") + "/Windows", "/");
  EXPECT_EQ(g.registry_read("SOFTWARE", kVersion, "ProductName"), "Windows 10 Pro");
  write(g, "a", "dword", "1", true);
  EXPECT_EQ(read(g, "a"), "1");
  EXPECT_THAT(export_hive(fetched(g, kConfigFolder + "SYSTEM"), "\\ControlSet001\\Test\\New"), HasSubstr("\"a\"=dword:00000001"));
}

VMCRAFT_ON_BOTH_ENGINES(RegistryActions);

}  // namespace
}  // namespace vmcraft::test
