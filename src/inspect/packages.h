// SPDX-License-Identifier: LGPL-3.0-or-later
// The packages that a guest says are installed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/os.h"
#include "vmcraft/types.h"

namespace vmcraft::inspect {

class Hive;

/// A package with what guestfs' structure has no place for.
struct Package : Application2 {
  std::int64_t install_time = 0;  ///< seconds since 1970; 0 where it is not known
  std::string license;
};

/// Those of the guest, by its own database, sorted by name; none where the kind of database is not
/// known. Throws where the database is there and cannot be read.
std::vector<Application2> list_packages(const mount::GuestRoot& root, const OperatingSystem& os);

/// What the databases of dpkg, apk, pacman and rpm hold, in their order.
std::vector<Package> list_deb(const mount::GuestRoot& root);
std::vector<Package> list_apk(const mount::GuestRoot& root);
std::vector<Package> list_pacman(const mount::GuestRoot& root);
/// Adds what can be read even where it throws for the rest.
void add_rpm_packages(const mount::GuestRoot& root, std::vector<Package>& all);

/// dpkg's status file. Entries that are not installed are left out.
std::vector<Package> parse_dpkg_status(std::string_view text);
/// apk's database.
std::vector<Package> parse_apk_installed(std::string_view text);
/// The file `desc` of one package of pacman; nothing where it has no name.
std::optional<Package> parse_pacman_desc(std::string_view text);
/// A header of rpm as its databases have it; nothing where it is none.
std::optional<Package> parse_rpm_header(std::string_view header);

/// Takes one header.
using HeaderVisit = std::function<void(std::string_view header)>;
/// The headers in a database of Berkeley DB (hash) or NDB. Throws Error{corrupt} naming `object`.
void for_each_bdb_header(std::string_view file, const std::string& object, const HeaderVisit& visit);
void for_each_ndb_header(std::string_view file, const std::string& object, const HeaderVisit& visit);
/// Those in a database of SQLite: its bytes, and those of its write-ahead log or nothing.
void for_each_sqlite_header(std::string_view file, std::string_view log, const std::string& object,
                            const HeaderVisit& visit);

/// The packages of FreeBSD's pkg, from its database of SQLite.
std::vector<Package> list_freebsd_packages(std::string_view file, std::string_view log, const std::string& object);

/// Programs in the registry's lists for their removal.
std::vector<Application2> list_windows_programs(const mount::GuestRoot& root, const std::string& hive);
std::vector<Application2> list_windows_programs(const Hive& hive);

/// "1:2.0-3" into epoch, version and release.
void set_version(Application2& application, std::string_view text);

}  // namespace vmcraft::inspect
