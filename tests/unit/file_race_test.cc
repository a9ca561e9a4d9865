// SPDX-License-Identifier: LGPL-3.0-or-later
// A directory turns into a link to the outside and back while trees are walked.
#include <atomic>
#include <chrono>
#include <thread>

#include "file/archive.h"
#include "file/copy.h"
#include "file/digest.h"
#include "file/list.h"
#include "file/remove.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

/// Renames a directory away and a link to the outside into its place, again and again.
class Swapper {
 public:
  Swapper(const std::string& parent, std::string name, const std::string& target)
      : parent_(base::open_file(parent, O_RDONLY | O_DIRECTORY)),
        name_(std::move(name)),
        away_(name_ + ".away"),
        link_(name_ + ".link") {
    EXPECT_EQ(::symlinkat(target.c_str(), parent_.get(), link_.c_str()), 0);
    thread_ = std::thread([this] { run(); });
  }
  ~Swapper() {
    stop_ = true;
    thread_.join();
  }

 private:
  // By descriptor: this must not be led astray itself by another one above.
  void rename(const std::string& from, const std::string& to) const {
    if (::renameat(parent_.get(), from.c_str(), parent_.get(), to.c_str()) != 0)
      std::this_thread::yield();
  }
  void run() {
    while (!stop_) {
      rename(name_, away_);
      rename(link_, name_);
      rename(name_, link_);
      rename(away_, name_);
    }
  }
  base::UniqueFd parent_;
  std::string name_, away_, link_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class FileRace : public FileTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < 20; ++i) {
      put("/src/d/f" + std::to_string(i), "inside");
      put("/src/d/e/g" + std::to_string(i), "inside");
    }
    put_host(temp.file("outside/f1"), "secret");
    std::filesystem::create_directory(temp.file("outside/e"));
    put_host(temp.file("outside/e/g1"), "secret");
  }
  template <typename Work>
  void race(Work work) {
    const Swapper deeper(host("/src/d"), "e", temp.file("outside/e"));
    const Swapper swapper(host("/src"), "d", temp.file("outside"));
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    for (int round = 0; std::chrono::steady_clock::now() < end; ++round) {
      try {
        work(round);
      } catch (const Error&) {
        // That the tree changed is a fine reason to fail.
      }
    }
  }
  void expect_outside_is_untouched() const {
    EXPECT_EQ(get_host(temp.file("outside/secret")), "secret");
    EXPECT_EQ(get_host(temp.file("outside/f1")), "secret");
    EXPECT_EQ(get_host(temp.file("outside/e/g1")), "secret");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp.file("outside")), {}), 3);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp.file("outside/e")), {}), 1);
  }
  /// No file below the path holds what only the outside holds.
  void expect_no_secret(const std::string& path) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(host(path)))
      if (entry.is_regular_file() && !entry.is_symlink()) {
        EXPECT_NE(get_host(entry.path()), "secret") << entry.path();
      }
  }
};

TEST_F(FileRace, Copying) {
  std::filesystem::create_directory(host("/out"));
  race([&](int round) {
    copy_tree(*root, "/src", "/out/" + std::to_string(round), Keep::all, progress);
  });
  expect_no_secret("/out");
  expect_outside_is_untouched();
}

TEST_F(FileRace, CopyingOver) {
  std::filesystem::create_directories(host("/clean/d/e"));
  put("/clean/d/f1", "clean");
  put("/clean/d/e/g1", "clean");
  race([&](int) { copy_tree(*root, "/clean/d", "/src", Keep::all, progress); });
  expect_outside_is_untouched();
}

TEST_F(FileRace, Packing) {
  race([&](int) {
    base::MemorySink sink;
    pack(*root, "/src", sink, {}, progress);
    EXPECT_EQ(sink.take().find("secret"), std::string::npos);
  });
  expect_outside_is_untouched();
}

TEST_F(FileRace, Summing) {
  race([&](int) {
    base::MemorySink sink;
    checksums_out(*root, "/src", "md5", sink, progress);
    EXPECT_EQ(sink.take().find("5ebe2294ecd0e0f08eab7690d2a6ee69"), std::string::npos);
  });
  expect_outside_is_untouched();
}

TEST_F(FileRace, Listing) {
  race([&](int) {
    for (const std::string& path : find(*root, "/src", progress))
      EXPECT_EQ(path.find("secret"), std::string::npos);
  });
}

TEST_F(FileRace, Unpacking) {
  std::string archive;
  {
    base::MemorySink sink;
    pack(*root, "/src", sink, {}, progress);
    archive = sink.take();
  }
  race([&](int) {
    base::MemorySource source(archive);
    unpack(*root, "/src", source, {}, progress);
  });
  expect_outside_is_untouched();
}

TEST_F(FileRace, Removing) {
  race([&](int) {
    remove_tree(*root, "/src/d", progress);
    std::filesystem::create_directories(host("/spare/e"));
    for (int i = 0; i < 20; ++i) put_host(host("/spare/e/g" + std::to_string(i)), "");
    ::rename(host("/spare").c_str(), host("/src/d").c_str());
  });
  expect_outside_is_untouched();
}

}  // namespace
}  // namespace vmcraft::file
