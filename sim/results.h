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
#include "sim/regional_name.h"
#include "sim/results_writer.h"

namespace dure::sim {

/// One table of results.sqlite. Columns are bound by position, in the order of the fields of its message.
///
/// Rows are gathered and handed to SQLite some hundred at a time, by one statement that copies them from a virtual table
/// over the gathered rows: SQLite's cost of beginning and ending a statement is several times that of storing a row.
class Table final : public RowStore {
 public:
  Table(RowWriter& writer, sqlite3* database, const google::protobuf::Descriptor* row, std::string name);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// One value a column: integers, doubles, texts, optionals of them (none: NULL). Texts must outlive the call only.
  /// Throws Error with exit code 5 when the disk is full.
  template <class... Values>
  void insert(const Values&... values) {
    SIM_CHECK(sizeof...(Values) == columns_, "table " + name_ + ": a row needs one value for each column");
    if (gathered_.rows == 0) gathered_.cells.resize(kGathered * columns_);
    Cell* cell = &gathered_.cells[gathered_.rows * columns_];
    (put(*cell++, values), ...);
    if (++gathered_.rows == kGathered) flush();
  }
  void flush();                               // hands over what is gathered
  void store(const RowBatch& rows) override;  // on the writer's thread

 private:
  friend struct GatheredRows;
  static constexpr std::size_t kGathered = 256;
  static void put(Cell& cell, double value) {
    cell.real = value;
    cell.kind = value == value ? Cell::Kind::kReal : Cell::Kind::kNone;
  }
  static void put(Cell& cell, std::int64_t value) {
    cell.integer = value;
    cell.kind = Cell::Kind::kInteger;
  }
  void put(Cell& cell, std::string_view value) {
    cell.text = gathered_.texts.size();
    cell.length = static_cast<std::uint32_t>(value.size());
    cell.kind = value.data() == nullptr ? Cell::Kind::kNone : Cell::Kind::kText;
    gathered_.texts.append(value);
  }
  template <class T>
  void put(Cell& cell, const std::optional<T>& value) {
    if (value) put(cell, *value); else cell.kind = Cell::Kind::kNone;
  }

  RowWriter& writer_;
  sqlite3* database_;
  sqlite3_stmt* copy_ = nullptr;
  std::size_t columns_;
  std::string name_;
  RowBatch gathered_;
  const RowBatch* storing_ = nullptr;  // on the writer's thread
};

/// results.sqlite, written in one transaction. Throws Error with exit code 5 when the disk is full.
class ResultsFile {
 public:
  explicit ResultsFile(const std::filesystem::path& file);
  ~ResultsFile();
  /// Lives as long as the file. All tables are made before the first row is inserted.
  Table* table(const google::protobuf::Descriptor* row, std::string name);
  void finish();  // commits; the file is whole after this

 private:
  sqlite3* database_ = nullptr;
  std::vector<std::unique_ptr<Table>> tables_;
  std::unique_ptr<RowWriter> writer_ = std::make_unique<RowWriter>();
};

/// Where the values of several runs lie, and how well their mean is known: the 95 % interval, none for a single value.
struct MetricSpread {
  double p05 = 0, p50 = 0, p95 = 0, mean = 0;
  std::optional<double> ci95_low, ci95_high;
  int n = 1;
};

/// A named number of summary.json. Without a value it says why in both languages, and is never 0 instead.
struct Metric {
  std::string name;
  std::string unit;
  std::optional<double> value;  // of several runs the mean
  Text reason;
  std::optional<MetricSpread> spread = {};  // of several runs
};

struct Summary {
  std::string scenario;
  std::string fidelity = {};   // "planning"; empty: every job was simulated
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
  /// For a run that was cut short: does not replace earlier results but goes beside them, to OUT.partial. Says whether there are any.
  bool keep_earlier();
  void commit();
  const std::filesystem::path& path() const { return out_; }

 private:
  std::filesystem::path out_;
  std::filesystem::path work_;
  int lock_ = -1;  // on work_, so that nobody takes it for one whose run is gone
  bool force_;
  bool committed_ = false;
};

/// SHA-256 in hexadecimal.
std::string digest(std::string_view content);

}  // namespace dure::sim
