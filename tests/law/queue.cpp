// A pool of one-card jobs, Poisson arrivals, exponential run times, job by job. Mean queues over millions of jobs: waiting.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <queue>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
/// P(wait > 0) of M/M/c (Erlang 1917), a = offered cards:  C = (a^c/c!) / ((1 - a/c) sum_{k<c} a^k/k! + a^c/c!)
double erlang_c(int servers, double offered) {
  double term = 1, below = 0;
  for (int k = 0; k < servers; ++k) {
    below += term;
    term *= offered / (k + 1);
  }
  return term / ((1 - offered / servers) * below + term);
}

struct Waits {
  std::vector<double> submit_s, work_s, wait_s;
  double horizon_s;
  double mean_queue_jobs;
};

Waits simulated(int cards, double load, double jobs, int seed = 11, const std::string& scheduler = "fcfs") {
  const double horizon_s = 1e6;
  const RunResult run = run_text(hall(cards, 1,  "seed: " + std::to_string(seed) + R"(
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      scheduler { )" + scheduler + R"( {} }
      workload { steady { run_time: EXPONENTIAL size { cards: 1 } cancelled_share: 0 failed_share: 0 offered_load: )" + std::to_string(load) +
      " jobs_per_year: " + std::to_string(jobs * 365.25 * 86400 / horizon_s) + "} } horizon_s: " + std::to_string(horizon_s)));
  Waits waits{{}, {}, {}, horizon_s, run.outcome["mean_queue_jobs"]};
  for (const auto& row : run.rows("SELECT submit_s, work_s, wait_s FROM jobs ORDER BY submit_s")) {
    waits.submit_s.push_back(std::stod(row[0]));
    waits.work_s.push_back(std::stod(row[1]));
    waits.wait_s.push_back(std::stod(row[2]));
  }
  return waits;
}
}  // namespace

TEST_CASE("M/M/c: on one-card jobs every scheduler has Erlang's mean wait, and those that keep the order every single one of fcfs") {
  // Nobody looks at run times here, and no card is idle while somebody waits: the order may differ, the mean wait may not.
  const int c = 4;
  const double load = 0.8, jobs = 12000, mean_run_s = load * c * 1e6 / jobs;
  const double expected_s = erlang_c(c, c * load) * mean_run_s / (c * (1 - load));
  for (const std::string scheduler : {"easy_backfill", "conservative_backfill", "fair_share", "dominant_resource"}) {
    CAPTURE(scheduler);
    double sum = 0, squares = 0;
    for (int seed = 1; seed <= 8; ++seed) {
      const Waits waits = simulated(c, load, jobs, seed, scheduler);
      const Waits fcfs = simulated(c, load, jobs, seed);
      const std::size_t from = waits.wait_s.size() / 10;
      double mean = 0;
      for (std::size_t i = from; i < waits.wait_s.size(); ++i) mean += waits.wait_s[i] / double(waits.wait_s.size() - from);
      sum += mean;
      squares += mean * mean;
      if (scheduler.ends_with("backfill")) CHECK(waits.wait_s == fcfs.wait_s);
    }
    // Student's t with 7 degrees of freedom: 5.41 standard errors hold 99.9 %.
    const double mean_s = sum / 8;
    const double error_s = std::sqrt((squares / 8 - mean_s * mean_s) / 7);
    MESSAGE(scheduler << ": wait " << mean_s << " s, Erlang C " << expected_s << " s, standard error " << error_s << " s");
    CHECK(std::abs(mean_s - expected_s) < 5.41 * error_s);
  }
}

TEST_CASE("G/G/c: every wait equals that of the recursion over the same arrivals and run times") {
  // First come, first served on c cards: a job starts when it is there and the first card is free (Kiefer and Wolfowitz 1955).
  const Waits waits = simulated(4, 0.95, 20000);
  std::priority_queue<double, std::vector<double>, std::greater<>> free_from_s(std::greater<>{}, std::vector<double>(4, 0.0));
  double worst_s = 0;
  int started = 0;
  for (std::size_t i = 0; i < waits.submit_s.size(); ++i) {
    const double start_s = std::max(waits.submit_s[i], free_from_s.top());
    free_from_s.pop();
    free_from_s.push(start_s + waits.work_s[i]);
    if (start_s > waits.horizon_s) continue;  // still waits in the run
    ++started;
    worst_s = std::max(worst_s, std::abs(start_s - waits.submit_s[i] - waits.wait_s[i]));
  }
  CHECK(started > 19000);
  CHECK(worst_s < 1e-3);  // rounding of a million seconds
}

TEST_CASE("Little: mean number waiting = arrival rate x mean wait, to the last job") {
  const Waits waits = simulated(4, 0.9, 5000);
  double sum_s = 0;
  for (const double wait_s : waits.wait_s) sum_s += wait_s;  // those still waiting count with the wait so far
  CHECK(waits.mean_queue_jobs * waits.horizon_s == doctest::Approx(sum_s).epsilon(1e-9));
}
