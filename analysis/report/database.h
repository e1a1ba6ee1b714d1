#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dure::analysis {

/// One row at a time of a question to results.sqlite. The text of a column lives until the next step.
class Rows {
 public:
  Rows(sqlite3* database, const std::string& sql);
  bool next();
  bool empty(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
  double number(int column) const { return sqlite3_column_double(statement_.get(), column); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::optional<double> maybe(int column) const { return empty(column) ? std::nullopt : std::optional(number(column)); }
  std::string_view text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return bytes == nullptr ? std::string_view{} : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// results.sqlite, read only.
class Database {
 public:
  explicit Database(const std::filesystem::path& file);
  bool has_table(const std::string& name) const;
  Rows rows(const std::string& sql) const { return {database_.get(), sql}; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace dure::analysis
