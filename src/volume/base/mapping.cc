// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/base/mapping.h"

#include <fcntl.h>
#include <libdevmapper.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdarg>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/kernel_module.h"
#include "base/trace.h"
#include "volume/base/reaper.h"

namespace vmcraft::volume {
namespace {

struct TaskDeleter {
  void operator()(dm_task* task) const noexcept { dm_task_destroy(task); }
};
using Task = std::unique_ptr<dm_task, TaskDeleter>;

// udev must neither probe, link nor activate anything on top of a guest's volume, and libdevmapper make
// no node in its place: nobody would take it away after a kill.
constexpr std::uint16_t kIgnoredByUdev =
    DM_UDEV_DISABLE_DM_RULES_FLAG | DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG |
    DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG |
    DM_UDEV_DISABLE_LIBRARY_FALLBACK;

// What the library said last: it knows more than the errno that it may have overwritten.
std::string& last_words() {
  static std::string words;
  return words;
}

void log_to_trace(int level, const char*, int, int, const char* format, ...) {
  if (level > 4) return;
  va_list arguments;
  va_start(arguments, format);
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  base::trace("device-mapper: {}", text);
  last_words() = text;
}

// libdevmapper keeps its state in globals.
std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

void prepare_library() {
  dm_log_with_errno_init(log_to_trace);  // libcryptsetup sets another
  static const bool once = [] {
    dm_udev_set_sync_support(0);
    dm_udev_set_checking(0);
    return true;
  }();
  (void)once;
}

bool control_opens() {
  const int fd = ::open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

base::UniqueFd open_minor(std::uint32_t major_number, std::uint32_t minor_number, bool writable,
                          std::string& path) {
  path = "/dev/dm-" + std::to_string(minor_number);
  if (::access(path.c_str(), F_OK) != 0)
    ::mknod(path.c_str(), S_IFBLK | 0600, makedev(major_number, minor_number));
  return base::open_file(path, writable ? O_RDWR : O_RDONLY);
}

Task make_task(int kind, const std::string& name) {
  prepare_library();
  Task task(dm_task_create(kind));
  if (!task) base::throw_errno("device-mapper", ENOMEM);
  dm_task_set_name(task.get(), name.c_str());
  return task;
}

void run_task(const Task& task, const std::string& name) {
  last_words().clear();
  if (dm_task_run(task.get()) != 0) return;
  const int failure = dm_task_get_errno(task.get());
  throw Error(ErrorCode::system, failure != 0 ? failure : EINVAL,
              "device-mapper: " + name + ": " +
                  (last_words().empty() ? base::errno_text(failure) : last_words()));
}

// Sends it with a word to udev, which would otherwise look at what we do.
void run_quietly(const Task& task, const std::string& name) {
  std::uint32_t cookie = 0;
  dm_task_set_cookie(task.get(), &cookie, kIgnoredByUdev);
  run_task(task, name);
}

// While we hold it open it stays; after that the kernel takes it away. A node is there where libcryptsetup
// made the device.
void remove_when_closed(const std::string& name) {
  ::unlink(("/dev/mapper/" + name).c_str());
  const Task task = make_task(DM_DEVICE_REMOVE, name);
  dm_task_deferred_remove(task.get());
  run_quietly(task, name);
}

dm_info info_of(const std::string& name) {
  const Task task = make_task(DM_DEVICE_INFO, name);
  run_task(task, name);
  dm_info info{};
  if (dm_task_get_info(task.get(), &info) == 0 || info.exists == 0)
    base::throw_errno("device-mapper: " + name, ENXIO);
  return info;
}

void add_targets(const Task& task, const std::vector<Target>& table) {
  for (const Target& target : table)
    dm_task_add_target(task.get(), target.start_sector, target.sector_count, target.type.c_str(),
                       target.parameters.c_str());
}

}  // namespace

bool device_mapper_available() {
  if (control_opens()) return true;
  base::try_load_module("dm-mod");
  return control_opens();
}

void require_device_mapper(const std::string& device) {
  if (!device_mapper_available())
    base::throw_not_supported(device, "this kernel has no device-mapper; choose the uml engine");
}

std::string private_name(const std::string& label) {
  constexpr std::size_t kLongestLabel = 64;  // of the 127 that a name has
  static std::atomic<unsigned> counter = 0;
  return "vmcraft-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + "-" +
         label.substr(0, kLongestLabel);
}

Mapping::Mapping(const std::string& label, std::vector<Target> table, bool writable)
    : name_(private_name(label)), table_(std::move(table)), writable_(writable) {
  const Lease until_marked(Lease::What::mapping, name_);
  const std::lock_guard lock(library_mutex());
  const Task task = make_task(DM_DEVICE_CREATE, name_);
  dm_task_set_uuid(task.get(), name_.c_str());
  if (!writable) dm_task_set_ro(task.get());
  add_targets(task, table_);
  run_quietly(task, name_);
  dm_info info{};
  if (dm_task_get_info(task.get(), &info) == 0) base::throw_errno("device-mapper: " + label, ENXIO);
  std::string path;
  base::UniqueFd holder = open_minor(info.major, info.minor, writable, path);
  remove_when_closed(name_);
  node_ = std::make_shared<image::BlockNode>(path, std::move(holder));
}

Mapping Mapping::adopt(const std::string& name, bool writable) {
  const std::lock_guard lock(library_mutex());
  Mapping mapping;
  mapping.name_ = name;
  mapping.writable_ = writable;
  const dm_info info = info_of(name);
  std::string path;
  base::UniqueFd holder = open_minor(info.major, info.minor, writable, path);
  remove_when_closed(name);
  mapping.node_ = std::make_shared<image::BlockNode>(path, std::move(holder));
  return mapping;
}

Mapping Mapping::imitate(std::vector<Target> table, bool writable) {
  constexpr const char* kAnyDevice = "/dev/null";
  Mapping mapping;
  mapping.table_ = std::move(table);
  mapping.writable_ = writable;
  mapping.node_ = std::make_shared<image::BlockNode>(kAnyDevice, base::open_file(kAnyDevice, O_RDWR));
  return mapping;
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(table_, other.table_);
  std::swap(writable_, other.writable_);
  std::swap(node_, other.node_);
  return *this;
}

// The kernel's own removal comes some time after the close, and holds what is below until then.
Mapping::~Mapping() {
  if (name_.empty() || !node_ || node_.use_count() > 1) return;
  node_.reset();
  try {
    const std::lock_guard lock(library_mutex());
    run_quietly(make_task(DM_DEVICE_REMOVE, name_), name_);
  } catch (const std::exception& failure) {
    base::trace("{}", failure.what());
  }
}

void Mapping::reload(std::vector<Target> table) {
  if (table == table_) return;
  if (name_.empty()) {
    table_ = std::move(table);
    return;
  }
  const std::lock_guard lock(library_mutex());
  const Task load = make_task(DM_DEVICE_RELOAD, name_);
  if (!writable_) dm_task_set_ro(load.get());
  add_targets(load, table);
  run_task(load, name_);
  const Task suspend = make_task(DM_DEVICE_SUSPEND, name_);
  run_task(suspend, name_);
  const Task resume = make_task(DM_DEVICE_RESUME, name_);
  run_quietly(resume, name_);
  table_ = std::move(table);
}

bool mapping_exists(const std::string& name) {
  const std::lock_guard lock(library_mutex());
  const Task task = make_task(DM_DEVICE_INFO, name);
  run_task(task, name);
  dm_info info{};
  return dm_task_get_info(task.get(), &info) != 0 && info.exists != 0;
}

bool remove_mapping(const std::string& name) {
  const std::lock_guard lock(library_mutex());
  try {
    remove_when_closed(name);
  } catch (const Error& failure) {
    return failure.errno_value() == ENXIO;
  }
  return false;
}

bool Mapping::in_use() const {
  if (name_.empty()) return false;
  const std::lock_guard lock(library_mutex());
  return info_of(name_).open_count > 1;
}

bool Mapping::stays_in_use() const {
  constexpr auto kPatience = std::chrono::seconds(1);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (in_use()) {
    if (std::chrono::steady_clock::now() > end) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

std::string device_number(const image::BlockNode& node) {
  struct stat st {};
  base::check(::stat(node.path().c_str(), &st), node.path());
  return std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
}

}  // namespace vmcraft::volume
