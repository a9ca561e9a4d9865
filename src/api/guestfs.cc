// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/handle.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft {

GuestFS::GuestFS() : handle_(std::make_unique<handle::Handle>()) {}

GuestFS::GuestFS(const std::string& path, bool readonly) : GuestFS() {
  AddDriveOptions options;
  options.readonly = readonly;
  add_drive(path, options);
  launch();
}

GuestFS::GuestFS(GuestFS&& other) noexcept = default;
GuestFS& GuestFS::operator=(GuestFS&& other) noexcept = default;
GuestFS::~GuestFS() = default;

int GuestFS::on_event(std::uint32_t mask, EventCallback callback) {
  return handle_->events.add(mask, std::move(callback));
}

void GuestFS::delete_event(int number) { handle_->events.remove(number); }

handle::Handle& internal_handle(GuestFS& g) { return *g.handle_; }

const char* library_version() noexcept { return VMCRAFT_VERSION; }

}  // namespace vmcraft
