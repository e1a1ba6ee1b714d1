// Runs that begin as one: to the last bit what each would have been by itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "sim/engine/run.h"
#include "sim/launch/child.h"
#include "sim/launch/shared_past.h"
#include "sim/launch/task_json.h"
#include "sim/launch/worker.h"
#include "sim/scenario_study.h"
#include "tests/support/run_text.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

/// Fourteen months of the questions' centre with 96 cards, and two later tranches: cards are granted at calls, nodes fail, money moves.
std::string centre(const std::string& more) {
  return "# proto-message: dure.Scenario\nextends: \"" + (std::filesystem::current_path() / "scenarios/questions/centre.txtpb").string() + R"("
    name: "shared-past" end_date: "2027-05-01"
    tranche { tranche: "centre" cards: 96 government_use_cards: 84 }
    tranche { tranche: "second" site: "centre" card: "H200-SXM-141" cards: 32 government_use_cards: 32 price_krw_per_card: 100000000
      ordered: "2026-09-01" promised: "2027-01-01" delivered_low: "2027-01-01" delivered_mid: "2027-01-04" delivered_high: "2027-01-10" }
    workload { projects { applicants_per_call: 8 } }
    economics { operator {} payment_schedule { schedule: "parts" payment { at: order share: 0.3 } payment { at: delivery share: 0.7 } tranche: "second" } }
  )" + more;
}
const std::string kThird = R"(tranche { tranche: "third" site: "centre" card: "H200-SXM-141" cards: 64 government_use_cards: 64 price_krw_per_card: 90000000
  ordered: "2027-01-01" promised: "2027-04-01" delivered_low: "2027-04-01" delivered_mid: "2027-04-01" delivered_high: "2027-04-01" })";

std::string option(const std::string& name, const std::string& file, const std::vector<std::string>& sets) {
  std::string text = "option { option: \"" + name + "\" scenario: \"" + file + "\"";
  for (const std::string& set : sets) text += " set: \"" + set + "\"";
  return text + " }\n";
}

struct Written {
  TempFolder folder;
  LoadedStudy study;
  std::vector<Task> tasks;
};

/// Options that differ late, and two that do not.
Written many_options(const std::string& fidelity, std::uint32_t replicates) {
  Written out;
  const std::string plain = out.folder / "centre.txtpb", more = out.folder / "more.txtpb", file = out.folder / "study.txtpb";
  std::ofstream(plain) << centre("");
  std::ofstream(more) << centre(kThird);
  std::ofstream(file) << "# proto-message: dure.Study\nname: \"test\"\nset: \"fidelity=" << fidelity << "\"\n"
                      << option("as_is", plain, {})
                      << option("delayed", plain, {"tranche[second].delivered_low=2027-02-01", "tranche[second].delivered_mid=2027-02-01", "tranche[second].delivered_high=2027-02-01"})
                      << option("cancelled", plain, {"tranche[second].cancelled=true"})
                      << option("added", more, {})
                      << option("goes_early", plain, {"tranche[centre].term_end=2027-03-31"})
                      << option("short_call", plain, {"programme.call_rounds.call[2027-03].max_months=2"})
                      << option("more_asked", plain, {"workload.projects.applicants_per_call=14"})
                      << option("dearer", plain, {"economics.staff_krw_per_year=90000000", "economics.discount_rate_per_year=0.1", "tranche[second].price_krw_per_card=120000000"})
                      << option("fewer_calls", plain, {"programme.call_rounds.call[2026-09].cards=8", "programme.call_rounds.call[2026-09].max_months=1"})
                      << option("gap", plain, {"site[centre].budget_gap.from=2027-02-15", "site[centre].budget_gap.months=2"})
                      << option("more_faults", plain, {"reliability.faults_per_1000_node_days=8"})
                      << "decision { metric: \"npv_krw.total\" better: HIGHER }\nreplicates: 2\n";
  out.study = load_study(file);
  for (std::uint32_t replicate = 0; replicate < replicates; ++replicate)
    for (std::size_t option = 0; option < out.study.options.size(); ++option) out.tasks.push_back({Purpose::kReplicate, option, replicate, {}});
  return out;
}

std::string alone(const LoadedStudy& study, const Task& task) {
  return in_child([&] { return to_text(run_task(study, 1, task)); });
}

double metric(const TaskResult& result, const std::string& name) {
  for (const Metric& one : result.metrics)
    if (one.name == name && one.value) return *one.value;
  FAIL("no " << name);
  return 0;
}

}  // namespace

TEST_CASE("shared past: options that differ late are what they are by themselves, to the last bit") {
  for (const auto& [fidelity, replicates] : {std::pair<std::string, std::uint32_t>{"PLANNING", 2}, {"FULL", 1}}) {
    const Written written = many_options(fidelity, replicates);
    SharedPast shared;
    const std::vector<TaskResult> together = run_tasks(written.study, 1, written.tasks, shared);
    std::map<std::string, std::string> of_option;
    for (std::size_t i = 0; i < written.tasks.size(); ++i) {
      INFO(fidelity, ", ", written.study.options[written.tasks[i].option].name, ", replicate ", written.tasks[i].replicate);
      CHECK_FALSE(together[i].failure.has_value());
      CHECK(to_text(together[i]) == alone(written.study, written.tasks[i]));
    }
    // Nine of eleven begin as one (all but more_asked and more_faults), so eight begin where another had got to, for each replicate.
    CHECK(shared.runs == 8 * replicates);
    CHECK(shared.saved_s > 0.6 * 8 / 9 * shared.simulated_s);
    // They do differ: none of the eleven is another.
    for (std::size_t i = 0; i < written.study.options.size(); ++i) {
      const std::string text = to_text(together[i]);
      CHECK_MESSAGE(of_option.emplace(text, written.study.options[i].name).second, written.study.options[i].name, " is the same as ", of_option[text]);
    }
    CHECK(metric(together[0], "faults.node") > 0);
    CHECK(metric(together[0], "projects.granted") > 5);
  }
}

TEST_CASE("shared past: a run that stops on the way and goes on writes the same rows as an unbroken one") {
  TempFolder folder;
  const std::string file = folder / "centre.txtpb";
  std::ofstream(file) << centre(kThird);
  const ::dure::Scenario scenario = load_scenario(file).scenario;
  const RunResult unbroken = run(scenario);
  for (const double part_day : {0.5, 31.0, 200.3, 306.0, 400.01}) {
    RunResult broken;
    broken.summary = in_child([&] {
      ResultsFile results(broken.folder / "results.sqlite");
      RunOptions options;
      options.seed = Seed{scenario.seed()};
      options.file = &results;
      const std::vector<const ::dure::Scenario*> twice = {&scenario, &scenario};
      const auto groups = run_groups(twice, options.seed);
      if (groups.size() != 1) return std::string("a scenario does not begin like itself");
      std::vector<std::size_t> standing_for;
      const TogetherOutcome ended = run_together(twice, groups.front(), options, [] { return true; }, standing_for, part_day * 86400);
      results.finish();
      if (ended.scenario != 1 || standing_for != std::vector<std::size_t>{1}) return std::string("it did not become the other");
      return to_json(ended.outcome.summary);
    });
    INFO("on day ", part_day);
    CHECK(broken.summary == unbroken.summary);
    CHECK(broken.dump() == unbroken.dump());
  }
}

TEST_CASE("shared past: a tranche more where nodes of others come after, and a day of supply") {
  TempFolder folder;
  const std::string south = R"(site { site: "south" region: "honam" peak_power_mw: 2 cooling: "air_chiller" tariff: "general_b_B_II" powered_from: "2026-02-01" }
    tranche { tranche: "south" site: "south" card: "H200-SXM-141" cards: 64 government_use_cards: 64 installed: true price_krw_per_card: 90000000 promised: "2026-03-01" delivered_mid: "2026-03-01" }
    tranche { tranche: "south_later" site: "south" card: "H200-SXM-141" cards: 64 government_use_cards: 64 price_krw_per_card: 90000000 promised: "2027-01-01" delivered_mid: "2027-02-01" } )";
  LoadedStudy study;
  std::vector<Task> tasks;
  const auto add = [&](const std::string& more, const std::vector<std::string>& sets) {
    const std::string file = folder / "option.txtpb";
    std::ofstream(file) << centre(more);
    tasks.push_back({Purpose::kReplicate, study.options.size(), 0, {}});
    study.options.push_back({std::to_string(tasks.size()), {}, load_scenario(file, sets)});
  };
  add(south, {});
  add(south + kThird, {});
  add(south, {"tranche[second].cards=96", "tranche[second].government_use_cards=80"});
  add(south, {"tranche[centre].term_end=2027-04-15"});
  SharedPast with_faults;
  std::vector<TaskResult> together = run_tasks(study, 1, tasks, with_faults);
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(to_text(together[i]) == alone(study, tasks[i]));
  CHECK(with_faults.runs < 3);  // other nodes have other numbers, and so other luck
  for (StudyOption& option : study.options) option.loaded.scenario.clear_reliability();
  SharedPast shared;
  together = run_tasks(study, 1, tasks, shared);
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(to_text(together[i]) == alone(study, tasks[i]));
  CHECK(shared.runs == 3);
  for (std::size_t i = 1; i < tasks.size(); ++i) CHECK(to_text(together[i]) != to_text(together[i - 1]));
}

TEST_CASE("shared past: inputs that only money depends on share a run to its last second") {
  TempFolder folder;
  const std::string plain = folder / "centre.txtpb", file = folder / "study.txtpb";
  std::ofstream(plain) << centre("");
  std::ofstream(file) << "# proto-message: dure.Study\nname: \"test\"\nset: \"fidelity=PLANNING\"\n" << option("as_is", plain, {}) << option("other", plain, {"scheduler=fcfs"})
                      << "input { input: \"staff\" path: \"economics.staff_krw_per_year\" } input { input: \"life\" path: \"economics.server_life_years\" }"
                      << "input { input: \"faults\" path: \"reliability.faults_per_1000_node_days\" }"
                      << "decision { metric: \"npv_krw.total\" better: HIGHER }\nreplicates: 2\n";
  const LoadedStudy study = load_study(file);
  std::vector<Task> tasks;
  for (const auto& inputs : {std::vector<double>{7e7, 5, 4}, {5e7, 5, 4}, {7e7, 4, 4}, {7e7, 5, 2}, {6e7, 6, 2}}) tasks.push_back({Purpose::kTornado, 0, 0, inputs});
  SharedPast shared;
  const std::vector<TaskResult> together = run_tasks(study, 1, tasks, shared);
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(to_text(together[i]) == alone(study, tasks[i]));
  CHECK(shared.runs == 3);  // two of the first three, one of the other two
  CHECK(shared.saved_s == doctest::Approx(0.6 * shared.simulated_s));
  CHECK(metric(together[0], "npv_krw.total") != metric(together[1], "npv_krw.total"));
  CHECK(metric(together[0], "card_hours.productive") == metric(together[1], "card_hours.productive"));
}

TEST_CASE("shared past: shards with and without it hold the same results") {
  Written written = many_options("PLANNING", 2);
  std::erase_if(written.tasks, [](const Task& task) { return task.option > 6 || task.option == 3; });  // five that begin as one, and more_asked, for two replicates
  REQUIRE(written.tasks.size() == 12);
  std::vector<std::string> digests;
  for (const auto& [per_shard, share] : {std::pair<std::size_t, bool>{1, true}, {6, true}, {6, false}, {4, true}, {12, true}}) {
    TempFolder folder;
    Shards shards(folder / "shards", {fingerprint(written.study), "test", 1});
    shards.add_round(written.tasks, per_shard);
    for (const std::size_t shard : shards.missing())
      in_child([&] {
        run_shard(written.study, 1, shards, shard, share);
        return std::string("done");
      });
    digests.push_back(digest_of(shards.read_all()));
    CHECK(digests.back() == digests.front());
    CHECK((shards.shared_past().runs > 0) == (share && per_shard > 1));
  }
}

TEST_CASE("shared past: options with nothing in common, and an option that a model refuses, run by themselves") {
  Written written = many_options("PLANNING", 1);
  const auto shares = [&](std::vector<std::size_t> options) {
    std::vector<Task> tasks;
    for (const std::size_t option : options) tasks.push_back({Purpose::kReplicate, option, 0, {}});
    return share_a_past(written.study, 1, tasks);
  };
  CHECK(shares({0, 1}));
  CHECK(shares({2, 3}));
  CHECK_FALSE(shares({0, 6}));   // others apply, from the first day on
  CHECK_FALSE(shares({6, 10}));
  CHECK_FALSE(shares({0}));
  // What the most nodes draw idle is set aside of a cap on power from the first day on; a tranche that comes later takes the same.
  CHECK(shares({0, 2}));
  const auto uncapped = written.study.options;
  for (auto& option : written.study.options)
    for (auto& site : *option.loaded.scenario.mutable_site())
      if (site.site() == "centre") site.set_power_cap_kw(150);
  CHECK(shares({0, 1}));
  CHECK_FALSE(shares({0, 2}));
  written.study.options = uncapped;
  // An order day is needed where a part is paid then.
  auto* tranche = written.study.options[1].loaded.scenario.mutable_tranche(1);
  REQUIRE(tranche->tranche() == "second");
  tranche->clear_ordered();
  CHECK_FALSE(shares({0, 1}));
  const std::vector<Task> tasks(written.tasks.begin(), written.tasks.begin() + 3);
  SharedPast shared;
  const std::vector<TaskResult> results = run_tasks(written.study, 1, tasks, shared);
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(to_text(results[i]) == alone(written.study, tasks[i]));
  CHECK(results[1].failure.has_value());
  CHECK(shared.runs == 1);
}
