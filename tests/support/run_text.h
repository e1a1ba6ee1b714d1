#pragma once
// One run of a scenario written as text in the test, in a child process of its own (the engine is one a process).
#include <google/protobuf/text_format.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/engine/run.h"
#include "sim/launch/child.h"
#include "sim/scenario.h"
#include "tests/support/temp_folder.h"

namespace dure::test {

/// What a job held: on `node` so many thousandths of cards; `slot` tells the shared cards of a node apart.
struct Holding {
  std::int64_t job = 0;
  double from_s = 0;
  double until_s = 0;
  int node = 0;
  int milli = 0;
  int slot = -1;  // -1: whole cards
};

struct RunResult {
  TempFolder folder;
  std::string summary;  // the bytes of summary.json
  nlohmann::json metrics;
  nlohmann::json outcome;
  std::vector<Holding> holdings;

  /// The value of a metric; throws if it has none.
  double operator[](const std::string& metric) const {
    if (!metrics.contains(metric)) throw std::runtime_error("no metric " + metric);
    if (metrics[metric]["value"].is_null()) throw std::runtime_error(metric + " has no value: " + metrics[metric].dump());
    return metrics[metric]["value"].get<double>();
  }
  bool has(const std::string& metric) const { return metrics.contains(metric) && !metrics[metric]["value"].is_null(); }

  using Row = std::vector<std::string>;
  /// Rows of results.sqlite as text; NULL is "NULL". Doubles with all their digits.
  std::vector<Row> rows(const std::string& sql) const {
    sqlite3* database = nullptr;
    if (sqlite3_open_v2((folder / "results.sqlite").c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) throw std::runtime_error("no results.sqlite");
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> closes(database, sqlite3_close);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) throw std::runtime_error(sql + ": " + sqlite3_errmsg(database));
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> ends(statement, sqlite3_finalize);
    std::vector<Row> rows;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Row& row = rows.emplace_back();
      for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        if (sqlite3_column_type(statement, column) == SQLITE_FLOAT) {
          char text[40];
          std::snprintf(text, sizeof text, "%.17g", sqlite3_column_double(statement, column));
          row.emplace_back(text);
        } else {
          const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
          row.emplace_back(text == nullptr ? "NULL" : text);
        }
      }
    }
    return rows;
  }
  /// The numbers of the first column.
  std::vector<double> numbers(const std::string& sql) const {
    std::vector<double> numbers;
    for (const Row& row : rows(sql)) numbers.push_back(std::stod(row.at(0)));
    return numbers;
  }
  double number(const std::string& sql) const {
    const std::vector<double> all = numbers(sql);
    if (all.size() != 1) throw std::runtime_error(sql + " gives " + std::to_string(all.size()) + " rows");
    return all[0];
  }
  /// Every table with every row, as text: two runs are the same when these are.
  std::string dump() const {
    std::string text;
    for (const Row& table : rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")) {
      text += "== " + table[0] + "\n";
      for (const Row& row : rows("SELECT * FROM " + table[0] + " ORDER BY rowid")) {
        for (const std::string& cell : row) text += cell + "|";
        text += "\n";
      }
    }
    return text;
  }
};

/// Runs a scenario; what it throws comes back as std::runtime_error with the same sentence.
inline RunResult run(const ::dure::Scenario& scenario, const std::string& trace_csv = "", const std::string& scenario_folder = "") {
  using namespace dure::sim;
  RunResult result;
  if (!trace_csv.empty()) std::ofstream(result.folder / "trace.csv") << trace_csv;
  const std::string text = in_child([&] {
    ResultsFile file(result.folder / "results.sqlite");
    nlohmann::json held = nlohmann::json::array();
    RunOptions options;
    options.seed = Seed{scenario.seed()};
    options.file = &file;
    options.scenario_folder = scenario_folder.empty() ? result.folder.string() : scenario_folder;
    options.held = [&](const Held& row) {
      for (const auto& [node, slice] : row.cards)
        held.push_back({std::int64_t(row.job), row.from_s, row.until_s, int(node), slice.milli > 0 ? slice.milli : 1000 * slice.cards,
                        slice.milli > 0 ? int(slice.slot) : -1});
    };
    const RunOutcome outcome = run_scenario(scenario, options);
    file.finish();
    nlohmann::json answer;
    answer["summary"] = to_json(outcome.summary);
    answer["held"] = std::move(held);
    answer["outcome"] = {{"utilisation", outcome.utilisation}, {"offered_load", outcome.offered_load}, {"mean_queue_jobs", outcome.mean_queue_jobs}, {"largest_queue_jobs", outcome.largest_queue_jobs}, {"events", outcome.events}};
    return answer.dump();
  });
  const nlohmann::json answer = nlohmann::json::parse(text);
  result.summary = answer["summary"];
  result.metrics = nlohmann::json::parse(result.summary)["metrics"];
  result.outcome = answer["outcome"];
  for (const auto& row : answer["held"]) result.holdings.push_back({row[0], row[1], row[2], row[3], row[4], row[5]});
  return result;
}

/// The scenario a test writes, refused as `dure check` would refuse it.
inline ::dure::Scenario scenario_of(const std::string& text) {
  ::dure::Scenario scenario;
  if (!google::protobuf::TextFormat::ParseFromString(text, &scenario)) throw std::runtime_error("the test's scenario does not parse");
  std::vector<dure::sim::Error> errors;
  dure::sim::check_scenario(scenario, {}, errors);
  std::erase_if(errors, [](const dure::sim::Error& error) { return error.path == "workload.trace.file"; });  // written when it runs
  if (!errors.empty()) throw std::runtime_error("the test's scenario is refused: " + errors[0].message.en + " (" + errors[0].path + ")");
  return scenario;
}

/// A trace in our own columns is found as "trace.csv".
inline RunResult run_text(const std::string& text, const std::string& trace_csv = "") { return run(scenario_of(text), trace_csv); }

/// A place, a card type and `nodes` servers that are there from the first second; `more` is text format. A region more or a
/// class of jobs is written behind it.
inline std::string hall(int nodes, int cards_per_node, const std::string& more) {
  const std::string cards = std::to_string(nodes * cards_per_node);
  return R"(
    name: "test" start_date: "2026-01-01"
    region { region: "home" city: "Seoul" climate_city: "Seoul" demand_share: 1 }
    card { card: "H" }
    node { card: "H" cards_per_node: )" + std::to_string(cards_per_node) + R"( idle_w: 1000 busy_w: 5000 storage_gb_per_s: 8 }
    site { site: "hall" region: "home" peak_power_mw: 1000 pue: 1.5 storage_gb_per_s: 400 }
    commissioning { draw_delivery: false }
    tranche { tranche: "first" site: "hall" card: "H" cards: )" + cards + " government_use_cards: " + cards + R"( installed: true
      promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2035-12-31" }
  )" + more;
}

}  // namespace dure::test
