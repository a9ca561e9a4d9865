// SPDX-License-Identifier: LGPL-3.0-or-later
// Small text files of a guest, read whole and replaced at once.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "mount/guest_root.h"

namespace vmcraft::edit {

/// Owner and mode of a file that is new.
struct NewFileOwner {
  mode_t mode = 0644;
  uid_t uid = 0;
  gid_t gid = 0;
};

enum class LastLink { followed, replaced };

/// The content of a regular file; nothing where the path does not exist. EFBIG above 16 MiB.
std::optional<std::string> read_guest_text(const mount::GuestRoot& root, const std::string& path);

/// Gives a file new content: a new file of the same folder is synced and takes the name, so that after a crash
/// there is the old one or the new one. Owner, mode, extended attributes (access lists, SELinux labels) stay
/// those of the old file. A link at the path is followed inside the guest, or gives way. False where the file
/// had that content already and was left alone.
bool write_guest_text(const mount::GuestRoot& root, const std::string& path, std::string_view content,
                      const NewFileOwner& owner = {}, LastLink link = LastLink::followed);

/// Makes a symbolic link in place of whatever file or link was there, at once; false where it was there.
bool write_guest_link(const mount::GuestRoot& root, const std::string& path, const std::string& target);

/// Makes the folder and those above it that are missing, with the mode and owned by root.
void make_guest_folder(const mount::GuestRoot& root, const std::string& path, mode_t mode = 0755);

/// Removes a file or link; false where there is none.
bool remove_guest_file(const mount::GuestRoot& root, const std::string& path);

}  // namespace vmcraft::edit
