#pragma once
// What the readers of job logs share: rows with their line numbers, and the book of what was kept.
#include <map>
#include <memory>
#include <set>

#include "sim/workload/trace.h"

namespace dure::sim {

/// Lines of a file, plain or gzip (told by its first two bytes). Refuses a name that ends in .gz over anything else.
class TraceLines {
 public:
  explicit TraceLines(const std::filesystem::path& file);
  ~TraceLines();
  TraceLines(const TraceLines&) = delete;
  TraceLines& operator=(const TraceLines&) = delete;
  bool next(std::string& line);  // without the line break
  int line() const { return line_; }
  const std::string& name() const { return name_; }
  [[noreturn]] void refuse(Text sentence, Text remedy = {}) const;  // at the line read last

 private:
  struct Streams;
  std::string name_;
  int line_ = 0;
  std::unique_ptr<Streams> streams_;
};

/// Rows of a CSV file with a header (RFC 4180 quoting, a byte order mark is skipped, blank lines are ignored), by column.
class TraceCsv {
 public:
  /// Throws if a `required` column is missing or a column is neither required nor optional. A file whose first row names no
  /// column at all is taken, if `may_lack_header`, to hold the required ones in their order.
  TraceCsv(const std::filesystem::path& file, std::span<const std::string_view> required, std::span<const std::string_view> optional, bool may_lack_header = false);
  ~TraceCsv();
  TraceCsv(const TraceCsv&) = delete;
  TraceCsv& operator=(const TraceCsv&) = delete;
  bool next();                                             // false at the end; throws at a row of another width
  const std::string& text(std::string_view column) const;  // empty if the file lacks that optional column
  bool has(std::string_view column) const { return columns_.contains(column); }
  double number(std::string_view column) const;            // throws unless it is a finite number
  int whole(std::string_view column) const;                // throws unless it is a whole number
  int count(std::string_view column) const;                // throws unless it is a whole number of 0 or more
  const TraceLines& lines() const { return lines_; }

 private:
  struct Parser;
  bool read_row();
  TraceLines lines_;
  std::unique_ptr<Parser> parser_;
  std::vector<std::string> row_;
  bool row_waits_ = false;  // the first row was no header
  std::map<std::string, std::size_t, std::less<>> columns_;
};

/// Collects the jobs of a log, counts what is dropped, refuses what makes no sense, and sorts at the end.
class TraceBook {
 public:
  TraceBook(std::string format, const std::string& file);
  void assume(Text sentence) { trace_.report.assumptions.push_back(std::move(sentence)); }
  void count_row() { ++trace_.report.rows; }
  void drop(const Text& reason) { count(trace_.report.dropped, reason); }
  void note(const Text& what) { count(trace_.report.noted, what); }
  bool is_new_id(const std::string& id) { return ids_.insert(id).second; }
  void take_id(const std::string& id, std::string_view column, const TraceLines& at);  // refuses an id seen before
  std::size_t tenant(const std::string& name);
  void see_order(double submit_s);                // counts what stands after a later submission
  void keep(TraceJob job, const TraceLines& at);  // refuses a duration of 0 or less, no cards
  TraceJobs finish();                             // sorts, counts, sums

  TraceJobs& trace() { return trace_; }

 private:
  static void count(std::vector<TraceReport::Counted>& list, const Text& reason);
  double latest_submit_s_;
  std::set<std::string> ids_;
  std::map<std::string, std::size_t> tenant_index_;
  TraceJobs trace_;
};

std::optional<double> parse_number(std::string_view text);  // the whole text, finite
bool is_absent(std::string_view text);                      // empty, or what tools write for nothing: None, NaT, nan, NULL, Unknown

/// Why rows are dropped, where several readers say the same.
namespace drop_reason {
extern const Text kNoCards, kNegativeSubmit, kNeverStarted, kNoEnd, kStillGoing, kZeroRun;
}
/// The remedy for a row that contradicts itself.
extern const Text kCorrectTheRow;

TraceJobs read_philly(const std::filesystem::path& file);
TraceJobs read_swf(const std::filesystem::path& file);
TraceJobs read_helios(const std::filesystem::path& file);
TraceJobs read_acme(const std::filesystem::path& file);
TraceJobs read_pai(const std::filesystem::path& file);
TraceJobs read_openb(const std::filesystem::path& file);
TraceJobs read_azure(const std::filesystem::path& file, const RequestRate& rate);
TraceJobs read_mooncake(const std::filesystem::path& file, const RequestRate& rate);
TraceJobs read_own(const std::filesystem::path& file);

}  // namespace dure::sim
