// SPDX-License-Identifier: LGPL-3.0-or-later
#include <sqlite3.h>

#include <fcntl.h>

#include <memory>

#include "base/error.h"
#include "base/temp.h"
#include "inspect/packages.h"

namespace vmcraft::inspect {
namespace {

// A database may hold a view in place of the table, that computes for ever.
constexpr int kStepsBetweenLooks = 1 << 20;
constexpr int kMostLooks = 2000;
constexpr int kLargestValue = 64 << 20;

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { ::sqlite3_close_v2(database); }
};
struct EndStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { ::sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

int count_look(void* looks) { return ++*static_cast<int*>(looks) > kMostLooks ? 1 : 0; }

[[noreturn]] void fail(sqlite3* database, const std::string& object) {
  base::throw_corrupt(object, database != nullptr ? ::sqlite3_errmsg(database) : "cannot be opened");
}

void write_copy(const std::string& path, std::string_view bytes) {
  const base::UniqueFd file = base::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  base::write_full(file.get(), base::as_bytes(bytes));
}

Database open_database(const std::string& path, const std::string& object) {
  sqlite3* opened = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  Database database(opened);
  if (code != SQLITE_OK) fail(opened, object);
  ::sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, kLargestValue);
  ::sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return database;
}

using RowVisit = std::function<void(sqlite3_stmt* row)>;

// From a copy: reading what its log still holds writes to the database.
void for_each_row(std::string_view file, std::string_view log, const std::string& object, const char* query,
                  const RowVisit& visit) {
  const base::TempDir folder;
  const std::string path = folder.file("copy.sqlite");
  write_copy(path, file);
  if (!log.empty()) write_copy(path + "-wal", log);
  const Database database = open_database(path, object);
  int looks = 0;
  ::sqlite3_progress_handler(database.get(), kStepsBetweenLooks, count_look, &looks);
  sqlite3_stmt* prepared = nullptr;
  if (::sqlite3_prepare_v2(database.get(), query, -1, &prepared, nullptr) != SQLITE_OK) fail(database.get(), object);
  const std::unique_ptr<sqlite3_stmt, EndStatement> statement(prepared);
  for (;;) {
    const int step = ::sqlite3_step(prepared);
    if (step == SQLITE_DONE) return;
    if (step != SQLITE_ROW) fail(database.get(), object);
    visit(prepared);
  }
}

std::string_view bytes_of(sqlite3_stmt* row, int column) {
  const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(row, column));
  const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(row, column));
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
}

}  // namespace

void for_each_sqlite_header(std::string_view file, std::string_view log, const std::string& object,
                            const HeaderVisit& visit) {
  for_each_row(file, log, object, "SELECT blob FROM Packages", [&](sqlite3_stmt* row) {
    if (const std::string_view header = bytes_of(row, 0); !header.empty()) visit(header);
  });
}

std::vector<Package> list_freebsd_packages(std::string_view file, std::string_view log, const std::string& object) {
  constexpr const char* kQuery =
      "SELECT name, version, arch, origin, comment, maintainer, www, time FROM packages ORDER BY name";
  std::vector<Package> all;
  for_each_row(file, log, object, kQuery, [&](sqlite3_stmt* row) {
    Package package;
    package.app2_name = bytes_of(row, 0);
    package.app2_version = bytes_of(row, 1);
    package.app2_arch = bytes_of(row, 2);
    package.app2_source_package = bytes_of(row, 3);
    package.app2_summary = bytes_of(row, 4);
    package.app2_publisher = bytes_of(row, 5);
    package.app2_url = bytes_of(row, 6);
    package.install_time = ::sqlite3_column_int64(row, 7);
    all.push_back(std::move(package));
  });
  return all;
}

}  // namespace vmcraft::inspect
