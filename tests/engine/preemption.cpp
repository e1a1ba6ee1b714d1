// A job of a higher rank takes cards, and what that costs the one that loses them: one server, by hand.
#include <doctest/doctest.h>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
RunResult one_server(const std::string& more, int urgent_rank = 1) {
  return run_text(hall(1, 8, R"(
      horizon_s: 20000
      job_class { job_class: "patient" active_fraction: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: 0.001 }
      job_class { job_class: "urgent" active_fraction: 1 staging_gb_per_card: 0 rank: )" + std::to_string(urgent_rank) + R"( }
      workload { trace { format: "own" job_class: "patient" clock: FIRST_SUBMIT file: "trace.csv" } } )" + more),
                  "job_id,submit_s,duration_s,cards,class\na,0,6000,8,patient\nb,2500,500,2,urgent\n");
}
}  // namespace

TEST_CASE("preemption: the victim goes on from its last checkpoint, and what it does again is rework") {
  // a has run 2,500 s with a checkpoint every 1,000 s of work when b takes two of its eight cards: a goes back to the queue and
  // comes again when b is over, at 3,000 s, with 2,000 s of its work. 500 s are done again on eight cards.
  const RunResult run = one_server("scheduler { easy_backfill {} preemption {} } reliability { faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 0 checkpoint { fixed { interval_s: 1000 } restart_s: 0 } }");
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 2") == 2500);
  CHECK(run.number("SELECT wait_s FROM jobs WHERE job = 2") == 0);
  CHECK(run.number("SELECT interruptions FROM jobs WHERE job = 1") == 1);
  CHECK(run["card_hours.rework"] * 3600 == doctest::Approx(8 * 500).epsilon(0.01));
  CHECK(run["card_hours.productive"] * 3600 == doctest::Approx(8 * 6000 + 2 * 500).epsilon(0.01));
  CHECK(run.number("SELECT end_s FROM jobs WHERE job = 1") == doctest::Approx(3000 + 4000).epsilon(0.01));
}

TEST_CASE("preemption: taking the model or the rank away, nobody loses a card and the urgent job waits") {
  for (const RunResult& run : {one_server("scheduler { easy_backfill {} }"), one_server("scheduler { easy_backfill {} preemption {} }", 0)}) {
    CHECK(run.number("SELECT wait_s FROM jobs WHERE job = 2") == doctest::Approx(3500).epsilon(0.01));
    CHECK(run["card_hours.rework"] == 0);
  }
}

TEST_CASE("preemption: who is safe until he has run for the least time loses his cards at that moment, not when he ends") {
  const RunResult run = one_server("scheduler { easy_backfill {} preemption { least_run_s: 4000 } }");
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 2") == 4000);
  CHECK(run.number("SELECT interruptions FROM jobs WHERE job = 1") == 1);
}
