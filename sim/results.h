#pragma once
// The door out: rows and files. Tables and columns are messages and fields of sim/results.proto, and nowhere else.
#include <google/protobuf/descriptor.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace dure::sim {

/// One table of results.sqlite. Columns are bound by position, in the order of the fields of its message.
class Table {
 public:
  Table(sqlite3* database, const google::protobuf::Descriptor* row, std::string name);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// One value a column: integers, doubles, texts, optionals of them (none: NULL). Texts must outlive the call only.
  template <class... Values>
  void insert(const Values&... values) {
    SIM_CHECK(int(sizeof...(Values)) == columns_, "table " + name_ + ": a row needs one value for each column");
    int column = 0;
    (bind(++column, values), ...);
    step();
  }

 private:
  void bind(int column, double value);
  void bind(int column, std::int64_t value);
  void bind(int column, std::string_view value);
  template <class T>
  void bind(int column, const std::optional<T>& value) {
    if (value) bind(column, *value); else bind_null(column);
  }
  void bind_null(int column);
  void step();

  sqlite3* database_;
  sqlite3_stmt* insert_ = nullptr;
  int columns_;
  std::string name_;
};

/// results.sqlite, written in one transaction. Throws Error with exit code 5 when the disk is full.
class ResultsFile {
 public:
  explicit ResultsFile(const std::filesystem::path& file);
  ~ResultsFile();
  std::unique_ptr<Table> table(const google::protobuf::Descriptor* row, std::string name);
  void finish();  // commits; the file is whole after this

 private:
  sqlite3* database_ = nullptr;
};

/// A named number of summary.json. Without a value it says why in both languages, and is never 0 instead.
struct Metric {
  std::string name;
  std::string unit;
  std::optional<double> value;
  Text reason;
};

struct Summary {
  std::string scenario;
  std::uint64_t seed = 0;
  std::vector<Metric> metrics;
  const Metric* find(std::string_view name) const;
};
std::string to_json(const Summary& summary);

/// The folder a run leaves. Everything is written beside it under another name and put in place at the end, so that
/// earlier results stay untouched until there are new ones.
class OutFolder {
 public:
  /// Throws Error with exit code 5 if `out` exists, unless `force` and it holds a run.json.
  OutFolder(std::filesystem::path out, bool force);
  ~OutFolder();  // without commit(): nothing is left
  std::filesystem::path file(const std::string& name) const { return work_ / name; }
  void write(const std::string& name, std::string_view content) const;
  void commit();
  const std::filesystem::path& path() const { return out_; }

 private:
  std::filesystem::path out_;
  std::filesystem::path work_;
  bool committed_ = false;
};

/// SHA-256 in hexadecimal.
std::string digest(std::string_view content);

}  // namespace dure::sim
