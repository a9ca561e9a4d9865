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

}  // namespace

// From a copy: reading what its log still holds writes to the database.
void for_each_sqlite_header(std::string_view file, std::string_view log, const std::string& object,
                            const HeaderVisit& visit) {
  const base::TempDir folder;
  const std::string path = folder.file("rpmdb.sqlite");
  write_copy(path, file);
  if (!log.empty()) write_copy(path + "-wal", log);
  const Database database = open_database(path, object);
  int looks = 0;
  ::sqlite3_progress_handler(database.get(), kStepsBetweenLooks, count_look, &looks);
  sqlite3_stmt* prepared = nullptr;
  if (::sqlite3_prepare_v2(database.get(), "SELECT blob FROM Packages", -1, &prepared, nullptr) != SQLITE_OK)
    fail(database.get(), object);
  const std::unique_ptr<sqlite3_stmt, EndStatement> statement(prepared);
  for (;;) {
    const int step = ::sqlite3_step(prepared);
    if (step == SQLITE_DONE) return;
    if (step != SQLITE_ROW) fail(database.get(), object);
    const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(prepared, 0));
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(prepared, 0));
    if (bytes != nullptr) visit({bytes, size});
  }
}

}  // namespace vmcraft::inspect
