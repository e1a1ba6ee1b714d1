// Figures of the research that the room must reproduce from its parameters (docs/rooms/economics.md).
#include <doctest/doctest.h>

#include <cmath>

#include "tests/economics/support.h"
#include "tests/support/csv.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

/// 7,656 cards of a type at a site of their own, all busy, ordered in `year` at that year's all-in price.
struct Owner {
  Owner(const char* card, int year, const std::string& economics) : c(text(card, year, economics)) {
    const CardFacts& type = c.fleet.card(*c.fleet.find_card(card));
    const double fabric_kw = 1.05;  // power.fabric_w_per_node + storage_w_per_node
    const double bill_krw = 957 * (type.node_busy_w / 1e3 + fabric_kw) * 1.4 * 8766 * 146.2;  // PUE 1.4; general_b_A_II, flat load with the power fund, without VAT
    const double from_s = (year - 2025) * 365 * kDay_s, until_s = from_s + kYear_s;
    const MoneyTotals year_costs = money_totals(c.economics.running_costs(SiteId{0}, from_s, until_s, bill_krw));
    owned = c.economics.owned(from_s, until_s, {double(year_costs.running_krw())});
    krw = owned[index(*c.fleet.find_card(card))].krw / 7656;
    MESSAGE(std::string(card) << " bought in " << year << ": " << krw / 1e6 << " M KRW a year = depreciation " << c.economics.depreciation_krw(from_s, until_s) / 7656e6 << ", maintenance "
                 << double(year_costs.of(MoneyKind::kMaintenance)) / 7656e6 << ", facility " << double(year_costs.of(MoneyKind::kFacility)) / 7656e6 << ", electricity "
                 << double(year_costs.of(MoneyKind::kElectricity)) / 7656e6 << ", staff " << double(year_costs.of(MoneyKind::kStaff)) / 7656e6);
  }
  static dure::Scenario text(const char* card, int year, const std::string& economics) {
    const std::string first_day = std::to_string(year) + "-01-01";
    dure::Scenario scenario = parsed(R"(region { region: "capital" city: "Seoul" } site { site: "nhn" region: "capital" peak_power_mw: 20 }
      tranche { tranche: "nhn" site: "nhn" card: ")" + std::string(card) + R"(" cards: 7656 promised: ")" + first_day + R"(" delivered_mid: ")" + first_day + R"(" installed: true }
      commissioning { own_use_share: 0 draw_delivery: false } economics { )" + economics + " }");
    dure::test::add_table(scenario.mutable_card(), "platforms/catalogue/cards.csv");
    dure::test::add_table(scenario.mutable_node(), "platforms/catalogue/nodes.csv");
    dure::test::add_table(scenario.mutable_economics()->mutable_market_rent(), "platforms/korea/market_rents.csv");
    return scenario;
  }
  double rent_krw_per_year(const char* card) const { return *c.economics.market_rent_krw_per_card_hour(*c.fleet.find_card(card)) * 8766; }

  Case c;
  std::vector<Economics::Owned> owned;
  double krw = 0;  // of a card, a year
};

int cards_for(double krw, const Economics& economics) { return int(krw / economics.price_krw_per_card(TrancheId{0})); }

}  // namespace

TEST_CASE("research: 300 bn KRW buy 6,000 H100 bare, and about 2,700 cards all-in at the price of 2025") {
  const int bare = cards_for(3e11, Case(thousand("price_krw_per_card: 5e7", "")).economics);  // card_h100: the card alone
  const int all_in = cards_for(3e11, Case(thousand("", "")).economics);                       // 111 M KRW
  MESSAGE("300 bn KRW: ", bare, " cards bare, ", all_in, " all-in");
  CHECK(bare == 6000);
  CHECK(all_in == 2702);
}

TEST_CASE("research: owning a card costs about 36 M KRW a year at the price of 2025 and 63 M at that of 2026") {
  // Both figures come from the same terms with the servers' own draw as reserved power. Head-room of 1.2 for fabric and storage adds 0.7 M.
  const Owner b200("B200-SXM-180", 2025, "reserved_kw_per_busy_kw: 1"), later("B300-SXM-288", 2026, "reserved_kw_per_busy_kw: 1");
  CHECK(std::abs(b200.krw / 36e6 - 1) < 0.02);
  CHECK(std::abs(later.krw / 63e6 - 1) < 0.02);
  CHECK(Owner("B200-SXM-180", 2025, "").krw - b200.krw == doctest::Approx(0.2 * 9.67 / 8 * 250000 * 12).epsilon(1e-6));
}

TEST_CASE("research: a B200 of 2025 breaks even near half use; the purchase of 2026 near 87 % of a rented B200 and 72 % of a rented B300") {
  const Owner b200("B200-SXM-180", 2025, "reserved_kw_per_busy_kw: 1"), later("B300-SXM-288", 2026, "reserved_kw_per_busy_kw: 1");
  CHECK(b200.rent_krw_per_year("B200-SXM-180") == doctest::Approx(5.8 * 1422 * 8766));  // 72.3 M KRW
  const double half = *b200.c.economics.break_even_utilisation(b200.owned);
  CHECK(half == doctest::Approx(b200.krw / b200.rent_krw_per_year("B200-SXM-180")));
  CHECK(std::abs(half - 0.50) < 0.01);
  const double of_b200 = later.krw / later.rent_krw_per_year("B200-SXM-180"), of_b300 = *later.c.economics.break_even_utilisation(later.owned);
  MESSAGE("break-even: B200 of 2025 ", 100 * half, " %; of 2026 against rented B200 ", 100 * of_b200, " %, against rented B300 ", 100 * of_b300, " %");
  CHECK(std::abs(of_b200 - 0.87) < 0.02);
  CHECK(std::abs(of_b300 - 0.72) < 0.02);
}
