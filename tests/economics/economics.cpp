// Costs small enough to work out on paper. A year is 365.25 days here, as in sim/units.h.
#include "sim/economics/economics.h"

#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include <cmath>
#include <map>
#include <string>

#include "sim/economics/economics.pb.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

using namespace dure::sim;

namespace {

/// 100 bought nodes of 8 from the first second on, 100 M KRW a card; 25 rented nodes beside them at 10,000 KRW an hour.
dure::Scenario small() {
  dure::Scenario scenario;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(R"(
    card { card: "h100" memory_gb: 80 rated_w: 700 }
    node { card: "h100" cards_per_node: 8 idle_w: 2400 busy_w: 8000 }
    region { region: "honam" city: "Gwangju" }
    site { site: "alpha" region: "honam" peak_power_mw: 14 }
    tranche { tranche: "bought" site: "alpha" card: "h100" cards: 800 government_use_cards: 800 promised: "2025-01-01" delivered_mid: "2025-01-01"
              installed: true price_krw_per_card: 1e8 }
    tranche { tranche: "rented" kind: "rental" site: "alpha" card: "h100" cards: 200 promised: "2025-01-01" delivered_mid: "2025-01-01" term_end: "2025-01-10"
              installed: true rent_krw_per_card_hour: 10000 }
    commissioning { draw_delivery: false }
    economics { colocation_krw_per_kw_month: 200000 reserved_kw_per_busy_kw: 1.25 maintenance_share_per_year: 0.06
                staff_fixed_per_site: 20 staff_per_1000_cards: 10 staff_krw_per_year: 1e8 server_life_years: 5 }
  )",
                                                        &scenario));
  return scenario;
}

struct Case {
  explicit Case(const dure::Scenario& scenario)
      : fleet(scenario, Calendar(parse_date("2025-01-01")), Seed{}), economics(scenario.economics(), fleet) {}
  Fleet fleet;
  Economics economics;
};

constexpr double kMonth = kYear_s / 12;

}  // namespace

TEST_CASE("economics: a month of a hundred nodes, worked out on paper") {
  const Case c(small());
  const MoneyTotals month = money_totals(c.economics.running_costs(SiteId{0}, 20 * kDay_s, 20 * kDay_s + kMonth, 5e7));
  CHECK(month.of(MoneyKind::kFacility) == doctest::Approx(100 * 8 * 1.25 * 200000));   // 1,000 kW: 200 M
  CHECK(month.of(MoneyKind::kStaff) == doctest::Approx((20 + 0.8 * 10) * 1e8 / 12));   // 28 people: 233 M
  CHECK(month.of(MoneyKind::kMaintenance) == doctest::Approx(800 * 1e8 * 0.06 / 12));  // 400 M
  CHECK(month.of(MoneyKind::kElectricity) == doctest::Approx(5e7));                    // the rental is over
  CHECK(month.of(MoneyKind::kRent) == 0);
  CHECK(month.of(MoneyKind::kCapex) == 0);
  CHECK(c.economics.depreciation_krw(0, kYear_s) == doctest::Approx(800 * 1e8 / 5));
}

TEST_CASE("economics: rent runs to the end of the term, and rented cards pay no second electricity") {
  const Case c(small());
  const MoneyTotals first_days = money_totals(c.economics.running_costs(SiteId{0}, 0, 10 * kDay_s, 1e8));
  CHECK(first_days.of(MoneyKind::kRent) == doctest::Approx(200.0 * 240 * 10000));  // 480 M
  CHECK(first_days.of(MoneyKind::kElectricity) == doctest::Approx(0.8e8));         // 100 of 125 nodes are bought
  CHECK(money_totals(c.economics.running_costs(SiteId{0}, 0, 365 * kDay_s, 0)).of(MoneyKind::kRent) ==
        doctest::Approx(200.0 * 240 * 10000));
}

TEST_CASE("economics: the operator's fee is for bought public cards; own use of rented ones takes nothing from it") {
  dure::Scenario scenario = small();
  scenario.mutable_economics()->mutable_operator_()->set_fee_krw_per_card_year(1e6);
  scenario.mutable_tranche(0)->set_government_use_cards(600);
  const auto fee = [](const dure::Scenario& of) { return money_totals(Case(of).economics.running_costs(SiteId{0}, 0, kMonth, 0)).of(MoneyKind::kOperatorFee); };
  CHECK(fee(scenario) == doctest::Approx(600 * 1e6 / 12));
  scenario.mutable_tranche(1)->set_government_use_cards(104);  // 96 rented cards of its own
  CHECK(fee(scenario) == doctest::Approx(600 * 1e6 / 12));
}

TEST_CASE("economics: a span costs the same however it is cut") {
  const Case c(small());
  const auto whole = double(money_totals(c.economics.running_costs(SiteId{0}, 0, 100 * kDay_s, 0)).cost_krw());
  double parts = 0;
  for (const auto& [a, b] : {std::pair{0.0, 3.0}, {3.0, 9.5}, {9.5, 40.0}, {40.0, 100.0}})
    parts += double(money_totals(c.economics.running_costs(SiteId{0}, a * kDay_s, b * kDay_s, 0)).cost_krw());
  CHECK(std::abs(parts - whole) <= 4 * 5 * 0.5 + 5 * 0.5);  // five kinds, four spans: half a won of rounding each
  CHECK(c.economics.depreciation_krw(0, 10) + c.economics.depreciation_krw(10, 1e6) ==
        doctest::Approx(c.economics.depreciation_krw(0, 1e6)).epsilon(1e-12));
}

TEST_CASE("economics: capex is paid at delivery by the state; what is rented or cancelled costs none") {
  dure::Scenario scenario = small();
  scenario.mutable_tranche(0)->set_delivered_mid("2025-03-01");
  const Case c(scenario);
  const auto entries = c.economics.purchase(TrancheId{0});
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].krw == 8e10);
  CHECK(entries[0].at_s == 59 * kDay_s);
  CHECK(entries[0].payer == "state");
  CHECK(c.economics.purchase(TrancheId{1}).empty());
  scenario.mutable_tranche(0)->set_cancelled(true);
  CHECK(Case(scenario).economics.purchase(TrancheId{0}).empty());
  CHECK(Case(scenario).economics.depreciation_krw(0, kYear_s) == 0);
}

TEST_CASE("economics: without a price the year of the order decides, and bulk makes it cheaper by contract, not by site") {
  dure::Scenario scenario = small();
  scenario.mutable_economics()->set_bulk_exponent(0.1);
  dure::Tranche* part = scenario.mutable_tranche(0);
  part->clear_price_krw_per_card();
  CHECK(Case(scenario).economics.price_krw_per_card(TrancheId{0}) ==
        doctest::Approx(1.11e8 * std::pow(0.8, -0.1)));  // fewer than 1,000: dearer
  dure::Tranche* rest = scenario.add_tranche();
  *rest = *part;
  rest->set_tranche("rest");
  rest->set_contract("bought");
  CHECK(Case(scenario).economics.price_krw_per_card(TrancheId{0}) == doctest::Approx(1.11e8 * std::pow(1.6, -0.1)));
  scenario.mutable_tranche(0)->set_promised("2026-01-01");
  CHECK(Case(scenario).economics.price_krw_per_card(TrancheId{0}) == doctest::Approx(2.14e8 * std::pow(1.6, -0.1)));
  scenario.mutable_tranche(0)->set_price_krw_per_card(9e7);  // a price the contract names is its price
  CHECK(Case(scenario).economics.price_krw_per_card(TrancheId{0}) == 9e7);
}

TEST_CASE("economics: a building the state owns is paid once and written off, and pays no rent") {
  dure::Scenario scenario = small();
  scenario.mutable_site(0)->set_owned_building(true);
  *scenario.add_tranche() = scenario.tranche(0);
  scenario.mutable_tranche(2)->set_tranche("same day");
  const Case c(scenario);
  double building_krw = 0;
  for (const std::uint32_t t : {0u, 1u, 2u}) building_krw += money_totals(c.economics.purchase(TrancheId{t})).of(MoneyKind::kFacility);
  CHECK(building_krw == doctest::Approx(14 / 1.4 * 1.3e10));  // 10 MW of IT: 130 bn
  CHECK(money_totals(c.economics.running_costs(SiteId{0}, 0, kMonth, 0)).of(MoneyKind::kFacility) == 0);
  CHECK(c.economics.depreciation_krw(0, kYear_s) == doctest::Approx(1600 * 1e8 / 5 + 1.3e11 / 20));
}

TEST_CASE("economics: contracted supply as the basis of colocation, and the operator who keeps cards pays the running costs") {
  dure::Scenario scenario = small();
  scenario.mutable_economics()->set_colocation_basis(dure::Economics::contracted);
  scenario.mutable_tranche(0)->set_government_use_cards(640);
  const Case c(scenario);
  const auto entries = c.economics.running_costs(SiteId{0}, 0, kMonth, 0);
  CHECK(money_totals(entries).of(MoneyKind::kFacility) == doctest::Approx(10000 * 200000.0));  // 14 MW at a PUE of 1.4
  for (const MoneyEntry& entry : entries) CHECK(entry.payer == (entry.kind == MoneyKind::kRent ? "state" : "operator"));
}

TEST_CASE("economics: every won that leaves a payer reaches a payee") {
  const Case c(small());
  std::vector<MoneyEntry> entries = c.economics.purchase(TrancheId{0});
  for (int month = 0; month < 12; ++month)
    for (MoneyEntry& entry : c.economics.running_costs(SiteId{0}, month * kMonth, (month + 1) * kMonth, 1e7)) entries.push_back(entry);
  entries.push_back(Economics::user_payment(kMonth, "start-up 3", "project 7", 1000, 300));
  std::map<std::string, std::int64_t> account;
  for (const MoneyEntry& entry : entries) {
    CHECK(entry.krw > 0);
    CHECK(entry.payer != entry.payee);
    account[entry.payer] -= entry.krw;
    account[entry.payee] += entry.krw;
  }
  std::int64_t sum = 0;
  for (const auto& [name, krw] : account) sum += krw;
  const MoneyTotals totals = money_totals(entries);
  CHECK(sum == 0);
  CHECK(totals.of(MoneyKind::kUserPayments) == 300000);
  CHECK(totals.cost_krw() == totals.capital_krw + totals.running_krw());
  CHECK(-account["state"] == totals.cost_krw() - 300000);
  CHECK(account["start-up 3"] == -300000);
}

TEST_CASE("economics: cost per productive card-hour is depreciation and running cost over productive hours, none for none") {
  const Case c(small());
  const MoneyTotals totals = money_totals(c.economics.running_costs(SiteId{0}, 0, kYear_s, 6e8));
  const double expected = (800 * 1e8 / 5 + double(totals.running_krw())) / 4e6;
  CHECK(*c.economics.krw_per_productive_card_hour(totals, 0, kYear_s, 4e6) == doctest::Approx(expected));
  CHECK_FALSE(c.economics.krw_per_productive_card_hour(totals, 0, kYear_s, 0).has_value());
}

TEST_CASE("economics: what nominal card-hours carry, from the promised day; a cancelled tranche carries nothing") {
  // Promised on the first day, there after 59 days; 800 cards more never come. The site was booked 1 bn KRW in the year.
  dure::Scenario scenario = small();
  scenario.mutable_tranche(0)->set_delivered_mid("2025-03-01");
  *scenario.add_tranche() = scenario.tranche(0);
  scenario.mutable_tranche(2)->set_tranche("never");
  scenario.mutable_tranche(2)->set_cancelled(true);
  const Case c(scenario);
  const auto pools = c.economics.carried(0, kYear_s, {1e9});
  REQUIRE(pools.size() == 1);
  const double capital = 800 * 1e8 / 5, rent = 200.0 * 240 * 10000;
  CHECK(pools[0].krw == doctest::Approx(capital + rent + 1e9));
  CHECK(pools[0].card_s == doctest::Approx(800 * kYear_s + 200 * 10 * kDay_s));
  CHECK(pools[0].cancelled_card_s == doctest::Approx(800 * kYear_s));
  // Depreciation in service waits for the cards.
  CHECK(c.economics.depreciation_krw(0, kYear_s) < capital);
  // A site's costs go by bought card-hours: none to a pool of rentals alone, none without bought cards.
  scenario.mutable_tranche(1)->set_partition("apart");
  const auto apart = Case(scenario).economics.carried(0, kYear_s, {1e9});
  REQUIRE(apart.size() == 2);
  CHECK(apart[0].krw == doctest::Approx(capital + 1e9));
  CHECK(apart[1].krw == doctest::Approx(rent));
  scenario.mutable_tranche(0)->set_cancelled(true);
  CHECK(Case(scenario).economics.carried(0, kYear_s, {1e9})[0].krw == 0);
  // An owned building: a twentieth a year, from the promised day too.
  dure::Scenario owned = small();
  owned.mutable_site(0)->set_owned_building(true);
  CHECK(Case(owned).economics.carried(0, kYear_s, {0})[0].krw == doctest::Approx(capital + rent + 1.3e11 / 20));
}

TEST_CASE("economics: cards are written off once, whatever their term") {
  dure::Scenario scenario = small();
  scenario.mutable_tranche(0)->set_term_end("2034-12-31");
  CHECK(Case(scenario).economics.depreciation_krw(-kYear_s, 20 * kYear_s) == doctest::Approx(8e10).epsilon(1e-12));
}

TEST_CASE("economics: low and high of every price enclose its default") {
  const auto* descriptor = dure::Economics::descriptor();
  const dure::Economics defaults;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) continue;
    const auto& options = field->options();
    const double value = defaults.GetReflection()->GetDouble(defaults, field);
    CHECK_MESSAGE(options.HasExtension(dure::unit), field->name());
    CHECK_MESSAGE(options.HasExtension(dure::low), field->name());
    CHECK_MESSAGE(options.GetExtension(dure::low) <= value, field->name());
    CHECK_MESSAGE(value <= options.GetExtension(dure::high), field->name());
  }
}
