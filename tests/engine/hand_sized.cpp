// One node, one job: every state of the ledger on paper.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/engine/progress.h"
#include "sim/inventory/fleet.h"
#include "tests/support/run_text.h"

using namespace dure::test;
using dure::sim::Calendar;
using dure::sim::Fleet;
using dure::sim::NanoCards;
using dure::sim::Progress;
using dure::sim::RunShares;
using dure::sim::Seed;

namespace {
constexpr double kHours = 1.0 / 3600;
// Shares are whole billionths of a card, so hours are right to a few in 1e9.
doctest::Approx about(double hours) { return doctest::Approx(hours).epsilon(1e-8); }
const std::string kOneJob = "job_id,submit_s,duration_s,cards\n1,0,40000,8\n";
const char* kTrace = R"( workload { trace { file: "trace.csv" } } scheduler { fcfs {} } )";
}  // namespace

TEST_CASE("progress: an interruption goes back to what was saved, and what is done again is not new") {
  Progress progress{.work_s = 100};
  CHECK(progress.goal_s() == 100);
  progress.advance(60);
  progress.saved_s = 50;
  progress.interrupt();
  CHECK(progress.done_s == 50);
  CHECK(progress.lost_s() == 10);
  CHECK(progress.regaining());
  CHECK(progress.goal_s() == 60);  // first regain, then go on
  progress.advance(10);
  CHECK_FALSE(progress.regaining());
  CHECK(progress.lost_s() == 0);
  progress.advance(1000);
  CHECK(progress.done_s == 100);  // never past its work
  CHECK(progress.finished());
}

TEST_CASE("run shares: the shares of a running job sum to its cards to the last billionth") {
  const NanoCards cards = 7 * dure::sim::kCard;
  const RunShares shares = RunShares::of(cards, 1.0 / 3, 0.7, 0.9);
  CHECK(shares.checkpointing + shares.working + shares.throttled + shares.held_idle == cards);
  CHECK(double(shares.checkpointing) == doctest::Approx(7e9 / 3));
  CHECK(double(shares.working) == doctest::Approx(7e9 * 2 / 3 * 0.7 * 0.9));
  CHECK(double(shares.throttled) == doctest::Approx(7e9 * 2 / 3 * 0.7 * 0.1));
  CHECK(double(shares.held_idle) == doctest::Approx(7e9 * 2 / 3 * 0.3));
}

TEST_CASE("one node, one job: staging, work, held idle and idle on paper") {
  // 16 GB a card, 8 cards, 8 GB/s: 16 s of staging. 40,000 s of work at an active fraction of a half. A day has 86,400 s.
  const RunResult run = run_text(hall(1, 8, R"(job_class { job_class: "training" active_fraction: 0.5 staging_gb_per_card: 16 })") + kTrace, kOneJob);
  CHECK(run["card_hours.nominal"] == about(8 * 24));
  CHECK(run["card_hours.staging"] == about(8 * 16 * kHours));
  CHECK(run["card_hours.productive"] == about(8 * 0.5 * 40000 * kHours));
  CHECK(run["card_hours.held_idle"] == about(8 * 0.5 * 40000 * kHours));
  CHECK(run["card_hours.idle_no_demand"] == about(8 * (86400 - 40016) * kHours));
  for (const char* state : {"not_delivered", "installing", "unpowered", "down", "own_use", "withheld", "idle_fragmented", "checkpointing", "restarting", "throttled", "rework"})
    CHECK_MESSAGE(run[std::string("card_hours.") + state] == 0, state);
  CHECK(run["productive_card_hours.completed"] == about(8 * 0.5 * 40000 * kHours));
  CHECK(run["jobs.completed"] == 1);
  CHECK(run["wait_s.mean"] == 0);
  CHECK(run.number("SELECT start_s FROM jobs") == 0);
  CHECK(run.number("SELECT end_s FROM jobs") == doctest::Approx(40016).epsilon(1e-9));
  // 128 GB is a flow; below a gigabyte it would be a timer and leave no row.
  CHECK(run.number("SELECT end_s - start_s FROM flows WHERE kind = 'staging'") == doctest::Approx(16).epsilon(1e-9));
  CHECK_FALSE(run.has("faults.node"));
  CHECK_FALSE(run.has("energy_kwh.it"));
}

TEST_CASE("one node, one job: a small load is closed-form and takes as long as the same bytes would") {
  const RunResult run = run_text(hall(1, 8, R"(job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0.1 })") + kTrace, kOneJob);
  CHECK(run["card_hours.staging"] == about(8 * 0.1 * kHours));
  CHECK(run.rows("SELECT * FROM flows").empty());
}

TEST_CASE("one node, one job: checkpoints take their share by Daly's interval") {
  // 10 GB a card, 8 cards, 8 GB/s: d = 10 s. M = 1 / (4/1000 a day): 250 days = 2.16e7 s, with no software faults.
  // D = sqrt(2 d M) (1 + sqrt(d/2M)/3 + d/18M) - d, share c = d / (D + d); the seed is one whose node does not fail on this day.
  const double d = 10, m = 2.16e7;
  const double half = d / (2 * m);
  const double interval = std::sqrt(2 * d * m) * (1 + std::sqrt(half) / 3 + half / 9) - d;
  const double wall = 40000 * (1 + d / interval);
  const RunResult run = run_text(hall(1, 8, R"(
      job_class { job_class: "training" active_fraction: 0.5 staging_gb_per_card: 0 checkpoint_gb_per_card: 10 }
      reliability { software_faults_per_1000_job_hours: 0 })") + kTrace, kOneJob);
  REQUIRE(run["faults.node"] == 0);
  CHECK(run["card_hours.checkpointing"] == about(8 * (wall - 40000) * kHours));
  CHECK(run["card_hours.productive"] == about(8 * 0.5 * 40000 * kHours));
  CHECK(run["card_hours.held_idle"] == about(8 * 0.5 * 40000 * kHours));
  CHECK(run.number("SELECT end_s FROM jobs") == doctest::Approx(wall).epsilon(1e-8));
}

TEST_CASE("one node, one job: after each fault the node is down, the job stages, restarts, and does its lost work again") {
  // Faults come when they come (the rows say when); everything between them is arithmetic. A repair takes an hour flat.
  // A checkpoint every 1,000 s of work takes 64 GB / (8 GB/s) = 8 s: share c = 8/1008, 1.008 s of wall time a second of work.
  const std::string scenario = hall(1, 8, R"(
      horizon_s: 172800
      job_class { job_class: "training" active_fraction: 0.5 staging_gb_per_card: 16 checkpoint_gb_per_card: 8 }
      reliability {
        faults_per_1000_node_days: 1000 software_faults_per_1000_job_hours: 0
        infant_factor: 1 wear_per_year: 0 frailty_shape: 1000000 relapse_share: 0 month_cv: 0 shared_share: 0
        quick_share: 1 quick_hours: 1 quick_sigma: 0
        checkpoint { fixed { interval_s: 1000 } restart_s: 300 }
      })") + kTrace;
  int faults_seen = 0;
  for (int seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const RunResult run = run_text(scenario + " seed: " + std::to_string(seed), kOneJob);
    const double work_s = 40000;
    double now_s = 0, done_s = 0, best_s = 0, saved_s = 0;
    double staging_s = 0, restarting_s = 0, walked_s = 0, rework_s = 0, down_s = 0;
    int interruptions = 0;
    bool ended = false;
    double end_s = 0;
    std::vector<double> faults = run.numbers("SELECT at_s FROM faults ORDER BY at_s");
    faults.push_back(172800);  // the horizon ends the story
    for (const double fault_s : faults) {
      if (!ended) {
        const double stage_s = std::min(16.0, fault_s - now_s);
        staging_s += stage_s;
        const double restart_s = std::min(interruptions > 0 ? 300.0 : 0.0, fault_s - now_s - stage_s);
        restarting_s += restart_s;
        const double wall_s = std::min((work_s - done_s) * 1.008, fault_s - now_s - stage_s - restart_s);
        const double from_s = done_s;
        walked_s += wall_s;
        done_s += wall_s / 1.008;
        rework_s += std::max(0.0, std::min(best_s, done_s) - from_s);
        best_s = std::max(best_s, done_s);
        saved_s = std::max(saved_s, from_s + std::floor((done_s - from_s) / 1000 + 1e-12) * 1000);
        ended = done_s >= work_s - 1e-6;
        end_s = now_s + stage_s + restart_s + wall_s;
        if (!ended && fault_s < 172800) {
          ++interruptions;
          done_s = saved_s;
        }
      }
      down_s += std::min(3600.0, 172800 - fault_s);
      now_s = fault_s + 3600;
    }
    faults_seen += interruptions;
    CHECK(run["interruptions.job"] == interruptions);
    CHECK(run["faults.node"] == double(faults.size() - 1));
    CHECK(run["card_hours.down"] == about(8 * down_s * kHours));
    CHECK(run["card_hours.staging"] == about(8 * staging_s * kHours));
    CHECK(run["card_hours.restarting"] == about(8 * restarting_s * kHours));
    CHECK(run["card_hours.checkpointing"] == about(8 * walked_s * 0.008 / 1.008 * kHours));
    CHECK(run["card_hours.rework"] == about(8 * 0.5 * rework_s * kHours));
    CHECK(run["card_hours.productive"] == about(8 * 0.5 * best_s * kHours));
    CHECK(run["card_hours.held_idle"] == about(8 * 0.5 * walked_s / 1.008 * kHours));
    CHECK(run["memo_card_hours.lost_not_redone"] == about(8 * 0.5 * (best_s - done_s) * kHours));
    CHECK(run["jobs.completed"] == (ended ? 1 : 0));
    if (ended) CHECK(run.number("SELECT end_s FROM jobs") == doctest::Approx(end_s).epsilon(1e-9));
  }
  CHECK(faults_seen >= 3);  // or nothing was tested
}

TEST_CASE("one node, one job: without checkpoints an interrupted job starts over") {
  const std::string scenario = hall(1, 8, R"(
      horizon_s: 864000
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      reliability {
        faults_per_1000_node_days: 1000 software_faults_per_1000_job_hours: 0
        infant_factor: 1 wear_per_year: 0 frailty_shape: 1000000 relapse_share: 0 month_cv: 0 shared_share: 0
        quick_share: 1 quick_hours: 1 quick_sigma: 0 checkpoint { restart_s: 0 }
      })") + kTrace;
  RunResult run;
  for (int seed = 1; seed <= 20; ++seed) {  // the first in which something happens to the job
    run = run_text(scenario + " seed: " + std::to_string(seed), kOneJob);
    if (run["interruptions.job"] >= 1) break;
  }
  REQUIRE(run["interruptions.job"] >= 1);
  REQUIRE(run["jobs.completed"] == 1);
  double start_s = 0, tried_s = 0;
  for (const double fault_s : run.numbers("SELECT at_s FROM faults WHERE jobs_hit = 1 ORDER BY at_s")) {
    tried_s += fault_s - start_s;
    start_s = fault_s + 3600;
  }
  CHECK(run.number("SELECT end_s FROM jobs") == doctest::Approx(start_s + 40000).epsilon(1e-9));
  CHECK(run["card_hours.productive"] == about(8 * 40000 * kHours));
  CHECK(run["card_hours.rework"] == about(8 * tried_s * kHours));
}

TEST_CASE("a tranche: late, installed node by node, partly the operator's own, gone at the end of its term") {
  // 40 cards in nodes of 8: three public nodes (24 cards) and two of the operator (16). Promised on day 0, delivered on day 10,
  // racked on day 12, two nodes a day: nodes of each use enter in proportion; term to the end of day 29 of a run of 40 days.
  const std::string text = R"(
    name: "ramp" start_date: "2026-01-01" horizon_s: 3456000
    region { region: "home" city: "Seoul" demand_share: 1 }
    card { card: "H" } node { card: "H" cards_per_node: 8 }
    site { site: "hall" region: "home" peak_power_mw: 1000 }
    commissioning { draw_delivery: false install_days: 2 nodes_per_day: 2 }
    tranche { tranche: "late" site: "hall" card: "H" cards: 40 government_use_cards: 24 promised: "2026-01-01"
      delivered_low: "2026-01-11" delivered_mid: "2026-01-11" delivered_high: "2026-01-11" term_end: "2026-01-30" }
    tranche { tranche: "never" site: "hall" card: "H" cards: 8 government_use_cards: 8 cancelled: true promised: "2026-01-01" term_end: "2026-01-30" }
    job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
    scheduler { fcfs {} } workload { trace { file: "trace.csv" } })";
  const RunResult run = run_text(text, "job_id,submit_s,duration_s,cards\n1,0,3600000,8\n");
  // Public nodes enter at 1.2 a day: days 12, 12, 13 (i / 1.2 rounded down: 0, 0, 1); own ones at 0.8: days 12, 13.
  CHECK(run["card_hours.nominal"] == about(48 * 30 * 24));
  CHECK(run["card_hours.not_delivered"] == about((40 * 10 + 8 * 30) * 24));
  CHECK(run["card_hours.installing"] == about((40 * 2 + 16 * 1) * 24));
  CHECK(run["card_hours.own_use"] == about((8 * 18 + 8 * 17) * 24));
  CHECK(run["card_hours.productive"] == about(8 * 18 * 24));       // from day 12 to day 30, when its node goes
  CHECK(run["card_hours.idle_no_demand"] == about((8 * 18 + 8 * 17) * 24));
  CHECK(run["tranches.delivered_cards"] == 40);
  // The same from the closed form of the facts.
  const dure::Scenario scenario = scenario_of(text);
  const Fleet fleet(scenario, Calendar(dure::sim::parse_date("2026-01-01")), Seed{scenario.seed()});
  const auto facts = fleet.fact_hours(0, 3456000);
  CHECK(run["card_hours.nominal"] == about(facts.nominal));
  CHECK(run["card_hours.not_delivered"] == about(facts.not_delivered));
  CHECK(run["card_hours.installing"] == about(facts.installing));
  CHECK(run["card_hours.own_use"] + run["card_hours.productive"] + run["card_hours.idle_no_demand"] == about(facts.in_service));
}

TEST_CASE("a tranche before its supply: racked cards wait unpowered") {
  const RunResult run = run_text(R"(
    name: "dark" start_date: "2026-01-01" horizon_s: 864000
    region { region: "home" city: "Seoul" demand_share: 1 }
    card { card: "H" } node { card: "H" cards_per_node: 8 }
    site { site: "hall" region: "home" peak_power_mw: 1000 powered_from: "2026-01-06" }
    commissioning { draw_delivery: false install_days: 2 nodes_per_day: 2 }
    tranche { tranche: "dark" site: "hall" card: "H" cards: 8 government_use_cards: 8 promised: "2026-01-01"
      delivered_low: "2026-01-02" delivered_mid: "2026-01-02" delivered_high: "2026-01-02" term_end: "2026-12-31" }
    job_class { job_class: "training" }
    scheduler { fcfs {} } workload { trace { file: "trace.csv" } })", kOneJob);
  CHECK(run["card_hours.not_delivered"] == about(8 * 24));
  CHECK(run["card_hours.installing"] == about(8 * 48));
  CHECK(run["card_hours.unpowered"] == about(8 * 48));  // racked on day 3, supply on day 5
}

TEST_CASE("free cards: withheld up to what waits and would fit, fragmented up to what waits and does not, the rest idle") {
  const char* jobs = R"(job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 })";
  // Two nodes of 4. A: 3 cards, B: 3 cards, for 1,000 s: one card of each node is left. C wants 2: does not fit in size.
  RunResult run = run_text(hall(2, 4, jobs) + kTrace, "job_id,submit_s,duration_s,cards\na,0,1000,3\nb,0,1000,3\nc,0,100,2\n");
  CHECK(run["card_hours.idle_fragmented"] == about(2 * 1000 * kHours));
  CHECK(run.number("SELECT sum(card_hours) FROM card_hours WHERE state = 'idle_fragmented' AND cause = 'size'") == about(2 * 1000 * kHours));
  CHECK(run["card_hours.withheld"] == 0);
  // First come, first served on one node of 4: A holds 2, B wants 4 and blocks C of 1 that would fit: 1 card withheld by the
  // order of the queue, the other free one is there for B, which it does not fit.
  run = run_text(hall(1, 4, jobs) + kTrace, "job_id,submit_s,duration_s,cards\na,0,1000,2\nb,0,500,4\nc,0,100,1\n");
  CHECK(run.number("SELECT sum(card_hours) FROM card_hours WHERE state = 'withheld' AND cause = 'queue_order'") == about(1000 * kHours));
  CHECK(run["card_hours.idle_fragmented"] == about(1000 * kHours));
  // With backfilling, C is too long to slip in: withheld by the reservation.
  run = run_text(hall(1, 4, jobs) + R"( workload { trace { file: "trace.csv" } } scheduler { easy_backfill {} } )", "job_id,submit_s,duration_s,cards\na,0,1000,2\nb,0,500,4\nc,0,2000,1\n");
  CHECK(run.number("SELECT sum(card_hours) FROM card_hours WHERE state = 'withheld' AND cause = 'reservation'") == about(1000 * kHours));
}

TEST_CASE("shares of a card: two halves run on one card, a third waits while whole cards are free only to the whole") {
  const RunResult run = run_text(hall(1, 1, R"(job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 })") + kTrace,
                                 "job_id,submit_s,duration_s,cards\na,0,1000,0.5\nb,0,1000,0.4\nc,0,1000,0.2\n");
  CHECK(run.numbers("SELECT start_s FROM jobs ORDER BY job") == std::vector<double>{0, 0, 1000});
  CHECK(run["card_hours.productive"] == about(1.1 * 1000 * kHours));
  CHECK(run["card_hours.idle_fragmented"] == about(0.1 * 1000 * kHours));  // c asks 0.2, 0.1 is free
}

TEST_CASE("effective training time: the wait after an interruption counts, also where the run ends before the wait does") {
  // Two nodes, one job on both. At the first fault it goes back to the queue, and the repair outlasts the run.
  const RunResult run = run_text(hall(2, 8, R"(
      horizon_s: 864000
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      reliability { faults_per_1000_node_days: 1000 software_faults_per_1000_job_hours: 0 quick_share: 1 quick_hours: 10000 quick_sigma: 0 })") + kTrace,
                                 "job_id,submit_s,duration_s,cards\n1,0,10000000,16\n");
  REQUIRE(run["interruptions.job"] == 1);
  const double fault_s = run.number("SELECT at_s FROM faults WHERE jobs_hit = 1");
  CHECK(run["ettr.mean"] == doctest::Approx(fault_s / 864000));
}
