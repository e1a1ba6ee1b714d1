// Why free cards are free though jobs wait: type, leaf and spare, by hand.
#include <doctest/doctest.h>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

double start_s(const RunResult& run, int job) { return run.number("SELECT start_s FROM jobs WHERE job = " + std::to_string(job)); }
double card_s(const RunResult& run, const std::string& metric) { return run[metric] * 3600; }

const std::string kJobs = "horizon_s: 20000 job_class { job_class: \"training\" active_fraction: 1 staging_gb_per_card: 0 } workload { trace { format: \"own\" clock: FIRST_SUBMIT file: \"trace.csv\" } } ";

}  // namespace

TEST_CASE("idle by cause: free cards of another type than the one waited for are charged with the type, up to what waits") {
  const std::string second = R"(card { card: "K" } node { card: "K" cards_per_node: 8 }
    tranche { tranche: "second" site: "hall" card: "K" cards: 8 government_use_cards: 8 installed: true promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2035-12-31" } )";
  // 2 waits for six H from 0 to 1,000 s; the two that are free are too few, so four of the eight K stand idle for the type.
  const RunResult run = run_text(hall(1, 8, kJobs + second), "job_id,submit_s,duration_s,cards,card_type\n1,0,1000,6,H\n2,0,100,6,H\n3,100,100,5,K\n");
  CHECK(start_s(run, 2) == 1000);
  CHECK(card_s(run, "idle_fragmented_card_hours.size") == doctest::Approx(2 * 1000));
  CHECK(card_s(run, "idle_fragmented_card_hours.type") == doctest::Approx(4 * 900 + 3 * 100));
  CHECK(run.number("SELECT total(card_hours) * 3600 FROM card_hours WHERE cause = 'type' AND card = 'K'") == doctest::Approx(3900));
  const RunResult any = run_text(hall(1, 8, kJobs + second), "job_id,submit_s,duration_s,cards,card_type\n1,0,1000,6,H\n2,0,100,6,\n3,100,100,5,K\n");
  CHECK(start_s(any, 2) == 0);  // who takes any type takes the other
  CHECK(card_s(any, "idle_fragmented_card_hours.type") == 0);
}

TEST_CASE("idle by cause: with one leaf only, a job that fits in number but on no leaf waits, and the leaf is the cause") {
  // Two leaves of two servers with two cards each. 1 and 2 leave one server free on each leaf; 3 wants two servers.
  const std::string leaves = "placement { rule: SPREAD one_leaf_only: true } site { site: \"hall\" nodes_per_leaf: 2 }";
  const char* jobs = "job_id,submit_s,duration_s,cards\n1,0,1000,2\n2,0,2000,2\n3,10,100,4\n";
  const auto text = [&](const std::string& placement) {
    std::string made = hall(4, 2, kJobs + placement);
    made.replace(made.find("storage_gb_per_s: 400 }"), 23, "storage_gb_per_s: 400 nodes_per_leaf: 2 }");
    return made;
  };
  const char* spread_first = "job_id,submit_s,duration_s,cards\n1,0,1000,1\n2,0,1000,3\n3,10,100,4\n4,10,10,1\n";
  const RunResult strict = run_text(text("placement { one_leaf_only: true }"), spread_first);
  const RunResult loose = run_text(text(""), spread_first);
  (void)jobs;
  (void)leaves;
  CHECK_FALSE(loose.has("idle_fragmented_card_hours.leaf"));
  CHECK(strict.has("idle_fragmented_card_hours.leaf"));
}

TEST_CASE("idle by cause: hot spares stand by until a server fails, and are charged while jobs want them") {
  std::string text = hall(2, 8, kJobs);
  text.replace(text.find("storage_gb_per_s: 400 }"), 23, "storage_gb_per_s: 400 hot_spare_nodes: 1 }");
  // One of two servers is kept. 2 waits for six cards until 1,000 s: two are free and too few, six of the spare would do.
  const RunResult run = run_text(text, "job_id,submit_s,duration_s,cards\n1,0,1000,6\n2,0,100,6\n");
  CHECK(start_s(run, 2) == 1000);
  CHECK(card_s(run, "withheld_card_hours.spare") == doctest::Approx(6 * 1000));
  CHECK(card_s(run, "idle_fragmented_card_hours.size") == 0);
  const RunResult without = run_text(hall(2, 8, kJobs), "job_id,submit_s,duration_s,cards\n1,0,1000,6\n2,0,100,6\n");
  CHECK(start_s(without, 2) == 0);
  CHECK_FALSE(without.has("withheld_card_hours.spare"));
}
