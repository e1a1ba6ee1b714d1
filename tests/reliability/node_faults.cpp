#include "sim/reliability/node_faults.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "sim/reliability/software_faults.h"
#include "sim/units.h"

using namespace dure::sim;

namespace {

struct Seen {
  std::size_t node;
  double at_s;
  double end_s;
};

/// Faults of a fleet that is in service at `born_s` and watched from 0 to `horizon_s`, in order of time.
std::vector<Seen> fleet(const ::dure::Reliability& spec, Seed seed, std::size_t nodes, double horizon_s, double born_s = 0) {
  NodeFaults faults(spec, seed);
  std::vector<Seen> seen;
  for (std::size_t node = 0; node < nodes; ++node) {
    double now_s = 0;
    for (;;) {
      const Fault fault = faults.next(NodeId(node), now_s, born_s);
      if (fault.at_s >= horizon_s) break;
      now_s = fault.at_s + fault.repair_s;
      seen.push_back({node, fault.at_s, now_s});
    }
  }
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.at_s < b.at_s; });
  return seen;
}

double quantile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[std::size_t(p * double(values.size() - 1))];
}

}  // namespace

TEST_CASE("node faults: the order in which nodes are asked changes nothing") {
  ::dure::Reliability spec;
  NodeFaults forward(spec, {5, 2});
  NodeFaults backward(spec, {5, 2});
  std::vector<double> first, second(40);
  for (std::uint32_t n = 0; n < 40; ++n) first.push_back(forward.next(NodeId(n), 0, 0).at_s);
  for (std::uint32_t n = 40; n-- > 0;) second[n] = backward.next(NodeId(n), 0, 0).at_s;
  CHECK(first == second);
  CHECK(forward.next(NodeId(3), 1e6, 0).at_s == backward.next(NodeId(3), 1e6, 0).at_s);
  CHECK(forward.next(NodeId(3), 1e6, 0).at_s > 1e6);
}

TEST_CASE("node faults: no rate, no faults") {
  ::dure::Reliability spec;
  spec.set_faults_per_1000_node_days(0);
  CHECK(std::isinf(NodeFaults(spec, {1, 0}).next(NodeId(7), 0, 0).at_s));
}

TEST_CASE("law: the pooled rate per node-day in service is the one asked for") {
  // Mature nodes, no wear, all months alike: what is left is frailty, relapses and shared events. 4,000 nodes over 600
  // days give about 9,500 faults; sd of the ratio from frailty (shape 1.6) 1/sqrt(1.6 x 4000) = 1.3 %, from chains of
  // faults sqrt((1 + p)/(1 - p) / 9500) = 1.4 %, from shared events of 8 nodes sqrt(0.15 x 8 / 9500) x 1.5 = 1.7 %. Bound: 3 x 2.5 %.
  ::dure::Reliability spec;
  spec.set_infant_factor(1);
  spec.set_wear_per_year(0);
  spec.set_month_cv(0);
  const double horizon_s = 600 * kDay_s;
  const auto seen = fleet(spec, {21, 0}, 4000, horizon_s);
  double down_s = 0;
  for (const Seen& one : seen) down_s += std::min(one.end_s, horizon_s) - one.at_s;
  const double rate = double(seen.size()) / ((4000 * horizon_s - down_s) / kDay_s) * 1000;
  MESSAGE("faults per 1000 node-days in service: " << rate << " of " << seen.size() << " faults");
  CHECK(std::abs(rate / 4 - 1) < 0.075);
}

TEST_CASE("law: without frailty, relapse, shared events and ageing the gaps are exponential") {
  ::dure::Reliability spec;
  spec.set_infant_factor(1);
  spec.set_wear_per_year(0);
  spec.set_month_cv(0);
  spec.set_shared_share(0);
  spec.set_relapse_share(0);
  spec.set_frailty_shape(1e6);
  NodeFaults faults(spec, {3, 0});
  double sum = 0, squares = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double gap = faults.next(NodeId(0), 1000, 0).at_s - 1000;
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / n;
  CHECK(mean / kDay_s == doctest::Approx(250).epsilon(4 / std::sqrt(double(n))));                       // sd of a mean: 1/sqrt(n)
  CHECK(std::sqrt(squares / n - mean * mean) / mean == doctest::Approx(1).epsilon(4 / std::sqrt(double(n))));
}

TEST_CASE("node faults: young nodes fail more, and worn ones") {
  ::dure::Reliability spec;
  spec.set_month_cv(0);
  spec.set_shared_share(0);
  spec.set_relapse_share(0);
  spec.set_infant_factor(3);
  spec.set_infant_days(30);
  spec.set_wear_from_years(2);
  spec.set_wear_per_year(1);
  const auto seen = fleet(spec, {8, 0}, 6000, 4 * kYear_s);
  const auto between = [&](double from_s, double to_s) {
    return double(std::count_if(seen.begin(), seen.end(), [&](const Seen& one) { return one.at_s >= from_s && one.at_s < to_s; })) / ((to_s - from_s) / kDay_s);
  };
  const double flat = between(kYear_s, 2 * kYear_s);
  // A(30 d)/30 d = 1 + 2 (1 - 1/e) = 2.264; mean of 1 + (x - 2) over years 3 to 4: 2.5. Counts of about 1,600 and 20,000:
  // 3 sd of the ratios 8 % and 3 %.
  CHECK(between(0, 30 * kDay_s) / flat == doctest::Approx(2.264).epsilon(0.08));
  CHECK(between(3 * kYear_s, 4 * kYear_s) / flat == doctest::Approx(2.5).epsilon(0.04));
}

TEST_CASE("node faults: repair times have the published median, mean and tail") {
  // Fitted to 584 repairs: median 20.4 h (90 % interval of the sample 17 to 26), mean 133 (111 to 156), p95 722 (607 to 972).
  ::dure::Reliability spec;
  const Repairs repairs(spec);
  Random random({2, 0}, "repairs");
  std::vector<double> hours;
  for (int i = 0; i < 200000; ++i) hours.push_back(repairs.draw(random, 0).repair_s / kHour_s);
  const double mean = std::accumulate(hours.begin(), hours.end(), 0.0) / double(hours.size());
  MESSAGE("repair hours p10 " << quantile(hours, .1) << " p25 " << quantile(hours, .25) << " p50 " << quantile(hours, .5) << " p75 " << quantile(hours, .75)
                              << " p90 " << quantile(hours, .9) << " p95 " << quantile(hours, .95) << " p99 " << quantile(hours, .99) << " mean " << mean);
  CHECK(quantile(hours, .5) == doctest::Approx(20.4).epsilon(0.1));
  CHECK(mean == doctest::Approx(133).epsilon(0.06));
  CHECK(mean * kHour_s == doctest::Approx(repairs.mean_s()).epsilon(0.03));  // sd of the mean: CV 3.5 / sqrt(200000) = 0.8 %
}

TEST_CASE("node faults: the default fleet is as bursty and uneven as the published one") {
  ::dure::Reliability spec;
  spec.set_faults_per_1000_node_days(4.3);  // 4.2 per node-day of 400 nodes, of which 2.3 % are down
  spec.set_infant_factor(1);
  const int replicates = 100;
  std::vector<double> counts, never, worst, cv, zero, day, week, down50, down99, down_mean;
  for (int replicate = 0; replicate < replicates; ++replicate) {
    const double horizon_s = 348 * kDay_s;
    const auto seen = fleet(spec, {77, std::uint32_t(replicate)}, 400, horizon_s);
    counts.push_back(double(seen.size()));
    std::vector<int> of(400);
    for (const Seen& one : seen) ++of[one.node];
    never.push_back(double(std::count(of.begin(), of.end(), 0)));
    std::sort(of.rbegin(), of.rend());
    worst.push_back(std::accumulate(of.begin(), of.begin() + 40, 0.0) / double(seen.size()));
    double sum = 0, squares = 0, same = 0;
    for (std::size_t i = 1; i < seen.size(); ++i) {
      const double gap = seen[i].at_s - seen[i - 1].at_s;
      sum += gap;
      squares += gap * gap;
      same += gap < 8.64;  // the log counts in 1/10,000 of a day
    }
    const double n = double(seen.size() - 1);
    cv.push_back(std::sqrt(squares / n - sum / n * sum / n) / (sum / n));
    zero.push_back(same / n);
    double later = 0, in_day = 0, in_week = 0;
    std::vector<double> last(400, -1);
    for (const Seen& one : seen) {
      if (last[one.node] >= 0) {
        ++later;
        in_day += one.at_s - last[one.node] <= kDay_s;
        in_week += one.at_s - last[one.node] <= 7 * kDay_s;
      }
      last[one.node] = one.at_s;
    }
    day.push_back(in_day / later);
    week.push_back(in_week / later);
    std::vector<double> down;
    for (double at_s = 0; at_s < horizon_s; at_s += 12 * kHour_s)
      down.push_back(double(std::count_if(seen.begin(), seen.end(), [&](const Seen& one) { return one.at_s <= at_s && at_s < one.end_s; })));
    down50.push_back(quantile(down, .5));
    down99.push_back(quantile(down, .99));
    down_mean.push_back(std::accumulate(down.begin(), down.end(), 0.0) / double(down.size()));
  }
  const auto show = [&](const std::string& name, const std::vector<double>& values, double published) {
    MESSAGE(name << ": published " << published << ", simulated p05 " << quantile(values, .05) << " p50 " << quantile(values, .5) << " p95 " << quantile(values, .95));
    CHECK(quantile(values, .01) <= published);
    CHECK(published <= quantile(values, .99));
  };
  show("faults", counts, 584);
  show("nodes that never failed", never, 169);
  show("share of the worst tenth", worst, 0.409);
  show("CV of gaps", cv, 1.756);
  show("simultaneous", zero, 0.094);
  show("again within a day", day, 0.24);
  show("again within a week", week, 0.43);
  show("nodes down, mean", down_mean, 9.3);
  show("nodes down, median", down50, 7);
  show("nodes down, p99", down99, 31);
}

TEST_CASE("software faults: exponential per job-hour, another draw for each attempt, none at rate 0") {
  ::dure::Reliability spec;
  spec.set_software_faults_per_1000_job_hours(5);  // one in 200 h
  const SoftwareFaults faults(spec, {4, 0});
  double sum = 0;
  const int n = 40000;
  for (int job = 1; job <= n; ++job) sum += faults.kill_after_s(JobId(job), 0);
  CHECK(sum / n / kHour_s == doctest::Approx(200).epsilon(4 / std::sqrt(double(n))));
  CHECK(faults.kill_after_s(JobId(9), 0) == faults.kill_after_s(JobId(9), 0));
  CHECK(faults.kill_after_s(JobId(9), 0) != faults.kill_after_s(JobId(9), 1));
  spec.set_software_faults_per_1000_job_hours(0);
  CHECK(std::isinf(SoftwareFaults(spec, {4, 0}).kill_after_s(JobId(9), 0)));
}

TEST_CASE("speed: printed, not judged") {
  ::dure::Reliability spec;
  const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  NodeFaults faults(spec, {1, 0});
  double begin = now();
  double at_s = 0;
  const int n = 100000;
  std::vector<double> clock(2250, 0);
  for (int i = 0; i < n; ++i) {
    double& time_s = clock[std::size_t(i % 2250)];
    at_s += faults.next(NodeId(i % 2250), std::fmod(time_s, 4 * kYear_s), 0).at_s;
    time_s = std::fmod(at_s, 4 * kYear_s);
  }
  const double per_fault = (now() - begin) / n;
  const SoftwareFaults software(spec, {1, 0});
  begin = now();
  double sum = 0;
  for (int i = 0; i < 1000000; ++i) sum += software.kill_after_s(JobId(i), 0);
  CHECK(sum > 0);
  MESSAGE("a node fault " << per_fault * 1e9 << " ns, a software draw " << (now() - begin) * 1e3 << " ns");
}
