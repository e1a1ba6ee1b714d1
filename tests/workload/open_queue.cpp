#include "sim/workload/open_queue.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "sim/error.h"
#include "sim/scenario.h"
#include "sim/workload/facts.h"

using namespace dure::sim;
namespace proto = ::dure;

namespace {

proto::Scenario llm_cluster() { return load_scenario("scenarios/llm-cluster.txtpb").scenario; }

Population classes_of(const proto::Scenario& scenario) {
  Population population;
  for (const proto::JobClassSpec& spec : scenario.job_class())
    population.job_classes.push_back({.name = spec.job_class(), .active_fraction = spec.active_fraction()});
  return population;
}

std::function<int(JobClassId)> largest(int cards) {
  return [cards](JobClassId) { return cards; };
}

WorkloadFacts generate(const proto::Scenario& scenario, Seed seed) {
  Population population = classes_of(scenario);
  const Calendar calendar(parse_date(scenario.start_date()));
  OpenQueue source(scenario.workload().open_queue(), seed, calendar, scenario.horizon_s(), largest(4704), {}, population);
  WorkloadFacts facts(scenario.horizon_s(), 5 * 86400.0);
  for (Job job; source.next(job);) facts.add(job, job.submit_s, population.job_classes[index(job.job_class)].active_fraction);
  return facts;
}

struct Row {
  const char* fact;
  double low, high, generated;
};
std::vector<Row> table(const WorkloadFacts& facts) {
  return {
      {"busy cards of 4,704, nothing queued (60-75 %)", 0.60 * 4704, 0.75 * 4704, facts.mean_busy_cards()},
      {"one-card share of jobs, %", 54, 86, 100 * facts.one_card_share_of_jobs()},
      {"share of card-time in jobs of 8 cards or more, %", 98, 99.8, 100 * facts.node_share_of_card_time()},
      {"median run, s", 124, 134, facts.median_run_s()},
      {"card-time completed, %", 21, 31, 100 * facts.outcome_share_of_card_time(Outcome::kCompleted)},
      {"card-time cancelled by its owner, %", 61, 66, 100 * facts.outcome_share_of_card_time(Outcome::kCancelled)},
      {"card-time failed, %", 8, 12, 100 * facts.outcome_share_of_card_time(Outcome::kFailed)},
      {"hourly arrivals, variance over mean", 60, 160, facts.hourly_variance_over_mean()},
      {"inter-arrival CV (2.5 or more)", 2.5, 10, facts.gap_cv()},
      {"gaps of 10 s or less, % (up to 55)", 30, 55, 100 * facts.gaps_within_10_s()},
      {"submissions, peak over trough of the day (2.1)", 1.8, 2.4, facts.submissions_peak_over_trough()},
      {"busy cards, peak over trough of the day (1.20)", 1.10, 1.30, facts.busy_peak_over_trough()},
      {"largest tenant, % of card-time (about 30)", 27, 33, 100 * facts.largest_tenants_share(1)},
      {"largest five tenants, % of card-time", 70, 80, 100 * facts.largest_tenants_share(5)},
      {"card samples idle inside allocations, %", 26, 34, 100 * facts.idle_share_inside_allocations()},
  };
}

}  // namespace

TEST_CASE("llm-cluster: what is generated over 180 days meets the facts of real LLM clusters, for several seeds") {
  const proto::Scenario scenario = llm_cluster();
  std::string out = fmt::format("{:<52}{:>16}  generated (seeds)\n", "fact", "target");
  std::vector<std::vector<Row>> seeds;
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6}) seeds.push_back(table(generate(scenario, {seed, 0})));
  for (std::size_t i = 0; i < seeds[0].size(); ++i) {
    out += fmt::format("{:<52}{:>16}", seeds[0][i].fact, fmt::format("{:g}-{:g}", seeds[0][i].low, seeds[0][i].high));
    for (const auto& rows : seeds) {
      const Row& row = rows[i];
      out += fmt::format("{:>10.2f}", row.generated);
      CHECK_MESSAGE(row.generated >= row.low, row.fact);
      CHECK_MESSAGE(row.generated <= row.high, row.fact);
    }
    out += '\n';
  }
  const WorkloadFacts facts = generate(scenario, {1, 0});
  out += fmt::format("\n{} jobs, {:.0f} card-hours; jobs completed/cancelled/failed {:.1f}/{:.1f}/{:.1f} % (Seren 49.7/7.5/42.9)\n", facts.jobs(),
                     facts.card_hours(), 100 * facts.outcome_share_of_jobs(Outcome::kCompleted),
                     100 * facts.outcome_share_of_jobs(Outcome::kCancelled), 100 * facts.outcome_share_of_jobs(Outcome::kFailed));
  for (int low = 1; low <= 1024; low = low == 1 ? 2 : low == 2 ? 3 : (low - 1) * 2 + 1) {
    const int high = low == 1 ? 1 : low == 2 ? 2 : (low - 1) * 2;
    out += fmt::format("{:>5}-{:<5} cards: {:>6.2f} % of jobs, {:>6.2f} % of card-time\n", low, high, 100 * facts.share_of_jobs(low, high),
                       100 * facts.share_of_card_time(low, high));
    if (high >= 1024) break;
  }
  MESSAGE(out);
}

namespace {

/// One class, jobs of 8 cards that run `median_s` exactly.
proto::OpenQueue plain(double jobs_per_day, double median_s) {
  proto::OpenQueue config;
  config.set_jobs_per_day(jobs_per_day);
  config.set_day_cv(0);
  config.set_quiet_hour_share(0);
  proto::OpenClass& row = *config.add_class_();
  row.set_class_("only");
  row.set_job_class("training");
  row.set_share(1);
  row.add_size()->set_cards(8);
  proto::RunPart& part = *row.add_run();
  part.set_median_s(median_s);
  part.set_sigma(0);
  return config;
}
const Calendar kMonday(std::chrono::year{2026} / 3 / 2);
Population with_training() {
  Population population;
  population.job_classes.push_back({.name = "training"});
  return population;
}
std::vector<Job> drain(const proto::OpenQueue& config, double horizon_s, Seed seed = {1, 0}) {
  Population population = with_training();
  OpenQueue source(config, seed, kMonday, horizon_s, largest(1024), {}, population);
  std::vector<Job> jobs;
  for (Job job; source.next(job);) jobs.push_back(job);
  return jobs;
}

}  // namespace

TEST_CASE("open_queue: without rhythm, factors and bursts it is a Poisson stream") {
  WorkloadFacts facts(100 * 86400.0, 86400.0);
  for (const Job& job : drain(plain(1000, 3600), 100 * 86400.0)) facts.add(job, job.submit_s, 1);
  CHECK(std::abs(double(facts.jobs()) - 100000) < 4 * 317);                   // sd sqrt(100,000)
  CHECK(std::abs(facts.gap_cv() - 1) < 0.013);                               // 4 / sqrt(n)
  CHECK(std::abs(facts.hourly_variance_over_mean() - 1) < 4 * std::sqrt(2.0 / 2400));  // of a variance of 2,400 hours
  CHECK(facts.mean_busy_cards() == doctest::Approx(1000.0 / 24 * 8).epsilon(0.02));    // Little: rate x run x cards
}

TEST_CASE("open_queue: bursts share tenant and size, and the mean number of jobs stays") {
  proto::OpenQueue config = plain(1000, 60);
  proto::OpenClass& row = *config.mutable_class_(0);
  row.add_size()->set_cards(16);
  row.set_burst_probability(1);
  row.set_burst_jobs(20);
  row.set_burst_gap_s(0);
  const std::vector<Job> jobs = drain(config, 200 * 86400.0);
  CHECK(std::abs(double(jobs.size()) - 200000) < 4 * std::sqrt(200000.0 * 39));  // compound: E[B^2]/E[B] = 2 x 20 - 1
  for (std::size_t i = 1; i < jobs.size(); ++i) {
    if (jobs[i].submit_s < jobs[i - 1].submit_s) FAIL("submission went back");
    if (jobs[i].submit_s != jobs[i - 1].submit_s) continue;
    if (jobs[i].tenant != jobs[i - 1].tenant || jobs[i].cards != jobs[i - 1].cards) FAIL("a burst of two minds");
  }
}

TEST_CASE("open_queue: a line has one job at a time, and works E[run] of every E[run] + E[pause]") {
  proto::OpenQueue config = plain(0.001, 3600);
  proto::OpenClass& row = *config.mutable_class_(0);
  row.set_share(0);
  row.add_line()->set_cards(512);
  row.set_gap_median_s(1200);
  row.set_gap_sigma(0);
  const std::vector<Job> jobs = drain(config, 100 * 86400.0);
  CHECK(jobs.size() == 100 * 86400 / 4800);  // 1,800 cycles of 4,800 s; the first begins after a pause
  for (std::size_t i = 0; i < jobs.size(); ++i) CHECK(jobs[i].submit_s == doctest::Approx(1200 + 4800.0 * double(i)));
}

TEST_CASE("open_queue: a pause takes longer at night") {
  const std::vector<double> hours = [] {
    std::vector<double> weights(24, 1.5);
    std::fill(weights.begin(), weights.begin() + 12, 0.5);
    return weights;
  }();
  const HourlyPace pace(kMonday, hours, std::vector<double>{});
  CHECK(pace.after_pause_s(0, 900) == doctest::Approx(1800));                       // half the pace
  CHECK(pace.after_pause_s(13 * 3600, 900) == doctest::Approx(13 * 3600 + 600));   // one and a half
  CHECK(pace.after_pause_s(11.5 * 3600, 1800) == doctest::Approx(12 * 3600 + 600));  // 900 before noon, 900 after
}

TEST_CASE("open_queue: the same seed gives the same jobs, another seed others, and a longer horizon the same beginning") {
  const proto::Scenario scenario = llm_cluster();
  const auto first = [&](Seed seed, double horizon_s) {
    Population population = classes_of(scenario);
    OpenQueue source(scenario.workload().open_queue(), seed, kMonday, horizon_s, largest(4704), {}, population);
    std::vector<double> numbers;
    for (Job job; numbers.size() < 3000 && source.next(job);) numbers.insert(numbers.end(), {job.submit_s, job.work_s, double(job.cards)});
    return numbers;
  };
  CHECK(first({1, 0}, 86400 * 10) == first({1, 0}, 86400 * 10));
  CHECK(first({1, 0}, 86400 * 10) == first({1, 0}, 86400 * 20));
  CHECK(first({1, 0}, 86400 * 10) != first({2, 0}, 86400 * 10));
  CHECK(first({1, 0}, 86400 * 10) != first({1, 1}, 86400 * 10));
}

TEST_CASE("open_queue: what cannot be is refused: no class, no size, too large a job, 23 hours, outcomes above one") {
  const auto refused = [](const proto::OpenQueue& config) {
    try {
      drain(config, 86400);
    } catch (const ScenarioError& error) {
      CHECK_FALSE(error.path.empty());
      CHECK_FALSE(error.help.ko.empty());
      return error.message.en;
    }
    return std::string("accepted");
  };
  proto::OpenQueue config;
  CHECK(refused(config) == "there is no class of jobs with a share or a line, so nothing would be submitted");
  config = plain(10, 60);
  config.mutable_class_(0)->clear_size();
  CHECK(refused(config) == "class only has a share of the submissions but no size");
  config = plain(10, 60);
  config.mutable_class_(0)->mutable_size(0)->set_cards(2048);
  CHECK(refused(config) == "a job of 2048 cards fits no site: the largest pool has 1024");
  config = plain(10, 60);
  for (int i = 0; i < 23; ++i) config.add_hour_weight(1);
  CHECK(refused(config) == "hour_weight needs 24 values and weekday_weight 7, or none");
  config = plain(10, 60);
  config.mutable_class_(0)->mutable_run(0)->set_failed(0.7);
  config.mutable_class_(0)->mutable_run(0)->set_cancelled(0.7);
  CHECK(refused(config) == "cancelled and failed of a run part of class only sum to more than 1");
  config = plain(10, 60);
  config.mutable_class_(0)->set_job_class("trainnig");
  CHECK(refused(config) == "there is no job_class \"trainnig\"");
}
