#pragma once
#include <google/protobuf/message.h>
#include <sqlite3.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/scenario.pb.h"

namespace dure::analysis {

/// results.sqlite with the tables and columns of sim/results.proto, filled with its messages.
class ResultsWriter {
 public:
  explicit ResultsWriter(const std::filesystem::path& file);
  ~ResultsWriter();
  ResultsWriter(const ResultsWriter&) = delete;
  ResultsWriter& operator=(const ResultsWriter&) = delete;
  void add(const google::protobuf::Message& row);  // JobsRow goes to `jobs`

 private:
  void execute(const std::string& sql);
  sqlite3* database_ = nullptr;
};

/// The files of a run that never was. Written by `write`; change the members first.
struct SyntheticRun {
  nlohmann::ordered_json run, summary, assumptions;
  dure::Scenario scenario;
  std::vector<std::unique_ptr<google::protobuf::Message>> rows;

  template <typename Row>
  Row& add() {
    rows.push_back(std::make_unique<Row>());
    return static_cast<Row&>(*rows.back());
  }
  void metric(const std::string& name, double value, const std::string& unit) { summary["metrics"][name] = {{"value", value}, {"unit", unit}}; }
  void no_metric(const std::string& name, const std::string& unit, const std::string& reason) { summary["metrics"][name] = {{"value", nullptr}, {"unit", unit}, {"reason", reason}}; }
  void write(const std::filesystem::path& out) const;
};

/// One day of two sites: 100 nominal cards, of which 41 productive, 23 not delivered, 12 idle without demand and so on. Figures by hand.
SyntheticRun a_day();
/// Four years in seven regions with every table filled; `jobs` rows of jobs.
SyntheticRun four_years(int jobs);

}  // namespace dure::analysis
