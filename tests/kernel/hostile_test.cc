// SPDX-License-Identifier: LGPL-3.0-or-later
// A guest that wants out: every action that takes a path gets each of its traps, on both engines, and
// nothing outside the guest's root is read, written or mounted over.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <nlohmann/json.hpp>

#include "api/dispatch.h"
#include "api/rpc.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

using Json = nlohmann::json;
constexpr const char* kSecret = "SECRET-OF-THE-HOST";

// What is outside: names, contents and times.
std::string snapshot(const std::string& folder) {
  return shell("cd " + folder + " && find . -printf '%p %y %m %U %G %s %T@ %C@ %l\\n' | sort && "
               "find . -type f -exec sha256sum {} + | sort");
}

class Hostile : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    outside_ = temp.file("outside");
    write_host(outside_ + "/secret", kSecret);
    write_host(outside_ + "/folder/inner", kSecret);
    ::chmod(outside_.c_str(), 0777);
    make_image(temp.file("evil.raw"), {.prepare = [this](const std::string& tree) { set_traps(tree); }});
  }

  void set_traps(const std::string& tree) const {
    std::string up;
    for (int i = 0; i < 20; ++i) up += "../";
    const auto link = [&](const std::string& target, const std::string& name) {
      std::filesystem::create_symlink(target, tree + "/" + name);
    };
    link(outside_ + "/secret", "abs_file");
    link(up + outside_.substr(1) + "/secret", "rel_file");
    link(outside_, "abs_dir");
    link(up + outside_.substr(1), "rel_dir");
    link("/proc/self/root" + outside_ + "/secret", "magic");
    link("/proc/1/root" + outside_, "magic_dir");
    link("loop_b", "loop_a");
    link("loop_a", "loop_b");
    write_host(tree + "/plain", "plain text\n");
    write_host(tree + "/new\nline", "x");
    write_host(tree + "/bad\xff\xfename", "y");
    ::mkfifo((tree + "/fifo").c_str(), 0666);
    if (is_root()) ::mknod((tree + "/zero").c_str(), S_IFCHR | 0666, makedev(1, 5));
    if (is_root()) ::mknod((tree + "/disk").c_str(), S_IFBLK | 0666, makedev(254, 0));
  }

  std::vector<std::string> traps() const {
    return {"/abs_file",        "/rel_file",      "/abs_dir",       "/abs_dir/secret",
            "/abs_dir/created", "/rel_dir/secret", "/rel_dir/folder", "/magic",
            "/magic_dir/secret", "/loop_a",       "/fifo",          "/zero",
            "/disk",            "/new\nline",     "/bad\xff\xfename",
            "/../../../../../../../../../../.." + outside_ + "/secret"};
  }

  // What one action broke must not spare the next.
  void restore(GuestFS& g) {
    for (const char* name : {"abs_file", "abs_dir"}) g.rm_rf(std::string("/") + name);
    g.ln_s(outside_ + "/secret", "/abs_file");
    g.ln_s(outside_, "/abs_dir");
  }

  std::string outside_;
};

// Encodes one call with the trap in every path argument and something harmless in the others.
std::string encode_call(const Json& action, const std::string& trap) {
  rpc::Writer w;
  w.put(std::string_view(action["name"].get_ref<const std::string&>()));
  for (const Json& arg : action["args"]) {
    const std::string kind = arg["kind"];
    if (kind == "pathname" || kind == "device_or_path" || kind == "mountable_or_path") w.put(trap);
    else if (kind == "pathnamelist") w.put(std::vector<std::string>{trap});
    else if (kind == "stringlist" || kind == "filenamelist") w.put(std::vector<std::string>{"secret"});
    else if (kind == "optstring") w.put(std::optional<std::string>());
    else if (kind == "int") w.put(3);
    else if (kind == "int64") w.put(std::int64_t{3});
    else if (kind == "bool") w.put(true);
    else if (kind == "device" || kind == "mountable") w.put(std::string("/dev/sda1"));
    else if (kind == "filein" || kind == "fileout") continue;
    else w.put(arg["name"] == "mode" ? std::string("0777") : std::string("md5"));
  }
  for (std::size_t i = 0; i < action["optargs"].size(); ++i) w.put(std::uint8_t{0});
  return w.take();
}

bool takes_path(const Json& action) {
  if (action["engine"] != "guest" || action["group"] == "internal_test") return false;
  for (const Json& arg : action["args"]) {
    const std::string kind = arg["kind"];
    if (kind == "pathname" || kind == "pathnamelist" || kind == "device_or_path" ||
        kind == "mountable_or_path")
      return true;
  }
  return false;
}

TEST_P(Hostile, NoActionLeavesTheRoot) {
  GuestFS g = open(temp.file("evil.raw"), false);
  g.mount("/dev/sda1", "/");
  const std::string before = snapshot(outside_);
  handle::Handle& h = internal_handle(g);
  const Json api = Json::parse(api_json());
  int calls = 0;
  std::string last;
  for (const Json& action : api["actions"]) {
    // The second would write over the file system that is mounted.
    if (!takes_path(action) || action["name"] == "umount" || action["name"] == "copy_file_to_device") continue;
    for (const std::string& trap : traps()) {
      ASSERT_NO_THROW(if (!g.is_symlink("/abs_file") || !g.is_symlink("/abs_dir")) restore(g)) << "after " << last;
      last = action["name"].get<std::string>() + " " + trap;
      base::MemorySource in("data\n");
      base::MemorySink out;
      const std::string request = encode_call(action, trap);
      std::string reply;
      try {
        reply = h.remote ? h.remote->call(request, &in, &out, {}) : api::dispatch(h, request, {in, out});
      } catch (const Error&) {  // refusing is right
      }
      ++calls;
      EXPECT_EQ(reply.find(kSecret), std::string::npos) << action["name"] << " " << trap;
      EXPECT_EQ(out.take().find(kSecret), std::string::npos) << action["name"] << " " << trap;
    }
    ASSERT_EQ(snapshot(outside_), before) << action["name"];
  }
  EXPECT_GT(calls, 1000);
}

TEST_P(Hostile, MountTargetsInFstabStayInside) {
  const std::string root = temp.file("fstab.raw");
  make_image(root, {.files = {{"etc/fstab", "LABEL=extra /evil ext4 defaults 0 0\n"},
                              {"etc/hostname", "h\n"}, {"etc/os-release", "ID=debian\n"}, {"bin/sh", "x"}},
                    .prepare = [this](const std::string& tree) {
                      std::filesystem::create_symlink(outside_, tree + "/evil");
                      std::filesystem::create_directories(tree + outside_);
                    }});
  const std::string extra = temp.file("extra.raw");
  shell("mkdir " + temp.file("x") + "; echo extra > " + temp.file("x/marker") + "; truncate -s 16M " + extra +
        "; mke2fs -q -t ext4 -L extra -d " + temp.file("x") + " " + extra);
  GuestFS g;
  g.set_backend(GetParam());
  g.add_drive_ro(root);
  g.add_drive_ro(extra);
  g.launch();
  const std::string before = snapshot(outside_);
  g.mount_root();
  // The link leads to that path inside the guest, and there the file system is.
  EXPECT_EQ(g.cat(outside_ + "/marker"), "extra\n");
  EXPECT_EQ(snapshot(outside_), before);
  EXPECT_FALSE(std::filesystem::exists(outside_ + "/marker"));
}

VMCRAFT_ON_BOTH_ENGINES(Hostile);

}  // namespace
}  // namespace vmcraft::test
