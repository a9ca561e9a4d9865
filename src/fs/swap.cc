// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/swap.h"

#include <sys/stat.h>
#include <sys/swap.h>

#include <algorithm>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::fs {
namespace {

struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const Identity&) const = default;
};

Identity identity_of(int fd) {
  struct stat st {};
  base::check(::fstat(fd, &st), "swap");
  if (S_ISBLK(st.st_mode)) return {st.st_rdev, 0};
  return {st.st_dev, st.st_ino};
}

// The kernel wants a path; this one leads to the open file in any mount namespace.
std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

struct Swaps::Area {
  std::string name;
  Identity identity;
  base::UniqueFd fd;
  std::shared_ptr<const void> owner;
};

Swaps::Swaps() = default;

Swaps::~Swaps() {
  try {
    disable_all();
  } catch (const Error& failure) {
    base::trace("swapoff: {}", failure.what());
  }
}

std::vector<Swaps::Area>::const_iterator Swaps::find(int fd) const {
  const Identity wanted = identity_of(fd);
  return std::find_if(areas_.begin(), areas_.end(),
                      [&](const Area& area) { return area.identity == wanted; });
}

std::vector<std::string> Swaps::names() const {
  std::vector<std::string> names;
  for (const Area& area : areas_) names.push_back(area.name);
  return names;
}

void Swaps::enable(const std::string& name, int fd, std::shared_ptr<const void> owner) {
  if (find(fd) != areas_.end())
    throw Error(ErrorCode::system, EBUSY, name + ": is enabled already");
  Area area{name, identity_of(fd), base::duplicate(fd), std::move(owner)};
  base::check(::swapon(path_of(area.fd.get()).c_str(), 0), name);
  areas_.push_back(std::move(area));
}

void Swaps::disable(const std::string& name, int fd) {
  const auto area = find(fd);
  if (area == areas_.end()) base::throw_invalid(name, "is no swap that this handle enabled");
  base::check(::swapoff(path_of(area->fd.get()).c_str()), name);
  areas_.erase(area);
}

void Swaps::disable_all() {
  std::string first;
  int failure = 0;
  while (!areas_.empty()) {
    const Area& area = areas_.back();
    if (::swapoff(path_of(area.fd.get()).c_str()) < 0 && failure == 0) {
      failure = errno;
      first = area.name;
    }
    areas_.pop_back();
  }
  if (failure != 0) base::throw_errno(first, failure);
}

}  // namespace vmcraft::fs
