// Days that a run does not reach, and cards that never come.
#include <doctest/doctest.h>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
std::string tranche(const std::string& name, const std::string& promised, const std::string& more) {
  return "tranche { tranche: \"" + name + R"(" site: "hall" card: "H" cards: 8 government_use_cards: 8 promised: ")" + promised + "\" " + more + " }\n";
}
std::string delivered(const std::string& day) { return "delivered_low: \"" + day + "\" delivered_mid: \"" + day + "\" delivered_high: \"" + day + "\""; }
RunResult three_days(const std::string& more) {
  return run_text(R"(
    name: "short" start_date: "2026-01-01" horizon_s: 259200
    region { region: "home" city: "Seoul" demand_share: 1 }
    region { region: "away" city: "Busan" demand_share: 0 }
    link { link: "line" a: "Seoul" b: "Busan" gbps: 100 cut_from: "2026-06-01" cut_until: "2026-06-02" }
    card { card: "H" } node { card: "H" cards_per_node: 8 }
    site { site: "hall" region: "home" peak_power_mw: 1000 }
    commissioning { draw_delivery: false install_days: 1 nodes_per_day: 1 }
    job_class { job_class: "training" }
    programme { call_rounds { call { call: "never" decided: "2026-03-01" } } }
    scheduler { fcfs {} } )" + more);
}
}  // namespace

TEST_CASE("dates: what lies behind the end of a shortened run is not reached: cards not there yet, calls and cuts left out") {
  // Promised on the second day and delivered in February: two days of eight cards not delivered. Promised in April: not counted.
  const RunResult run = three_days(tranche("here", "2026-01-01", "installed: true " + delivered("2026-01-01")) + tranche("late", "2026-01-02", delivered("2026-02-01")) +
                                   tranche("later", "2026-04-01", delivered("2026-04-01")) +
                                   "workload { steady { offered_load: 0.5 jobs_per_year: 10000 size { cards: 1 weight: 1 } } }");
  CHECK(run["card_hours.nominal"] == doctest::Approx(8 * 72 + 8 * 48));
  CHECK(run["card_hours.not_delivered"] == doctest::Approx(8 * 48));
  CHECK(run["card_hours.installing"] == 0);
  CHECK(run["tranches.delivered_cards"] == 8);
  CHECK(run["jobs.submitted"] > 0);
}

TEST_CASE("dates: a contract that is cancelled stays not delivered, also where it is the only one") {
  const RunResult run = three_days(tranche("never", "2026-01-02", "cancelled: true"));
  CHECK(run["card_hours.nominal"] == doctest::Approx(8 * 48));
  CHECK(run["card_hours.not_delivered"] == doctest::Approx(8 * 48));
  CHECK(run["tranches.delivered_cards"] == 0);
}
