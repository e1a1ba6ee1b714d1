#include "sim/cli/bench_rows.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <queue>

#include "sim/engine/run.h"
#include "sim/launch/child.h"
#include "sim/scenario.h"
#include "sim/units.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace proto = ::dure;
namespace {

constexpr int kCardsPerNode = 8;
constexpr double kMeanRun_s = 4 * kHour_s;
constexpr double kStorage_gb_per_s_per_node = 0.32;  // 400 GB/s for 1,250 servers, the schema's default site

constexpr double kSupply_mw_per_node = 0.02;  // ample: power is not simulated here

/// Sizes of jobs in cards, with their weights: as in the default mix, fewer the larger, from one server to sixteen.
constexpr std::pair<int, double> kSizes[] = {{8, 0.35}, {16, 0.25}, {32, 0.2}, {64, 0.12}, {128, 0.08}};

double mean_cards() {
  double mean = 0;
  for (const auto& [cards, weight] : kSizes) mean += cards * weight;
  return mean;
}

proto::Scenario one_site(const BenchRow& row, proto::Scenario scenario) {
  const std::string region = scenario.region(0).region();
  const std::string card = scenario.tranche(0).card();
  const int cards = row.nodes * kCardsPerNode;
  const double horizon_s = row.jobs * mean_cards() * kMeanRun_s / (row.load * cards);
  scenario.set_name(row.name);
  scenario.clear_end_date();
  scenario.set_horizon_s(horizon_s);
  scenario.clear_site();
  proto::Site& site = *scenario.add_site();
  site.set_site("bench");
  site.set_region(region);
  site.set_storage_gb_per_s(kStorage_gb_per_s_per_node * row.nodes);
  site.set_peak_power_mw(kSupply_mw_per_node * row.nodes);
  proto::Tranche tranche = scenario.tranche(0);
  tranche.set_tranche("bench");
  tranche.set_site("bench");
  tranche.set_card(card);
  tranche.set_cards(cards);
  tranche.set_government_use_cards(cards);
  scenario.clear_tranche();
  *scenario.add_tranche() = tranche;
  scenario.clear_reliability();
  scenario.clear_workload();
  proto::Steady& steady = *scenario.mutable_workload()->mutable_steady();
  steady.set_offered_load(row.load);
  steady.set_run_time(proto::EXPONENTIAL);
  steady.set_jobs_per_year(row.jobs * kYear_s / horizon_s);
  for (const auto& [size, weight] : kSizes) {
    proto::SizeWeight& entry = *steady.add_size();
    entry.set_cards(size);
    entry.set_weight(weight);
  }
  return scenario;
}

/// What `events` cost if each were one timer taken from a binary heap and another put in, and nothing else.
double heap_floor_s(std::uint64_t events, std::uint64_t pending) {
  struct Timer {
    double at_s;
    std::uint64_t order;
    std::uint64_t what;
    bool operator<(const Timer& other) const { return at_s > other.at_s; }
  };
  Random random({1, 0}, "bench/heap");
  std::priority_queue<Timer> heap;
  for (std::uint64_t i = 0; i < pending; ++i) heap.push({random.uniform(), i, i});
  std::vector<double> gaps(4096);
  for (double& gap : gaps) gap = random.uniform();
  const std::clock_t start = std::clock();
  for (std::uint64_t i = 0; i < events; ++i) {
    Timer timer = heap.top();
    heap.pop();
    timer.at_s += gaps[i % gaps.size()];
    timer.order = i;
    heap.push(timer);
  }
  return double(std::clock() - start) / CLOCKS_PER_SEC;
}

double cpu_s() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// A folder that is gone when this is.
struct Scratch {
  fs::path folder = fs::temp_directory_path() / fmt::format("dure-bench-{}", ::getpid());
  Scratch() { fs::create_directories(folder); }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
};

proto::Scenario scenario_of(const BenchRow& row, const std::string& scenarios) {
  const std::string file = (fs::path(scenarios) / (row.file.empty() ? "national-year.txtpb" : row.file)).string();
  std::vector<std::string> sets;
  if (!row.scheduler.empty()) sets.push_back("scheduler=" + row.scheduler);
  if (!row.end_date.empty()) sets.push_back("end_date=" + row.end_date);
  if (row.planning) sets.push_back("fidelity=PLANNING");
  proto::Scenario scenario = load_scenario(file, sets).scenario;
  return row.file.empty() ? one_site(row, std::move(scenario)) : scenario;
}

std::string measure(const BenchRow& row, const proto::Scenario& scenario) {
  int cards = 0;
  for (const proto::Tranche& tranche : scenario.tranche()) cards += tranche.cards();
  const Scratch scratch;
  const auto start = std::chrono::steady_clock::now();
  const double cpu_before_s = cpu_s();
  RunOutcome outcome;
  {
    std::unique_ptr<ResultsFile> results;
    if (row.writes_rows) results = std::make_unique<ResultsFile>(scratch.folder / "results.sqlite");
    RunOptions options;
    options.seed = {scenario.seed(), 0};
    options.file = results.get();
    options.draws_ahead = true;
    outcome = run_scenario(scenario, options);
    if (results) results->finish();
  }
  const double spent_s = cpu_s() - cpu_before_s;
  const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const Metric* submitted = outcome.summary.find("jobs.submitted");
  return nlohmann::json{{"jobs", static_cast<std::uint64_t>(submitted->value.value_or(0))},
                        {"nodes", cards / kCardsPerNode},
                        {"events", outcome.events},
                        {"offered_load", outcome.offered_load},
                        {"utilisation", outcome.utilisation},
                        {"mean_queue_jobs", outcome.mean_queue_jobs},
                        {"largest_queue_jobs", outcome.largest_queue_jobs},
                        {"wall_s", wall_s},
                        {"cpu_s", spent_s},
                        {"peak_memory_mb", double(used.ru_maxrss) * 1024 / 1e6}}
      .dump();
}

}  // namespace

std::vector<BenchRow> bench_rows(bool quick) {
  const int scale = quick ? 10 : 1;
  std::vector<BenchRow> rows;
  rows.push_back({.name = "national-year",
                  .about = {"national year: 18,000 cards, a million jobs, failures on, rows written",
                            "국가 1년: 카드 18,000장, 작업 100만 건, 고장 포함, 결과 기록"},
                  .file = "national-year.txtpb",
                  .end_date = quick ? "2026-01-15" : "",
                  .writes_rows = true,
                  .any_load = quick});
  for (const bool planning : {false, true})
    rows.push_back({.name = planning ? "planning" : "year-no-rows",
                    .about = planning ? Text{"the national year as a study runs it: planning fidelity, no rows", "연구에서 돌리는 국가 1년: 계획용 정밀도, 결과 행 없음"}
                                      : Text{"the national year, full fidelity, no rows", "국가 1년, 모든 작업 모의, 결과 행 없음"},
                    .file = "national-year.txtpb",
                    .end_date = quick ? "2026-01-15" : "",
                    .planning = planning,
                    .any_load = quick});
  rows.push_back({.name = "easy",
                  .about = {"EASY backfilling at 97 % load: 5,000 jobs on 1,250 nodes", "EASY 백필, 부하 97 %: 서버 1,250대, 작업 5,000건"},
                  .nodes = 1250 / scale,
                  .jobs = 5000 / scale,
                  .load = 0.97,
                  .any_load = quick});
  rows.push_back({.name = "more-jobs",
                  .about = {"the same for 1,000,000 jobs", "같은 조건, 작업 1,000,000건"},
                  .nodes = 1250 / scale,
                  .jobs = quick ? 5000 : 1000000,
                  .load = 0.97,
                  .any_load = quick});
  rows.push_back({.name = "more-nodes",
                  .about = {"the same load per node on 10,000 nodes", "서버당 부하는 같고 서버 10,000대"},
                  .nodes = 10000 / scale,
                  .jobs = 40000 / scale,
                  .load = 0.97,
                  .any_load = quick});
  rows.push_back({.name = "conservative",
                  .about = {"conservative backfilling at 97 % load: 5,000 jobs on 1,250 nodes", "보수적 백필, 부하 97 %: 서버 1,250대, 작업 5,000건"},
                  .scheduler = "conservative_backfill",
                  .nodes = 1250 / scale,
                  .jobs = 5000 / scale,
                  .load = 0.97,
                  .any_load = quick});
  const std::pair<const char*, const char*> others[] = {{"year-fcfs", "fcfs"}, {"year-conservative", "conservative_backfill"}, {"year-fair-share", "fair_share"}, {"year-dominant", "dominant_resource"}};
  for (const auto& [name, scheduler] : others)
    rows.push_back({.name = name,
                    .about = {fmt::format("the national year under {}", scheduler), fmt::format("국가 1년, 스케줄러 {}", scheduler)},
                    .file = "national-year.txtpb",
                    .end_date = quick ? "2026-01-15" : "",
                    .scheduler = scheduler,
                    .writes_rows = true,
                    .any_load = quick});
  if (!quick)
    rows.push_back({.name = "korea",
                    .about = {"korea.txtpb: four years, everything on, rows written", "korea.txtpb: 4년, 모든 모형, 결과 기록"},
                    .file = "korea.txtpb",
                    .writes_rows = true,
                    .any_load = true});
  return rows;
}

BenchResult run_bench(const BenchRow& row, const std::string& scenarios) {
  const proto::Scenario scenario = scenario_of(row, scenarios);
  const auto answer = nlohmann::json::parse(in_child([&] { return measure(row, scenario); }));
  BenchResult result;
  answer.at("jobs").get_to(result.jobs);
  answer.at("nodes").get_to(result.nodes);
  answer.at("events").get_to(result.events);
  answer.at("offered_load").get_to(result.offered_load);
  answer.at("utilisation").get_to(result.utilisation);
  answer.at("mean_queue_jobs").get_to(result.mean_queue_jobs);
  answer.at("largest_queue_jobs").get_to(result.largest_queue_jobs);
  answer.at("wall_s").get_to(result.wall_s);
  answer.at("cpu_s").get_to(result.cpu_s);
  answer.at("peak_memory_mb").get_to(result.peak_memory_mb);
  result.wall_s = std::max(result.wall_s, 1e-6);
  result.cpu_s = std::max(result.cpu_s, 1e-6);
  result.heap_floor_s = heap_floor_s(result.events, std::max<std::uint64_t>(1, 2 * result.nodes));
  return result;
}

}  // namespace dure::sim
