// scenarios/llm-cluster.txtpb run whole, beside the facts of real logs (DESIGN, workload). Ranges are the published ones.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/engine/rows.h"

using namespace dure::sim;

TEST_CASE("llm-cluster: 180 days through the engine meet the facts of real LLM clusters") {
#ifdef NDEBUG
  const bool whole = true;
  const dure::Scenario scenario = load_scenario("scenarios/llm-cluster.txtpb").scenario;
#else
  const bool whole = false;  // with sanitizers a fortnight, printed but not held to bands made for half a year
  const dure::Scenario scenario = load_scenario("scenarios/llm-cluster.txtpb", {"horizon_s=1209600"}).scenario;
#endif
  const Rows run(scenario);
  struct Row {
    const char* fact;
    double low, high, simulated;
  };
  const auto percent = [&](const char* name) { return 100 * run.metric(std::string("workload.") + name); };
  const auto plain = [&](const char* name) { return run.metric(std::string("workload.") + name); };
  const double serving = run.number("SELECT 100 * sum(productive_card_hours + rework_card_hours) / sum(cards * (end_s - start_s) / 3600) FROM jobs WHERE job_class = 'serve' AND end_s IS NOT NULL");
  const std::vector<Row> rows = {
      {"one-card share of jobs, %", 54, 86, percent("one_card_share_of_jobs")},
      {"share of card-time in jobs of 8 cards or more, %", 98, 99.8, percent("card_time_share.8_cards_or_more")},
      {"median run, s", 124, 134, plain("run_s.p50")},
      {"median queue, s", 1, 17, plain("queue_s.p50")},
      {"card-time completed, %", 21, 31, percent("card_time_share.completed")},
      {"card-time cancelled by its owner, %", 61, 66, percent("card_time_share.cancelled")},
      {"card-time failed, %", 8, 12, percent("card_time_share.failed")},
      {"hourly arrivals, variance over mean", 60, 160, plain("hourly_arrivals.variance_over_mean")},
      {"inter-arrival CV (2.5 or more)", 2.5, 10, plain("gap.cv")},
      {"gaps of 10 s or less, % (up to 55)", 30, 55, percent("gap.within_10_s")},
      {"submissions, peak over trough of the day (2.1)", 1.9, 2.3, plain("submissions.peak_over_trough")},
      {"busy cards, peak over trough of the day (1.20)", 1.1, 1.3, plain("busy_cards.peak_over_trough")},
      {"largest tenant, % of card-time (about 30)", 27, 33, percent("card_time_share.largest_tenant")},
      {"largest five tenants, % of card-time", 70, 80, percent("card_time_share.largest_five_tenants")},
      {"card samples idle inside allocations, %", 26, 34, percent("idle_share_inside_allocations")},
      {"serving: working share of its card-time, % (about 7)", 6, 8, serving},
  };
  std::string out = fmt::format("{:<54}{:>12}{:>12}\n", "fact", "target", "simulated");
  for (const Row& row : rows) {
    out += fmt::format("{:<54}{:>12}{:>12.2f}\n", row.fact, fmt::format("{:g}-{:g}", row.low, row.high), row.simulated);
    if (!whole) continue;
    CHECK_MESSAGE(row.simulated >= row.low, row.fact);
    CHECK_MESSAGE(row.simulated <= row.high, row.fact);
  }
  out += fmt::format("{} jobs, {:.0f} cards busy of 4,704; mean wait of pre-training {:.0f} s, of the others {:.0f} s\n", run.number("SELECT count(*) FROM jobs"), plain("busy_cards"),
                     run.number("SELECT avg(wait_s) FROM jobs WHERE job_class = 'pretrain'"), run.number("SELECT avg(wait_s) FROM jobs WHERE job_class <> 'pretrain'"));
  MESSAGE(out);
  CHECK(run.number("SELECT min(wait_s) FROM jobs WHERE start_s IS NOT NULL") >= 1 - 1e-9);  // the scheduling delay
  CHECK(run.number("SELECT avg(wait_s) FROM jobs WHERE job_class = 'pretrain'") < run.number("SELECT avg(wait_s) FROM jobs WHERE job_class <> 'pretrain'"));
  // Jobs that began and ended say the same of busy cards as the ledger does.
  const double days = scenario.horizon_s() / 86400;
  const double busy = run.number("SELECT sum(card_hours) FROM card_hours WHERE day >= 5 AND state IN ('staging', 'held_idle', 'productive', 'rework', 'checkpointing', 'restarting', 'throttled')") / ((days - 5) * 24);
  CHECK(plain("busy_cards") == doctest::Approx(busy).epsilon(1e-9));
}
