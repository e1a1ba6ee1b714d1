// Data sets over the backbone: they travel before any card is given, share lines, and feel a cut.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
constexpr double kDay_s = 86400;

/// Tenants live at X, the cards are at Y. Straight X-Y carries 10 GB/s, the detour X-Z-Y 5 GB/s; the site's own line is wider.
/// Each call draws one applicant for 8 cards, who is granted them on the day; every data set has `tb` TB.
std::string two_ways(double tb, const std::string& straight, const std::string& more, bool detour = true) {
  return R"(
    name: "two-ways" start_date: "2026-01-01" horizon_s: 2592000
    region { region: "here" city: "X" demand_share: 1 access_rtt_ms: 0 } region { region: "there" city: "Y" demand_share: 0 access_rtt_ms: 0 }
    link { link: "straight" a: "X" b: "Y" gbps: 80 rtt_ms: 0 )" + straight + " }" +
         (detour ? R"( link { link: "out" a: "X" b: "Z" gbps: 40 rtt_ms: 0 } link { link: "back" a: "Z" b: "Y" gbps: 40 rtt_ms: 0 } )" : "") + R"(
    card { card: "H" } node { card: "H" cards_per_node: 8 }
    site { site: "hall" region: "there" peak_power_mw: 1000 access_gbps: 1000 }
    commissioning { draw_delivery: false }
    tranche { tranche: "first" site: "hall" card: "H" cards: 32 government_use_cards: 32 installed: true
      promised: "2025-12-01" delivered_low: "2025-12-01" delivered_mid: "2025-12-01" delivered_high: "2025-12-01" term_end: "2030-12-31" }
    job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
    scheduler { easy_backfill {} }
    workload { projects {
      applicants_per_call: 1 growth_per_year: 0 cards_median: 8 cards_sigma: 0 full_term_share: 1 months_max: 3 returning_share: 0
      dataset_sigma: 0 dataset_max_tb: 1000000 day_cv: 0
      archetype { archetype: "startup" applicant_share: 1 dataset_median_tb: )" + std::to_string(tb) + R"( pre_train: 1 }
      job_pattern { job_class: "training" explore: 1 fine_tune: 1 pre_train: 1 distil: 1 rl_post_train: 1 serve: 1 cards_median: 4 long_median_h: 5 long_sigma: 0 max_h: 100 }
    } }
    )" + more;
}
const char* kOneCall = R"(programme { call_rounds { call { call: "one" decided: "2026-01-01" } } })";

double first_start_s(const RunResult& run) { return run.number("SELECT min(start_s) FROM jobs"); }
double ready_s(const RunResult& run, int project = 0) { return run.number("SELECT data_ready_s FROM grants WHERE project = " + std::to_string(project)); }
}  // namespace

// 1,728 TB at 10 GB/s: 172,800 s, two days. The straight line is the widest path while it is there.

TEST_CASE("a data set travels once, alone it takes bytes over the narrowest line, and its jobs hold no card until it is there") {
  const RunResult run = run_text(two_ways(1728, "", kOneCall));
  CHECK(ready_s(run) == doctest::Approx(2 * kDay_s).epsilon(1e-7));
  CHECK(first_start_s(run) == doctest::Approx(2 * kDay_s).epsilon(1e-7));
  CHECK(run.rows("SELECT * FROM flows WHERE kind = 'data_set'").size() == 1);
  // Jobs were there all the time, and no card was given for them.
  CHECK(run.number("SELECT min(submit_s) FROM jobs") < kDay_s);
  CHECK(run.number("SELECT sum(card_hours) FROM card_hours WHERE day < 2 AND state = 'idle_no_demand'") == doctest::Approx(32 * 48).epsilon(1e-7));
  CHECK(run.number("SELECT count(*) FROM card_hours WHERE day < 2 AND state <> 'idle_no_demand' AND card_hours > 1e-3") == 0);
  // The wait for data is told apart from the wait for cards.
  for (const auto& row : run.rows("SELECT submit_s, data_wait_s, start_s, wait_s FROM jobs WHERE submit_s < 172800 AND start_s IS NOT NULL")) {
    CHECK(std::stod(row[0]) + std::stod(row[1]) == doctest::Approx(2 * kDay_s).epsilon(1e-7));
    CHECK(std::stod(row[3]) == doctest::Approx(std::stod(row[2]) - 2 * kDay_s).epsilon(1e-6));
  }
}

TEST_CASE("a cut line: what is left takes the detour, and the jobs start later by its narrowness") {
  // One day at 10 GB/s leaves half, 864 TB, at 5 GB/s: two days more. Three days in all instead of two.
  const RunResult run = run_text(two_ways(1728, R"(cut_from: "2026-01-02")", kOneCall));
  CHECK(ready_s(run) == doctest::Approx(3 * kDay_s).epsilon(1e-7));
  CHECK(first_start_s(run) == doctest::Approx(3 * kDay_s).epsilon(1e-7));
  // Two legs: the first ended with half of it.
  const auto legs = run.rows("SELECT start_s, end_s, gb FROM flows WHERE kind = 'data_set' ORDER BY start_s");
  REQUIRE(legs.size() == 2);
  CHECK(std::stod(legs[0][1]) == doctest::Approx(kDay_s));
  CHECK(std::stod(legs[0][2]) == doctest::Approx(864e3));
  CHECK(std::stod(legs[1][0]) == doctest::Approx(kDay_s));
  CHECK(std::stod(legs[1][2]) == doctest::Approx(864e3));
}

TEST_CASE("a cut line without another way: the data set stalls until the repair, and the jobs with it") {
  // One day, cut for two, and the second day's worth: ready after four days.
  const RunResult run = run_text(two_ways(1728, R"(cut_from: "2026-01-02" cut_until: "2026-01-04")", kOneCall, false));
  CHECK(ready_s(run) == doctest::Approx(4 * kDay_s).epsilon(1e-7));
  CHECK(first_start_s(run) == doctest::Approx(4 * kDay_s).epsilon(1e-7));
  CHECK(run.number("SELECT count(*) FROM card_hours WHERE day < 4 AND state <> 'idle_no_demand' AND card_hours > 1e-3") == 0);
}

TEST_CASE("a line that is cut before the grant and mended after it: the data set leaves at the repair") {
  const RunResult run = run_text(two_ways(1728, R"(cut_from: "2025-12-20" cut_until: "2026-01-06")", kOneCall, false));
  CHECK(ready_s(run) == doctest::Approx(7 * kDay_s).epsilon(1e-7));
}

TEST_CASE("lines cut and mended on one day: every state of the network that the day passes through has its routes") {
  // "back" is mended on the day "straight" is cut, "out" a day before: the rest leaves over the detour at that instant.
  const std::string text = two_ways(1728, R"(cut_from: "2026-01-02")", kOneCall, false) + R"(
    link { link: "back" a: "Z" b: "Y" gbps: 40 rtt_ms: 0 cut_from: "2025-12-01" cut_until: "2026-01-02" }
    link { link: "out" a: "X" b: "Z" gbps: 40 rtt_ms: 0 cut_from: "2025-12-01" cut_until: "2026-01-02" })";
  CHECK(ready_s(run_text(text)) == doctest::Approx(3 * kDay_s).epsilon(1e-7));
}

TEST_CASE("lines cut and mended on one day: a stalled data set leaves when all of the day's changes are in, by the best way then") {
  // X-M over c, mended on day 5; M-Y over a (mended on day 5 too), b (cut on day 5) or the narrow d. It must take c and a.
  std::string text = two_ways(1728, R"(cut_from: "2025-12-01")", kOneCall, false) + R"(
    link { link: "c" a: "X" b: "M" gbps: 80 rtt_ms: 0 cut_from: "2025-12-01" cut_until: "2026-01-06" }
    link { link: "a" a: "M" b: "Y" gbps: 80 rtt_ms: 0 cut_from: "2025-12-01" cut_until: "2026-01-06" }
    link { link: "b" a: "M" b: "Y" gbps: 80 rtt_ms: 0 cut_from: "2026-01-06" }
    link { link: "d" a: "M" b: "Y" gbps: 8 rtt_ms: 0 })";
  CHECK(ready_s(run_text(text)) == doctest::Approx(7 * kDay_s).epsilon(1e-7));
}

TEST_CASE("two data sets share a line max-min fairly: the first is held up by the second, which speeds up when the first is done") {
  // The second project is granted a day later. The first has half left, both get 5 GB/s: two days more, day 3. By then the
  // second has half, and the line alone: day 4.
  const RunResult run = run_text(two_ways(1728, "", R"(programme { call_rounds {
      call { call: "one" decided: "2026-01-01" } call { call: "two" decided: "2026-01-02" } } })"));
  CHECK(ready_s(run, 0) == doctest::Approx(3 * kDay_s).epsilon(1e-7));
  CHECK(ready_s(run, 1) == doctest::Approx(4 * kDay_s).epsilon(1e-7));
}

TEST_CASE("a data set that is still under way when its project ends: its jobs are withdrawn and never held a card") {
  const RunResult run = run_text(two_ways(100000, "", R"(programme { call_rounds { max_months: 0.5 min_months: 0.5 call { call: "one" decided: "2026-01-01" } } })"));
  CHECK(run["jobs.submitted"] > 0);
  CHECK(run["jobs.cancelled"] == run["jobs.submitted"]);
  CHECK(run["card_hours.idle_no_demand"] == doctest::Approx(run["card_hours.nominal"]));
  CHECK(run["projects.finished"] == 1);
}
