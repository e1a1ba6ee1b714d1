// Who gets the cards, in whole runs: contests, equal shares, several rules side by side, idle cards taken back.
#include <doctest/doctest.h>

#include "sim/engine/run.h"
#include "sim/error.h"
#include "sim/scenario.h"
#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

/// Question 2 on 80 cards: five teams of 16, then two of 40; or fifteen that share.
dure::Scenario small(const std::string& file, std::vector<std::string> sets = {}) {
  for (const char* set : {"tranche[hall].cards=80", "tranche[hall].government_use_cards=80", "workload.projects.cards_max=40", "workload.projects.cards_median=16"}) sets.emplace_back(set);
  if (file == "02-tournament")
    for (const char* set : {"programme.tournament.stage[first].cards_per_team=16", "programme.tournament.stage[final].cards_per_team=40"}) sets.emplace_back(set);
  return dure::sim::load_scenario("scenarios/questions/" + file + ".txtpb", sets).scenario;
}

}  // namespace

TEST_CASE("contest: fifteen apply, five get cards, two get more, and the metrics say what became of it") {
  const RunResult done = run(small("02-tournament"));
  CHECK(done["projects.applied"] == 15);
  CHECK(done["projects.granted"] == 5);
  CHECK(done["capability.models"] <= 5);
  CHECK(done["capability.best_loss"] > 1.8172);
  CHECK(done["capability.best_loss"] < 2.6);
  CHECK(done["contest.card_hours_cut_teams"] > 0);
  const double won = done["contest.best_team_won"];
  CHECK((won == 0 || won == 1));
  // Every term of a team says when its data was there: that of the first stage before its end, that of the second at its beginning.
  CHECK(done.number("SELECT COUNT(*) FROM grants WHERE cards_granted > 0") == 7);
  CHECK(done.number("SELECT COUNT(*) FROM grants WHERE cards_granted > 0 AND data_ready_s >= start_s AND data_ready_s < end_s") == 7);
  // Two of five stand in the second half of the year, on more cards than before.
  CHECK(done.numbers("SELECT COUNT(DISTINCT project) FROM jobs WHERE submit_s > 17000000")[0] == 2);
  CHECK(done.numbers("SELECT MAX(cards) FROM jobs WHERE submit_s < 15000000")[0] <= 16);
  CHECK(done.numbers("SELECT MAX(cards) FROM jobs WHERE submit_s > 17000000")[0] > 16);
}

TEST_CASE("contest: cards on few teams make a better best model than shared equally, and a more unequal year") {
  const RunResult contest = run(small("02-tournament")), share = run(small("02-split"));
  CHECK(share["projects.granted"] == 10);  // 80 cards in servers of eight
  CHECK(contest["fairness.gini_card_hours"] > share["fairness.gini_card_hours"] + 0.2);
  CHECK(contest["capability.best_loss"] < share["capability.best_loss"]);
}

TEST_CASE("capability: efficiency is compute, a released model lifts those behind, and without the model nothing is claimed") {
  const RunResult plain = run(small("02-tournament")), efficient = run(small("02-tournament", {"programme.capability.efficiency=4"}));
  CHECK(efficient["capability.best_loss"] < plain["capability.best_loss"]);
  CHECK(efficient["card_hours.productive"] > 0);
  dure::Scenario without = small("02-split");
  without.mutable_programme()->clear_capability();
  CHECK_FALSE(run(without).has("capability.best_loss"));
}

TEST_CASE("parts: each rule keeps to its share of the fleet") {
  dure::Scenario scenario = small("02-tournament");
  dure::Programme* programme = scenario.mutable_programme();
  dure::Tournament contest = programme->tournament();
  contest.mutable_stage(0)->set_teams(2);
  contest.mutable_stage(1)->set_teams(1);
  contest.mutable_stage(1)->set_cards_per_team(32);
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
  const auto year = [](bool reclaims, double window_days = 14) {
    dure::Scenario scenario = small("02-split", {"workload.projects.intensity=0.05"});
    auto* rounds = scenario.mutable_programme()->mutable_call_rounds();
    rounds->set_cap_cards(16);
    auto* call = rounds->add_call();
    call->set_call("spring");
    call->set_decided("2026-01-01");
    if (reclaims) scenario.mutable_programme()->mutable_reclaim_idle()->set_window_days(window_days);
    return run(scenario);
  };
  const RunResult kept = year(false), taken = year(true);
  CHECK_FALSE(kept.has("reclaim.card_hours"));
  CHECK(taken["reclaim.card_hours"] > 0);
  CHECK(taken["reclaim.granted_again"] > 0);
  CHECK(taken["projects.granted"] == kept["projects.granted"] + taken["reclaim.granted_again"]);
  const double eight = year(true, 8)["reclaim.card_hours"];
  CHECK(year(true, 7.9)["reclaim.card_hours"] == eight);  // the first midnight after it
  CHECK(year(true, 7)["reclaim.card_hours"] != eight);
}

namespace {

/// The national centre of the questions on 160 cards for a year, forty applicants a call.
dure::Scenario centre(const std::string& file, const std::vector<std::string>& sets = {}) {
  std::vector<std::string> all = {"tranche[centre].cards=160", "tranche[centre].government_use_cards=160", "workload.projects.applicants_per_call=40", "workload.projects.cards_max=64", "end_date=2027-03-01"};
  all.insert(all.end(), sets.begin(), sets.end());
  return dure::sim::load_scenario("scenarios/questions/" + file + ".txtpb", all).scenario;
}

}  // namespace

TEST_CASE("calls: cards whose term ends on the day of a call are on offer in it, and a term that ends with the run is finished") {
  const RunResult done = run(centre("21-merit", {"end_date=2028-03-01", "workload.projects.full_term_share=1"}));
  CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE call = '2026-03'")[0] >= 152);
  CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE call = '2027-03'")[0] >= 152);
  CHECK(done["projects.finished"] == done["projects.granted"]);
}

TEST_CASE("calls: what is decided after the end is left out and counted") {
  CHECK(run(small("02-split", {"programme.equal_share.begins=2030-01-01"}))["calls.after_end"] == 1);
  CHECK(run(centre("21-merit", {"end_date=2026-10-01"}))["calls.after_end"] == 2);
}

TEST_CASE("contest: only the kinds it is for apply") {
  const RunResult done = run(centre("01-concentrate", {"programme.parts.part[few].tournament.stage[year].cards_per_team=24"}));
  CHECK(done.numbers("SELECT COUNT(*) FROM grants WHERE call LIKE 'few/%'")[0] == 15);
  CHECK(done.numbers("SELECT COUNT(*) FROM grants WHERE call LIKE 'few/%' AND tenant_kind NOT IN ('foundation_team', 'startup')")[0] == 0);
  CHECK(done.numbers("SELECT COUNT(*) FROM grants WHERE call LIKE 'many/%' AND tenant_kind NOT IN ('foundation_team', 'startup')")[0] > 0);
}

TEST_CASE("programmes that could never work are refused: more cards than there are, kinds nobody is") {
  const auto refusal = [](const dure::Scenario& scenario) -> std::string {
    try {
      run(scenario);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal(small("02-tournament", {"programme.tournament.stage[final].teams=3"})) == "stage \"final\" wants 3 x 40 = 120 cards, but the contest never has more than 80");
  CHECK(refusal(small("02-tournament", {"programme.tournament.tenant_kind=university"})) == "call \"first\" is for kinds of tenant that no archetype is");
  const auto kept_for = [](const char* kind) {
    dure::Scenario scenario = centre("21-quota", {"end_date=2026-04-01"});
    scenario.mutable_programme()->mutable_call_rounds()->mutable_quota(0)->clear_tenant_kind();
    scenario.mutable_programme()->mutable_call_rounds()->mutable_quota(0)->add_tenant_kind(kind);
    return scenario;
  };
  CHECK(refusal(kept_for("other")) == "nobody of these kinds and regions ever applies, so the cards would be kept for nobody");
  CHECK(refusal(kept_for("startup")).empty());
  const auto quota_of = [](const char* tenant, const char* kind) {
    dure::Scenario scenario = centre("21-merit", {"end_date=2026-04-01"});
    auto* quota = scenario.mutable_scheduler()->mutable_quotas()->add_quota();
    quota->set_quota("q");
    quota->set_cards(8);
    if (*tenant != 0) quota->set_tenant(tenant);
    if (*kind != 0) quota->set_tenant_kind(kind);
    return scenario;
  };
  CHECK(refusal(quota_of("", "other")) == "no tenant of the run is of this kind and region");
  CHECK(refusal(quota_of("university-00001", "startup")) == "no tenant of the run is \"university-00001\", of that kind and region");
  CHECK(refusal(quota_of("other-00001", "")) == "no tenant of the run will be called \"other-00001\"");
  CHECK(refusal(quota_of("university-1", "")) == "no tenant of the run will be called \"university-1\"");
  CHECK(refusal(quota_of("university-00001", "university")).empty());
}

TEST_CASE("price: where users pay more, fewer apply, less stands idle in grants, and more is paid") {
  const RunResult free = run(centre("06-free")), dear = run(centre("06-price", {"programme.user_price.academia=0.1", "programme.user_price.small_firm=0.1"}));
  CHECK(free["applicants.priced_out"] == 0);
  CHECK(dear["applicants.priced_out"] > 0);
  CHECK(dear["projects.applied"] < free["projects.applied"]);
  CHECK(dear["applicants.excess_cards"] < free["applicants.excess_cards"]);
  CHECK(dear["grants.unused_card_hours"] / dear["grants.card_hours"] < free["grants.unused_card_hours"] / free["grants.card_hours"]);
  CHECK(free["income_krw.user_payments"] == 0);
  CHECK(dear["income_krw.user_payments"] > 0);
  CHECK_FALSE(run(centre("21-merit")).has("applicants.priced_out"));
}

TEST_CASE("auction: bids clear the market above the posted price") {
  const RunResult posted = run(centre("06-auction", {"programme.priced.auction=false"})), auction = run(centre("06-auction"));
  CHECK(auction["income_krw.user_payments"] > 2 * posted["income_krw.user_payments"]);
  dure::Scenario mute = centre("06-auction");
  mute.mutable_workload()->mutable_projects()->clear_response();
  CHECK_THROWS(run(mute));
}

TEST_CASE("credits: a project without credit waits for the next period, and what is left of a period expires") {
  const auto year = [](double of_grant) {
    dure::Scenario scenario = centre("21-merit");
    if (of_grant > 0) scenario.mutable_programme()->mutable_credits()->set_of_grant(of_grant);
    return run(scenario);
  };
  const RunResult without = year(0), ample = year(1), scarce = year(0.2);
  CHECK_FALSE(without.has("credits.issued_card_hours"));
  CHECK(ample["credits.issued_card_hours"] == doctest::Approx(ample["grants.card_hours"]).epsilon(0.05));   // grants that outlive the run
  CHECK(ample["credits.expired_card_hours"] > 0);
  CHECK(scarce["card_hours.productive"] < 0.6 * without["card_hours.productive"]);
  // What is held may exceed credit by the jobs under way when it ran out.
  CHECK(scarce["grants.card_hours"] - scarce["grants.unused_card_hours"] < 2.5 * scarce["credits.issued_card_hours"]);
}

TEST_CASE("people: half of the budget in people means half of the cards, money for teams, and other losses") {
  const RunResult cards = run(small("02-tournament"));
  dure::Scenario half = small("02-tournament");
  half.mutable_programme()->mutable_people()->set_share(0.5);
  half.mutable_economics();
  half.mutable_power();
  const RunResult people = run(half);
  CHECK(people["grants.card_hours"] == doctest::Approx(0.5 * cards["grants.card_hours"]).epsilon(0.11));   // whole servers: 16 to 8, 40 to 16 or 24, as drawn
  CHECK(people["cost_krw.programme"] == doctest::Approx((cards["grants.card_hours"] - people["grants.card_hours"]) * 6100).epsilon(1e-6));  // what is not cards is money
  CHECK(people["capability.best_loss"] != cards["capability.best_loss"]);
  half.mutable_programme()->mutable_people()->set_elasticity(0);
  CHECK(run(half)["capability.best_loss"] > people["capability.best_loss"]);   // money alone buys nothing
}

TEST_CASE("winners: a payment is booked, and lifts the team in the next contest") {
  const auto years = [](double krw) {
    dure::Scenario scenario = small("02-tournament", {"programme.tournament.repeat_months=12", "end_date=2028-01-02", "workload.projects.returning_share=1", "programme.tournament.applicants=5"});
    scenario.mutable_programme()->mutable_tournament()->set_winner_payment_krw(krw);
    scenario.mutable_economics();
    return run(scenario);
  };
  const RunResult unpaid = years(0), paid = years(3e10);
  CHECK(unpaid["cost_krw.programme"] == 0);
  CHECK(paid["cost_krw.programme"] == doctest::Approx(4 * 3e10));   // two winners in each of two contests
  CHECK(paid["capability.best_loss"] < unpaid["capability.best_loss"]);
}

TEST_CASE("software coverage: cards that few projects can use stand idle") {
  const auto idle = [](double coverage) {
    return run(centre("19-npu", {"tranche[centre].cards=80", "tranche[centre].government_use_cards=80", "tranche[npu].cards=80", "tranche[npu].government_use_cards=80",
                                 "card[REBEL-QUAD].software_coverage=" + std::to_string(coverage)}));
  };
  const RunResult none = idle(0), all = idle(1);
  CHECK(none.numbers("SELECT COUNT(*) FROM jobs WHERE card = 'REBEL-QUAD'")[0] == 0);
  CHECK(all.numbers("SELECT COUNT(*) FROM jobs WHERE card = 'REBEL-QUAD'")[0] > 0);
  CHECK(all["card_hours.productive"] > none["card_hours.productive"]);
}

TEST_CASE("operator: own use is income of the operator, and more of it makes the operator whole and the public poorer") {
  const RunResult some = run(centre("05-own-use", {"tranche[centre].government_use_cards=128"})), none = run(centre("05-own-use"));
  CHECK(none["operator_krw.income"] == 0);
  // 32 of 160 cards, 0.6 sold at 6,100 won, for a year in service (its last instant is not: sums, 1e-6)
  CHECK(some["operator_krw.income"] == doctest::Approx(32 * 0.6 * 6100 * 365 * 24).epsilon(1e-6));
  CHECK(some["operator_krw.margin"] == doctest::Approx(some["operator_krw.income"] - some["operator_krw.cost"]));
  CHECK(some["card_hours.productive"] < none["card_hours.productive"]);
  CHECK(some["cost_krw.total"] == doctest::Approx(none["cost_krw.total"]).epsilon(0.05));   // who pays is another matter; energy differs a little
  CHECK_FALSE(run(centre("21-merit")).has("operator_krw.income"));
}

TEST_CASE("quotas: a reserve for small firms and regions moves grants to them") {
  const std::string many = "workload.projects.applicants_per_call=160";
  const RunResult merit = run(centre("21-merit", {many})), quota = run(centre("21-quota", {many, "programme.call_rounds.quota[small].reserved_share=0.6"}));
  CHECK(quota["projects.granted_share.small_firm"] > merit["projects.granted_share.small_firm"]);
  CHECK(quota["projects.granted_share.academia"] < merit["projects.granted_share.academia"]);
}

TEST_CASE("reclaim: a contest stays closed to those it refused, and a grant that has ended leaves nothing behind") {
  const std::vector<std::string> harsh = {"programme.reclaim_idle.below=1", "programme.reclaim_idle.keeps=1", "programme.reclaim_idle.grace_days=0"};
  const RunResult contest = run(small("02-tournament", harsh));
  CHECK(contest["reclaim.card_hours"] > 0);
  CHECK(contest["projects.granted"] == 5);
  CHECK(contest["reclaim.granted_again"] == 0);
  CHECK(contest.numbers("SELECT count(*) FROM grants a JOIN grants b ON a.project = b.project AND a.start_s < b.start_s AND a.end_s > b.start_s + 1")[0] == 0);
}

TEST_CASE("reclaim: what a part takes back stays within the part") {
  dure::Scenario scenario = small("02-tournament", {"workload.projects.intensity=0.1"});
  dure::Tournament contest = scenario.programme().tournament();
  contest.mutable_stage(0)->set_teams(3);
  contest.mutable_stage(1)->set_teams(1);
  auto* few = scenario.mutable_programme()->mutable_parts()->add_part();
  few->set_part("few");
  few->set_share(0.6);
  *few->mutable_tournament() = contest;
  auto* many = scenario.mutable_programme()->mutable_parts()->add_part();
  many->set_part("many");
  many->set_share(0.4);
  auto* call = many->mutable_call_rounds()->add_call();
  call->set_call("spring");
  call->set_decided("2026-01-01");
  scenario.mutable_programme()->mutable_reclaim_idle()->set_below(0.9);
  scenario.mutable_workload()->mutable_projects()->set_applicants_per_call(20);
  const RunResult done = run(scenario);
  CHECK(done["reclaim.granted_again"] > 0);
  // Grants after cuts, so a lower bound of what "many" holds; 0.4 x 80 = 32.
  for (const char* day : {"30", "60", "120"})
    CHECK(done.numbers(std::string("SELECT total(cards_granted) FROM grants WHERE call LIKE 'many/%' AND start_s <= 86400 * ") + day + " AND end_s > 86400 * " + day)[0] <= 32);
}

TEST_CASE("credits: what a run that ends early has issued is what the days were worth, and nothing of it has expired") {
  dure::Scenario scenario = small("02-tournament", {"end_date=2026-02-01"});
  auto* credits = scenario.mutable_programme()->mutable_credits();
  credits->set_months(120);
  credits->set_of_grant(0.5);
  const RunResult done = run(scenario);
  CHECK(done["credits.issued_card_hours"] == doctest::Approx(0.5 * done["grants.card_hours"]));
  CHECK(done["credits.expired_card_hours"] == 0);
}

TEST_CASE("open release: a team gains nothing from its own model, and others from the day it is out") {
  const auto best = [](double share, int teams) {
    dure::Scenario scenario = small("02-tournament", {"programme.capability.open_release=" + std::to_string(share)});
    auto* contest = scenario.mutable_programme()->mutable_tournament();
    contest->mutable_stage(0)->set_teams(teams);
    contest->mutable_stage(1)->set_teams(teams == 1 ? 1 : 2);
    return run(scenario)["capability.best_loss"];
  };
  CHECK(best(1, 1) == best(0, 1));
  CHECK(best(1, 5) < best(0, 5));   // three are cut half way; the best of them is released, and the other two go on from there
}

TEST_CASE("contest: one that never came to the end of its last stage has no winner") {
  CHECK_FALSE(run(small("02-tournament", {"end_date=2026-12-01"})).has("contest.best_team_won"));
  const RunResult cut = run(small("02-tournament", {"end_date=2026-03-01"}));
  CHECK_FALSE(cut.has("contest.best_team_won"));
  CHECK(cut["calls.after_end"] == 1);
}

TEST_CASE("contest: a stage that ends before the cards do is seated on them, whatever its teams would have liked") {
  const RunResult done = run(small("02-tournament", {"tranche[hall].term_end=2026-07-02"}));
  CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE end_s < 16000000")[0] == 80);   // five of 16, to 1 July
  CHECK(run(small("02-tournament", {"tranche[hall].term_end=2026-06-15"}))["projects.granted"] == 0);
}

TEST_CASE("contest: a single stage without a model of capability has an outcome") {
  dure::Scenario scenario = small("02-tournament");
  scenario.mutable_programme()->clear_capability();
  scenario.mutable_programme()->mutable_tournament()->mutable_stage()->RemoveLast();
  CHECK(run(scenario).has("contest.best_team_won"));
}

// A jury that sees nothing picks 2 of 15: the best team can win in 2 of 15 runs at most, so 7 or more of 14 come up by chance once in 500.
TEST_CASE("contest: money for people makes nobody the best team that applied") {
  double won = 0;
  for (int seed = 1; seed <= 14; ++seed) {
    dure::Scenario scenario = small("02-tournament", {"programme.tournament.jury_noise=10", "programme.tournament.stage[first].teams=2", "programme.tournament.stage[final].teams=1", "programme.capability.merit_shows_skill=0",
                                                      "programme.people.share=0.5", "programme.people.elasticity=5", "programme.people.own_share=0.1", "seed=" + std::to_string(seed)});
    won += run(scenario)["contest.best_team_won"];
  }
  CHECK(won < 7);
}

TEST_CASE("parts: one that borrows leaves others what they will call for before the loan ends") {
  for (const auto& [months, lent] : {std::pair{12, 48}, std::pair{3, 80}}) {
    dure::Scenario scenario = small("02-split");
    dure::Programme* programme = scenario.mutable_programme();
    programme->clear_equal_share();
    const auto part = [&](const char* name, double share, const char* begins, int every) {
      auto* made = programme->mutable_parts()->add_part();
      made->set_part(name);
      made->set_share(share);
      made->mutable_equal_share()->set_begins(begins);
      made->mutable_equal_share()->set_months(every);
      return made;
    };
    part("a", 0.5, "2026-01-01", months)->set_borrows(true);
    part("b", 0.4, "2026-04-01", 6);
    const RunResult done = run(scenario);
    CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE call LIKE 'a/%' AND start_s < 1")[0] == lent);
    CHECK(done.numbers("SELECT SUM(cards_granted) FROM grants WHERE call LIKE 'b/%' AND start_s < 8000000")[0] == 32);
  }
}

TEST_CASE("people: a team of one server keeps its server") {
  const auto granted = [](double share) {
    dure::Scenario scenario = centre("21-merit", {"workload.projects.cards_max=8"});
    scenario.mutable_programme()->mutable_people()->set_share(share);
    return run(scenario)["projects.granted"];
  };
  CHECK(granted(0.07) == granted(0));
}

TEST_CASE("programmes: what cannot be is refused with its place") {
  const auto refused_as = [](const dure::Scenario& scenario) {
    try {
      dure::sim::check_models(scenario);
    } catch (const dure::sim::ScenarioError& error) {
      CHECK_FALSE(error.message.ko.empty());
      return error.path;
    }
    return std::string("nothing");
  };
  const auto refused = [&](const std::string& file, const std::vector<std::string>& sets) {
    return refused_as(dure::sim::load_scenario("scenarios/questions/" + file + ".txtpb", sets).scenario);
  };
  CHECK(refused("07-caps", {"programme.call_rounds.cap_cards=4"}) == "programme.call_rounds.cap_cards");
  CHECK(refused("06-auction", {"workload.projects.response=none"}) == "programme.priced.auction");
  CHECK(refused("20-old-cards", {"programme.tournament.stage[year].cards_per_team=4"}) == "programme.tournament.stage[year].cards_per_team");
  CHECK(refused("20-old-cards", {"programme.tournament.applicants=10000", "programme.tournament.stage[year].teams=4096", "programme.tournament.stage[year].cards_per_team=1000000"}) == "programme.tournament.stage[year].cards_per_team");
  dure::Scenario two_halls = small("02-tournament", {"programme.tournament.stage[final].teams=1"});
  two_halls.mutable_programme()->mutable_tournament()->mutable_stage(1)->set_cards_per_team(48);
  two_halls.mutable_tranche(0)->set_cards(40);
  two_halls.mutable_tranche(0)->set_government_use_cards(40);
  *two_halls.add_site() = two_halls.site(0);
  *two_halls.add_tranche() = two_halls.tranche(0);
  two_halls.mutable_site(1)->set_site("annex");
  two_halls.mutable_tranche(1)->set_tranche("annex");
  two_halls.mutable_tranche(1)->set_site("annex");
  CHECK(refused_as(two_halls) == "programme.tournament.stage[final].cards_per_team");   // 80 cards, but a team works at one site
  CHECK(refused("21-merit", {}) == "nothing");
  for (const auto& [tenant, path] : {std::pair{"nobody", "scheduler.quotas.quota[x].tenant"}, std::pair{"startup-00012", "nothing"}}) {
    dure::Scenario scenario = dure::sim::load_scenario("scenarios/questions/21-merit.txtpb", {}).scenario;
    auto* quota = scenario.mutable_scheduler()->mutable_quotas()->add_quota();
    quota->set_quota("x");
    quota->set_tenant(tenant);
    quota->set_cards(8);
    CHECK(refused_as(scenario) == path);
  }
}
