// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/device_mapper.h"

#include <fcntl.h>
#include <libdevmapper.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <mutex>

#include "base/error.h"
#include "base/kernel_module.h"
#include "base/trace.h"

namespace vmcraft::volume::lvm {
namespace {

struct TaskDeleter {
  void operator()(dm_task* task) const noexcept { dm_task_destroy(task); }
};
using Task = std::unique_ptr<dm_task, TaskDeleter>;

// udev must neither probe, link nor activate anything on top of a guest's volume.
constexpr std::uint16_t kIgnoredByUdev =
    DM_UDEV_DISABLE_DM_RULES_FLAG | DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG |
    DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG;

void log_to_trace(int level, const char*, int, int, const char* format, ...) {
  if (level > 4) return;
  va_list arguments;
  va_start(arguments, format);
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  base::trace("device-mapper: {}", text);
}

// libdevmapper keeps its state in globals.
std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

void prepare_library() {
  static const bool once = [] {
    dm_log_with_errno_init(log_to_trace);
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

std::string private_name(const std::string& label) {
  static std::atomic<unsigned> counter = 0;
  return "vmcraft-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + "-" + label;
}

base::UniqueFd open_minor(std::uint32_t major_number, std::uint32_t minor_number, bool writable,
                          std::string& path) {
  path = "/dev/dm-" + std::to_string(minor_number);
  if (::access(path.c_str(), F_OK) != 0)
    ::mknod(path.c_str(), S_IFBLK | 0600, makedev(major_number, minor_number));
  return base::open_file(path, writable ? O_RDWR : O_RDONLY);
}

// While we hold it open it stays; after that the kernel takes it away.
void remove_when_closed(const std::string& name) {
  const Task task(dm_task_create(DM_DEVICE_REMOVE));
  dm_task_set_name(task.get(), name.c_str());
  dm_task_deferred_remove(task.get());
  std::uint32_t cookie = 0;
  dm_task_set_cookie(task.get(), &cookie, kIgnoredByUdev);
  if (dm_task_run(task.get()) == 0) base::throw_errno("device-mapper: deferred removal");
}

}  // namespace

bool device_mapper_available() {
  if (control_opens()) return true;
  base::try_load_module("dm-mod");
  return control_opens();
}

std::shared_ptr<image::BlockNode> make_mapping(const std::string& label,
                                               const std::vector<Target>& table, bool writable) {
  const std::lock_guard lock(library_mutex());
  prepare_library();
  const std::string name = private_name(label);
  const Task task(dm_task_create(DM_DEVICE_CREATE));
  if (!task) base::throw_errno("device-mapper", ENOMEM);
  dm_task_set_name(task.get(), name.c_str());
  dm_task_set_uuid(task.get(), name.c_str());
  if (!writable) dm_task_set_ro(task.get());
  for (const Target& target : table)
    dm_task_add_target(task.get(), target.start_sector, target.sector_count, target.type.c_str(),
                       target.parameters.c_str());
  std::uint32_t cookie = 0;
  dm_task_set_cookie(task.get(), &cookie, kIgnoredByUdev);
  dm_info info{};
  if (dm_task_run(task.get()) == 0 || dm_task_get_info(task.get(), &info) == 0)
    base::throw_errno("device-mapper: " + label, dm_task_get_errno(task.get()));
  std::string path;
  base::UniqueFd holder = open_minor(info.major, info.minor, writable, path);
  remove_when_closed(name);
  return std::make_shared<image::BlockNode>(path, std::move(holder));
}

std::string device_number(const image::BlockNode& node) {
  struct stat st {};
  base::check(::stat(node.path().c_str(), &st), node.path());
  return std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
}

}  // namespace vmcraft::volume::lvm
