#pragma once
// What the page is made from: the files of one run, read once, and their rows summed.
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/report/format.h"
#include "sim/calendar.h"
#include "sim/card_state.h"
#include "sim/job.h"
#include "sim/scenario.pb.h"

namespace dure::analysis {

/// One metric of summary.json. Without a value there is a reason.
struct Metric {
  std::string name;
  std::string unit;
  std::optional<double> value;
  Text reason;
  std::optional<double> p05, p50, p95, mean, ci95_low, ci95_high;
  int n = 1;
};

struct Assumption {
  std::string path, value, unit, origin, source, confidence;
  Text meaning;
  std::optional<double> low, high;  // documented range
  /// Does a reader have to mistrust it?
  bool weak() const { return confidence == "low" || confidence == "assumption"; }
};

using ByState = std::array<double, sim::kCardStates>;

/// The ledger in spans of days.
struct Span {
  double start_s = 0;
  double hours = 0;       // length
  ByState card_hours{};
};

struct SiteTotals {
  ByState card_hours{};
  std::int64_t jobs = 0;
  double it_kwh = 0;
  double facility_kwh = 0;
};

/// How a job may stand in the table `jobs`.
inline constexpr std::array<std::string_view, 6> kJobOutcomes = {"completed", "cancelled", "failed", "running", "waiting", "rejected"};

/// Found by name without making a string.
template <typename Value>
using Named = std::map<std::string, Value, std::less<>>;

struct Waits {
  double p50_s = 0, p90_s = 0;
  double within_hour = 0;  // share
};

/// Jobs that share something: a kind of tenant, a class, a size, a region.
struct JobGroup {
  std::int64_t jobs = 0;
  std::array<std::int64_t, kJobOutcomes.size()> by_outcome{};
  std::array<double, kJobOutcomes.size()> productive_by_outcome{};
  double productive_card_hours = 0;
  double productive_away_card_hours = 0;  // outside the tenant's region
  double rework_card_hours = 0;
  std::int64_t interruptions = 0;
  std::vector<float> waits_s;             // of jobs not rejected; in no order
  std::optional<Waits> waits;             // none: no such job
};

struct GrantGroup {
  std::int64_t applied = 0, granted = 0;
  double cards_asked = 0, cards_granted = 0;
  double granted_card_hours = 0;  // within the run
  double used_card_hours = 0;
};

struct PowerMonth {
  double it_kwh = 0, facility_kwh = 0;
  double peak_hour_kw = 0;                 // highest hourly mean of all sites together
  Named<std::pair<double, double>> by_site;  // IT, facility
};

struct FlowGroup {
  std::int64_t flows = 0, under_way = 0;
  double gb = 0;
  std::vector<double> duration_s, gbps;    // of those that ended; sorted
};

struct FaultGroup {
  std::int64_t faults = 0, jobs_hit = 0;
  std::vector<double> repair_s;            // sorted
};

/// What the reader of a replayed log kept, dropped, put in order and assumed: trace_report.json.
struct LogReport {
  std::string format, file;
  double rows = 0, kept = 0, sorted_rows = 0, card_hours = 0;
  std::vector<std::pair<Text, double>> dropped;  // reason, rows
  std::vector<Text> assumptions;
};

struct TrancheRow {
  std::string tranche, kind, site, card, promised, delivered, in_service, term_end;
  double cards = 0, government_use_cards = 0, delivered_cards = 0;
};

/// A line of the budget of the state or of the operator.
struct BudgetLine {
  std::string account, key;
  Text words;
  bool revenue = false;
  std::map<int, double> krw_by_year;
};

/// Linear between the two nearest of a sorted list; an empty list has none.
template <typename Number>
double quantile(const std::vector<Number>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  const auto first = static_cast<double>(sorted[low]);
  return first + (at - static_cast<double>(low)) * (static_cast<double>(sorted[high]) - first);
}

struct RunData {
  explicit RunData(const std::filesystem::path& out);

  const Metric* metric(std::string_view name) const;
  /// The value, if summary.json has one.
  std::optional<double> value(std::string_view name) const;
  /// From the ledger's rows where they exist, otherwise from summary.json; what the charts show.
  double state_card_hours(sim::CardState state) const { return total[static_cast<std::size_t>(state)]; }
  int replicates() const;   // runs that the metrics are means of; the tables of rows are those of the first
  double nominal_card_hours() const;
  bool partial() const { return run.value("status", "") != "complete"; }
  /// The name of a site, a region or anything that carries none: the key itself.
  Text site_name(const std::string& key) const;
  Text region_name(const std::string& key) const;
  /// A site, a region, or the region of a city on the backbone.
  Text place_name(const std::string& key) const;
  std::string region_of_site(const std::string& key) const;
  double end_s() const { return end_s_; }

  nlohmann::ordered_json run;
  dure::Scenario scenario;
  sim::Calendar calendar{sim::Date{}};
  std::vector<Metric> metrics;
  std::vector<Metric> workload_facts;  // workload_facts.json; empty: the run wrote none
  std::optional<LogReport> log;        // of a run that replays one
  std::vector<Assumption> assumptions;

  std::vector<Span> spans;
  int span_days = 1;
  ByState total{};
  std::map<std::pair<std::string, std::string>, double> by_cause;  // state, cause
  Named<ByState> by_card;
  Named<SiteTotals> by_site;

  JobGroup all_jobs;
  Named<JobGroup> jobs_by_kind, jobs_by_class, jobs_by_region;
  std::vector<JobGroup> jobs_by_size;  // as kSizes
  static constexpr std::array<double, 6> kSizes = {0, 1.0001, 7.0001, 8.0001, 64.0001, 256.0001};  // lower ends

  Named<GrantGroup> grants_by_kind, grants_by_region, grants_by_call;
  std::map<int, PowerMonth> power_by_month;             // Calendar::month_index
  Named<std::map<int, double>> money;   // kind, fiscal year; cash alone
  std::vector<BudgetLine> budget;       // in the order in which it is filed
  Named<FlowGroup> flows_by_kind;
  std::map<std::pair<std::string, std::string>, FlowGroup> flows_by_route;
  Named<FaultGroup> faults_by_cause;
  std::vector<TrancheRow> tranches;

 private:
  void read_json(const std::filesystem::path& out);
  void read_scenario(const std::filesystem::path& out);
  void read_ledger(const class Database& database);
  void read_jobs(const Database& database);
  void read_grants(const Database& database);
  void read_power(const Database& database);
  void read_rest(const Database& database);
  double end_s_ = 0;
};

}  // namespace dure::analysis
