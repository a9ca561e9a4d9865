// SPDX-License-Identifier: LGPL-3.0-or-later
// What reads file systems that are not mounted: libtsk, and our reader of ISO 9660.
#include <fcntl.h>

#include "actions/fs.h"
#include "base/error.h"
#include "base/worker.h"
#include "fs/iso9660.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "rpc_types.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Inode = std::optional<std::uint64_t>;

/// A call of libtsk about a device. Its process ends with the call: it keeps nothing.
class Sleuth {
 public:
  Sleuth(Handle& h, const std::string& mountable, base::ByteSink* sink = nullptr)
      : device_(h.devices().find(handle::split_mountable(mountable).first)),
        node_(h.devices().node(device_, false)),
        beside_{node_->fd(), sink, [&h] { h.check_cancelled(); }} {}

  template <typename Result = void, typename... Arguments>
  Result call(const char* operation, const Arguments&... arguments) {
    return worker_.call<Result>(beside_, operation, device_.name, arguments...);
  }

 private:
  handle::Device device_;
  // What a mount of this handle wrote is seen through a node, which forgets what it knew before.
  std::shared_ptr<image::BlockNode> node_;
  base::WorkerCall beside_;
  base::Worker worker_{"sleuthkit"};
};

std::uint64_t not_negative(const char* name, std::int64_t value) {
  if (value < 0) base::throw_invalid(name, "is negative");
  return static_cast<std::uint64_t>(value);
}

}  // namespace

std::vector<TskDirent> action::filesystem_walk(Handle& h, const std::string& device) {
  return Sleuth(h, device).call<std::vector<TskDirent>>("walk", Inode());
}

std::vector<TskDirent> action::find_inode(Handle& h, const std::string& device, std::int64_t inode) {
  return Sleuth(h, device).call<std::vector<TskDirent>>("walk", Inode(not_negative("inode", inode)));
}

void action::download_inode(Handle& h, const std::string& device, std::int64_t inode,
                            base::ByteSink& filename) {
  Sleuth(h, device, &filename).call("inode", not_negative("inode", inode));
}

void action::download_blocks(Handle& h, const std::string& device, std::int64_t start,
                             std::int64_t stop, base::ByteSink& filename,
                             const DownloadBlocksOptions& options) {
  const std::uint64_t first = not_negative("start", start);
  const std::uint64_t last = not_negative("stop", stop);
  if (last < first) base::throw_invalid("stop", "is before start");
  Sleuth(h, device, &filename).call("blocks", first, last, options.unallocated.value_or(false));
}

Isoinfo action::isoinfo(Handle& h, const std::string& isofile) {
  const base::UniqueFd file = h.root().open_regular(isofile, O_RDONLY);
  return fs::read_iso_info(image::FdReader(file.get()), isofile);
}

Isoinfo action::isoinfo_device(Handle& h, const std::string& device) {
  const handle::Device found = h.devices().find(device);
  return fs::read_iso_info(h.devices().reader(found), found.name);
}

}  // namespace vmcraft
