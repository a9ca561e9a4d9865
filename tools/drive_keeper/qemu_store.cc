// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <libnbd.h>
#include <poll.h>
#include <sys/wait.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "base/socket.h"
#include "base/text.h"
#include "image/keeper.h"
#include "store.h"

namespace vmcraft::keeper {
namespace {

constexpr int kConnections = 4;
constexpr std::uint64_t kLargestRequest = 32U << 20U;

[[noreturn]] void throw_nbd(const char* what) {
  const char* reason = nbd_get_error();
  const int number = nbd_get_errno();
  throw Error(ErrorCode::system, number != 0 ? number : EIO,
              std::string(what) + ": " + (reason != nullptr ? reason : "failed"));
}

struct HandleCloser {
  void operator()(nbd_handle* handle) const noexcept { nbd_close(handle); }
};
using Connection = std::unique_ptr<nbd_handle, HandleCloser>;

Connection connect(const std::string& socket_path) {
  Connection connection(nbd_create());
  if (!connection) throw_nbd("nbd");
  // The server is our own child; a name per thread of it helps nobody.
  if (nbd_connect_unix(connection.get(), socket_path.c_str()) < 0) throw_nbd("nbd: connect");
  return connection;
}

// qemu-nbd listening on a socket that was made before it started: nothing has to be waited for.
class Server {
 public:
  Server(const std::string& blockdev, bool writable, const std::string& folder,
         const base::UniqueFd& patch)
      : path_(folder + "/nbd") {
    const base::UniqueFd listener = base::listen_at(path_);
    auto [read_end, write_end] = base::make_pipe();
    errors_ = std::move(read_end);
    base::SpawnSpec spec;
    spec.argv = {"qemu-nbd", "--persistent", "--shared=" + std::to_string(kConnections)};
    if (!writable) spec.argv.emplace_back("--read-only");
    spec.argv.push_back("json:" + blockdev);
    spec.descriptors = {{listener.get(), 3}, {write_end.get(), 2}};
    if (patch) spec.descriptors.emplace_back(patch.get(), image::kPatchNumber);
    spec.die_with_parent = true;
    spec.socket_activation = true;
    process_ = base::ChildProcess(spec);
  }

  const std::string& path() const noexcept { return path_; }

  /// What it said when it ended by itself.
  std::string last_words() {
    process_.signal(SIGTERM);
    const std::string said = base::read_text_fd(errors_.get(), "qemu-nbd", 1U << 16U);
    process_.wait();
    return std::string(base::trim(said));
  }

  void stop() {
    if (!process_) return;
    process_.signal(SIGTERM);
    const int status = process_.wait();
    const bool terminated = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
    if (status != 0 && !terminated)
      throw Error(ErrorCode::system, EIO, "qemu-nbd: " + base::describe_status(status));
  }
  void kill() { process_ = {}; }

 private:
  std::string path_;
  base::UniqueFd errors_;
  base::ChildProcess process_;
};

class QemuStore : public Store {
 public:
  QemuStore(const std::string& blockdev, bool writable, const std::string& folder,
            const base::UniqueFd& patch)
      : writable_(writable), server_(blockdev, writable, folder, patch) {
    try {
      idle_.push_back(connect(server_.path()));
    } catch (const Error& failure) {
      const std::string said = server_.last_words();
      throw Error(failure.code(), failure.errno_value(), said.empty() ? failure.what() : said);
    }
    nbd_handle* first = idle_.front().get();
    size_bytes_ = static_cast<std::uint64_t>(nbd_get_size(first));
    can_trim_ = nbd_can_trim(first) == 1;
    can_flush_ = nbd_can_flush(first) == 1;
    limit_ = !writable || nbd_can_multi_conn(first) == 1 ? kConnections : 1;
  }

  std::uint64_t size_bytes() const override { return size_bytes_; }

  void read(std::span<std::byte> buffer, std::uint64_t offset) override {
    const Lease lease(*this);
    if (nbd_pread(lease.get(), buffer.data(), buffer.size(), offset, 0) < 0) throw_nbd("read");
  }

  void write(std::span<const std::byte> data, std::uint64_t offset) override {
    const Lease lease(*this);
    if (nbd_pwrite(lease.get(), data.data(), data.size(), offset, 0) < 0) throw_nbd("write");
  }

  void discard(std::uint64_t offset, std::uint64_t size) override {
    const Lease lease(*this);
    while (size > 0) {
      const std::uint64_t n = std::min(size, kLargestRequest);
      // Discarded ranges must read as zeroes here: loop promises that to the file system.
      if (nbd_zero(lease.get(), n, offset, can_trim_ ? 0U : LIBNBD_CMD_FLAG_NO_HOLE) < 0)
        throw_nbd("discard");
      offset += n;
      size -= n;
    }
  }

  void flush() override {
    if (!can_flush_ || !writable_) return;
    const Lease lease(*this);
    if (nbd_flush(lease.get(), 0) < 0) throw_nbd("flush");
  }

  void close() override {
    flush();
    idle_.clear();
    if (writable_) server_.stop();
    else server_.kill();
  }

 private:
  // One connection serves one request at a time; a further one is opened when all are busy.
  class Lease {
   public:
    explicit Lease(QemuStore& store) : store_(store), connection_(store.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { store_.give(std::move(connection_)); }
    nbd_handle* get() const noexcept { return connection_.get(); }

   private:
    QemuStore& store_;
    Connection connection_;
  };

  Connection take() {
    std::unique_lock lock(mutex_);
    if (idle_.empty() && open_ < limit_) {
      // Counted once it is there: one that fails must not take the place of the next.
      Connection connection = connect(server_.path());
      ++open_;
      return connection;
    }
    returned_.wait(lock, [this] { return !idle_.empty(); });
    Connection connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void give(Connection connection) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
    returned_.notify_one();
  }

  bool writable_;
  Server server_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Connection> idle_;
  int open_ = 1;
  int limit_ = 1;
  std::uint64_t size_bytes_ = 0;
  bool can_trim_ = false;
  bool can_flush_ = false;
};

}  // namespace

std::unique_ptr<Store> make_qemu_store(const std::string& blockdev, bool writable,
                                       const std::string& folder, base::UniqueFd patch) {
  return std::make_unique<QemuStore>(blockdev, writable, folder, patch);
}

}  // namespace vmcraft::keeper
