// Who gets the cards, in whole runs: contests, equal shares, several rules side by side, idle cards taken back.
#include <doctest/doctest.h>

#include "sim/scenario.h"
#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

/// The contest of scenarios/contest.txtpb on 80 cards: five teams of 16, then two of 40.
dure::Scenario small(const std::string& file, std::vector<std::string> sets = {}) {
  for (const char* set : {"tranche[hall].cards=80", "tranche[hall].government_use_cards=80", "workload.projects.cards_max=40", "workload.projects.cards_median=16"}) sets.emplace_back(set);
  if (file == "contest")
    for (const char* set : {"programme.tournament.stage[first].cards_per_team=16", "programme.tournament.stage[final].cards_per_team=40"}) sets.emplace_back(set);
  return dure::sim::load_scenario("scenarios/" + file + ".txtpb", sets).scenario;
}

}  // namespace

TEST_CASE("contest: fifteen apply, five get cards, two get more, and the metrics say what became of it") {
  const RunResult done = run(small("contest"));
  CHECK(done["projects.applied"] == 15);
  CHECK(done["projects.granted"] == 5);
  CHECK(done["capability.models"] <= 5);
  CHECK(done["capability.best_loss"] > 1.8172);
  CHECK(done["capability.best_loss"] < 2.6);
  CHECK(done["contest.card_hours_cut_teams"] > 0);
  const double won = done["contest.best_team_won"];
  CHECK((won == 0 || won == 1));
  // Two of five stand in the second half of the year, on more cards than before.
  CHECK(done.numbers("SELECT COUNT(DISTINCT project) FROM jobs WHERE submit_s > 17000000")[0] == 2);
  CHECK(done.numbers("SELECT MAX(cards) FROM jobs WHERE submit_s < 15000000")[0] <= 16);
  CHECK(done.numbers("SELECT MAX(cards) FROM jobs WHERE submit_s > 17000000")[0] > 16);
}

TEST_CASE("contest: cards on few teams make a better best model than shared equally, and a more unequal year") {
  const RunResult contest = run(small("contest")), share = run(small("contest-or-share"));
  CHECK(share["projects.granted"] == 10);  // 80 cards in servers of eight
  CHECK(contest["fairness.gini_card_hours"] > share["fairness.gini_card_hours"] + 0.2);
  CHECK(contest["capability.best_loss"] < share["capability.best_loss"]);
}

TEST_CASE("capability: efficiency is compute, a released model lifts those behind, and without the model nothing is claimed") {
  const RunResult plain = run(small("contest")), efficient = run(small("contest", {"programme.capability.efficiency=4"}));
  CHECK(efficient["capability.best_loss"] < plain["capability.best_loss"]);
  CHECK(efficient["card_hours.productive"] > 0);
  dure::Scenario without = small("contest-or-share");
  without.mutable_programme()->clear_capability();
  CHECK_FALSE(run(without).has("capability.best_loss"));
}

TEST_CASE("parts: each rule keeps to its share of the fleet") {
  dure::Scenario scenario = small("contest");
  dure::Programme* programme = scenario.mutable_programme();
  const dure::Tournament contest = programme->tournament();
  auto* few = programme->mutable_parts()->add_part();
  few->set_part("few");
  few->set_share(0.4);
  *few->mutable_tournament() = contest;
  auto* many = programme->mutable_parts()->add_part();
  many->set_part("many");
  many->set_share(0.6);
  many->mutable_equal_share()->set_begins("2026-01-01");
  scenario.mutable_workload()->mutable_projects()->set_applicants_per_call(6);
  const RunResult done = run(scenario);
  // 0.4 x 80 = 32 cards: two teams of 16. 48 for six others, eight each.
  CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE call LIKE 'few/%' AND start_s = 0")[0] <= 32);
  CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE call LIKE 'many/share-1'")[0] == 48);
}

TEST_CASE("reclaim: cards that stand idle go to those the call refused") {
  const auto year = [](bool reclaims) {
    dure::Scenario scenario = small("contest-or-share", {"workload.projects.intensity=0.05"});
    auto* rounds = scenario.mutable_programme()->mutable_call_rounds();
    rounds->set_cap_cards(16);
    auto* call = rounds->add_call();
    call->set_call("spring");
    call->set_decided("2026-01-01");
    if (reclaims) scenario.mutable_programme()->mutable_reclaim_idle();
    return run(scenario);
  };
  const RunResult kept = year(false), taken = year(true);
  CHECK_FALSE(kept.has("reclaim.card_hours"));
  CHECK(taken["reclaim.card_hours"] > 0);
  CHECK(taken["reclaim.granted_again"] > 0);
  CHECK(taken["projects.granted"] == kept["projects.granted"] + taken["reclaim.granted_again"]);
}
