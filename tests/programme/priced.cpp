// Cards for a price: posted, and to the highest bids. Credits that expire. Cards or people.
#include "sim/programme/priced.h"

#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/programme/credits.h"
#include "sim/programme/people.h"
#include "sim/units.h"
#include "tests/programme/rule_text.h"

using namespace dure::sim;

namespace {

constexpr double kHorizon_s = 2 * 365 * kDay_s;

std::unique_ptr<Programme> programme(const std::string& text) { return dure::test::rule_of(text, kHorizon_s); }

struct Bid {
  int cards;
  double value_share;
  TenantKind kind = TenantKind::kService;
};
std::vector<Grant> sold(const Programme& rule, int offer, const std::vector<Bid>& bids, std::uint64_t seed = 1) {
  std::vector<Application> applications;
  for (const Bid& bid : bids) {
    Application& a = applications.emplace_back();
    a.project = ProjectId(applications.size() - 1);
    a.cards = bid.cards;
    a.kind = bid.kind;
    a.months = 12;
    a.value_share = bid.value_share;
  }
  Round round = rule.rounds().at(0);
  round.cards_on_offer = offer;
  Random jury(Seed{seed, 0}, "test");
  return rule.decide(round, applications, [](const Application&, int, double) { return std::optional(PoolId{0}); }, jury);
}

template <class Message>
Message parsed(const std::string& text) {
  Message message;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

}  // namespace

TEST_CASE("priced: posted, who comes first is drawn, and each group pays its price") {
  const auto rule = programme("priced { begins: '2026-03-01' }");
  CHECK(rule->rounds().size() == 4);  // March 2026 to the end of 2027, twice a year
  int first = 0;
  constexpr int n = 400;
  for (int seed = 0; seed < n; ++seed) {
    const auto grants = sold(*rule, 8, {{8, 0.9}, {8, 0.1, TenantKind::kStartup}}, std::uint64_t(seed) + 1);
    REQUIRE(grants.size() == 1);
    const bool is_first = grants[0].project == ProjectId{0};
    first += is_first;
    CHECK(grants[0].user_price_krw_per_card_hour == doctest::Approx(is_first ? 610 : 305));
  }
  CHECK(std::abs(first - n / 2) < 4 * std::sqrt(n) / 2);  // a fair lot: four standard errors
}

TEST_CASE("priced: the highest bids win and pay the highest bid turned away, or their own price if that is more") {
  const auto rule = programme("priced { begins: '2026-03-01' auction: true cap_cards: 16 }");
  const auto grants = sold(*rule, 24, {{8, 0.3}, {100, 0.8}, {8, 0.2}, {8, 0.4}});   // 16 (the cap) to 0.8, 8 to 0.4; 0.3 is turned away
  REQUIRE(grants.size() == 2);
  CHECK(grants[0].project == ProjectId{1});
  CHECK(grants[0].cards == 16);
  CHECK(grants[1].project == ProjectId{3});
  for (const Grant& grant : grants) CHECK(grant.user_price_krw_per_card_hour == doctest::Approx(0.3 * 6100));
  for (const Grant& grant : sold(*rule, 100, {{8, 0.3}, {8, 0.4}})) CHECK(grant.user_price_krw_per_card_hour == doctest::Approx(610));  // nobody turned away
}

TEST_CASE("priced: nobody pays more than was bid, also where a large ask was passed over") {
  const auto rule = programme("priced { begins: '2026-03-01' auction: true }");
  const auto passed_over = sold(*rule, 16, {{100, 2.0}, {8, 0.5}, {8, 0.4}, {8, 0.3}});
  REQUIRE(passed_over.size() == 2);
  for (const Grant& grant : passed_over) CHECK(grant.user_price_krw_per_card_hour == doctest::Approx(0.3 * 6100));
  Random draws(Seed{5, 0}, "bids");
  for (int round = 0; round < 200; ++round) {
    std::vector<Bid> bids;
    for (int i = 0; i < 12; ++i) bids.push_back({8 * (1 + int(draws.uniform() * 6)), 0.1 + draws.uniform()});
    for (const Grant& grant : sold(*rule, 96, bids)) CHECK(grant.user_price_krw_per_card_hour <= bids[index(grant.project)].value_share * 6100 + 1e-6);
  }
}

TEST_CASE("credits: what a period leaves expires, a debt is paid by the next, the grant's end takes the rest") {
  const Calendar calendar(parse_date("2026-01-01"));
  const double first_s = 59 * kDay_s, second_s = 61 * kDay_s, last_s = 31 * kDay_s;  // January and February, March and April, May
  Grant grant;
  grant.cards = 10;
  grant.end_s = first_s + second_s + last_s;
  CreditAccount account(parsed<dure::Credits>("months: 2 of_grant: 0.5 carries_over: 0.25"), calendar, grant);
  account.settle(0, 0);
  CHECK(account.issued_card_s() == doctest::Approx(5 * first_s));  // half of 10 cards
  CHECK(account.has_some(4.9 * first_s));
  CHECK_FALSE(account.has_some(5.1 * first_s));
  const double used_s = 3 * first_s;
  account.settle(first_s, used_s);  // two of five left: half of one kept, one and a half gone
  CHECK(account.expired_card_s() == doctest::Approx(1.5 * first_s));
  const double given_s = used_s + 0.5 * first_s + 5 * second_s;
  CHECK(account.has_some(given_s - 1));
  CHECK_FALSE(account.has_some(given_s + 1));
  const double owed_s = kDay_s;
  account.settle(first_s + second_s, given_s + owed_s);  // a debt: the last month pays it
  CHECK(account.expired_card_s() == doctest::Approx(1.5 * first_s));
  CHECK(account.has_some(given_s + 5 * last_s - 1));
  CHECK_FALSE(account.has_some(given_s + 5 * last_s + 1));
  account.close(given_s + 4 * last_s);
  CHECK(account.expired_card_s() == doctest::Approx(1.5 * first_s + last_s));
  CHECK(account.issued_card_s() == doctest::Approx(5 * (first_s + second_s + last_s)));
}

TEST_CASE("people: a budget spent on both has its best share where theory says, and without a share nothing changes") {
  const auto spec = [](double share) {
    dure::People made;
    made.set_share(share);
    made.set_own_share(0.2);
    made.set_elasticity(0.5);
    return People(made);
  };
  const auto compute = [&](double share) { return (1 - share) * spec(share).skill(share, 1); };
  const double best = (0.5 - 0.2) / 1.5;
  CHECK(compute(best) > compute(best - 0.02));
  CHECK(compute(best) > compute(best + 0.02));
  CHECK(spec(0).cards(505, 8, 0.5) == 505);
  CHECK(spec(0).skill(0, 1) == 1);
  CHECK(spec(0.2).cards(512, 8, 0.1) == 408);  // 51.2 servers: 51, or one time in five 52
  CHECK(spec(0.2).cards(512, 8, 0.9) == 416);
  CHECK(spec(0.2).cards(8, 8, 0.0) == 8);      // never less than a server
  double mean = 0;
  for (int i = 0; i < 1000; ++i) mean += spec(0.2).cards(100, 8, (i + 0.5) / 1000) / 1000.0;
  CHECK(mean == doctest::Approx(80));
}
