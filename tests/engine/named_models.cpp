// Work on named models: run times follow from the card a project gets.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "sim/cli/table_rows.h"
#include "tests/support/run_text.h"
#include "tests/support/temp_folder.h"

using namespace dure::test;

namespace {

dure::Scenario with(const std::string& card) { return dure::sim::load_scenario("scenarios/h200-or-b200.txtpb", {"tranche[hall].card=" + card}).scenario; }

double median_h(const RunResult& run, const std::string& job_class) {
  const auto all = run.numbers("SELECT work_s / 3600 FROM jobs WHERE job_class = '" + job_class + "' AND work_s > 1800 ORDER BY work_s");
  REQUIRE(all.size() > 50);
  return all[all.size() / 2];
}

}  // namespace

TEST_CASE("named models: a quicker card shortens the runs, and frees the card-hours they took") {
  const RunResult h200 = run(with("H200-SXM-141")), b200 = run(with("B200-SXM-180"));
  for (const char* job_class : {"pretrain", "training", "fine_tune"}) CHECK_MESSAGE(median_h(b200, job_class) < 0.8 * median_h(h200, job_class), std::string(job_class));
  CHECK(median_h(b200, "notebook") > 0.8 * median_h(h200, "notebook"));  // people open them for as long as before
  CHECK(b200["card_hours.productive"] < 0.8 * h200["card_hours.productive"]);
  CHECK(b200["card_hours.idle_no_demand"] > h200["card_hours.idle_no_demand"]);
}

TEST_CASE("named models: without them run times are drawn, and the same on every card") {
  const auto drawn = [](const std::string& card) {
    dure::Scenario scenario = with(card);
    scenario.mutable_workload()->mutable_projects()->clear_model_work();
    scenario.mutable_workload()->mutable_projects()->clear_work_counted_on();
    return run(scenario);
  };
  const RunResult named = run(with("H200-SXM-141")), h200 = drawn("H200-SXM-141"), b200 = drawn("B200-SXM-180");
  CHECK(h200["card_hours.productive"] == doctest::Approx(b200["card_hours.productive"]).epsilon(1e-9));
  CHECK(named["card_hours.productive"] != h200["card_hours.productive"]);
  CHECK(named["jobs.submitted"] != h200["jobs.submitted"]);
}

TEST_CASE("named models: projects that fill their cards do more runs on quicker ones, in about the same card-hours") {
  const auto filling = [](const std::string& card) {
    dure::Scenario scenario = with(card);
    scenario.mutable_workload()->mutable_projects()->clear_work_counted_on();
    return run(scenario);
  };
  const RunResult h200 = filling("H200-SXM-141"), b200 = filling("B200-SXM-180");
  CHECK(b200["jobs.submitted"] > 1.2 * h200["jobs.submitted"]);
  CHECK(b200["card_hours.productive"] == doctest::Approx(h200["card_hours.productive"]).epsilon(0.1));  // a few dozen long jobs weigh a few per cent each
}

TEST_CASE("named models: an NPU that projects may get is refused with the reason") {
  CHECK_THROWS_WITH(run(with("RNGD")), doctest::Contains("its software covers serving alone"));
}

TEST_CASE("named models: a card that was measured trains at the measured rate, and the file says which card") {
  const dure::test::TempFolder folder;
  const std::string file = (folder / "h200.txtpb").string();
  const auto write = [&](const std::string& card, double rate) {
    std::ofstream(file) << "# proto-message: dure.MeasuredCard\ncard: \"" << card << "\" compute_units: 132\n"
                        << "gemm { precision: \"bf16\" peak_tflops: 989 rate_tflops: " << rate << " tile_cost: 0.1 wave_share: 0.5 ramp_k: 150 memory_gb_per_s: 4000 start_us: 3 }\n";
  };
  const auto run_h = [&](double rate) {
    write("H200-SXM-141", rate);
    return median_h(run(dure::sim::load_scenario("scenarios/h200-or-b200.txtpb", {"measured_card_file=" + file}).scenario), "pretrain");
  };
  CHECK(run_h(400) > 1.3 * run_h(800));
  write("H200-SXM-999", 800);
  CHECK_THROWS(dure::sim::load_scenario("scenarios/h200-or-b200.txtpb", {"measured_card_file=" + file}));
  std::ofstream(file) << "card,compute_units\nH200-SXM-141,132\n";
  CHECK_THROWS(dure::sim::load_scenario("scenarios/h200-or-b200.txtpb", {"measured_card_file=" + file}));
}

TEST_CASE("named models: collectives take the site's path, so a spine that carries an eighth lengthens training across leaves") {
  const auto run_h = [&](const std::string& oversubscription) {
    return median_h(run(dure::sim::load_scenario("scenarios/h200-or-b200.txtpb", {"site[hall].nodes_per_leaf=1", "fabric.card_gbps=400", "fabric.spine_oversubscription=" + oversubscription}).scenario), "pretrain");
  };
  CHECK(run_h("8") > 1.02 * run_h("1"));
}

TEST_CASE("catalogue: every accelerator runs in a scenario, and those with a bandwidth on record have times") {
  const auto cards = dure::sim::rows_of<dure::CardType>("platforms/catalogue/cards.csv", dure::sim::UnknownColumns::kRefused);
  const auto nodes = dure::sim::rows_of<dure::NodeType>("platforms/catalogue/nodes.csv", dure::sim::UnknownColumns::kRefused);
  REQUIRE(cards.size() >= 24);
  for (const auto& card : cards) {
    CAPTURE(card.card());
    dure::Scenario scenario = scenario_of(hall(2, 8, R"(job_class { job_class: "training" } scheduler { fcfs {} } power {}
      workload { steady { offered_load: 0.7 jobs_per_year: 20000 max_cards: 8 } } horizon_s: 259200)"));
    scenario.mutable_card(0)->CopyFrom(card);
    const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const auto& each) { return each.card() == card.card(); });
    REQUIRE(node != nodes.end());
    scenario.mutable_node(0)->CopyFrom(*node);
    scenario.mutable_tranche(0)->set_card(card.card());
    const RunResult done = run(scenario);
    CHECK(done["jobs.completed"] > 0);
    CHECK(done["energy_kwh.it"] > 0);
  }
}
