// Why free cards are free though jobs wait: type, leaf, spare and power cap, by hand.
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
  // Two leaves of two servers with two cards each. From 5 s on each leaf has one server whole and one card on the other; 4 wants
  // four cards from 10 s on: there are six, but three at most on a leaf.
  const auto run = [](const std::string& only) {
    std::string text = hall(4, 2, kJobs + "placement { rule: SPREAD " + only + " }");
    text.replace(text.find("storage_gb_per_s: 400 }"), 23, "storage_gb_per_s: 400 nodes_per_leaf: 2 }");
    return run_text(text, "job_id,submit_s,duration_s,cards\n1,0,5,1\n2,0,1000,1\n3,0,1000,1\n4,10,100,4\n");
  };
  const RunResult strict = run("one_leaf_only: true");
  CHECK(start_s(strict, 4) == 1000);
  CHECK(card_s(strict, "idle_fragmented_card_hours.leaf") == doctest::Approx(4 * 990));
  CHECK(card_s(strict, "idle_fragmented_card_hours.size") == 0);
  const RunResult loose = run("");
  CHECK(start_s(loose, 4) == 10);
  CHECK_FALSE(loose.has("idle_fragmented_card_hours.leaf"));
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

namespace {
/// Two servers of eight cards with a cap on the site. A server draws 1 kW and 1.05 kW beside it, 4.1 kW for the two; a card that works adds 4 / 8 = 0.5 kW.
std::string capped(double cap_kw, const std::string& more = "") {
  std::string text = hall(2, 8, kJobs + " power { } " + more);
  text.replace(text.find("storage_gb_per_s: 400 }"), 23, "storage_gb_per_s: 400 power_cap_kw: " + std::to_string(cap_kw) + " }");
  text.replace(text.find("active_fraction: 1"), 18, "active_fraction: 1 activity: 1");
  return text;
}
}  // namespace

TEST_CASE("idle by cause: a job that would lift its site above the cap waits, and what it asks is withheld by the cap") {
  // Room for ten cards (4.1 + 10 x 0.5 = 9.1 kW). 1 takes eight; 2 wants four from 0 s on and has the cards but not the watts until 1,000 s.
  const char* jobs = "job_id,submit_s,duration_s,cards\n1,0,1000,8\n2,0,100,4\n";
  const RunResult run = run_text(capped(9.3), jobs);
  CHECK(start_s(run, 2) == 1000);
  CHECK(card_s(run, "withheld_card_hours.power_cap") == doctest::Approx(4 * 1000));
  CHECK(card_s(run, "withheld_card_hours.queue_order") == 0);
  CHECK(run.number("SELECT max(it_kwh) FROM power") <= 9.3);
  const RunResult wide = run_text(capped(10.2), jobs);  // room for twelve: 10.1 kW
  CHECK(start_s(wide, 2) == 0);
  CHECK(card_s(wide, "withheld_card_hours.power_cap") == 0);
  std::string none = capped(9.3);
  none.erase(none.find("power_cap_kw"), std::string("power_cap_kw: 9.300000").size());
  const RunResult without = run_text(none, jobs);  // removed, the metric is gone and the job starts at once
  CHECK(start_s(without, 2) == 0);
  CHECK_FALSE(without.has("withheld_card_hours.power_cap"));
}

TEST_CASE("idle by cause: no more is withheld by the cap than waits, and no more than is free") {
  const RunResult run = run_text(capped(9.3), "job_id,submit_s,duration_s,cards\n1,0,1000,8\n2,0,100,6\n3,0,100,6\n");
  CHECK(card_s(run, "withheld_card_hours.power_cap") == doctest::Approx(8 * 1000 + 6 * 100));  // twelve wait, eight are free; then 3 waits for the watts of 2
  CHECK(start_s(run, 3) == 1100);
}

TEST_CASE("power cap: jobs behind the one that waits for watts start if they end before its turn, or leave it its watts") {
  // Room for nine cards, 1 holds four to 1,000 s. 2 finds eight free cards but no watts, and is promised 1,000 s, when one card's are to spare.
  // 3 would need three of them beyond that; 4 ends by then; 5 takes the one to spare; then nothing is left for 6.
  const char* jobs = "job_id,submit_s,duration_s,cards\n1,0,1000,4\n2,0,100,8\n3,0,1500,3\n4,0,900,3\n5,0,5000,1\n6,0,5000,1\n";
  const auto starts = [&](const std::string& more) {
    const RunResult run = run_text(capped(8.8, more), jobs);
    return run.numbers("SELECT start_s FROM jobs ORDER BY job");
  };
  CHECK(starts("") == std::vector<double>{0, 1000, 1100, 0, 0, 1100});
  CHECK(starts("scheduler { conservative_backfill {} }") == std::vector<double>{0, 1000, 1100, 0, 0, 1100});
  CHECK(starts("scheduler { fcfs {} }") == std::vector<double>{0, 1000, 1100, 1100, 1100, 1100});  // its first in line holds up all others
}

TEST_CASE("power cap: it is the site's, over its card types and classes, and a job that it could never hold goes elsewhere or is turned away") {
  const std::string second = R"(card { card: "K" } node { card: "K" cards_per_node: 8 idle_w: 0 busy_w: 4000 }
    tranche { tranche: "second" site: "hall" card: "K" cards: 8 government_use_cards: 8 installed: true promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2035-12-31" } )";
  // 4.1 kW, 1.05 kW beside the third server; a K that works adds 0.5 kW too. 1 leaves 1.35 kW and 2 wants 1.5, though its own server is empty; 3 wants 5.5.
  const RunResult run = run_text(capped(10, second), "job_id,submit_s,duration_s,cards,card_type\n1,0,1000,7,H\n2,0,100,3,K\n3,0,100,11,H\n");
  CHECK(start_s(run, 1) == 0);
  CHECK(start_s(run, 2) == 1000);
  CHECK(card_s(run, "withheld_card_hours.power_cap") == doctest::Approx(3 * 1000));
  CHECK(run["jobs.rejected"] == 1);
  // A class that keeps its cards half busy at half the draw needs a quarter of the watts.
  std::string light = capped(9.3);
  light.replace(light.find("active_fraction: 1 activity: 1"), 30, "active_fraction: 0.5 activity: 0.5");
  CHECK(start_s(run_text(light, "job_id,submit_s,duration_s,cards\n1,0,1000,8\n2,0,100,8\n"), 2) == 0);
}

TEST_CASE("power cap: a job of a higher rank has the next watts, but nobody is stopped for them") {
  std::string text = capped(9.3, "scheduler { preemption { } } job_class { job_class: \"urgent\" staging_gb_per_card: 0 active_fraction: 1 activity: 1 rank: 1 }");
  const RunResult run = run_text(text, "job_id,submit_s,duration_s,cards,class\n1,0,1000,8,training\n2,0,3000,7,training\n3,10,100,4,urgent\n");
  CHECK(start_s(run, 1) == 0);
  CHECK(start_s(run, 3) == 1000);
  CHECK(start_s(run, 2) == 1100);
  CHECK(run.number("SELECT total(interruptions) FROM jobs") == 0);
}

TEST_CASE("power cap: of the pools of a site who waits longest for watts has them next, and a cap that holds nobody back changes nothing") {
  const std::string second = R"(card { card: "K" } node { card: "K" cards_per_node: 8 idle_w: 0 busy_w: 4000 }
    tranche { tranche: "second" site: "hall" card: "K" cards: 16 government_use_cards: 16 installed: true promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2035-12-31" } )";
  // Room for eight cards of either type (4.1 + 2.1 + 8 x 0.5 = 10.2 kW). Pairs of K's four cards follow each other; one H of eight comes at 10 s.
  std::string jobs = "job_id,submit_s,duration_s,cards,card_type\n";
  for (int i = 1; i <= 12; ++i) jobs += std::to_string(i) + ",0,1000,4,K\n";
  jobs += "13,10,100,8,H\n";
  for (const char* more : {"", "scheduler { fcfs {} }", "scheduler { conservative_backfill {} }", "scheduler { fair_share {} }"}) {
    CAPTURE(more);
    const RunResult run = run_text(capped(10.3, second + more), jobs);
    CHECK(start_s(run, 13) == doctest::Approx(6000));   // after those that were there first
    const RunResult later = run_text(capped(10.3, second + more), jobs + "14,20,1000,4,K\n15,20,1000,4,K\n");
    CHECK(start_s(later, 13) == doctest::Approx(6000));
    CHECK(start_s(later, 14) == doctest::Approx(6100));
    RunResult wide = run_text(capped(5e6, second + more), jobs), none = [&] {
      std::string text = capped(5e6, second + more);
      text.erase(text.find("power_cap_kw"), std::string("power_cap_kw: 5000000.000000").size());
      return run_text(text, jobs);
    }();
    CHECK(wide["withheld_card_hours.power_cap"] == 0);
    wide.metrics.erase("withheld_card_hours.power_cap");
    none.metrics.erase("withheld_card_hours.power_cap");
    CHECK(wide.metrics == none.metrics);
  }
}

TEST_CASE("power cap: a borrower that it holds back hides none behind it, and is not charged to the quota") {
  // Room for nine cards. Tenant a has a quota of two and holds them; the cap holds back the eight that 2 would borrow, not the single cards of 3 and 4.
  const RunResult run = run_text(capped(8.7, R"(scheduler { quotas { quota { quota: "q" tenant: "a" cards: 2 } lending: IDLE } })"),
                                 "job_id,submit_s,duration_s,cards,tenant\n1,0,5000,2,a\n2,10,1000,8,a\n3,20,1000,1,a\n4,30,1000,1,a\n");
  CHECK(start_s(run, 2) == 5000);
  CHECK(start_s(run, 3) == 20);
  CHECK(start_s(run, 4) == 30);
  CHECK(card_s(run, "withheld_card_hours.power_cap") == doctest::Approx(8 * 4990));
  CHECK(card_s(run, "withheld_card_hours.quota") == 0);
}

TEST_CASE("power cap: what waits for watts is charged to the cap before what waits for a grant that it keeps full") {
  const auto year = [](double cap_kw) {
    return dure::sim::load_scenario("scenarios/questions/07-caps.txtpb", {"fidelity=PLANNING", "end_date=2026-10-01", "site[centre].power_cap_kw=" + std::to_string(cap_kw)}).scenario;
  };
  const RunResult tight = run(year(1900)), wide = run(year(1e6));
  CHECK(tight["card_hours.productive"] < 0.5 * wide["card_hours.productive"]);
  CHECK(tight["withheld_card_hours.power_cap"] > tight["withheld_card_hours.grant"]);
  CHECK(wide["withheld_card_hours.power_cap"] == 0);
}

TEST_CASE("power cap: no batch of planning fidelity is wider than the room, for none of its jobs is") {
  // Room for two cards: 4.1 + 2 x 0.5 kW. Sixty jobs of a card and an hour within an hour become batches.
  std::string jobs = "job_id,submit_s,duration_s,cards\n";
  for (int i = 1; i <= 60; ++i) jobs += std::to_string(i) + "," + std::to_string(10 * i) + ",3600,1\n";
  const RunResult planning = run_text(capped(5.2, "fidelity: PLANNING"), jobs);
  CHECK(planning["jobs.submitted"] == 60);
  CHECK(planning["jobs.rejected"] == 0);
  CHECK(planning.number("SELECT max(cards) FROM jobs") <= 2);
  CHECK(planning["card_hours.productive"] > 8);   // two cards of some five hours and a half
}

TEST_CASE("power cap: one that the idle servers exceed, or one without a power model, is refused with its place") {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      dure::sim::check_models(scenario_of(text));
    } catch (const dure::sim::ScenarioError& error) {
      return error.path + ": " + error.message.en;
    }
    return "";
  };
  CHECK(refusal(capped(4)) == "site[hall].power_cap_kw: the cap is 4 kW, but the site's nodes draw up to 4.1 kW with no job on them, so none could start");
  CHECK(refusal(capped(4.5)) == "site[hall].power_cap_kw: beside 4.1 kW of idle nodes the cap leaves 0.4 kW, and a card with a job on it adds at least 0.5 kW, so none could start");
  CHECK(refusal(capped(4.7)) == ": cannot read the file ./trace.csv");   // the next thing that is asked
  std::string dark = capped(9.3);
  dark.erase(dark.find("power { }"), 9);
  CHECK(refusal(dark) == "site[hall].power_cap_kw: a cap on power needs the power model: without it nothing draws power");
}
