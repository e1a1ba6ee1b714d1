// Cards kept apart, and the delay before the queue: two servers of eight, small enough to count by hand.
#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include <fstream>

#include "sim/error.h"
#include "tests/engine/rows.h"

using namespace dure::sim;

namespace {

dure::Scenario two_servers(const std::string& jobs, const std::string& rest = "") {
  static int count = 0;
  const std::filesystem::path log = std::filesystem::temp_directory_path() / ("dure-two-servers-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".csv");
  std::ofstream(log) << "job_id,submit_s,duration_s,cards,class\n" << jobs;
  dure::Scenario scenario;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(R"(
    name: "two-servers" start_date: "2026-01-01" horizon_s: 3600
    region { region: "home" city: "Seoul" climate_city: "Seoul" demand_share: 1 }
    card { card: "c" bf16_tflops: 1 memory_gb: 80 rated_w: 700 }
    node { card: "c" cards_per_node: 8 idle_w: 2000 busy_w: 7000 }
    site { site: "s" region: "home" peak_power_mw: 1 pue: 1.2 }
    tranche { tranche: "open" site: "s" card: "c" cards: 8 government_use_cards: 8 installed: true promised: "2025-01-01" delivered_mid: "2025-01-01" }
    tranche { tranche: "kept" partition: "big" site: "s" card: "c" cards: 8 government_use_cards: 8 installed: true promised: "2025-01-01" delivered_mid: "2025-01-01" }
    job_class { job_class: "small" staging_gb_per_card: 0 active_fraction: 1 }
    job_class { job_class: "large" staging_gb_per_card: 0 active_fraction: 1 partition: "big" }
    workload { trace { format: "own" job_class: "small" clock: FIRST_SUBMIT file: ")" + log.string() + R"(" } }
  )" + rest, &scenario));
  return scenario;
}

/// Field and sentence of the refusal, from a child.
std::string refusal(const dure::Scenario& scenario) {
  return in_child([&]() -> std::string {
    try {
      run_scenario(scenario, {});
    } catch (const ScenarioError& error) {
      return error.path + ": " + error.message.en + (error.message.ko.empty() || error.help.ko.empty() ? " (no Korean)" : "");
    }
    return "accepted";
  });
}

}  // namespace

TEST_CASE("partitions: a job runs on cards of its own partition only, and free cards there are withheld from those who wait outside") {
  // a fills the open server until 100 s. b waits from 10 s for four cards: the kept server has eight, so four are withheld.
  // From 50 s c holds six of them; b would no longer fit, so nothing is withheld from it.
  const Rows run(two_servers("a,0,100,8,small\nb,10,50,4,small\nc,50,70,6,large\n", "scheduler { fcfs {} }"));
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 2") == 100);
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 3") == 50);
  const std::string hours = "SELECT sum(card_hours) * 3600 FROM card_hours WHERE ";
  CHECK(run.number(hours + "state = 'withheld' AND cause = 'reservation' AND partition = 'big'") == doctest::Approx(4 * 40));
  CHECK(run.number(hours + "state = 'withheld'") == doctest::Approx(4 * 40));
  CHECK(run.number(hours + "state = 'idle_no_demand' AND partition = 'big'") == doctest::Approx(8 * 3600 - 6 * 70 - 4 * 40));
  CHECK(run.number(hours + "state = 'productive' AND partition = 'big'") == doctest::Approx(6 * 70));
  CHECK(run.number(hours + "state = 'idle_no_demand' AND partition = ''") == doctest::Approx(8 * 3600 - 800 - 200));
}

TEST_CASE("partitions: nothing is charged beyond what waits, and what is charged to open cards is not charged again") {
  // Six of eight open cards are taken until 100 s. b asks for four from 0 s: the two that are free are fragmented, so only
  // two more may be withheld on the kept server, though all eight of it are free.
  const Rows run(two_servers("a,0,100,6,small\nb,0,50,4,small\n", "scheduler { fcfs {} }"));
  const std::string hours = "SELECT sum(card_hours) * 3600 FROM card_hours WHERE ";
  CHECK(run.number(hours + "state = 'idle_fragmented' AND partition = ''") == doctest::Approx(2 * 100));
  CHECK(run.number(hours + "state = 'withheld' AND partition = 'big'") == doctest::Approx(2 * 100));
}

TEST_CASE("partitions: what waits for a partition is not charged to open cards") {
  const Rows run(two_servers("a,0,100,8,large\nb,0,50,8,large\n", "scheduler { fcfs {} }"));
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 2") == 100);
  CHECK(run.number("SELECT count(*) FROM card_hours WHERE state = 'withheld' OR state = 'idle_fragmented'") == 0);
}

TEST_CASE("partitions: a class whose partition no tranche has is refused, and a job larger than its partition") {
  dure::Scenario scenario = two_servers("a,0,100,8,large\n");
  scenario.mutable_job_class(1)->set_partition("bgi");
  CHECK(refusal(scenario) == "job_class[large].partition: no tranche has the partition \"bgi\"");
  scenario = two_servers("a,0,100,16,large\n");
  CHECK(refusal(scenario) == ": job a asks for 16 cards but the largest pool it may use has 8");
  scenario = two_servers("a,0,100,8,large\n");
  scenario.mutable_workload()->mutable_projects();
  CHECK(refusal(scenario).starts_with("job_class[large].partition: projects work on the cards of their grants"));
}

TEST_CASE("scheduling delay: a job enters the queue that long after submission, and waits meanwhile") {
  dure::Scenario scenario = two_servers("a,0,100,4,small\nb,20,100,4,small\n", "scheduler { fcfs {} scheduling_delay_s: 7.5 }");
  scenario.set_horizon_s(25);
  const Rows run(scenario);
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 1") == 7.5);
  CHECK(run.number("SELECT wait_s FROM jobs WHERE job = 1") == 7.5);
  CHECK(run.number("SELECT wait_s FROM jobs WHERE job = 2 AND outcome = 'waiting'") == 5);
}
