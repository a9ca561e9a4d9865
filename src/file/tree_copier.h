// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>

#include "file/copy.h"
#include "file/directory.h"
#include "file/progress.h"
#include "file/walk.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

/// Copies one file or tree beside or over what is there. Source and destination are both held by
/// directory descriptors, so that neither can be led elsewhere by renames.
class TreeCopier : public Visitor {
 public:
  /// `object` names the destination in errors.
  TreeCopier(mount::GuestRoot::Entry to, std::string object, Keep keep, const Progress& progress);
  void run(const mount::GuestRoot::Entry& from, const std::string& object);

  void file(const Found& found) override;
  bool enter(const Found& found) override;
  void leave(const Found& found) override;

 private:
  struct Copied {
    std::string path;  ///< below the destination's top
    Identity id;
  };

  void copy_directory(base::UniqueFd source, const struct stat& st);
  base::UniqueFd make_directory(int parent, const char* name, const std::string& path);
  void copy_node(const Found& found, int parent, const char* name);
  void copy_regular(const Found& found, int parent, const char* name);
  base::UniqueFd create_regular(int parent, const char* name, const std::string& path,
                                const struct stat& source);
  bool link_copied(const Found& found, int parent, const char* name);
  void remember(const Found& found, int parent, const char* name);
  void finish(int from, int to, const struct stat& st, const std::string& path) const;
  void remove_obstacle(int parent, const char* name, const std::string& path) const;
  std::string target(const std::string& path) const { return below(object_, path); }

  mount::GuestRoot::Entry to_;
  std::string object_;
  std::string from_object_;
  Keep keep_;
  const Progress& progress_;
  base::UniqueFd top_;  ///< of the copy, where that is a directory
  Identity top_id_{};
  std::optional<DirectoryStack> stack_;
  std::map<Identity, Copied> copied_;  ///< files with several names
};

}  // namespace vmcraft::file
