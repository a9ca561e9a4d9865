// SPDX-License-Identifier: LGPL-3.0-or-later
// Domains of libvirt's test driver, which keeps them in this process.
#include <gmock/gmock.h>

#include <dlfcn.h>

#include "fs_support.h"
#include "libvirt/domain_disks.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

constexpr const char* kUuid = "11111111-2222-4333-8444-555555555555";

class LibvirtDomain : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (::dlopen("libvirt.so.0", RTLD_NOW | RTLD_GLOBAL) == nullptr)
      GTEST_SKIP() << "libvirt0 is not installed";
  }
  // The file of a test:/// URI: a domain with these disks, shut off unless `running`.
  std::string node(const std::string& disks, bool running = false, const std::string& more = "") {
    const std::string path = temp.file("node.xml");
    write_host(path,
               "<node>" + more +
                   "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
                   "<name>guest</name><uuid>" +
                   kUuid +
                   "</uuid><memory>8192</memory>"
                   "<os><type>hvm</type></os><devices>" +
                   disks +
                   "</devices>"
                   "<test:runstate>" +
                   (running ? "1" : "5") + "</test:runstate></domain></node>");
    return "test://" + path;
  }
  static std::string disk(const std::string& type, const std::string& inside, char letter) {
    return "<disk type='" + type + "' device='disk'>" + inside + "<target dev='vd" + letter +
           "' bus='virtio'/></disk>";
  }
  AddDomainOptions at(const std::string& uri) {
    AddDomainOptions options;
    options.libvirturi = uri;
    return options;
  }
};

TEST_P(LibvirtDomain, DisksOfEachType) {
  const std::string raw = temp.file("a.raw");
  make_image(raw);
  convert(raw, temp.file("b.qcow2"), "qcow2");
  shell("cp " + raw + " " + temp.file("volume.raw"));
  const std::string uri = node(
      disk("file", "<driver name='qemu' type='raw'/><source file='" + raw + "'/>", 'a') +
          disk("file",
               "<driver name='qemu' type='qcow2'/><source file='" + temp.file("b.qcow2") +
                   "'/><readonly/>",
               'b') +
          disk("block", "<driver name='qemu' type='raw'/><source dev='" + raw + "'/>", 'c') +
          disk("volume",
               "<driver name='qemu' type='raw'/><source pool='pool' volume='volume.raw'/>", 'd') +
          "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>",
      false,
      "<pool type='dir'><name>pool</name><uuid>" + std::string(kUuid) + "</uuid><target><path>" +
          temp.path() +
          "</path></target><volume "
          "type='file'><name>volume.raw</name><capacity>67108864</capacity></volume></pool>");
  GuestFS g;
  g.set_backend(GetParam());
  AddDomainOptions options = at(uri);
  options.readonly = true;
  EXPECT_EQ(g.add_domain("guest", options), 4);
  EXPECT_EQ(g.debug_drives(),
            (Texts{raw + " protocol=file format=raw readonly=true",
                   temp.file("b.qcow2") + " protocol=file format=qcow2 readonly=true",
                   raw + " protocol=file format=raw readonly=true",
                   temp.file("volume.raw") + " protocol=file format=raw readonly=true"}));
  g.launch();
  for (const char* device : {"/dev/sda1", "/dev/sdb1", "/dev/sdc1", "/dev/sdd1"}) {
    g.mount_ro(device, "/");
    EXPECT_EQ(g.cat("/etc/hostname"), "test-guest\n") << device;
    g.umount("/");
  }
}

TEST_P(LibvirtDomain, WhatIsReadonlyInTheDomain) {
  const std::string one = blank(4, "one.raw");
  const std::string two = blank(4, "two.raw");
  const std::string uri = node(disk("file", "<source file='" + one + "'/>", 'a') +
                               disk("file", "<source file='" + two + "'/><readonly/>", 'b'));
  const auto states = [&](const char* word, bool all) {
    GuestFS g;
    AddDomainOptions options = at(uri);
    options.readonly = all;
    if (*word != '\0') options.readonlydisk = word;
    g.add_domain("guest", options);
    std::string text;
    for (const std::string& line : g.debug_drives())
      text += line.find("readonly=true") != std::string::npos ? 'r' : 'w';
    return text;
  };
  EXPECT_EQ(states("", false), "ww");
  EXPECT_EQ(states("write", false), "ww");
  EXPECT_EQ(states("read", false), "wr");
  EXPECT_EQ(states("ignore", false), "w");
  EXPECT_EQ(errno_of([&] { states("error", false); }), EINVAL);
  EXPECT_EQ(states("error", true), "rr");
  EXPECT_EQ(states("ignore", true), "r");
  EXPECT_EQ(errno_of([&] { states("other", true); }), EINVAL);
}

TEST_P(LibvirtDomain, NamesUuidsAndFailures) {
  const std::string one = blank(4, "one.raw");
  const std::string uri = node(disk("file", "<source file='" + one + "'/>", 'a') +
                               disk("file", "<source file='" + temp.file("missing") + "'/>", 'b'));
  GuestFS g;
  EXPECT_EQ(errno_of([&] { g.add_domain("guest", at(uri)); }), ENOENT);
  EXPECT_EQ(g.debug_drives(), Texts{}) << "the first disk was added all the same";
  EXPECT_EQ(errno_of([&] { g.add_domain("other", at(uri)); }), ENOENT);
  EXPECT_THAT(text_of([&] { g.add_domain("other", at(uri)); }), HasSubstr("other"));
  EXPECT_NE(errno_of([&] { g.add_domain("guest", at("nonsense:///")); }), -1);
  const std::string running = node(disk("file", "<source file='" + one + "'/>", 'a'), true);
  EXPECT_EQ(errno_of([&] { g.add_domain("guest", at(running)); }), EBUSY);
  AddDomainOptions options = at(running);
  options.readonly = true;
  EXPECT_EQ(errno_of([&] { g.add_domain(kUuid, options); }), ENOENT);
  options.allowuuid = true;
  EXPECT_EQ(g.add_domain(kUuid, options), 1);
  EXPECT_EQ(g.add_domain("guest", options), 1);
  EXPECT_EQ(errno_of([&] { g.add_libvirt_dom(0); }), EINVAL);
}

TEST_P(LibvirtDomain, OpenedByTheCaller) {
  const std::string one = blank(4, "one.raw");
  const std::string uri = node(disk("file",
                                    "<driver name='qemu' type='raw'/><source file='" + one +
                                        "'/><blockio logical_block_size='4096'/>",
                                    'a'));
  void* library = ::dlopen("libvirt.so.0", RTLD_NOW);
  const auto open = reinterpret_cast<void* (*)(const char*)>(::dlsym(library, "virConnectOpen"));
  const auto find =
      reinterpret_cast<void* (*)(void*, const char*)>(::dlsym(library, "virDomainLookupByName"));
  const auto release = reinterpret_cast<int (*)(void*)>(::dlsym(library, "virDomainFree"));
  const auto close = reinterpret_cast<int (*)(void*)>(::dlsym(library, "virConnectClose"));
  void* connection = open(uri.c_str());
  ASSERT_NE(connection, nullptr);
  void* domain = find(connection, "guest");
  ASSERT_NE(domain, nullptr);
  GuestFS g;
  g.set_backend(GetParam());
  EXPECT_EQ(g.add_libvirt_dom(reinterpret_cast<std::intptr_t>(domain)), 1);
  EXPECT_EQ(release(domain), 0);
  EXPECT_EQ(close(connection), 0) << "a reference was kept";
  g.launch();
  EXPECT_EQ(g.blockdev_getss("/dev/sda"), 4096);
}

TEST_P(LibvirtDomain, Credentials) {
  const std::string one = blank(4, "one.raw");
  const std::string uri = node(disk("file", "<source file='" + one + "'/>", 'a'), false,
                               "<auth><user password='123456'>bob</user></auth>");
  GuestFS g;
  EXPECT_EQ(errno_of([&] { g.get_libvirt_requested_credentials(); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.set_libvirt_supported_credentials({}); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.set_libvirt_supported_credentials({"secret"}); }), EINVAL);
  EXPECT_NE(errno_of([&] { g.add_domain("guest", at(uri)); }), -1) << "nobody was asked";
  std::string password = "123456";
  Texts asked;
  g.set_libvirt_supported_credentials({"authname", "passphrase"});
  g.on_event(static_cast<std::uint32_t>(EventType::libvirt_auth), [&](const Event& event) {
    asked.emplace_back(event.text);
    const Texts types = g.get_libvirt_requested_credentials();
    for (std::size_t i = 0; i < types.size(); ++i) {
      const int index = static_cast<int>(i);
      asked.push_back(types[i]);
      EXPECT_NE(g.get_libvirt_requested_credential_prompt(index), "");
      g.get_libvirt_requested_credential_challenge(index);
      EXPECT_EQ(g.get_libvirt_requested_credential_defresult(index), "");
      g.set_libvirt_requested_credential(index, types[i] == "authname" ? "bob" : password);
    }
    EXPECT_EQ(errno_of([&] { g.set_libvirt_requested_credential(9, "x"); }), EINVAL);
  });
  EXPECT_EQ(g.add_domain("guest", at(uri)), 1);
  EXPECT_EQ(asked, (Texts{uri, "authname", uri, "passphrase"}));
  EXPECT_EQ(errno_of([&] { g.get_libvirt_requested_credential_prompt(0); }), EINVAL);
  password = "wrong";
  EXPECT_EQ(errno_of([&] { g.add_domain("guest", at(uri)); }), EACCES);
}

TEST_P(LibvirtDomain, ByTheShell) {
  make_image(temp.file("a.raw"));
  const std::string uri = node(disk(
      "file", "<driver name='qemu' type='raw'/><source file='" + temp.file("a.raw") + "'/>", 'a'));
  const std::string tool =
      std::string(VMCRAFT_BUILD_DIR) + "/vmcraft --engine=" + GetParam() + " -c " + uri;
  EXPECT_EQ(shell(tool + " --ro -d guest -m /dev/sda1 cat /etc/hostname"), "test-guest\n\n");
  EXPECT_EQ(shell(tool + " --ro -d " + kUuid + " run : list-devices"), "/dev/sda\n");
  EXPECT_EQ(shell(tool + " --ro -d none run 2>/dev/null || echo failed"), "failed\n");
}

VMCRAFT_ON_BOTH_ENGINES(LibvirtDomain);

TEST(LibvirtXml, NetworkDisks) {
  using libvirt::DomainDisk;
  if (::dlopen("libxml2.so.2", RTLD_NOW | RTLD_GLOBAL) == nullptr)
    GTEST_SKIP() << "libxml2 is not installed";
  const std::vector<DomainDisk> disks = libvirt::read_domain_disks(
      "<domain><devices>"
      "<disk type='network'><driver type='raw'/><source protocol='rbd' name='pool/image'>"
      "<host name='mon1' port='6321'/><host name='mon2'/></source>"
      "<auth username='me'><secret type='ceph' uuid='u-u'/></auth></disk>"
      "<disk type='network'><source protocol='nbd'><host transport='unix' "
      "socket='/run/x'/></source></disk>"
      "<disk type='network'><source protocol='https' name='x/y.img' query='a=b'><host name='h' "
      "port='443'/></source></disk>"
      "<disk type='nvme'><source type='pci'/></disk>"
      "<disk type='file'/><disk/>"
      "</devices></domain>");
  ASSERT_EQ(disks.size(), 3U);
  EXPECT_EQ(disks[0].protocol, "rbd");
  EXPECT_EQ(disks[0].path, "pool/image");
  EXPECT_EQ(disks[0].servers, (Texts{"mon1:6321", "mon2"}));
  EXPECT_EQ(disks[0].username, "me");
  EXPECT_EQ(disks[0].secret_type, "ceph");
  EXPECT_EQ(disks[0].secret_uuid, "u-u");
  EXPECT_EQ(disks[0].format, "raw");
  EXPECT_EQ(disks[1].servers, Texts{"unix:/run/x"});
  EXPECT_EQ(disks[2].path, "/x/y.img?a=b");
  for (const char* wrong : {"", "<domain>", "<network/>", "\xff\xff"})
    EXPECT_THROW(libvirt::read_domain_disks(wrong), Error) << wrong;
}

}  // namespace
}  // namespace vmcraft::test
