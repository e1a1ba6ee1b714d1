#include "analysis/report/database.h"

#include "sim/error.h"

namespace dure::analysis {
namespace {

[[noreturn]] void unreadable(sqlite3* database, const std::string& what) {
  const std::string why = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
  throw sim::Error(sim::Exit::kInvalid, "E0410",
                   {"results.sqlite cannot be read (" + what + "): " + why, "results.sqlite를 읽을 수 없습니다(" + what + "): " + why}, {},
                   {"run the scenario again", "시나리오를 다시 실행하세요"});
}

}  // namespace

Rows::Rows(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) unreadable(database, sql);
  statement_.reset(statement);
}

bool Rows::next() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) unreadable(database_, sqlite3_sql(statement_.get()));
  return code == SQLITE_ROW;
}

Database::Database(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) unreadable(database, file.filename().string());
}

bool Database::has_table(const std::string& name) const {
  Rows found = rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '" + name + "'");
  return found.next();
}

}  // namespace dure::analysis
