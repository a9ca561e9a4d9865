// SPDX-License-Identifier: LGPL-3.0-or-later
// The engine alive: calls, bulk data, errors, disks.
#include "uml/engine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "base/process.h"
#include "base/trace.h"
#include "kernel/uml_support.h"
#include "vmcraft/error.h"

namespace vmcraft::uml::test {
namespace {

struct FailingSink : base::ByteSink {
  void write(std::span<const std::byte>) override { throw std::runtime_error("sink is full"); }
};

struct FailingSource : base::ByteSource {
  std::size_t read(std::span<std::byte> buffer) override {
    if (++count > 3) throw std::runtime_error("source is torn");
    return buffer.size();
  }
  int count = 0;
};

struct CountingSink : base::ByteSink {
  void write(std::span<const std::byte> data) override { bytes += data.size(); }
  void write_zeroes(std::uint64_t count) override { zeroes += count; }
  std::uint64_t bytes = 0;
  std::uint64_t zeroes = 0;
};

class UmlEngine : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string lacks = missing(); !lacks.empty()) GTEST_SKIP() << "needs " << lacks;
  }
};

// One engine for the tests that leave it as it was.
Engine& shared_engine() {
  static Engine engine(options());
  return engine;
}

TEST_F(UmlEngine, EchoesShortAndLongRequests) {
  Engine& engine = shared_engine();
  EXPECT_EQ(engine.call("echo hello"), "hello");
  EXPECT_EQ(engine.call("echo "), "");
  const std::string text(5'000'001, 'a');
  EXPECT_EQ(engine.call("echo " + text), text);
}

TEST_F(UmlEngine, PassesDataThroughBothWaysAtOnce) {
  std::string text;
  for (unsigned i = 0; text.size() < (24U << 20U); ++i) text += std::to_string(i);
  base::MemorySource in(text);
  base::MemorySink out;
  EXPECT_EQ(shared_engine().call("pass", &in, &out), std::to_string(text.size()));
  EXPECT_TRUE(out.take() == text);
}

TEST_F(UmlEngine, KeepsHolesAsHoles) {
  const base::TempDir folder;
  const std::string path = folder.file("sparse");
  {
    base::FileSink out(path);
    shared_engine().call("make 1000 8589934592 70000 1048576", nullptr, &out);
    out.finish();
  }
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_size, 1000 + 8589934592 + 70000 + 1048576);
  EXPECT_LT(found.st_blocks, 1024);
}

TEST_F(UmlEngine, ReportsProgress) {
  std::vector<std::uint64_t> positions;
  CallHooks hooks;
  hooks.progress = [&](std::uint64_t position, std::uint64_t total) {
    EXPECT_EQ(total, 15U);
    positions.push_back(position);
  };
  EXPECT_EQ(shared_engine().call("progress 15", nullptr, nullptr, hooks), "done");
  ASSERT_GE(positions.size(), 3U);
  EXPECT_EQ(positions.back(), 15U);
}

TEST_F(UmlEngine, TracesToTheCaller) {
  std::string lines;
  const base::TraceSink sink = [&](std::string_view line) { lines += line; };
  const base::TraceScope scope(&sink);
  EXPECT_EQ(shared_engine().call("trace from the guest"), "traced");
  EXPECT_EQ(lines, "from the guest");
}

TEST_F(UmlEngine, CarriesErrorsWhole) {
  try {
    shared_engine().call("fail 28 full");
    FAIL();
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::system);
    EXPECT_EQ(failure.errno_value(), ENOSPC);
    EXPECT_STREQ(failure.what(), "full");
  }
  try {
    shared_engine().call("fail-command mkfs -x");
    FAIL();
  } catch (const CommandError& failure) {
    EXPECT_EQ(failure.argv(), (std::vector<std::string>{"mkfs", "-x"}));
    EXPECT_EQ(failure.status(), 512);
    EXPECT_EQ(failure.stderr_tail(), "last line\n");
  }
  EXPECT_THROW(shared_engine().call("nonsense"), Error);
}

TEST_F(UmlEngine, CancelsWaitingAndBulkWork) {
  CallHooks hooks;
  hooks.cancelled = [] { return true; };
  const auto code_of = [&](const char* request, base::ByteSource* in, base::ByteSink* out) {
    try {
      shared_engine().call(request, in, out, hooks);
    } catch (const Error& failure) {
      return failure.code();
    }
    return ErrorCode::state;
  };
  CountingSink out;
  EXPECT_EQ(code_of("sleep 20000", nullptr, nullptr), ErrorCode::cancelled);
  EXPECT_EQ(code_of("make 1000000000000", nullptr, &out), ErrorCode::cancelled);
  const auto [silent, kept_open] = base::make_pipe();
  base::FileSource in(base::duplicate(silent.get()));
  EXPECT_EQ(code_of("upload -", &in, nullptr), ErrorCode::cancelled);
  EXPECT_EQ(shared_engine().call("echo on"), "on");
}

TEST_F(UmlEngine, SurvivesLocalFailures) {
  FailingSink out;
  EXPECT_THROW(shared_engine().call("make 100000000", nullptr, &out), std::runtime_error);
  FailingSource in;
  EXPECT_THROW(shared_engine().call("upload -", &in), std::runtime_error);
  CallHooks hooks;
  hooks.progress = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("bar broke"); };
  EXPECT_THROW(shared_engine().call("progress 5", nullptr, nullptr, hooks), std::runtime_error);
  EXPECT_EQ(shared_engine().call("echo on"), "on");
}

TEST_F(UmlEngine, IgnoresInputTheAgentDoesNotRead) {
  base::MemorySource in("unread");
  EXPECT_EQ(shared_engine().call("echo a", &in), "a");
  EXPECT_THROW(shared_engine().call("upload -"), Error);
  EXPECT_EQ(shared_engine().call("echo b"), "b");
}

TEST_F(UmlEngine, LoadsModules) {
  EXPECT_EQ(shared_engine().call("module dm-crypt"), "loaded");
  EXPECT_EQ(shared_engine().call("module fs-vfat"), "loaded");
  EXPECT_THROW(shared_engine().call("module no-such-module"), Error);
}

void expect_content(Engine& engine, const std::string& device, const std::string& content) {
  base::MemorySink out;
  engine.call("read " + device + " " + std::to_string(content.size()), nullptr, &out);
  EXPECT_TRUE(out.take() == content) << device;
}

void read_both_images(const Images& images) {
  Disk large_sectors = images.raw();
  large_sectors.sector_bytes = 4096;
  Engine engine(options({images.qcow2(), images.raw(), large_sectors, images.qcow2()}));
  EXPECT_EQ(engine.call("disks"), "/dev/vda /dev/ubda /dev/vdb /dev/vdc");
  for (const char* device : {"/dev/vda", "/dev/ubda", "/dev/vdb", "/dev/vdc"})
    expect_content(engine, device, images.content());
  EXPECT_EQ(engine.call("cat /sys/block/vdb/queue/logical_block_size"), "4096\n");
  engine.shutdown();
  engine.shutdown();
  EXPECT_FALSE(engine.alive());
  EXPECT_THROW(engine.call("echo x"), Error);
}

TEST_F(UmlEngine, ReadsDisks) { read_both_images(Images()); }

TEST_F(UmlEngine, ReadsDisksAsNobody) {
  const Images images;
  run_as_nobody([&] { read_both_images(images); });
}

TEST_F(UmlEngine, ReadsDisksAsNobodyWithoutNamespaces) {
  const Images images;
  run_as_nobody([&] { read_both_images(images); }, true);
  EXPECT_TRUE(temporary_files("/tmp/none").empty());
}

TEST_F(UmlEngine, TakesMoreRawDisksThanUbdHas) {
  const Images images(1U << 20U);
  Engine engine(options(std::vector<Disk>(18, images.raw())));
  const std::string disks = engine.call("disks");
  EXPECT_EQ(disks.substr(disks.size() - 27), "/dev/ubdp /dev/vda /dev/vdb");
  expect_content(engine, "/dev/ubdp", images.content());
  expect_content(engine, "/dev/vdb", images.content());
}

TEST_F(UmlEngine, WritesReachTheImages) {
  const Images images;
  Engine engine(options({images.qcow2(false), images.raw(false)}));
  const std::string text(1U << 20U, 'w');
  for (const char* device : {"/dev/vda", "/dev/ubda"}) {
    base::MemorySource in(text);
    engine.call(std::string("upload ") + device, &in);
  }
  engine.shutdown();
  base::run_or_throw(
      base::system_runner(),
      {{"qemu-img", "compare", images.folder() + "/t.raw", images.folder() + "/t.qcow2"}, {}, {}});
  std::ifstream raw(images.folder() + "/t.raw", std::ios::binary);
  const std::string now((std::istreambuf_iterator<char>(raw)), {});
  EXPECT_TRUE(now == text + images.content().substr(text.size()));
}

TEST_F(UmlEngine, RunsTwentyTwoAtATime) {
  const auto work = [] {
    for (int i = 0; i < 10; ++i) {
      Engine engine(options());
      EXPECT_EQ(engine.call("echo here"), "here");
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST_F(UmlEngine, SaysWhatIsMissing) {
  EngineOptions lacking = options();
  lacking.kernel_path = "/nowhere/linux";
  EXPECT_THROW(Engine{lacking}, Error);
  EngineOptions broken = options({Disk{}});
  broken.disks[0].blockdevs = {R"({"driver":"file","node-name":"x","filename":"/nowhere/disk"})"};
  broken.disks[0].node = "x";
  try {
    Engine engine(broken);
    FAIL();
  } catch (const Error& failure) {
    EXPECT_NE(std::string(failure.what()).find("/nowhere/disk"), std::string::npos)
        << failure.what();
  }
}

}  // namespace
}  // namespace vmcraft::uml::test
