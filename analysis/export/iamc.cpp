#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "analysis/export/export.h"
#include "analysis/export/headlines.h"
#include "analysis/export/text_file.h"
#include "analysis/report/database.h"
#include "analysis/report/run_data.h"
#include "analysis/report/words.h"
#include "sim/calendar.h"
#include "sim/csv_text.h"

namespace dure::analysis {
namespace fs = std::filesystem;
using sim::csv_text;
namespace {

constexpr const char* kModel = "Dure";
constexpr const char* kEverywhere = "All regions";

/// Levels of a variable are divided by bars, so a name holds none.
std::string level(std::string name) {
  for (char& letter : name)
    if (letter == '|') letter = '/';
  return name;
}

std::string state_words(std::string_view key) {
  const auto found = std::find(sim::kCardStateNames.begin(), sim::kCardStateNames.end(), key);
  return found == sim::kCardStateNames.end() ? std::string(key) : state_name(sim::CardState(found - sim::kCardStateNames.begin())).en;
}

/// Rows in the order in which they first appear.
class Template {
 public:
  void add(const std::string& scenario, const std::string& region, const std::string& variable, const std::string& unit, int year, double value) {
    const auto [at, fresh] = index_.try_emplace({scenario, region, variable, unit}, rows_.size());
    if (fresh) rows_.emplace_back(at->first, std::map<int, double>());
    rows_[at->second].second[year] += value;
    years_.insert(year);
  }
  void write(const fs::path& file) const {
    TextFile out(file);
    std::string line = "Model,Scenario,Region,Variable,Unit";
    for (const int year : years_) line += fmt::format(",{}", year);
    out.line(line);
    for (const auto& [key, by_year] : rows_) {
      const auto& [scenario, region, variable, unit] = key;
      line = fmt::format("{},{},{},{},{}", kModel, csv_text(scenario), csv_text(region), csv_text(variable), csv_text(unit));
      for (const int year : years_) {
        const auto value = by_year.find(year);
        line += value == by_year.end() ? "," : fmt::format(",{}", value->second);
      }
      out.line(line);
    }
    out.commit();
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<Key, std::size_t> index_;
  std::vector<std::pair<Key, std::map<int, double>>> rows_;
  std::set<int> years_;
};

/// The calendar year of the last day that the scenario of the results simulates.
int last_year_of(const fs::path& out) {
  fs::path file = out / "inputs" / "scenario.txtpb";
  if (!fs::exists(file)) file = out / "inputs" / "option-0.txtpb";
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  dure::Scenario scenario;
  google::protobuf::TextFormat::ParseFromString(text, &scenario);
  const sim::Calendar calendar(sim::parse_date(scenario.start_date()));
  const double end_s = scenario.has_end_date() ? calendar.at_s(sim::parse_date(scenario.end_date())) : scenario.horizon_s();
  return int(calendar.date(end_s - 1).year());
}

void of_run(const fs::path& out, const std::string& scenario, Template& to) {
  const RunData run(out);
  const Database database(out / "results.sqlite");
  const auto region_of = [&](std::string_view site) { return run.region_name(run.region_of_site(std::string(site))).en; };
  const auto both = [&](std::string_view site, const std::string& variable, const std::string& unit, int year, double value) {
    to.add(scenario, kEverywhere, variable, unit, year, value);
    to.add(scenario, region_of(site), variable, unit, year, value);
  };
  for (Rows rows = database.rows("SELECT CAST(substr(date, 1, 4) AS INTEGER), site, state, SUM(card_hours) FROM card_hours GROUP BY 1, 2, 3 ORDER BY 2, 3, 1"); rows.next();)
    both(rows.text(1), "AI Compute|Card Hours|" + level(state_words(rows.text(2))), "million card-hours/yr", int(rows.integer(0)), rows.number(3) / 1e6);
  const std::string year_of_hour = "CAST(strftime('%Y', (SELECT MIN(date) FROM card_hours), '+' || hour || ' hours') AS INTEGER)";
  for (Rows rows = database.rows("SELECT " + year_of_hour + ", site, SUM(it_kwh), SUM(facility_kwh) FROM power GROUP BY 1, 2 ORDER BY 2, 1"); rows.next();) {
    both(rows.text(1), "Electricity Consumption|AI Data Centers|IT", "GWh/yr", int(rows.integer(0)), rows.number(2) / 1e6);
    both(rows.text(1), "Electricity Consumption|AI Data Centers", "GWh/yr", int(rows.integer(0)), rows.number(3) / 1e6);
  }
  for (Rows rows = database.rows("SELECT account, side, line_en, fiscal_year, krw_million FROM budget"); rows.next();)
    to.add(scenario, kEverywhere, fmt::format("Budget|{}|{}|{}", rows.text(0) == "state" ? "State" : "Operator", rows.text(1) == "revenue" ? "Revenue" : "Expenditure", level(std::string(rows.text(2)))), "million KRW/yr", int(rows.integer(3)), rows.number(4));
}

void of_runs(const Headlines& found, int last_year, Template& to) {
  for (const Headline& row : found.rows) {
    const std::string scenario = row.option.empty() ? found.name : found.name + " " + row.option;
    const std::string variable = "AI Compute|" + level(metric_label(row.metric).en), unit = row.unit.empty() ? "1" : row.unit;
    if (row.value) to.add(scenario, kEverywhere, variable, unit, last_year, *row.value);
    if (row.p05) to.add(scenario, kEverywhere, variable + "|5th Percentile", unit, last_year, *row.p05);
    if (row.p95) to.add(scenario, kEverywhere, variable + "|95th Percentile", unit, last_year, *row.p95);
  }
}

}  // namespace

std::vector<fs::path> export_iamc(const fs::path& out, const fs::path& to) {
  const Headlines found = read_headlines(out);
  Template rows;
  if (!found.study && !fs::exists(out / "replicates.nc")) of_run(out, found.name, rows);
  else of_runs(found, last_year_of(out), rows);
  rows.write(to / "results_iamc.csv");
  return {to / "results_iamc.csv"};
}

}  // namespace dure::analysis
