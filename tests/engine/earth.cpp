// Sixteen tenants under quotas, predicted from counts of the days before and scored against the counts of the days themselves.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/units.h"
#include "sim/workload/counts_source.h"
#include "tests/engine/rows.h"
#include "tests/support/csv.h"
#include "tests/support/third_party.h"

using namespace dure::sim;

namespace {

constexpr int kSeeds = 39;      // the second of them from either end hold 90 % of what comes next, 36 of 40

/// What counts of running and waiting cards say of a cluster, sampled at equal intervals (docs/rooms/workload-counts.md).
struct Shares {
  double occupancy = 0;         // running cards over quotas
  double waiting_idle = 0;      // cards idle while as many wait, wherever both are, over quotas
  double waiting_idle_time = 0;  // share of samples with any
  double own_waiting_idle = 0;  // the same inside each tenant's quota
  double idle_card_hours = 0;   // waiting_idle in card-hours
  std::map<std::string, double> tenant;  // occupancy of its quota
};

struct Counted {
  double quota = 0, running = 0, waiting = 0;
};
using Steps = std::map<std::string, std::vector<Counted>>;  // by tenant

Shares shares_of(const Steps& tenants, double interval_s) {
  Shares shares;
  const std::size_t steps = tenants.begin()->second.size();
  std::vector<Counted> all(steps);
  double own = 0;
  for (const auto& [name, samples] : tenants) {
    REQUIRE(samples.size() == steps);
    double quota = 0, running = 0;
    for (std::size_t i = 0; i < steps; ++i) {
      const Counted& at = samples[i];
      quota += at.quota;
      running += at.running;
      all[i].quota += at.quota;
      all[i].running += at.running;
      all[i].waiting += at.waiting;
      own += std::min(at.waiting, std::max(0.0, at.quota - at.running));
    }
    shares.tenant[name] = running / quota;
  }
  double quota = 0, running = 0, idle = 0;
  for (const Counted& at : all) {
    const double both = std::min(at.waiting, std::max(0.0, at.quota - at.running));
    quota += at.quota;
    running += at.running;
    idle += both;
    shares.waiting_idle_time += (both > 0) / double(steps);
  }
  shares.occupancy = running / quota;
  shares.waiting_idle = idle / quota;
  shares.own_waiting_idle = own / quota;
  shares.idle_card_hours = hours_from_s(idle * interval_s);
  return shares;
}

const std::string kFile = "helios-earth/earth_vc_sequence_10min.csv.gz";
const char* const kRunDay = "2020-05-21";
const char* const kEndDay = "2020-06-01";

/// The days of the run as they were counted.
Steps counted_days(const CountsLog& log, const char* first_day = kRunDay, const char* end_day = kEndDay) {
  const auto step_of = [&](const char* day) { return std::size_t(Calendar(log.first_day).at_s(parse_date(day)) / log.interval_s); };
  Steps steps;
  for (const TenantSeries& tenant : log.tenants)
    for (std::size_t i = step_of(first_day); i < step_of(end_day); ++i) {
      REQUIRE(tenant.samples[i]);
      const TenantSample& sample = *tenant.samples[i];
      steps[tenant.name].push_back({double(sample.quota_cards), double(sample.running_cards), double(sample.waiting_cards)});
    }
  return steps;
}

/// A run looked at as the monitor looked at the cluster.
Steps simulated_days(const Rows& run, const Steps& counted, double interval_s) {
  Steps steps = counted;
  std::vector<std::vector<Counted>*> by_tenant;
  for (auto& [name, samples] : steps) {
    for (Counted& at : samples) at.running = at.waiting = 0;
    const auto from = [&](double time_s) { return std::min(samples.size(), std::size_t(std::ceil(time_s / interval_s))); };
    run.each("SELECT cards, submit_s, start_s, end_s FROM jobs WHERE tenant = '" + name + "'", [&](const auto& row) {
      const std::size_t submit = from(*row[1]), start = row[2] ? from(*row[2]) : samples.size(), end = row[3] ? from(*row[3]) : samples.size();
      for (std::size_t i = submit; i < start; ++i) samples[i].waiting += *row[0];
      for (std::size_t i = start; i < end; ++i) samples[i].running += *row[0];
    });
  }
  return steps;
}

struct Spread {
  double mean = 0, low = 0, high = 0;  // 5 % and 95 % of the runs
};
Spread spread_of(std::vector<double> runs) {
  std::sort(runs.begin(), runs.end());
  Spread spread;
  for (const double each : runs) spread.mean += each / double(runs.size());
  spread.low = runs[std::size_t(0.05 * double(runs.size()))];
  spread.high = runs[std::size_t(0.95 * double(runs.size()))];
  return spread;
}

struct Prediction {
  std::vector<Shares> runs;
  Spread of(const std::function<double(const Shares&)>& figure) const {
    std::vector<double> values;
    for (const Shares& run : runs) values.push_back(figure(run));
    return spread_of(values);
  }
  double tenant(const std::string& name) const {
    return of([&](const Shares& run) { return run.tenant.at(name); }).mean;
  }
};
Prediction predicted(const std::string& file, const std::vector<std::string>& sets, const Steps& counted, double interval_s, int seeds = kSeeds) {
  Prediction prediction;
  const ::dure::Scenario scenario = load_scenario(file, sets).scenario;
  for (int seed = 1; seed <= seeds; ++seed) prediction.runs.push_back(shares_of(simulated_days(Rows(scenario, Seed{std::uint64_t(seed), 0}), counted, interval_s), interval_s));
  return prediction;
}

/// What a forecast of the tenants' occupancies is worth as a distribution.
///
///   CRPS = mean |x - y| - mean |x - x'| / 2      x, x': runs; y: measured; the lower the better, an error in occupancy if all runs agree
struct TenantIntervals {
  int covered = 0;   // tenants whose measured value lies within the middle 90 % of the runs
  double width = 0;  // of it, mean
  double crps = 0;   // mean
};
TenantIntervals intervals_of(const Shares& measured, const Prediction& prediction) {
  TenantIntervals intervals;
  const double tenants = double(measured.tenant.size()), runs = double(prediction.runs.size());
  for (const auto& [name, occupancy] : measured.tenant) {
    const Spread spread = prediction.of([&name = name](const Shares& run) { return run.tenant.at(name); });
    intervals.covered += spread.low <= occupancy + 0.005 && occupancy - 0.005 <= spread.high;  // a tenant with hardly any work, or full, has no width
    intervals.width += (spread.high - spread.low) / tenants;
    for (const Shares& run : prediction.runs) {
      intervals.crps += std::abs(run.tenant.at(name) - occupancy) / runs / tenants;
      for (const Shares& other : prediction.runs) intervals.crps -= std::abs(run.tenant.at(name) - other.tenant.at(name)) / 2 / runs / runs / tenants;
    }
  }
  return intervals;
}
std::string to_text(const TenantIntervals& intervals) {
  return fmt::format("{} of 16 within the middle 90 % of the runs, {:.2f} wide; CRPS {:.3f}", intervals.covered, intervals.width, intervals.crps);
}

/// Errors of the tenants' occupancies.
struct TenantErrors {
  double mean = 0;
  int beyond = 0;  // above 0.10
  double weighted = 0;  // by quota
};
TenantErrors errors_of(const Shares& measured, const Steps& counted, const std::function<double(const std::string&)>& guess) {
  TenantErrors errors;
  double all = 0;
  for (const auto& [name, occupancy] : measured.tenant) {
    const double off = std::abs(guess(name) - occupancy), cards = counted.at(name)[0].quota;
    errors.mean += off / double(measured.tenant.size());
    errors.beyond += off > 0.1;
    errors.weighted += off * cards;
    all += cards;
  }
  errors.weighted /= all;
  return errors;
}
std::string to_text(const TenantErrors& errors) {
  return fmt::format("mean error {:.3f}, by cards {:.3f}; {} of 16 beyond 0.10", errors.mean, errors.weighted, errors.beyond);
}

const std::vector<std::string> kWandering = {"workload.tenant_counts.level_half_life_days=1", "workload.tenant_counts.level_walk=0.12"};

}  // namespace

TEST_CASE("earth: inside 1-20 May levels that wander tell more of single tenants than levels that stay") {
  const auto file = dure::test::third_party(kFile);
  if (!file) return;
  const CountsLog log = read_counts_log(*file);
  constexpr int kRuns = 19;  // the lowest and the highest hold 90 % of what comes next
  const std::vector<const char*> first_days = {"2020-05-12", "2020-05-14", "2020-05-16"};
  TenantIntervals kept, wandering;
  double kept_error = 0, wandering_error = 0;
  for (const char* day : first_days) {
    const Steps counted = counted_days(log, day, kRunDay);
    const Shares measured = shares_of(counted, log.interval_s);
    std::vector<std::string> dates = {fmt::format("start_date={}", day), fmt::format("end_date={}", kRunDay)};
    const auto score = [&](const std::vector<std::string>& sets, TenantIntervals& sum, double& error) {
      std::vector<std::string> all = dates;
      all.insert(all.end(), sets.begin(), sets.end());
      const Prediction prediction = predicted("scenarios/earth.txtpb", all, counted, log.interval_s, kRuns);
      const TenantIntervals its = intervals_of(measured, prediction);
      const TenantErrors errors = errors_of(measured, counted, [&](const std::string& name) { return prediction.tenant(name); });
      MESSAGE(fmt::format("from {}: {}; {}; waiting while idle {:+.3f}", day, to_text(errors), to_text(its),
                          prediction.of([](const Shares& run) { return run.waiting_idle; }).mean - measured.waiting_idle));
      sum.covered += its.covered;
      sum.crps += its.crps / double(first_days.size());
      error += errors.mean / double(first_days.size());
    };
    score({}, kept, kept_error);
    score(kWandering, wandering, wandering_error);
  }
  CHECK(wandering.crps < 0.8 * kept.crps);
  CHECK(wandering_error < kept_error);
  CHECK(wandering.covered >= kept.covered + 9);  // of 48
}

TEST_CASE("earth: 21-31 May predicted from 1-20 May, measured beside simulated") {
  const auto file = dure::test::third_party(kFile);
  if (!file) return;
  const CountsLog log = read_counts_log(*file);
  const Steps counted = counted_days(log);
  const Shares measured = shares_of(counted, log.interval_s);

  // The quotas of those days are also published by day.
  const auto table = dure::test::read_csv((file->parent_path() / "Earth_gpu_number.csv").string());
  int days = 0;
  for (const auto& row : table)
    if (row[0] >= kRunDay && row[0] <= "2020-05-31") {
      for (std::size_t i = 1; i < row.size(); ++i)
        if (counted.contains(table[0][i])) CHECK(std::stod(row[i]) == counted.at(table[0][i])[std::size_t(days * kDay_s / log.interval_s)].quota);
      ++days;
    }
  CHECK(days == 11);

  // The fit, stated; and what guesses without a simulator make of the tenants' occupancy.
  const int until = int(Calendar(log.first_day).at_s(parse_date(kRunDay)) / log.interval_s);
  const CountsFit fit = fit_counts(log, until, Memory{});
  std::map<std::string, const TenantDemand*> demand;
  std::map<std::string, double> last_week, last_moment;
  for (std::size_t i = 0; i < log.tenants.size(); ++i) {
    const TenantSeries& tenant = log.tenants[i];
    demand[tenant.name] = &fit.tenants[i];
    double running = 0, quota = 0;
    for (int step = until - int(7 * kDay_s / log.interval_s); step < until; ++step)
      if (const auto& sample = tenant.samples[std::size_t(step)]) {
        running += sample->running_cards;
        quota += sample->quota_cards;
      }
    last_week[tenant.name] = running / quota;
    last_moment[tenant.name] = double(tenant.samples[std::size_t(until) - 1]->running_cards) / tenant.samples[std::size_t(until) - 1]->quota_cards;
  }
  const Prediction prediction = predicted("scenarios/earth.txtpb", {}, counted, log.interval_s);
  for (const auto& [name, occupancy] : measured.tenant) {
    const TenantDemand& its = *demand[name];
    const Spread simulated = prediction.of([&name = name](const Shares& run) { return run.tenant.at(name); });
    MESSAGE(fmt::format("{}: {:3.0f} cards; R {:6.1f} W {:5.1f} K {:6.1f}, {:3} batches, mean run {:5.1f} h small {:5.1f} h large; occupancy measured {:.3f}, simulated {:.3f} [{:.3f}, {:.3f}] {:+.3f}; last week {:.3f}", name,
                        counted.at(name)[0].quota, its.running_cards, its.waiting_cards, its.most_cards, its.batches.size(), hours_from_s(its.small.mean_s()), hours_from_s(its.large.mean_s()), occupancy, simulated.mean,
                        simulated.low, simulated.high, simulated.mean - occupancy, last_week[name]));
  }
  const auto say = [&](const std::string& name, double value, const std::function<double(const Shares&)>& figure) {
    const Spread simulated = prediction.of(figure);
    MESSAGE(fmt::format("{}: measured {:.4f}, simulated {:.4f} [{:.4f}, {:.4f}] {:+.4f}", name, value, simulated.mean, simulated.low, simulated.high, simulated.mean - value));
    return simulated.mean - value;
  };
  const double occupancy_off = say("cluster occupancy", measured.occupancy, [](const Shares& run) { return run.occupancy; });
  const double idle_off = say("waiting while idle, cards", measured.waiting_idle, [](const Shares& run) { return run.waiting_idle; });
  const double time_off = say("waiting while idle, time", measured.waiting_idle_time, [](const Shares& run) { return run.waiting_idle_time; });
  const double own_off = say("waiting while idle in the own quota, cards", measured.own_waiting_idle, [](const Shares& run) { return run.own_waiting_idle; });
  const TenantErrors errors = errors_of(measured, counted, [&](const std::string& name) { return prediction.tenant(name); });
  const TenantErrors week = errors_of(measured, counted, [&](const std::string& name) { return last_week[name]; });
  const TenantErrors moment = errors_of(measured, counted, [&](const std::string& name) { return last_moment[name]; });
  const TenantErrors level = errors_of(measured, counted, [&](const std::string& name) { return demand[name]->running_cards / counted.at(name)[0].quota; });
  MESSAGE("tenants, simulated: " << to_text(errors));
  MESSAGE("tenants, guess by last week's mean: " << to_text(week));
  MESSAGE("tenants, guess by the last moment: " << to_text(moment));
  MESSAGE("tenants, guess by the fit's level R: " << to_text(level));
  // What holds: the cluster. Tenants change their work within days, and neither this fit nor any plain guess keeps each within 0.10.
  CHECK(std::abs(occupancy_off) < 0.05);
  CHECK(std::abs(idle_off) < 0.05);
  CHECK(std::abs(time_off) < 0.05);
  CHECK(std::abs(own_off) < 0.05);
  CHECK(errors.weighted < 0.10);
  CHECK(errors.weighted < std::min({week.weighted, moment.weighted, level.weighted}) + 0.01);
  CHECK(errors.beyond <= 10);

  const TenantIntervals intervals = intervals_of(measured, prediction);
  MESSAGE("tenants, simulated: " << to_text(intervals));

  // Days that count alike under levels that stay are one of the designs that were tried on these days.
  const std::string at = "workload.tenant_counts.";
  const auto other = [&](const std::vector<std::string>& sets, int seeds) {
    const Prediction design = predicted("scenarios/earth.txtpb", sets, counted, log.interval_s, seeds);
    const TenantIntervals its = intervals_of(measured, design);
    MESSAGE(fmt::format("{}: cluster {:.3f}, waiting while idle {:.3f}, of the time {:.2f}; tenants {}; {}", fmt::join(sets, " "), design.of([](const Shares& run) { return run.occupancy; }).mean,
                        design.of([](const Shares& run) { return run.waiting_idle; }).mean, design.of([](const Shares& run) { return run.waiting_idle_time; }).mean,
                        to_text(errors_of(measured, counted, [&](const std::string& name) { return design.tenant(name); })), to_text(its)));
    return its;
  };
  other({at + "level_half_life_days=1", at + "mix_half_life_days=7", at + "keenness=0.95"}, 6);
  other({at + "level_half_life_days=2", at + "mix_half_life_days=7"}, 6);
  other({at + "level_walk=0.12"}, 6);
  const TenantIntervals wandering = other(kWandering, kSeeds);
  // On these days the wider intervals hold no more tenants than the narrow ones: what they gained inside 1-20 May is not seen again here.
  CHECK(wandering.covered >= intervals.covered);
  CHECK(wandering.width > 1.5 * intervals.width);
}

TEST_CASE("earth: with lending fewer cards are idle while jobs wait") {
  const auto file = dure::test::third_party(kFile);
  if (!file) return;
  const CountsLog log = read_counts_log(*file);
  const Steps counted = counted_days(log);
  constexpr int kPairs = 8;
  const Prediction kept = predicted("scenarios/earth.txtpb", {}, counted, log.interval_s, kPairs);
  const Prediction lent = predicted("scenarios/earth-lending.txtpb", {}, counted, log.interval_s, kPairs);
  double fall = 0, squares = 0;
  for (int i = 0; i < kPairs; ++i) {
    const double pair = kept.runs[std::size_t(i)].idle_card_hours - lent.runs[std::size_t(i)].idle_card_hours;
    fall += pair / kPairs;
    squares += pair * pair / kPairs;
  }
  const double error = std::sqrt((squares - fall * fall) / (kPairs - 1));
  const double before = kept.of([](const Shares& run) { return run.idle_card_hours; }).mean;
  MESSAGE(fmt::format("idle while jobs wait: {:.0f} card-hours of 11 days under quotas, {:.0f} with lending: {:.0f} +- {:.0f} fewer ({:.0f} %); occupancy {:.3f} and {:.3f}", before, before - fall, fall, 2.36 * error, 100 * fall / before,
                      kept.of([](const Shares& run) { return run.occupancy; }).mean, lent.of([](const Shares& run) { return run.occupancy; }).mean));
  CHECK(fall > 5.41 * error);       // Student's t, 7 degrees of freedom, 99.9 %
  CHECK(fall > 0.5 * before);       // most of what quotas keep apart
}
