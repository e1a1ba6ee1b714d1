// Effective training time of one job of several nodes under faults, against the formula.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/reliability/checkpointing.h"
#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
/// One job of 4 nodes with more work than the horizon holds; eight spare nodes, so that it never waits.
RunResult long_job(const std::string& reliability, double checkpoint_gb, double days) {
  return run_text(hall(12, 8, "horizon_s: " + std::to_string(days * 86400) + R"(
      seed: 3 job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: )" + std::to_string(checkpoint_gb) + R"( }
      scheduler { fcfs {} } workload { trace { file: "trace.csv" } }
      reliability { infant_factor: 1 wear_per_year: 0 frailty_shape: 1000000 relapse_share: 0 month_cv: 0 shared_share: 0
        quick_share: 1 quick_hours: 0.1 quick_sigma: 0 )" + reliability + " }"),
                  "job_id,submit_s,duration_s,cards\n1,0,1e9,32\n");
}

/// Exact for exponential faults of mean time M that strike only while the job runs: an attempt of restart u, then intervals of
/// D work and d writing, of which an unfinished one is lost. An attempt keeps D / (e^{(D+d)/M} - 1) of work and takes M + u.
double exact_ettr(double m, double d, double interval, double u) { return interval / std::expm1((interval + d) / m) / (m + u); }
}  // namespace

TEST_CASE("Daly: a job under faults reaches the expected ratio of effective training time, within sampling error") {
  // Software faults strike while the job runs: 500 per 1,000 job-hours, M = 2 h. 10 GB a card, 32 GB/s: d = 10 s, u = 60 s.
  const double m = 7200, d = 10, u = 60;
  const RunResult run = long_job("faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 500 checkpoint { restart_s: 60 }", 10, 150);
  const double interval = dure::sim::daly_interval_s(d, m);
  const double expected = exact_ettr(m, d, interval, u);
  const double faults = run["interruptions.job"];
  CHECK(std::abs(faults - 150 * 86400 / (m + u)) < 4 * std::sqrt(150 * 86400 / (m + u)));
  // Each fault costs u and what was done since the last write, uniform over D + d: its spread, and that of the number of faults.
  const double error = std::sqrt(faults) * std::hypot(u + interval / 2, interval / std::sqrt(12.0)) / (150 * 86400);
  MESSAGE("ETTR simulated " << run["ettr.mean"] << ", exact " << expected << ", formula " << dure::sim::expected_ettr({interval, d, u}, m) << ", standard error " << error);
  CHECK(std::abs(run["ettr.mean"] - expected) < 4 * error);
  // The formula drops terms of second order in (u + D/2) / M.
  const double small = (u + interval / 2) / m;
  CHECK(std::abs(dure::sim::expected_ettr({interval, d, u}, m) - expected) < small * small);
}

TEST_CASE("Daly: node faults reach it too, each node counted") {
  // 1,000 per 1,000 node-days on 4 nodes: M = 6 h. A failed node is back in 6 minutes and there are spares.
  const double m = 21600, d = 10, u = 60;
  const RunResult run = long_job("faults_per_1000_node_days: 1000 software_faults_per_1000_job_hours: 0 checkpoint { restart_s: 60 }", 10, 300);
  const double interval = dure::sim::daly_interval_s(d, m);
  const double faults = run["interruptions.job"];
  CHECK(std::abs(faults - 300 * 4.0) < 4 * std::sqrt(1200.0));
  const double error = std::sqrt(faults) * std::hypot(u + interval / 2, interval / std::sqrt(12.0)) / (300 * 86400);
  MESSAGE("ETTR simulated " << run["ettr.mean"] << ", exact " << exact_ettr(m, d, interval, u) << ", standard error " << error);
  CHECK(std::abs(run["ettr.mean"] - exact_ettr(m, d, interval, u)) < 4 * error);
}

TEST_CASE("Daly: its interval loses less than a third or thrice of it, under the same faults") {
  const double best_s = dure::sim::daly_interval_s(10, 7200);
  auto lost = [&](double interval_s) {
    return 1 - long_job("faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 500 checkpoint { restart_s: 60 fixed { interval_s: " + std::to_string(interval_s) + " } }", 10, 150)["ettr.mean"];
  };
  const double at_best = lost(best_s);
  CHECK(at_best < lost(best_s / 3));
  CHECK(at_best < lost(best_s * 3));
}

TEST_CASE("checkpoints of more than eight nodes are flows, and cost what the closed form says when nothing fails") {
  // 9 nodes, 72 cards, 20 GB a card: 1,440 GB at 72 GB/s: 20 s every 1,000 s of work. 10,000 s of work: nine writes (none at the end).
  const RunResult run = run_text(hall(9, 8, R"(
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: 20 }
      scheduler { fcfs {} } workload { trace { file: "trace.csv" } }
      reliability { faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 0 checkpoint { fixed { interval_s: 1000 } } })"),
                                 "job_id,submit_s,duration_s,cards\n1,0,10000,72\n");
  CHECK(run.rows("SELECT * FROM flows WHERE kind = 'checkpoint'").size() == 9);
  CHECK(run.number("SELECT end_s FROM jobs") == doctest::Approx(10180).epsilon(1e-8));
  CHECK(run["card_hours.checkpointing"] == doctest::Approx(72 * 180 / 3600.0).epsilon(1e-7));
}

TEST_CASE("checkpoint flows of two jobs share the site's storage, and both write longer") {
  // Storage 400 GB/s; two jobs of 32 nodes could take 256 GB/s each: together 200 each. 256 cards x 20 GB = 5,120 GB: 25.6 s, not 20.
  const RunResult run = run_text(hall(64, 8, R"(
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: 20 }
      scheduler { fcfs {} } workload { trace { file: "trace.csv" } }
      reliability { faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 0 checkpoint { fixed { interval_s: 1000 } } })"),
                                 "job_id,submit_s,duration_s,cards\n1,0,1500,256\n2,0,1500,256\n");
  const auto writes_s = run.numbers("SELECT end_s - start_s FROM flows WHERE kind = 'checkpoint'");
  REQUIRE(writes_s.size() == 2);
  for (const double write_s : writes_s) CHECK(write_s == doctest::Approx(25.6).epsilon(1e-7));
}

TEST_CASE("software faults strike in proportion to the time a job runs, its checkpoint flows included") {
  // 150 jobs one after another on nine nodes, an hour of work each, every 600 s of it a write of 600 s: about two hours. One event a
  // job-hour, no restart: the number of faults is Poisson with the hours held as its mean.
  std::string jobs = "job_id,submit_s,duration_s,cards\n";
  for (int i = 0; i < 150; ++i) jobs += std::to_string(i) + ",0,3600,72\n";
  const RunResult run = run_text(hall(9, 8, R"(
      horizon_s: 8640000 job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: 600 }
      scheduler { fcfs {} } workload { trace { file: "trace.csv" } }
      reliability { faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 1000 checkpoint { restart_s: 0 fixed { interval_s: 600 } } })"),
                                 jobs);
  REQUIRE(run["jobs.completed"] == 150);
  const double hours = (run["card_hours.productive"] + run["card_hours.rework"] + run["card_hours.checkpointing"]) / 72;
  CHECK(std::abs(run["interruptions.job"] - hours) < 4 * std::sqrt(hours));
}
