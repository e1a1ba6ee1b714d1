#pragma once
// One run in a child process, and what its tables say.
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/engine/run.h"
#include "sim/launch/child.h"
#include "sim/scenario.h"

/// The tables of one run, gone with this object.
class Rows {
 public:
  explicit Rows(const dure::Scenario& scenario, dure::sim::Seed seed = {1, 0}) : file_(fresh()) {
    outcome_ = dure::sim::in_child([&] {
      dure::sim::ResultsFile file(file_);
      dure::sim::RunOptions options;
      options.seed = seed;
      options.file = &file;
      const dure::sim::RunOutcome outcome = run_scenario(scenario, options);
      file.finish();
      char line[100];
      std::string facts;
      for (const auto* metrics : {&outcome.summary.metrics, &outcome.workload_facts.metrics})
        for (const auto& metric : *metrics)
          if (metric.value) {
            std::snprintf(line, sizeof line, "%s %.17g\n", metric.name.c_str(), *metric.value);
            facts += line;
          }
      return facts + "\x01" + to_json(outcome.summary);
    });
    if (sqlite3_open_v2(file_.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) throw std::runtime_error("cannot open " + file_.string());
  }
  ~Rows() {
    sqlite3_close(database_);
    std::filesystem::remove(file_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// `row` gets the number of each column of each row; NULL is none.
  void each(const std::string& query, const std::function<void(const std::vector<std::optional<double>>&)>& row) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, query.c_str(), -1, &statement, nullptr) != SQLITE_OK) throw std::runtime_error(query + ": " + sqlite3_errmsg(database_));
    std::vector<std::optional<double>> values(std::size_t(sqlite3_column_count(statement)));
    while (sqlite3_step(statement) == SQLITE_ROW) {
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = sqlite3_column_type(statement, int(i)) == SQLITE_NULL ? std::nullopt : std::optional(sqlite3_column_double(statement, int(i)));
      row(values);
    }
    sqlite3_finalize(statement);
  }
  double number(const std::string& query) const {
    std::optional<double> answer;
    each(query, [&](const auto& values) { answer = values[0]; });
    return answer.value_or(0);
  }
  std::string summary_json() const { return outcome_.substr(outcome_.find('\x01') + 1); }
  double metric(const std::string& name) const {
    const std::size_t at = ("\n" + outcome_).find("\n" + name + " ");
    if (at == std::string::npos) throw std::runtime_error("no metric " + name);
    return std::stod(outcome_.substr(at + name.size() + 1));
  }

 private:
  static std::filesystem::path fresh() {
    static int count = 0;
    return std::filesystem::temp_directory_path() / ("dure-rows-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".sqlite");
  }
  std::filesystem::path file_;
  sqlite3* database_ = nullptr;
  std::string outcome_;  // "name value" a line
};
