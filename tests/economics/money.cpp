// When it is paid, in which currency, what is left of it and what it is worth today: small enough for paper.
#include <doctest/doctest.h>

#include <numeric>

#include "sim/economics/money_ledger.h"
#include "tests/economics/support.h"

using namespace dure::sim;
using namespace dure::test;

namespace {
constexpr double kMonth_s = kYear_s / 12;
const char* const kThirds = R"(payment_schedule { schedule: "usual" payment { at: order share: 0.3 } payment { share: 0.5 } payment { at: acceptance share: 0.2 months: 2 } })";
MoneyEntry entry(double at_s, MoneyKind kind, const char* payer, const char* payee, std::int64_t krw, bool capital = false) {
  return {at_s, kind, payer, payee, "reason", krw, capital, at_s};
}
}  // namespace

TEST_CASE("payment schedule: parts on their days, and whole won that sum to the price") {
  const Case c(thousand("price_krw_per_card: 100000000.001", kThirds));  // 100,000,000,001 in all
  const auto entries = c.economics.purchase(TrancheId{0});
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].at_s == 0);                            // ordered on the first day
  CHECK(entries[0].krw == 30000000000);
  CHECK(entries[1].at_s == 59 * kDay_s);                  // delivered on the first of March
  CHECK(entries[1].krw == 50000000001);                   // 0.8 of it rounds to 80,000,000,001
  CHECK(entries[2].at_s == (59 + 61) * kDay_s);           // two months of 30.4 days after the last node, in whole days
  CHECK(entries[2].krw == 20000000000);
  for (const MoneyEntry& each : entries) CHECK(each.capital);
  // Without a schedule all of it at delivery; a schedule for another tranche is none for this one.
  REQUIRE(Case(thousand("", "")).economics.purchase(TrancheId{0}).size() == 1);
  dure::Scenario two = thousand("", kThirds);
  *two.add_tranche() = two.tranche(0);
  two.mutable_tranche(1)->set_tranche("other");
  two.mutable_economics()->mutable_payment_schedule(0)->add_tranche("other");
  CHECK(Case(two).economics.purchase(TrancheId{0}).size() == 1);
  CHECK(Case(two).economics.purchase(TrancheId{1}).size() == 3);
}

TEST_CASE("payment schedule: refused are shares that do not sum to one, two schedules for one tranche, an order without its day") {
  const auto nine_tenths = refusal(thousand("", R"(payment_schedule { schedule: "short" payment { share: 0.5 } payment { at: order share: 0.4 } })"));
  CHECK(nine_tenths.path == "economics.payment_schedule[short]");
  CHECK(nine_tenths.message.en == "the payments of schedule \"short\" sum to 0.9 of the price, not to 1");
  CHECK(nine_tenths.message.ko == "지급 일정 \"short\"의 몫을 더하면 구매비의 0.9이고 1이 아닙니다");
  CHECK_FALSE(nine_tenths.help.ko.empty());
  CHECK(refusal(thousand("", R"(payment_schedule { schedule: "none" })")).message.en.find("sum to 0 of") != std::string::npos);
  const std::string twice = std::string(kThirds) + R"(payment_schedule { schedule: "other" payment { share: 1 } })";
  CHECK(refusal(thousand("", twice)).message.en == "schedules \"usual\" and \"other\" both name no tranche, so each is for all others");
  const std::string both = R"(payment_schedule { schedule: "a" tranche: "bought" payment { share: 1 } } payment_schedule { schedule: "b" tranche: "bought" payment { share: 1 } })";
  CHECK(refusal(thousand("", both)).message.en == "tranche \"bought\" is in two payment schedules, \"a\" and \"b\"");
  dure::Scenario unknown = thousand("", kThirds);
  unknown.mutable_tranche(0)->clear_ordered();
  CHECK(refusal(unknown).path == "tranche[bought].ordered");
  // What was delivered before the run was ordered before it.
  unknown.mutable_tranche(0)->set_promised("2024-12-01");
  unknown.mutable_tranche(0)->set_delivered_mid("2024-12-01");
  CHECK(Case(unknown).economics.purchase(TrancheId{0})[0].at_s < 0);
}

TEST_CASE("prices in USD follow the exchange rate; a price is named in one currency, and a market rent in one") {
  const std::string rate = "fx_krw_per_usd: 1300 ";
  CHECK(Case(thousand("price_usd_per_card: 40000", rate)).economics.price_krw_per_card(TrancheId{0}) == doctest::Approx(5.2e7));
  const std::string rental = "kind: \"rental\" term_end: \"2025-12-31\" ";
  CHECK(Case(thousand(rental + "rent_usd_per_card_hour: 5.8", "")).economics.rent_krw_per_card_hour(TrancheId{0}) == doctest::Approx(5.8 * 1422));
  const std::string market = R"(market_rent { card: "H" usd_per_card_hour: 3 } market_rent { card: "not here" krw_per_card_hour: 1 })";
  CHECK(Case(thousand(rental, rate + market)).economics.rent_krw_per_card_hour(TrancheId{0}) == doctest::Approx(3900));  // names none: the market's
  CHECK(Case(thousand(rental, "")).economics.rent_krw_per_card_hour(TrancheId{0}) == 9100);                               // nor has the market one
  CHECK(refusal(thousand("price_usd_per_card: 1 price_krw_per_card: 1", "")).path == "tranche[bought].price_usd_per_card");
  CHECK(refusal(thousand(rental + "rent_usd_per_card_hour: 1 rent_krw_per_card_hour: 1", "")).path == "tranche[bought].rent_usd_per_card_hour");
  CHECK(refusal(thousand("", R"(market_rent { card: "H" usd_per_card_hour: 1 krw_per_card_hour: 1 })")).message.en == "the market rent of \"H\" is named in USD and in KRW");
  CHECK(refusal(thousand("", R"(market_rent { card: "H" })")).message.ko == "\"H\"의 시장 임차료가 적혀 있지 않습니다");
}

TEST_CASE("rent paid when used: for the card-hours that jobs held, where a reserved rental pays for all") {
  const std::string rental = "kind: \"rental\" term_end: \"2025-12-31\" rent_krw_per_card_hour: 5000 ";
  const Case used(thousand(rental + "rent_basis: \"used\"", "")), reserved(thousand(rental, ""));
  const double from_s = 100 * kDay_s, until_s = 110 * kDay_s;
  const std::vector<double> held = {300 * 240 * kHour_s};
  const auto rent = [&](const Case& c, std::span<const double> held_card_s) {
    return money_totals(c.economics.running_costs(SiteId{0}, from_s, until_s, 0, 0, held_card_s)).of(MoneyKind::kRent);
  };
  CHECK(rent(used, held) == 300 * 240 * 5000LL);
  CHECK(rent(used, {}) == 0);
  CHECK(rent(reserved, held) == 1000 * 240 * 5000LL);
  CHECK(used.economics.carried(from_s, until_s, {0}, held)[0].krw == doctest::Approx(300 * 240 * 5000.0));
}

TEST_CASE("a budget gap: upkeep and the people of the cards stop, building and fixed staff go on, and the cards lose their worth all the same") {
  const std::string terms = "staff_fixed_per_site: 10 staff_per_1000_cards: 5 staff_krw_per_year: 1e8 maintenance_share_per_year: 0.06 ";
  dure::Scenario scenario = thousand("price_krw_per_card: 1e8 term_end: \"2034-12-31\"", terms);
  const Case paid(scenario);
  auto* gap = scenario.mutable_site(0)->mutable_budget_gap();
  gap->set_from("2025-07-01");
  gap->set_months(12);
  const Case missing(scenario);
  const double from_s = 200 * kDay_s, until_s = 230 * kDay_s, years = 30 / 365.25;
  const MoneyTotals with = money_totals(paid.economics.running_costs(SiteId{0}, from_s, until_s, 0)), without = money_totals(missing.economics.running_costs(SiteId{0}, from_s, until_s, 0));
  CHECK(with.of(MoneyKind::kMaintenance) == doctest::Approx(6e9 * years).epsilon(1e-9));
  CHECK(without.of(MoneyKind::kMaintenance) == 0);
  CHECK(with.of(MoneyKind::kStaff) == doctest::Approx(1.5e9 * years).epsilon(1e-8));  // whole won
  CHECK(without.of(MoneyKind::kStaff) == doctest::Approx(1e9 * years).epsilon(1e-8));
  CHECK(without.of(MoneyKind::kFacility) == with.of(MoneyKind::kFacility));
  CHECK(missing.economics.depreciation_krw(from_s, until_s) == paid.economics.depreciation_krw(from_s, until_s));
}

TEST_CASE("network: on top of a price of servers alone, inside an all-in price; lines by site and month") {
  const Case servers(thousand("price_krw_per_card: 1e8 price_covers: \"server\" term_end: \"2034-12-31\"", kThirds));
  const MoneyTotals bought = money_totals(servers.economics.purchase(TrancheId{0}));
  CHECK(bought.of(MoneyKind::kCapex) == 100000000000);
  CHECK(bought.of(MoneyKind::kNetwork) == 18000000000);
  CHECK(bought.capital_krw == 118000000000);
  CHECK(servers.economics.depreciation_krw(0, 20 * kYear_s) == doctest::Approx(1.18e11));
  const Case all_in(thousand("price_krw_per_card: 1e8", "network_krw_per_site_month: 30000000"));
  CHECK(money_totals(all_in.economics.purchase(TrancheId{0})).of(MoneyKind::kNetwork) == 0);
  const double march_s = 59 * kDay_s;
  CHECK(money_totals(all_in.economics.running_costs(SiteId{0}, 0, march_s, 0)).of(MoneyKind::kNetwork) == 0);
  CHECK(money_totals(all_in.economics.running_costs(SiteId{0}, march_s, march_s + kMonth_s, 0)).of(MoneyKind::kNetwork) == 30000000);
  CHECK(refusal(thousand("price_covers: \"server\"", "")).path == "tranche[bought].price_covers");
}

TEST_CASE("penalty of the operator: each public card-hour that is missing to the promised availability, none above it") {
  const std::string promise = "operator { availability: 0.95 penalty_krw_per_card_hour: 2000 }";
  dure::Scenario scenario = thousand("", promise);
  scenario.mutable_tranche(0)->set_government_use_cards(800);
  const Case c(scenario);
  const double from_s = 100 * kDay_s, until_s = 110 * kDay_s, card_hours = 800 * 240;
  const auto penalty = [&](const Case& with, double down_share) {
    return money_totals(with.economics.running_costs(SiteId{0}, from_s, until_s, 0, down_share * card_hours * kHour_s)).of(MoneyKind::kPenalty);
  };
  CHECK(penalty(c, 0.04) == 0);
  CHECK(penalty(c, 0.08) == std::llround(0.03 * card_hours * 2000));
  CHECK(penalty(Case(thousand("", promise)), 0.08) == 0);  // no card is left to an operator: nobody has promised
  scenario.mutable_economics()->clear_operator_();
  CHECK(penalty(Case(scenario), 0.08) == 0);
}

TEST_CASE("residual value: straight line to its share at the end of life, for what was paid within the run") {
  const Case c(thousand("price_krw_per_card: 1e8 term_end: \"2034-12-31\"", "residual_value_share: 0.1 server_life_years: 5 " + std::string(kThirds)));
  const auto paid = c.economics.purchase(TrancheId{0});
  const double march_s = 59 * kDay_s;
  const auto worth = [&](double until_s, const std::vector<MoneyEntry>& entries) {
    const auto left = c.economics.residual(TrancheId{0}, entries, until_s);
    return left.empty() ? 0 : left.front().krw;
  };
  CHECK(worth(march_s + 2 * kYear_s, paid) == 64000000000);        // 1 - 0.9 x 2 / 5
  CHECK(worth(march_s + 7 * kYear_s, paid) == 10000000000);
  CHECK(worth(march_s, {paid[0]}) == 30000000000);                 // an advance, and nothing used yet
  CHECK(worth(march_s + 2 * kYear_s, {}) == 0);                    // paid before the run
  // Cards that go on the last day of February 2027 are worth what they are on that day.
  const Case short_term(thousand("price_krw_per_card: 1e8 term_end: \"2027-02-28\"", ""));
  const auto left = short_term.economics.residual(TrancheId{0}, short_term.economics.purchase(TrancheId{0}), 20 * kYear_s);
  REQUIRE(left.size() == 1);
  CHECK(left[0].at_s == (365 + 365 + 59) * kDay_s);
  CHECK(left[0].krw == doctest::Approx(1e11 * (1 - 0.9 * 730 / (5 * 365.25))).epsilon(1e-9));
  // Cards that come three months late were promised when they were: they are worth no more for it.
  dure::Scenario late_text = thousand("price_krw_per_card: 1e8 term_end: \"2034-12-31\"", "residual_value_share: 0.1 server_life_years: 5");
  late_text.mutable_tranche(0)->set_delivered_mid("2025-06-01");
  const Case late(late_text);
  CHECK(late.economics.residual(TrancheId{0}, late.economics.purchase(TrancheId{0}), march_s + 2 * kYear_s).front().krw == 64000000000);
  // An owned building of 130 bn KRW: half of it after ten of twenty years, whatever the residual share.
  dure::Scenario owned = thousand("", "");
  owned.mutable_site(0)->set_owned_building(true);
  const Case building(owned);
  const auto kept = building.economics.residual(TrancheId{0}, building.economics.purchase(TrancheId{0}), march_s + 10 * kYear_s);
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].krw == 65000000000);
}

TEST_CASE("ledger: balances, fiscal years and budget lines of a handful of entries") {
  const Calendar calendar(parse_date("2025-01-01"));
  MoneyLedger ledger(0.045, calendar, 2 * kYear_s);
  const double new_year_s = 365 * kDay_s;
  ledger.book(entry(10, MoneyKind::kCapex, "state", "supplier", 1000, true));
  MoneyEntry december = entry(new_year_s + kHour_s, MoneyKind::kStaff, "operator", "staff", 200);
  december.for_s = new_year_s - 31 * kDay_s;
  ledger.book(december);  // paid in the new year for the old one
  ledger.book(entry(new_year_s, MoneyKind::kOperatorFee, "state", "operator", 150));
  ledger.book(entry(new_year_s, MoneyKind::kUserPayments, "start-up 3", "state", 70));
  ledger.book(entry(new_year_s, MoneyKind::kPenalty, "operator", "state", 20));
  ledger.book(entry(new_year_s, MoneyKind::kSubsidy, "state", "start-up 3", 930));
  ledger.check_closes();
  CHECK(ledger.cash_balance_krw("state") == -1000 - 150 + 70 + 20);
  CHECK(ledger.cash_balance_krw("operator") == -200 + 150 - 20);
  CHECK(ledger.cash_balance_krw("start-up 3") == -70);
  CHECK(ledger.totals().cost_krw() == 1200);
  std::string filed;
  for (const BudgetItem& item : ledger.budget())
    filed += item.account + " " + std::to_string(item.fiscal_year) + " " + std::string(kBudgetWords[std::size_t(item.line)].ko) + " " + std::to_string(item.krw) + "\n";
  CHECK(filed == R"(state 2025 자산취득비 1000
state 2026 운영비(민간위탁) 150
state 2026 세입(이용료) 70
state 2026 세입(위약금) 20
operator 2025 인건비 200
operator 2026 위약금 지급 20
operator 2026 운영비 수입 150
)");
}

TEST_CASE("net present value: at 4.5 % a payment in a year is its 1.045th part today; what state and operator pay each other cancels") {
  MoneyLedger ledger(0.045, Calendar(parse_date("2025-01-01")), 3 * kYear_s);
  ledger.book(entry(kYear_s, MoneyKind::kCapex, "state", "supplier", 1045000, true));
  CHECK(ledger.npv_house_krw() == doctest::Approx(-1e6).epsilon(1e-12));
  ledger.book(entry(2 * kYear_s, MoneyKind::kOperatorFee, "state", "operator", 1092025));
  CHECK(ledger.npv_house_krw() == doctest::Approx(-1e6).epsilon(1e-12));
  CHECK(ledger.npv_state_krw() == doctest::Approx(-2e6).epsilon(1e-12));
  ledger.book(entry(2 * kYear_s, MoneyKind::kResidualValue, "market", "state", 1092025));
  ledger.book(entry(2 * kYear_s, MoneyKind::kSubsidy, "state", "start-up 3", 1092025));
  CHECK(ledger.npv_house_krw() == doctest::Approx(0).scale(1e6));
  CHECK(ledger.npv_state_krw() == doctest::Approx(-1e6).epsilon(1e-12));
}

TEST_CASE("break-even: what owning costs over what the same hours cost to rent; types without a market rent stay out") {
  const std::string rent = R"(market_rent { card: "H" krw_per_card_hour: 10000 })";
  dure::Scenario scenario = thousand("price_krw_per_card: 1e8 term_end: \"2030-12-31\"", rent + "server_life_years: 5");
  const Case c(scenario);
  const double march_s = 59 * kDay_s;
  // 20 bn KRW of depreciation and 15 bn of running costs a year over 1,000 cards: 35 M KRW a card, against 10,000 x 8,766 hours.
  const auto owned = c.economics.owned(march_s, march_s + kYear_s, {1.5e10});
  CHECK(owned[0].krw == doctest::Approx(3.5e10));
  CHECK(*c.economics.break_even_utilisation(owned) == doctest::Approx(3.5e7 / (10000 * 8766)));
  CHECK_FALSE(Case(thousand("", "")).economics.break_even_utilisation(owned).has_value());
}
