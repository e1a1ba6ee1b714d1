// Counts of running and waiting cards instead of a log of jobs: reading them, telling jobs from them, fitting, drawing on.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "sim/units.h"
#include "sim/workload/counts_source.h"
#include "tests/workload/trace_support.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

const std::string kHeader = "time,vc,total_gpu_num,running_gpu_num,pending_gpu_num,running_gpujob_num,pending_gpujob_num,running_gpu_num_noless_8,pending_gpu_num_noless_8\n";
const std::string kTwoRows = "2020-05-01 00:00:00,a,16,9,0,2,0,8,0\n2020-05-01 00:10:00,a,16,9,0,2,0,8,0\n";

CountsLog read(const std::string& rows) {
  const TraceFile file(kHeader + rows);
  return read_counts_log(file.path);
}
std::string refusal_of(const std::string& rows) {
  return refusal([&] { read(rows); });
}

TenantSample sample(int running, int jobs, int large, int waiting = 0, int waiting_jobs = 0, int large_waiting = 0) {
  return {64, running, waiting, jobs, waiting_jobs, large, large_waiting};
}
TenantSeries series(std::vector<std::optional<TenantSample>> samples) { return {"a", std::move(samples)}; }

/// What a cluster of one tenant with room for all would have been counted as: batches at a constant rate, exponential run times.
struct Made {
  double batches_per_h, mean_run_s;
  std::vector<int> batch;  // cards of its jobs
  int days;
};
CountsLog counted(const Made& made, std::uint64_t seed) {
  constexpr double kInterval_s = 600;
  Random chance({seed, 0}, "test/made");
  const int steps = int(made.days * kDay_s / kInterval_s);
  std::vector<TenantSample> samples(std::size_t(steps), TenantSample{1000, 0, 0, 0, 0, 0, 0});
  for (double at_s = -20 * made.mean_run_s; (at_s += chance.exponential_s(kHour_s / made.batches_per_h)) < steps * kInterval_s;)
    for (const int cards : made.batch) {
      const double end_s = at_s + chance.exponential_s(made.mean_run_s);
      for (int step = std::max(0, int(std::ceil(at_s / kInterval_s))); step < std::min(double(steps), end_s / kInterval_s); ++step) {
        samples[std::size_t(step)].running_cards += cards;
        samples[std::size_t(step)].running_jobs += 1;
        if (cards >= kLargeJobCards) samples[std::size_t(step)].large_running_cards += cards;
      }
    }
  CountsLog log{parse_date("2020-05-01"), kInterval_s, {{"a", {}}}, {}};
  for (const TenantSample& each : samples) log.tenants[0].samples.emplace_back(each);
  return log;
}

std::string text_of(const CountsLog& log) {
  std::string text = kHeader;
  const Calendar calendar(log.first_day);
  for (const TenantSeries& tenant : log.tenants)
    for (std::size_t step = 0; step < tenant.samples.size(); ++step)
      if (const auto& s = tenant.samples[step]) {
        std::string time = calendar.timestamp(double(step) * log.interval_s).substr(0, 19);
        time[10] = ' ';
        text += fmt::format("{},{},{},{},{},{},{},{},{}\n", time, tenant.name, s->quota_cards, s->running_cards, s->waiting_cards, s->running_jobs, s->waiting_jobs, s->large_running_cards, s->large_waiting_cards);
      }
  return text;
}

/// Jobs a source draws from a file of counts.
std::vector<Job> drawn(const std::filesystem::path& file, const std::string& first_day, double horizon_s, std::uint64_t seed, Population& population, double level_walk = 0) {
  ::dure::TenantCounts config;
  config.set_level_walk(level_walk);
  config.set_file(file.string());
  population.job_classes.push_back({"training"});
  const Calendar calendar(parse_date(first_day));
  CountsSource source(config, read_counts(config, "", calendar), {seed, 0}, horizon_s, 4096, {}, population);
  std::vector<Job> jobs;
  for (Job job; source.next(job);) jobs.push_back(job);
  return jobs;
}

}  // namespace

TEST_CASE("counts: a row is a tenant at a moment; an unsorted file is put in order and counted") {
  const CountsLog log = read("2020-05-01 00:10:00,b,8,8,16,1,2,8,16\n2020-05-01 00:10:00,a,16,3,0,2,0,0,0\n2020-05-01 00:00:00,a,16,9,0,2,0,8,0\n");
  CHECK(log.interval_s == 600);
  CHECK(to_string(log.first_day) == "2020-05-01");
  REQUIRE(log.tenants.size() == 2);
  CHECK_FALSE(log.tenants[0].samples[0]);  // b has no row then
  CHECK(log.tenants[0].samples[1]->large_waiting_cards == 16);
  CHECK(log.tenants[1].samples[0]->running_cards == 9);
  CHECK(log.report.sorted_rows == 1);
  check_books(log.report);
}

TEST_CASE("counts: six silent hours are the monitor's, not the tenants'") {
  CountsLog log{parse_date("2020-05-01"), 600, {{"a", {}}, {"b", {}}}, {}};
  for (int step = 0; step < 144; ++step)
    for (std::size_t tenant = 0; tenant < 2; ++tenant) {
      const bool off = step >= 50 && step < 50 + 36, short_silence = step >= 100 && step < 100 + 35;
      log.tenants[tenant].samples.emplace_back(off || short_silence || tenant == 1 ? sample(0, 0, 0) : sample(4, 1, 0));
    }
  const TraceFile file(text_of(log));
  const CountsLog back = read_counts_log(file.path);
  CHECK(back.tenants[0].samples[49]);
  CHECK_FALSE(back.tenants[0].samples[50]);
  CHECK_FALSE(back.tenants[1].samples[85]);
  CHECK(back.tenants[1].samples[86]);
  CHECK(back.tenants[0].samples[120]->running_cards == 0);
  CHECK(counted(back.report.dropped, "monitor was off") == 72);
  check_books(back.report);
}

TEST_CASE("counts: what makes no sense is refused with its row") {
  CHECK(refusal_of("2020-05-01 00:00:00,a,16,9,0,0,0,8,0\n") == "line 2: running_gpu_num is 9 but running_gpujob_num is 0: cards without a job");
  CHECK(refusal_of(kTwoRows + "2020-05-01 00:20:00,a,16,-9,0,2,0,8,0\n") == "line 4: running_gpu_num -9 is negative");
  CHECK(refusal_of(kTwoRows + "2020-05-01 00:20:00,a,16,9.5,0,2,0,8,0\n") == "line 4: `9.5` is no whole number for running_gpu_num");
  CHECK(refusal_of(kTwoRows + "2020-05-01 00:10:00,a,16,9,0,2,0,8,0\n") == "line 4: tenant a has two rows at this moment");
  CHECK(refusal_of(kTwoRows + "2020-05-01 00:25:00,a,16,9,0,2,0,8,0\n") == "line 4: this moment does not stand on the grid of 600 s that the file has from 00:00");
  CHECK(refusal_of(kTwoRows + "2020-05-01,a,16,9,0,2,0,8,0\n") == "line 4: `2020-05-01` is no time");
  CHECK(refusal_of(kTwoRows + "2020-05-01 00:20:00,,16,9,0,2,0,8,0\n") == "line 4: the row names no tenant");
  CHECK(refusal_of("") == "line 1: the file has no rows");
  CHECK(refusal_of(kTwoRows.substr(0, kTwoRows.find('\n') + 1)) == "line 2: the counts hold no two moments between a second and a day apart");
  const TraceFile no_column("time,vc,total_gpu_num\n2020-05-01 00:00:00,a,16\n");
  CHECK(refusal([&] { read_counts_log(no_column.path); }) == "line 1: column `running_gpu_num` is missing");
  const TraceFile file(kHeader + kTwoRows);
  ::dure::TenantCounts config;
  config.set_file(file.path.string());
  CHECK(refusal([&] { read_counts(config, "", Calendar(parse_date("2020-05-01"))); }) == "no day is left to fit: the counts go from 2020-05-01 to 2020-05-01 and the run begins on 2020-05-01");
  CHECK(refusal([&] { read_counts(config, "", Calendar(parse_date("2021-05-01"))); }).starts_with("no day is left to fit"));
}

TEST_CASE("counts: jobs are told from what changes") {
  //                             start          +8          -8, +4          +16 waits            it starts, 8 ends
  const SeenJobs seen = jobs_seen(series({sample(8, 1, 8), sample(16, 2, 16), sample(12, 2, 8), sample(12, 2, 8, 16, 1, 16), sample(20, 2, 16)}), 5);
  REQUIRE(seen.batches.size() == 3);
  CHECK(seen.batches[0].step == 1);
  CHECK(seen.batches[0].cards == std::vector{8});
  CHECK(seen.batches[1].cards == std::vector{4});
  CHECK(seen.batches[2].cards == std::vector{16});
  REQUIRE(seen.ended.size() == 2);
  CHECK(seen.ended[0].from == 1);  // the younger of two alike
  CHECK(seen.ended[0].until == 2);
  CHECK(seen.ended[1].from == 0);
  CHECK(seen.ended[1].until == 4);
  int running = 0;
  for (const SeenJobs::Run& run : seen.running) running += run.cards;
  CHECK(running == 20);
  CHECK(seen.waiting.empty());
}

TEST_CASE("counts: several jobs at once are told apart by their number, and jobs that were there when the monitor went off do not end") {
  const SeenJobs seen = jobs_seen(series({sample(0, 0, 0), sample(8, 8, 0), std::nullopt, sample(32, 2, 32)}), 4);
  REQUIRE(seen.batches.size() == 1);
  CHECK(seen.batches[0].cards == std::vector(8, 1));
  CHECK(seen.ended.size() == 8);
  for (const SeenJobs::Run& run : seen.ended) CHECK_FALSE(run.ended);
  REQUIRE(seen.running.size() == 2);
  CHECK(seen.running[0].cards == 16);
}

TEST_CASE("counts: the fit finds the rates that made them, within sampling error") {
  // Jobs a kind: rate x days; their mean run time is known to 1/sqrt(n), and 4 of those hold all but one in 10,000.
  for (const Made& made : {Made{0.5, 6 * kHour_s, {8}, 60}, Made{1.0, 3 * kHour_s, {2}, 60}, Made{0.25, 20 * kHour_s, {16, 16}, 90}}) {
    const CountsLog log = counted(made, 7);
    const int until = int(log.tenants[0].samples.size());
    const CountsFit fit = fit_counts(log, until, Memory{});
    const TenantDemand& demand = fit.tenants[0];
    const double jobs = made.batches_per_h * 24 * made.days * double(made.batch.size());
    const double cards = made.batch[0] * double(made.batch.size());
    // Not seen: jobs that come and go within an interval, and a start and an end of like jobs in the same one (in balance, ends come as often as batches).
    const double unseen = 600 / made.mean_run_s + made.batches_per_h * 600 / kHour_s;
    CAPTURE(made.mean_run_s);
    double all = 0;
    for (const auto& run : demand.seen.ended) all += run.ended;
    MESSAGE(fmt::format("mean run {:.0f} s of {:.0f}; {} jobs seen ending of {:.0f}; running {:.2f}, offered {:.2f}", demand.run_time(made.batch[0]).mean_s(), made.mean_run_s, all, jobs, demand.running_cards,
                        made.batches_per_h / 3600 * made.mean_run_s * cards));
    CHECK(std::abs(demand.run_time(made.batch[0]).mean_s() / made.mean_run_s - 1) < 4 / std::sqrt(jobs) + unseen);
    CHECK(std::abs(all / jobs - 1) < 4 / std::sqrt(jobs) + unseen);
    // Time average of the number in M/G/inf with exponential run times: variance 2 offered mean_run / span, in batches.
    const double offered = made.batches_per_h / 3600 * made.mean_run_s;
    CHECK(std::abs(demand.running_cards / cards - offered) < 4 * std::sqrt(2 * offered * made.mean_run_s / (made.days * kDay_s)));
    // Little: what is sent at the average keeps the average running.
    double per_batch = 0;
    for (const auto& batch : demand.batches)
      for (const int size : batch) per_batch += size * demand.run_time(size).mean_s() / double(demand.batches.size());
    CHECK(demand.batches_per_step * (demand.most_cards - demand.running_cards) * per_batch / 600 == doctest::Approx(demand.running_cards).epsilon(1e-9));
    for (const double weight : fit.hour_weight) CHECK(std::abs(weight - 1) < 5 / std::sqrt(jobs / 24 / double(made.batch.size())));
  }
}

TEST_CASE("counts: with a half-life the last days count most") {
  CountsLog log = counted({1.0, 6 * kHour_s, {8}, 20}, 11);
  for (std::size_t step = 15 * 144; step < log.tenants[0].samples.size(); ++step) log.tenants[0].samples[step] = sample(200, 25, 200);
  const int until = int(log.tenants[0].samples.size());
  double earlier = 0;
  for (int step = 0; step < 15 * 144; ++step) earlier += log.tenants[0].samples[std::size_t(step)]->running_cards / (15.0 * 144);
  CHECK(fit_counts(log, until, {}).tenants[0].running_cards == doctest::Approx((15 * earlier + 5 * 200) / 20));
  // Five half-lives leave 1/32 for all days before.
  CHECK(std::abs(fit_counts(log, until, {1, 7, 0.9}).tenants[0].running_cards - (200 - (200 - earlier) / 32)) < 2);
}

TEST_CASE("counts: where single days count the run begins at their level, and the rate for each missing card stays") {
  CountsLog log = counted({1.0, 6 * kHour_s, {8}, 20}, 11);
  for (std::size_t step = 19 * 144; step < log.tenants[0].samples.size(); ++step) log.tenants[0].samples[step] = sample(0, 0, 0);
  const int until = int(log.tenants[0].samples.size());
  const TenantDemand all = fit_counts(log, until, {}).tenants[0], late = fit_counts(log, until, {0.25, 0, 0.9}).tenants[0];
  CHECK(late.most_cards < all.most_cards / 8);  // a day is four half-lives
  CHECK(late.batches_per_step == doctest::Approx(all.batches_per_step));
  double busiest = 0;
  for (int day = 0; day < 20; ++day) {
    double cards = 0;
    for (int step = day * 144; step < (day + 1) * 144; ++step) cards += log.tenants[0].samples[std::size_t(step)]->running_cards / 144.0;
    busiest = std::max(busiest, cards);
  }
  CHECK(all.busiest_day_cards == doctest::Approx(busiest));
}

TEST_CASE("counts: run times are drawn from the hazard, at any age") {
  RunTimeHazard::Bands ends{}, time_s{}, prior{};
  prior.fill(1.0 / 7200);
  const RunTimeHazard hazard(ends, time_s, prior);  // nothing seen: the prior, 2 hours whatever the age
  CHECK(hazard.mean_s() == doctest::Approx(7200));
  for (const double age_s : {0.0, 5000.0, 1e6}) {
    Random chance({3, 0}, "test/run");
    double sum = 0;
    for (int i = 0; i < 10000; ++i) sum += hazard.draw_s(chance, age_s);
    CHECK(std::abs(sum / 10000 / 7200 - 1) < 4 / std::sqrt(10000.0));
  }
}

TEST_CASE("counts: the jobs drawn on keep the level and begin with what was there") {
  const CountsLog log = counted({1.0, 6 * kHour_s, {8}, 20}, 11);  // 48 cards on average
  const TraceFile file(text_of(log));
  const auto& last = *log.tenants[0].samples.back();
  Population population;
  const double horizon_s = 200 * kDay_s;
  const std::vector<Job> jobs = drawn(file.path, "2020-05-21", horizon_s, 5, population);
  int at_start = 0;
  double card_s = 0, latest_s = 0;
  for (const Job& job : jobs) {
    CHECK(job.submit_s >= latest_s);
    latest_s = job.submit_s;
    if (job.submit_s == 0) at_start += job.cards;
    card_s += job.cards * std::min(job.work_s, horizon_s - job.submit_s);
  }
  CHECK(at_start == last.running_cards);
  REQUIRE(population.tenants.size() == 1);
  REQUIRE(population.tenants[0].quota.size() == 1);
  CHECK(population.tenants[0].quota[0].cards == 1000);
  double level = 0;
  for (const auto& each : log.tenants[0].samples) level += each->running_cards / double(log.tenants[0].samples.size());
  // Finite source: about level/8 jobs at once of which each lives 6 h; keen tenants vary less than Poisson, so this is ample.
  CHECK(std::abs(card_s / horizon_s / level - 1) < 4 * std::sqrt(2 * 8 / level * 6.0 / (200 * 24)) + 0.02);
  MESSAGE(fmt::format("{} jobs, {:.2f} cards running, {:.2f} counted", jobs.size(), card_s / horizon_s, level));
}

TEST_CASE("counts: a level that wanders spreads the runs as far as its steps say, and keeps their mean") {
  // Quota 1000, level 500, steps of 0.04 x 1000 cards a day: far from both bounds, so the mean of ten days has the variance of a mean of
  // partial sums, (n + 1)(2n + 1)/6n steps squared, beside the chance of the jobs that a level which stays has too.
  constexpr int kDays = 10, kRuns = 100;
  CountsLog log = counted({1.3, 6 * kHour_s, {64}, 20}, 11);
  const TraceFile file(text_of(log));
  const auto spread = [&](double walk) {
    double sum = 0, squares = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
      Population population;
      double card_s = 0;
      for (const Job& job : drawn(file.path, "2020-05-21", kDays * kDay_s, seed, population, walk)) card_s += job.cards * std::min(job.work_s, kDays * kDay_s - job.submit_s);
      sum += card_s / (kDays * kDay_s);
      squares += std::pow(card_s / (kDays * kDay_s), 2);
    }
    return std::pair{sum / kRuns, squares / kRuns - std::pow(sum / kRuns, 2)};
  };
  const auto [still_mean, still] = spread(0);
  const auto [mean, variance] = spread(0.04);
  const double expected = 40 * 40 * (kDays + 1) * (2 * kDays + 1) / (6.0 * kDays);
  MESSAGE(fmt::format("mean {:.1f} cards where levels stay, {:.1f} where they wander; variance {:.0f} and {:.0f}, of the walk alone {:.0f}", still_mean, mean, still, variance, expected));
  CHECK(std::abs(mean - still_mean) < 4 * std::sqrt((variance + still) / kRuns));
  // A variance of n normal draws is known to sqrt(2/n); cards follow the level some hours late, which takes a little.
  CHECK(std::abs((variance - still) / expected - 1) < 4 * std::sqrt(2.0 / kRuns) * (1 + still / expected));
  CHECK(variance > 2 * still);
}

TEST_CASE("counts: of the run's own days the fit sees the quotas and nothing else") {
  CountsLog log = counted({1.0, 6 * kHour_s, {8}, 20}, 11);
  Population before, after;
  const TraceFile file(text_of(log));
  const std::vector<Job> jobs = drawn(file.path, "2020-05-15", 5 * kDay_s, 5, before);
  for (std::size_t step = 14 * 144; step < log.tenants[0].samples.size(); ++step) {
    auto& each = *log.tenants[0].samples[step];
    each = TenantSample{step < 16 * 144 ? 1000 : 900, 1, 800, 1, 100, 0, 800};
  }
  const TraceFile changed(text_of(log), "dure-counts-changed.csv");
  const std::vector<Job> same = drawn(changed.path, "2020-05-15", 5 * kDay_s, 5, after);
  REQUIRE(jobs.size() == same.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    CHECK(jobs[i].submit_s == same[i].submit_s);
    CHECK(jobs[i].cards == same[i].cards);
    CHECK(jobs[i].work_s == same[i].work_s);
  }
  REQUIRE(after.tenants[0].quota.size() == 2);
  CHECK(after.tenants[0].quota[0].cards == 1000);
  CHECK(after.tenants[0].quota[1].from_s == 2 * kDay_s);
  CHECK(after.tenants[0].quota[1].cards == 900);
}

TEST_CASE("counts: a tenant on a quota sends less while it waits, so its queue stays short") {
  // A small quota against the demand of a larger one: without the reckoning the queue would grow without end.
  CountsLog log = counted({1.0, 6 * kHour_s, {8}, 20}, 11);
  for (auto& each : log.tenants[0].samples) each->quota_cards = 16;  // as of the first day: only the level was larger
  const TraceFile file(text_of(log));
  Population population;
  const double horizon_s = 100 * kDay_s;
  double offered_card_s = 0;
  for (const Job& job : drawn(file.path, "2020-05-21", horizon_s, 5, population)) offered_card_s += job.cards * job.work_s;
  CHECK(offered_card_s / horizon_s < 16 + 60 * 8 * 6 * kHour_s / horizon_s);
  CHECK(offered_card_s / horizon_s > 14);
}

TEST_CASE("counts: a quota that falls below a waiting job does not silence its tenant") {
  CountsLog log = counted({1.0, 6 * kHour_s, {8}, 20}, 11);  // about six jobs of 8 at once
  for (auto& each : log.tenants[0].samples) each->quota_cards = 16;
  log.tenants[0].samples.resize(log.tenants[0].samples.size() + 10 * 144, TenantSample{4, 0, 0, 0, 0, 0, 0});
  for (std::size_t step = 20 * 144; step < log.tenants[0].samples.size(); ++step) log.tenants[0].samples[step]->running_cards = log.tenants[0].samples[step]->running_jobs = 1;
  const TraceFile file(text_of(log));
  Population population;
  double late = 0;
  for (const Job& job : drawn(file.path, "2020-05-20", 10 * kDay_s, 5, population)) {
    if (job.submit_s > kDay_s) CHECK(job.cards == 4);
    late += job.submit_s > 5 * kDay_s;
  }
  CHECK(late > 5);
}
