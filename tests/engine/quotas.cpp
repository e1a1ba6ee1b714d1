// Quotas, lending and reservations in whole runs: one server of eight cards, by hand.
#include <doctest/doctest.h>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

RunResult one_server(const std::string& scheduler, const std::string& jobs, const std::string& trace = "", const std::string& more = "") {
  return run_text(hall(1, 8, R"(
      horizon_s: 20000
      job_class { job_class: "day" active_fraction: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: 0.001 }
      job_class { job_class: "night" active_fraction: 1 staging_gb_per_card: 0 }
      workload { trace { format: "own" job_class: "day" clock: FIRST_DAY log_first_day: "2026-01-01" file: "trace.csv" )" + trace + "} } scheduler {" + scheduler + "}" + more),
                  "job_id,tenant,submit_s,duration_s,cards,class\n" + jobs);
}

double start_s(const RunResult& run, int job) { return run.number("SELECT start_s FROM jobs WHERE job = " + std::to_string(job)); }
double card_s(const RunResult& run, const std::string& metric) { return run[metric] * 3600; }

// ann has a quota of four and wants eight; bob comes for four of his own.
const char* const kJobs = "1,ann,0,1000,4,day\n2,ann,10,1000,4,day\n3,bob,20,500,4,day\n";
const char* const kQuotas = "tenant_quota { tenant: \"ann\" cards: 4 } tenant_quota { tenant: \"bob\" cards: 4 }";
const char* const kFixedCheckpoints = "reliability { faults_per_1000_node_days: 0 software_faults_per_1000_job_hours: 0 checkpoint { fixed { interval_s: 4 } restart_s: 0 } }";

std::string refusal(const std::string& scheduler) {
  try {
    one_server(scheduler, kJobs);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}
bool refused(const std::string& scheduler, const char* sentence) {
  const std::string said = refusal(scheduler);
  CAPTURE(said);
  CHECK(said.find(sentence) != std::string::npos);
  return said != "accepted";
}

}  // namespace

TEST_CASE("quotas: a job above its tenant's quota waits aside, its cards are withheld, and it holds up nobody else") {
  for (const char* policy : {"fcfs {}", "easy_backfill {}", "conservative_backfill {}", "fair_share {}", "dominant_resource {}"}) {
    CAPTURE(policy);
    const RunResult run = one_server(std::string(policy) + " quotas {}", kJobs, kQuotas);
    CHECK(start_s(run, 2) == 1000);
    CHECK(start_s(run, 3) == 20);
    CHECK(card_s(run, "withheld_card_hours.quota") == doctest::Approx(4 * (10 + 480)));  // 10 to 20 s, 520 to 1,000 s
    CHECK(card_s(run, "card_hours.withheld") == doctest::Approx(4 * 490));
    CHECK(run["quotas.borrowed_card_hours"] == 0);
  }
}

TEST_CASE("quotas: taking the rule away, ann takes all and bob waits") {
  const RunResult run = one_server("fcfs {}", kJobs, kQuotas);
  CHECK(start_s(run, 2) == 10);
  CHECK(start_s(run, 3) == 1000);
  CHECK_FALSE(run.has("withheld_card_hours.quota"));
  CHECK_FALSE(run.has("quotas.recalled_jobs"));
}

TEST_CASE("lending: ann borrows what nobody uses; bob waits for what comes back, or calls the last borrower back") {
  const RunResult waits = one_server("easy_backfill {} quotas { lending: IDLE }", kJobs, kQuotas);
  CHECK(start_s(waits, 2) == 10);
  CHECK(start_s(waits, 3) == 1000);
  CHECK(card_s(waits, "quotas.borrowed_card_hours") == doctest::Approx(4 * 990));  // at 1,000 s the job within the quota ends, and four fit
  CHECK(card_s(waits, "withheld_card_hours.quota") == 0);
  CHECK(waits["quotas.recalled_jobs"] == 0);

  // Called back at 20 s with ten seconds of work, of which eight are saved; it borrows again when bob is over, at 520 s.
  const RunResult recalls = one_server("easy_backfill {} quotas { lending: IDLE recall: PREEMPT }", kJobs, kQuotas, kFixedCheckpoints);
  CHECK(start_s(recalls, 3) == 20);
  CHECK(recalls["quotas.recalled_jobs"] == 1);
  CHECK(recalls.number("SELECT interruptions FROM jobs WHERE job = 2") == 1);
  CHECK(card_s(recalls, "card_hours.rework") == doctest::Approx(4 * 2).epsilon(0.01));
  CHECK(recalls.number("SELECT end_s FROM jobs WHERE job = 2") == doctest::Approx(520 + 992).epsilon(0.01));
  CHECK(card_s(recalls, "quotas.borrowed_card_hours") == doctest::Approx(4 * (10 + 480)).epsilon(0.01));
  CHECK(card_s(recalls, "withheld_card_hours.quota") == 0);
}

TEST_CASE("lending: of a borrower only what lies above the quota is borrowed, and only while it does") {
  const RunResult run = one_server("easy_backfill {} quotas { lending: IDLE }", "1,ann,0,100,2,day\n2,ann,0,3600,2,day\n", "tenant_quota { tenant: \"ann\" cards: 3 }");
  CHECK(start_s(run, 2) == 0);
  CHECK(card_s(run, "quotas.borrowed_card_hours") == doctest::Approx(1 * 100));
}

TEST_CASE("quotas: by the day, and of all tenants together as a share of the cards in service") {
  const RunResult days = one_server("fcfs {} quotas {}", "1,ann,0,1000,4,day\n2,ann,10,1000,4,day\n",
                                    "tenant_quota { tenant: \"ann\" cards: 8 from: \"2026-01-02\" } tenant_quota { tenant: \"ann\" cards: 2 }", "end_date: \"2026-01-04\"");
  CHECK(start_s(days, 1) == 86400);
  CHECK(start_s(days, 2) == 86400);
  const RunResult share = one_server("fcfs {} quotas { quota { quota: \"all\" share: 0.75 } }", kJobs);
  CHECK(start_s(share, 2) == 1000);
  CHECK(start_s(share, 3) == 1000 + 1000);  // with two more of 2 that would be eight, and six is three quarters
}

TEST_CASE("reservations: drained before, kept while they run, and counted so") {
  // Four cards for class night from 3,600 to 7,200 s. b wants all eight from 3,100 s on and has them at 7,200 s.
  const char* jobs = "1,a,0,3000,8,day\n2,b,3100,1000,8,day\n3,c,3200,300,4,day\n4,n,4000,500,4,night\n5,d,5000,100,4,day\n";
  const std::string night = "reservation { reservation: \"night\" from: \"2026-01-01\" from_hour: 1 until: \"2026-01-01\" until_hour: 2 cards: 4 site: \"hall\" job_class: \"night\" }";
  const RunResult run = one_server("easy_backfill {} " + night, jobs);
  CHECK(start_s(run, 3) == 3200);  // over before it begins
  CHECK(start_s(run, 4) == 4000);
  CHECK(start_s(run, 5) == 5000);  // leaves four
  CHECK(start_s(run, 2) == 7200);
  CHECK(card_s(run, "withheld_card_hours.drain") == doctest::Approx(8 * (100 + 100)));
  CHECK(card_s(run, "withheld_card_hours.reservation") == doctest::Approx(8 * (400 + 500 + 2100)));
  CHECK(card_s(run, "idle_fragmented_card_hours.size") == doctest::Approx(4 * (300 + 500 + 100)));
  const RunResult without = one_server("easy_backfill {}", jobs);
  CHECK(start_s(without, 2) == 3100);
  CHECK(start_s(without, 4) == 4100);
  CHECK_FALSE(without.has("withheld_card_hours.drain"));
  CHECK(without["withheld_card_hours.reservation"] == 0);
}

TEST_CASE("reservations and quotas that make no sense are refused") {
  const auto night = [](const std::string& parts) { return "reservation { reservation: \"night\" site: \"hall\" " + parts + " }"; };
  CHECK(refused(night("from: \"2026-01-02\" until: \"2026-01-03\" cards: 4 job_class: \"night\""), "the reservation lies outside the days that are simulated"));
  CHECK(refused(night("from: \"2026-01-01\" until: \"2026-01-01\" until_hour: 2 cards: 9 job_class: \"night\""), "9 cards are reserved but the site never has more than 8"));
  CHECK(refused(night("from: \"2026-01-01\" from_hour: 3 until: \"2026-01-01\" until_hour: 2 cards: 4 job_class: \"night\""), "the reservation ends before it begins"));
  CHECK(refused(night("from: \"2026-01-01\" until: \"2026-01-01\" cards: 4"), "the reservation is for nobody"));
  CHECK(refused(night("from: \"2026-01-01\" until: \"2026-01-01\" cards: 4 tenant: \"nan\""), "no tenant of the run is \"nan\""));
  CHECK(refused("quotas { quota { quota: \"x\" tenant: \"nan\" cards: 1 } }", "no tenant of the run is \"nan\", of that kind and region"));
  CHECK(refused("quotas { quota { quota: \"x\" tenant_kind: \"startup\" cards: 1 } }", "no tenant of the run is of this kind and region"));
}
