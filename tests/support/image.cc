// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/image.h"

#include <chrono>
#include <thread>

#include "base/text.h"

namespace vmcraft::test {

std::string run(const std::vector<std::string>& argv) {
  const base::CommandResult result = base::system_runner().run({.argv = argv, .input = {}, .environment = {}});
  EXPECT_EQ(result.status, 0) << base::join(argv, " ") << "\n" << result.err;
  return result.out;
}

std::string shell(const std::string& script) { return run({"sh", "-ec", script}); }

void write_host(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_host(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

base::ChildProcess start_victim(const std::string& suite, std::vector<std::string> environment, int out) {
  // Where this run is a part of the tests, the victim's would not be in it.
  environment.insert(environment.end(), {"GTEST_TOTAL_SHARDS=1", "GTEST_SHARD_INDEX=0"});
  base::SpawnSpec spec{.argv = {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=" + suite + ".*"},
                       .environment = std::move(environment),
                       .descriptors = {}};
  if (out >= 0) spec.descriptors = {{out, 1}};
  return base::ChildProcess(spec);
}

std::string sha256_of(const std::string& path) { return run({"sha256sum", path}).substr(0, 64); }

void make_image(const std::string& path, const ImageSpec& spec) {
  const base::TempDir tree;
  for (const auto& [name, content] : spec.files) write_host(tree.file(name), content);
  if (spec.prepare) spec.prepare(tree.path());
  const std::string fs_path = path + ".fs";
  shell("truncate -s " + std::to_string(spec.size_mib) + "M " + path + "; printf 'label: gpt\\n,,L\\n' | sfdisk -q " + path);
  // What sfdisk leaves for the one partition: all but a MiB in front and the table's copy behind.
  const std::string size = std::to_string((spec.size_mib - 2) * 1024) + "k";
  shell("truncate -s " + size + " " + fs_path);
  if (spec.fs_type.starts_with("ext"))
    run({"mke2fs", "-q", "-t", spec.fs_type, "-d", tree.path(), fs_path});
  else
    ADD_FAILURE() << "make_image: " << spec.fs_type;
  shell("dd if=" + fs_path + " of=" + path + " bs=1M seek=1 conv=notrunc,sparse status=none; rm " + fs_path);
}

void convert(const std::string& from, const std::string& to, const std::string& format,
             const std::string& options) {
  std::vector<std::string> argv = {"qemu-img", "convert", "-q", "-O", format};
  for (const std::string& option : base::split_blanks(options)) argv.push_back(option);
  argv.insert(argv.end(), {from, to});
  run(argv);
}

GuestFS open_image(const std::string& engine, const std::string& path, bool readonly,
                   const std::string& format) {
  GuestFS g;
  g.set_backend(engine);
  AddDriveOptions options;
  options.readonly = readonly;
  if (!format.empty()) options.format = format;
  g.add_drive(path, options);
  g.launch();
  return g;
}

std::string leftovers(const std::string& image_folder) {
  std::string found;
  const auto add = [&found](const std::string& what, const std::string& script) {
    const std::string text = shell(script + " || true");
    if (!text.empty()) found += what + ": " + text;
  };
  add("loop", "losetup -nO BACK-FILE | grep -E '" + image_folder + "|^/mnt/fuse/disk|^/disk'");
  // Elsewhere others may use nbd; in the rig nobody does.
  if (std::getenv("VMCRAFT_RIG") != nullptr) add("nbd", "cat /sys/block/nbd*/pid 2>/dev/null");
  add("mounts", "grep -E '" + image_folder + "|vmcraft' /proc/self/mountinfo");
  // Ours are those that were told the folder, in their words or their environment.
  add("processes", "for p in $(pgrep 'vmcraft-|qemu-|linux'); do "
                   "if grep -qa '" + image_folder + "' /proc/$p/environ /proc/$p/cmdline 2>/dev/null; "
                   "then ps -o pid=,args= -p $p; fi; done");
  add("files", "find " + image_folder + "/tmp -mindepth 1 2>/dev/null");
  return found;
}

std::string wait_clean(const std::string& image_folder, int seconds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::string left = leftovers(image_folder);
  while (!left.empty() && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    left = leftovers(image_folder);
  }
  return left;
}

}  // namespace vmcraft::test
