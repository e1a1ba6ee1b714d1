// Equal shares, contests, several rules side by side, and what teams make of their compute.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <numeric>

#include "sim/error.h"
#include "sim/programme/capability.h"
#include "sim/programme/programme.h"
#include "sim/units.h"
#include "tests/programme/rule_text.h"

using namespace dure::sim;

namespace {

constexpr double kHorizon_s = 3 * 365 * kDay_s;

std::unique_ptr<Programme> programme(const std::string& text) { return dure::test::rule_of(text, kHorizon_s); }

std::string path_of(const std::string& text) {
  try {
    programme(text);
  } catch (const ScenarioError& error) {
    CHECK_FALSE(error.message.ko.empty());
    return error.path;
  }
  return "no error";
}

std::vector<Application> asking(const std::vector<int>& cards) {
  std::vector<Application> made;
  for (const int asked : cards) {
    Application& a = made.emplace_back();
    a.project = ProjectId(made.size() - 1);
    a.tenant = TenantId(made.size() - 1);
    a.cards = asked;
    a.months = 12;
  }
  return made;
}

Seat pool_of(int& free) {
  return [&free](const Application&, int cards, double) -> std::optional<PoolId> {
    if (cards > free) return {};
    free -= cards;
    return PoolId{0};
  };
}

std::vector<int> shares(const Programme& rule, Round round, const std::vector<int>& asked, int offer) {
  round.cards_on_offer = offer;
  Random jury(Seed{1, 0}, "test");
  int free = offer;
  std::vector<int> got(asked.size(), 0);
  for (const Grant& grant : rule.decide(round, asking(asked), pool_of(free), jury)) got[index(grant.project)] = grant.cards;
  return got;
}

const std::string kContest = "tournament { begins: '2026-03-01' applicants: 6 jury_noise: 0 evaluation_noise: 0 stage { stage: 'one' teams: 4 cards_per_team: 64 months: 6 } stage { stage: 'two' teams: 2 cards_per_team: 128 months: 6 } }";

}  // namespace

TEST_CASE("contest: a repeated contest plays the stage it is in; two stages of one name are refused") {
  const auto contest = [](const char* second) {
    return programme(fmt::format("tournament {{ begins: '2026-03-01' repeat_months: 12 applicants: 6 stage {{ stage: 'round' teams: 4 cards_per_team: 32 months: 6 }} stage {{ stage: '{}' teams: 2 cards_per_team: 64 months: 6 }} }}", second));
  };
  const auto rule = contest("final");
  REQUIRE(rule->rounds().size() >= 4);
  CHECK(rule->rounds()[2].call == "round-2");
  CHECK(shares(*rule, rule->rounds()[2], {64, 64, 64, 64, 64, 64}, 128) == shares(*rule, rule->rounds()[0], {64, 64, 64, 64, 64, 64}, 128));
  CHECK_THROWS_AS(contest("round-2"), ScenarioError);
}

TEST_CASE("equal share: everyone gets the same, nobody more than asked, what is left goes round") {
  const auto rule = programme("equal_share { begins: '2026-03-01' months: 6 }");
  REQUIRE(rule->rounds().size() == 6);  // March 2026 to the end of 2028
  CHECK(rule->rounds()[1].decided_s - rule->rounds()[0].decided_s == 184 * kDay_s);  // to 1 September
  CHECK(shares(*rule, rule->rounds()[0], {100, 100, 100}, 96) == std::vector<int>{32, 32, 32});
  const auto uneven = shares(*rule, rule->rounds()[0], {8, 100, 100}, 96);  // 88 left for two: whose turn the last server is, is drawn
  CHECK(uneven[0] == 8);
  CHECK(uneven[1] + uneven[2] == 88);
  CHECK(std::abs(uneven[1] - uneven[2]) == 8);
  const auto few = shares(*rule, rule->rounds()[0], {8, 8, 8, 8}, 16);
  CHECK(std::accumulate(few.begin(), few.end(), 0) == 16);  // two of four, drawn
  const auto coarse = programme("equal_share { begins: '2026-03-01' months: 6 grant_step: 16 }");
  CHECK(shares(*coarse, coarse->rounds()[0], {8, 24, 100}, 200) == std::vector<int>{8, 24, 100});
  CHECK(path_of("equal_share { begins: '2025-03-01' }") == "programme.equal_share.begins");
}

TEST_CASE("tournament: stages follow one another, and the best by what they have shown stay") {
  const auto rule = programme(kContest);
  const auto rounds = rule->rounds();
  REQUIRE(rounds.size() == 2);
  CHECK(rounds[0].newcomers == 6);
  CHECK(rounds[1].newcomers == 0);
  CHECK(rounds[1].continues == 0u);
  Random jury(Seed{1, 0}, "test");
  std::vector<Application> teams = asking({64, 64, 64, 64, 64, 64});
  for (std::size_t i = 0; i < teams.size(); ++i) teams[i].merit = double(i);
  int free = 1000;
  const auto first = rule->decide(rounds[0], teams, pool_of(free), jury);
  REQUIRE(first.size() == 4);
  CHECK(first[0].project == ProjectId{5});
  CHECK(first[0].end_s == rounds[1].decided_s);  // to the bit: the next stage begins as this one ends
  std::vector<Application> stood(teams.begin() + 2, teams.end());
  for (auto& each : stood) each.continues = true;
  stood[0].loss = 2.0;
  stood[1].loss = 2.2;
  stood[2].loss = 1.9;
  stood[3].loss = 0;  // no model
  free = 1000;
  const auto second = rule->decide(rounds[1], stood, pool_of(free), jury);
  REQUIRE(second.size() == 2);
  CHECK(second[0].project == ProjectId{4});
  CHECK(second[1].project == ProjectId{2});
  CHECK(second[0].cards == 128);
  Round narrow = rounds[1];
  narrow.cards_on_offer = 160;
  free = 1000;
  const auto less = rule->decide(narrow, stood, pool_of(free), jury);
  CHECK(less.at(0).cards == 128);
  CHECK(less.at(1).cards == 32);
}

TEST_CASE("tournament: noise lets a worse team stay as often as the normal law says") {
  const auto rule = programme("tournament { begins: '2026-03-01' applicants: 2 evaluation_noise: 0.02 stage { stage: 'one' teams: 2 cards_per_team: 8 } stage { stage: 'two' teams: 1 cards_per_team: 8 } }");
  auto teams = asking({8, 8});
  for (auto& each : teams) each.continues = true;
  teams[0].loss = 2.00;
  teams[1].loss = 2.02;
  Random jury(Seed{7, 0}, "test");
  int worse = 0;
  constexpr int kTimes = 20000;
  for (int i = 0; i < kTimes; ++i) {
    int free = 8;
    worse += rule->decide(rule->rounds()[1], teams, pool_of(free), jury).at(0).project == ProjectId{1};
  }
  // P(worse) = Phi(-0.02 / (0.02 sqrt 2)) = 0.2398; four standard errors of 20,000 draws are 0.0121.
  CHECK(double(worse) / kTimes == doctest::Approx(0.5 * std::erfc(0.5)).epsilon(0.0121 / 0.2398));
}

TEST_CASE("tournament: wild cards are picked from newcomers, contests repeat") {
  const auto rule = programme("tournament { begins: '2026-01-01' applicants: 3 repeat_months: 12 stage { stage: 'one' teams: 2 cards_per_team: 8 } stage { stage: 'two' teams: 2 wild_cards: 1 cards_per_team: 8 } }");
  REQUIRE(rule->rounds().size() == 6);
  CHECK(rule->rounds()[1].newcomers == 3);
  CHECK(rule->rounds()[3].continues == 2u);
  CHECK(rule->rounds()[4].call == "one-3");
  auto teams = asking({8, 8, 8, 8, 8});
  for (int i : {0, 1}) teams[std::size_t(i)].continues = true, teams[std::size_t(i)].loss = 2 + i;
  teams[3].merit = 9;
  Random jury(Seed{1, 0}, "test");
  int free = 100;
  const auto grants = rule->decide(rule->rounds()[1], teams, pool_of(free), jury);
  REQUIRE(grants.size() == 2);
  CHECK(grants[0].project == ProjectId{0});
  CHECK(grants[1].project == ProjectId{3});
}

TEST_CASE("programme: what cannot be is refused at its field") {
  CHECK(path_of("tournament { begins: '2026-03-01' }") == "programme.tournament.stage");
  CHECK(path_of("tournament { begins: '2026-03-01' applicants: 3 stage { stage: 'one' teams: 4 cards_per_team: 8 } }") == "programme.tournament.stage[one].teams");
  CHECK(path_of("tournament { begins: '2026-03-01' stage { stage: 'one' teams: 2 cards_per_team: 8 } stage { stage: 'two' teams: 3 cards_per_team: 8 } }") == "programme.tournament.stage[two].teams");
  CHECK(path_of("tournament { begins: '2026-03-01' repeat_months: 3 stage { stage: 'one' teams: 2 cards_per_team: 8 } }") == "programme.tournament.repeat_months");
  CHECK(path_of("parts { }") == "programme.parts.part");
  CHECK(path_of("parts { part { part: 'a' share: 0.7 equal_share { begins: '2026-03-01' } } part { part: 'b' share: 0.4 equal_share { begins: '2026-03-01' } } }") == "programme.parts.part");
  CHECK(path_of("parts { part { part: 'a' share: 0.7 } }") == "programme.parts.part[a]");
}

TEST_CASE("parts: rounds of all parts in order of time, each decided by its own rule") {
  const auto rule = programme("parts { part { part: 'few' share: 0.4 " + kContest + " } part { part: 'many' share: 0.6 borrows: true equal_share { begins: '2026-02-01' months: 12 } } }");
  const auto rounds = rule->rounds();
  REQUIRE(rounds.size() == 5);
  CHECK(rounds[0].call == "many/share-1");
  CHECK(rounds[1].call == "few/one");
  CHECK(rounds[2].continues == 1u);
  CHECK(rounds[1].share == 0.4);
  CHECK_FALSE(rounds[1].borrows);
  CHECK(rounds[0].borrows);
  CHECK(shares(*rule, rounds[0], {100, 100}, 64) == std::vector<int>{32, 32});
}

TEST_CASE("capability: skill is compute, merit shows some of it, and a released model saves others its compute") {
  dure::Capability spec;
  spec.set_open_release(0.5);
  const Capability teams(spec, Seed{3, 0});
  CHECK(teams.skill(TenantId{4}, 1) == teams.skill(TenantId{4}, 1));
  double sum = 0, squares = 0, with_merit = 0;
  Random merits(Seed{5, 0}, "merit");
  constexpr int kTeams = 4000;
  for (int i = 0; i < kTeams; ++i) {
    const double merit = merits.normal(0, 1), x = std::log(teams.skill(TenantId(i), merit)) / 0.7;
    sum += x;
    squares += x * x;
    with_merit += x * merit;
  }
  CHECK(std::abs(sum / kTeams) < 4 / std::sqrt(kTeams));
  CHECK(squares / kTeams == doctest::Approx(1).epsilon(4 * std::sqrt(2.0 / kTeams)));
  CHECK(std::abs(with_merit / kTeams - 0.6) < 4 * 1.2 / std::sqrt(kTeams));
  const double flop = teams.flop(1e25, 1);  // 0.5 x 0.4 of it
  CHECK(flop == doctest::Approx(2e24));
  CHECK(teams.loss(0) == 0);
  CHECK(teams.loss(flop) == doctest::Approx(ScalingLaw().best(2e24).loss));
  CHECK(teams.loss(flop, 4e24) == doctest::Approx(ScalingLaw().best(4e24).loss));
  CHECK(teams.loss(teams.flop(1e25, 2)) < teams.loss(flop));
}
