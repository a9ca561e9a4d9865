// SPDX-License-Identifier: LGPL-3.0-or-later
// vmcraft-guest-reader SERVICE ARGUMENT...: serves base/worker.h on descriptor 3.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "edit/linux/augeas_service.h"
#include "file/yara_service.h"
#include "fs/sleuthkit_service.h"
#include "inspect/journal_service.h"

// In place of the C library's, also for the libraries: a FIFO or a device of a guest would stop the
// caller for good.
extern "C" __attribute__((visibility("default"))) FILE* fopen(const char* path, const char* mode) {
  int flags = O_RDONLY;
  if (mode[0] == 'w') flags = O_WRONLY | O_CREAT | O_TRUNC;
  if (mode[0] == 'a') flags = O_WRONLY | O_CREAT | O_APPEND;
  const int fd = ::open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
  if (fd < 0) return nullptr;
  struct stat st {};
  if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) return ::fdopen(fd, mode);
  ::close(fd);
  errno = EINVAL;
  return nullptr;
}

extern "C" __attribute__((visibility("default"))) FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}

namespace {

using namespace vmcraft;  // NOLINT(google-build-using-namespace)

std::unique_ptr<base::Service> make_service(const std::vector<std::string>& words) {
  if (words.at(0) == "augeas")
    return std::make_unique<edit::AugeasService>(
        words.at(1), static_cast<unsigned>(std::strtoul(words.at(2).c_str(), nullptr, 10)));
  if (words.at(0) == "journal") return std::make_unique<inspect::JournalService>();
  if (words.at(0) == "sleuthkit") return std::make_unique<fs::SleuthkitService>();
  if (words.at(0) == "yara") return std::make_unique<file::YaraService>();
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto service = make_service(std::vector<std::string>(argv + 1, argv + argc));
    if (!service) return 2;
    return base::serve_worker(3, *service);
  } catch (const std::exception&) {  // the caller is gone
    return 1;
  }
}
