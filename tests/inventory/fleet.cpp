// Fleet on scenarios small enough to count on one's fingers.
#include "sim/inventory/fleet.h"

#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include <chrono>
#include <cmath>
#include <string>

#include "sim/error.h"
#include "sim/scenario.pb.h"

using namespace dure::sim;

namespace {

constexpr double kDay = 86400;

dure::Scenario scenario_of(const std::string& rest) {
  dure::Scenario scenario;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(R"(
    card { card: "h100" bf16_tflops: 989 memory_gb: 80 memory_tb_per_s: 3.35 rated_w: 700 }
    node { card: "h100" cards_per_node: 8 idle_w: 2400 busy_w: 7000 }
    region { region: "capital" city: "Seoul" }
    region { region: "honam" city: "Gwangju" }
    site { site: "alpha" region: "honam" peak_power_mw: 40 nodes_per_leaf: 4 }
    commissioning { install_days: 10 nodes_per_day: 2 own_use_share: 0 draw_delivery: false }
  )" + rest,
                                                        &scenario));
  return scenario;
}

Fleet fleet_of(const dure::Scenario& scenario, std::uint64_t seed = 1) {
  return Fleet(scenario, Calendar(parse_date("2025-01-01")), Seed{seed, 0});
}
Fleet fleet_of(const std::string& rest) { return fleet_of(scenario_of(rest)); }

/// Path and English sentence of the error a scenario earns; "" if it is accepted.
std::string refusal(const std::string& rest) {
  try {
    fleet_of(rest);
  } catch (const ScenarioError& error) {
    CHECK_FALSE(error.message.ko.empty());
    CHECK(error.exit_code == Exit::kInvalid);
    return error.path + ": " + error.message.en;
  }
  return "";
}

const char* kTenNodes = R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 76 government_use_cards: 60
  ordered: "2025-01-01" promised: "2025-02-10" delivered_mid: "2025-03-02" term_end: "2025-12-31" })";

}  // namespace

TEST_CASE("fleet: 76 cards, 60 for the public, are 8 public and 2 own-use nodes in leafs of four") {
  const Fleet fleet = fleet_of(kTenNodes);
  REQUIRE(fleet.pools().size() == 1);
  REQUIRE(fleet.nodes().size() == 10);
  std::string drawing;  // cards of each node, own use in brackets, a bar where a new leaf begins
  for (std::size_t n = 0; n < 10; ++n) {
    const NodeFacts& node = fleet.nodes()[n];
    if (n > 0 && node.leaf != fleet.nodes()[n - 1].leaf) drawing += "|";
    drawing += node.own_use ? "(" + std::to_string(node.cards) + ")" : std::to_string(node.cards);
  }
  CHECK(drawing == "8888|8884|(8)(8)");
  CHECK(fleet.pools()[0].leafs == 3);
  CHECK(fleet.sites()[0].leafs == 3);
  CHECK(fleet.pools()[0].cards == 76);
  CHECK(fleet.pools()[0].public_cards == 60);
  CHECK(fleet.node_name(NodeId{9}) == "a/9");
  CHECK(index(fleet.site(SiteId{0}).region) == 1);
}

TEST_CASE("fleet: nodes come into service install_days after delivery, then so many a day, own use in proportion") {
  const Fleet fleet = fleet_of(kTenNodes);
  const double delivered_s = 60 * kDay;  // 2 March
  std::string days;                      // days after the first in service
  for (const NodeFacts& node : fleet.nodes()) days += std::to_string(int((node.in_service_s - delivered_s) / kDay) - 10);
  CHECK(days ==
        "00112334"
        "02");  // public: 1.6 a day, so node i after floor(i / 1.6) days; own: 0.4 a day
  CHECK(fleet.tranches()[0].in_service_last_s == delivered_s + 14 * kDay);
  CHECK(fleet.nodes()[0].retire_s == 365 * kDay);  // the last day of the term counts
}

TEST_CASE("fleet: nominal runs from the promise, or from delivery if that is earlier, to the end of the term") {
  const Fleet late = fleet_of(kTenNodes);
  CHECK(late.tranches()[0].nominal_from_s == 40 * kDay);
  const FactHours hours = late.fact_hours(0, 365 * kDay);
  CHECK(hours.nominal == doctest::Approx(76.0 * 325 * 24));
  CHECK(hours.not_delivered == doctest::Approx(76.0 * 20 * 24));
  // ten days for all; then eight cards each for 0 0 1 1 2 3 3 days, four cards for 4; own use eight each for 0 and 2
  CHECK(hours.installing == doctest::Approx(24.0 * (76 * 10 + 8 * 10 + 4 * 4 + 8 * 2)));
  CHECK(hours.nominal == doctest::Approx(hours.not_delivered + hours.installing + hours.unpowered + hours.in_service));

  const Fleet early = fleet_of(
      R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 8 promised: "2025-02-10" delivered_mid: "2025-01-21" term_end: "2025-12-31" })");
  CHECK(early.tranches()[0].nominal_from_s == 20 * kDay);
  CHECK(early.fact_hours(0, 365 * kDay).not_delivered == 0);
  CHECK(early.fact_hours(0, 30 * kDay).nominal == doctest::Approx(8.0 * 10 * 24));
}

TEST_CASE("fleet: a cancelled tranche has no nodes and stays not_delivered; without a term it counts to the retirement age") {
  const Fleet fleet = fleet_of(R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 8 promised: "2025-02-01" cancelled: true })");
  CHECK(fleet.nodes().empty());
  const FactHours hours = fleet.fact_hours(0, 365 * kDay);
  CHECK(hours.nominal == doctest::Approx(8.0 * 334 * 24));
  CHECK(hours.not_delivered == hours.nominal);
  CHECK(fleet.tranches()[0].nominal_until_s - fleet.tranches()[0].promised_s == 1826 * kDay);  // five years
}

TEST_CASE("fleet: cards racked before the supply is on are unpowered until then, and burn in afterwards") {
  dure::Scenario scenario = scenario_of(kTenNodes);
  scenario.mutable_site(0)->set_powered_from("2025-04-01");  // day 90; racked on day 70
  const Fleet fleet = fleet_of(scenario);
  CHECK(fleet.tranches()[0].racked_s == 70 * kDay);
  CHECK(fleet.tranches()[0].burn_in_from_s == 90 * kDay);
  CHECK(fleet.nodes()[0].in_service_s == 90 * kDay);
  CHECK(fleet.fact_hours(0, 365 * kDay).unpowered == doctest::Approx(76.0 * 20 * 24));
}

TEST_CASE("fleet: what comes installed serves from the day of delivery") {
  const Fleet fleet = fleet_of(
      R"(tranche { tranche: "a" kind: "rental" site: "alpha" card: "h100" cards: 24 promised: "2025-01-11" delivered_mid: "2025-01-11" term_end: "2025-01-20" installed: true })");
  for (const NodeFacts& node : fleet.nodes()) CHECK(node.in_service_s == 10 * kDay);
  CHECK(fleet.fact_hours(0, 365 * kDay).in_service == doctest::Approx(24.0 * 10 * 24));
}

TEST_CASE("fleet: delivery is drawn triangular, the parts of one contract on the same day, and other tranches move nothing") {
  const std::string part = R"( site: "alpha" card: "h100" cards: 8 ordered: "2025-01-01" promised: "2025-06-01" term_end: "2029-12-31"
    delivered_low: "2025-03-01" delivered_mid: "2025-07-01" delivered_high: "2025-12-01" })";
  dure::Scenario scenario =
      scenario_of("tranche { tranche: \"a_1\" contract: \"a\"" + part + "tranche { tranche: \"a_2\" contract: \"a\"" + part);
  scenario.mutable_commissioning()->set_draw_delivery(true);
  dure::Scenario alone = scenario_of("tranche { tranche: \"a\"" + part);
  alone.mutable_commissioning()->set_draw_delivery(true);
  const double low = 59, mid = 181, high = 334;  // days
  double sum = 0, square = 0;
  const int n = 2000;
  for (int i = 0; i < n; ++i) {
    const Fleet fleet = fleet_of(scenario, std::uint64_t(i));
    const double day = fleet.tranches()[0].delivered_s / kDay;
    CHECK(day >= low);
    CHECK(day <= high);
    CHECK(fleet.tranches()[1].delivered_s == fleet.tranches()[0].delivered_s);
    CHECK(fleet.tranches()[0].contract_cards == 16);
    if (i < 20) CHECK(fleet_of(alone, std::uint64_t(i)).tranches()[0].delivered_s == fleet.tranches()[0].delivered_s);
    sum += day;
    square += day * day;
  }
  const double mean = (low + mid + high) / 3;                                                                // 191.33
  const double variance = (low * low + mid * mid + high * high - low * mid - low * high - mid * high) / 18;  // 56.2 days squared
  const double error = std::sqrt(variance / n);
  CHECK(std::abs(sum / n - mean) < 4 * error);  // four standard errors
  CHECK(square / n - (sum / n) * (sum / n) == doctest::Approx(variance).epsilon(0.12));
}

TEST_CASE("fleet: an order day alone is enough: the lead time decides") {
  const Fleet fleet =
      fleet_of(R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 8 ordered: "2025-01-01" promised: "2025-06-01" })");
  CHECK(fleet.tranches()[0].delivered_s == 213 * kDay);  // 7 months of 30.4375 days = 213.06
}

TEST_CASE("fleet: without a public count the scenario's own-use share applies, in whole servers; a rental has none") {
  dure::Scenario scenario = scenario_of(R"(
    tranche { tranche: "a" site: "alpha" card: "h100" cards: 800 promised: "2025-06-01" delivered_mid: "2025-06-01" }
    tranche { tranche: "b" kind: "rental" site: "alpha" card: "h100" cards: 800 promised: "2025-06-01" delivered_mid: "2025-06-01" term_end: "2025-12-31" })");
  scenario.mutable_commissioning()->set_own_use_share(0.204);
  const Fleet fleet = fleet_of(scenario);
  CHECK(fleet.tranches()[0].government_use_cards == 640);  // 20.4 of 100 nodes: 20
  CHECK(fleet.tranches()[1].government_use_cards == 800);
}

TEST_CASE("fleet: what cannot be is refused with the path of the field") {
  const std::string head = R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 8 )";
  CHECK(refusal(head + R"(ordered: "2025-05-01" promised: "2025-06-01" delivered_mid: "2025-04-01" })") ==
        "tranche[a].delivered_mid: delivered on 2025-04-01, before it is ordered on 2025-05-01");
  CHECK(refusal(head + R"(ordered: "2025-05-01" promised: "2025-04-01" delivered_mid: "2025-06-01" })") ==
        "tranche[a].promised: promised for 2025-04-01, before it is ordered on 2025-05-01");
  CHECK(refusal(head + R"(promised: "2025-06-01" delivered_mid: "2025-06-01" term_end: "2025-05-31" })") ==
        "tranche[a].term_end: the term ends on 2025-05-31, before the cards are promised on 2025-06-01");
  CHECK(refusal(head + R"(promised: "2025-06-01" delivered_low: "2025-07-01" delivered_mid: "2025-06-01" })") ==
        "tranche[a].delivered_low: delivered_low 2025-07-01 lies after delivered_mid 2025-06-01");
  CHECK(refusal(head + R"(promised: "2025-06-01" })") ==
        "tranche[a].delivered_mid: neither a day of delivery nor a day of the order is given");
  CHECK(refusal(head + R"(promised: "June" delivered_mid: "2025-06-01" })") ==
        "tranche[a].promised: \"June\" is no date; write it as 2026-03-31");
  CHECK(refusal(head + R"(promised: "2025-06-01" delivered_mid: "2025-06-01" government_use_cards: 9 })") ==
        "tranche[a].government_use_cards: 9 cards for public use, but the contract has 8");
  CHECK(refusal(head + R"(kind: "gift" promised: "2025-06-01" })") == "tranche[a].kind: kind \"gift\" is neither purchase nor rental");
  CHECK(refusal(head + R"(kind: "rental" promised: "2025-06-01" delivered_mid: "2025-06-01" })") ==
        "tranche[a].term_end: a rental has no end");
  CHECK(refusal(R"(tranche { tranche: "a" site: "beta" card: "h100" cards: 8 promised: "2025-06-01" })") ==
        "tranche[a].site: no site is called \"beta\"");
  CHECK(refusal(R"(tranche { tranche: "a" site: "alpha" card: "h1" cards: 8 promised: "2025-06-01" })") ==
        "tranche[a].card: no card type is called \"h1\"");
  CHECK(refusal(std::string(kTenNodes) + kTenNodes) == "tranche[a]: \"a\" is named twice");
  CHECK(
      refusal(
          R"(site { site: "dark" region: "honam" peak_power_mw: 0 } tranche { tranche: "a" site: "dark" card: "h100" cards: 8 promised: "2025-06-01" delivered_mid: "2025-06-01" })") ==
      "site[dark].peak_power_mw: site \"dark\" has no power, but cards go there");
  // 1,000 nodes x 7 kW x 1.2 = 8.4 MW
  CHECK(
      refusal(
          R"(site { site: "small" region: "honam" peak_power_mw: 8.3 } tranche { tranche: "a" site: "small" card: "h100" cards: 8000 promised: "2025-06-01" delivered_mid: "2025-06-01" })") ==
      "site[small].peak_power_mw: site \"small\" is to house cards that need 8.4 MW (busy nodes x 1.2), its supply is 8.3 MW");
  // 3 nodes x 7 kW x 1.2 = 25.2 kW, shown in kW and rounded up
  CHECK(
      refusal(
          R"(site { site: "small" region: "honam" peak_power_mw: 0.0125 } tranche { tranche: "a" site: "small" card: "h100" cards: 24 promised: "2025-06-01" delivered_mid: "2025-06-01" })") ==
      "site[small].peak_power_mw: site \"small\" is to house cards that need 26 kW (busy nodes x 1.2), its supply is 12.5 kW");
}

TEST_CASE("fleet: cards that replace retired ones need no second supply") {
  CHECK(refusal(R"(site { site: "small" region: "honam" peak_power_mw: 8.4 }
    tranche { tranche: "old" site: "small" card: "h100" cards: 8000 promised: "2025-06-01" delivered_mid: "2025-06-01" term_end: "2026-05-31" }
    tranche { tranche: "new" site: "small" card: "h100" cards: 8000 promised: "2026-06-01" delivered_mid: "2026-06-01" })") == "");
}

TEST_CASE("fleet: a budget buys whole servers at the price named, at most the cards of the contract") {
  const std::string head = R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 10000 promised: "2025-06-01" delivered_mid: "2025-06-01" )";
  const auto cards = [&](const std::string& terms) { return fleet_of(head + terms + " }").tranches()[0].cards; };
  CHECK(cards("price_krw_per_card: 111e6 budget_krw: 300e9") == 2696);  // 337 servers of 888 M KRW
  CHECK(cards("price_krw_per_card: 214e6 budget_krw: 300e9") == 1400);  // 175 of 1,712 M
  CHECK(cards("price_krw_per_card: 1e6 budget_krw: 300e9") == 10000);
  CHECK(cards("price_usd_per_card: 50000 budget_krw: 300e9") == 4216);  // 71.1 M KRW
  CHECK(cards("price_krw_per_card: 62.5e6 price_covers: \"server\" budget_krw: 300e9") == 4064);  // 73.75 M with network and storage
  CHECK(cards("price_krw_per_card: 111e6 budget_krw: 300e9 government_use_cards: 2696") == 2696);
  CHECK(refusal(head + "price_krw_per_card: 111e6 budget_krw: 8e8 }") == "tranche[a].budget_krw: 8e+08 KRW pay for no server of 8 cards at 1.11e+08 KRW a card");
  CHECK(refusal(head + "budget_krw: 300e9 }") == "tranche[a].budget_krw: a budget, but no price of a card");
  CHECK(refusal(head + "price_krw_per_card: 111e6 budget_krw: 300e9 government_use_cards: 2704 }") == "tranche[a].government_use_cards: 2704 cards for public use, but the contract has 2696");
}

TEST_CASE("fleet: the imported part of a price in KRW follows the exchange rate, the rest does not") {
  TrancheFacts tranche;
  CHECK_FALSE(named_price_krw(tranche, 1480).has_value());
  tranche.price_krw_per_card = 100e6;
  CHECK(*named_price_krw(tranche, 1480) == 100e6);
  tranche.imported_share = 0.6;
  CHECK(*named_price_krw(tranche, 1422) == 100e6);
  CHECK(*named_price_krw(tranche, 1422 * 1.1) == doctest::Approx(106e6));
  dure::Scenario scenario = scenario_of(R"(tranche { tranche: "a" site: "alpha" card: "h100" cards: 10000 promised: "2025-06-01" delivered_mid: "2025-06-01" price_krw_per_card: 111e6 budget_krw: 300e9 imported_share: 0.59 } economics { fx_krw_per_usd: 1480 })");
  CHECK(fleet_of(scenario).tranches()[0].cards == 2632);  // 113.67 M KRW a card: 329 servers
}

TEST_CASE("fleet: a failed tender moves order and delivery by a quarter and leaves the promise; a late grid moves the supply") {
  const std::string ten(kTenNodes);
  const auto late = [&](const std::string& more) { return fleet_of(ten.substr(0, ten.rfind('}')) + more + " }"); };
  const TrancheFacts at_once = fleet_of(kTenNodes).tranches()[0], twice = late("failed_tenders: 2").tranches()[0];
  CHECK(twice.delivered_s == at_once.delivered_s + 183 * kDay);  // twice 3 months of 30.4375 days = 182.6
  CHECK(*twice.ordered_s == *at_once.ordered_s + 183 * kDay);
  CHECK(twice.promised_s == at_once.promised_s);
  CHECK(twice.nominal_until_s == at_once.nominal_until_s);
  CHECK(late("failed_tenders: 5").tranches()[0].order_year == 2026);  // and the default price is that of the later year
  dure::Scenario scenario = scenario_of(kTenNodes);
  scenario.mutable_site(0)->set_powered_from("2025-01-31");
  scenario.mutable_site(0)->set_grid_delay_months(3);
  const Fleet dark = fleet_of(scenario);
  CHECK(dark.sites()[0].powered_from_s == 119 * kDay);  // 30 April
  CHECK(dark.fact_hours(0, 365 * kDay).unpowered == doctest::Approx(76.0 * (119 - 70) * 24));
  scenario.mutable_site(0)->clear_powered_from();
  CHECK_THROWS_AS(fleet_of(scenario), ScenarioError);
}

TEST_CASE("fleet: failed tenders are drawn for what is ordered within the run, geometric, the parts of a contract together") {
  const std::string part = R"( site: "alpha" card: "h100" cards: 8 ordered: "2025-02-01" promised: "2025-06-01" delivered_mid: "2025-06-01" })";
  dure::Scenario scenario = scenario_of("tranche { tranche: \"a_1\" contract: \"a\"" + part + "tranche { tranche: \"a_2\" contract: \"a\"" + part +
                                        R"(tranche { tranche: "old" site: "alpha" card: "h100" cards: 8 ordered: "2024-12-31" promised: "2025-06-01" delivered_mid: "2025-06-01" })");
  CHECK(fleet_of(scenario).tranches()[0].failed_tenders == 0);
  scenario.mutable_commissioning()->set_tender_failure_probability(0.4);
  double sum = 0;
  int at_once = 0;
  const int n = 4000;
  for (int i = 0; i < n; ++i) {
    const Fleet fleet = fleet_of(scenario, std::uint64_t(i));
    CHECK(fleet.tranches()[1].delivered_s == fleet.tranches()[0].delivered_s);
    CHECK(fleet.tranches()[2].failed_tenders == 0);
    sum += fleet.tranches()[0].failed_tenders;
    at_once += fleet.tranches()[0].failed_tenders == 0;
  }
  // mean p / (1 - p) = 2/3, variance p / (1 - p)^2 = 10/9: four standard errors
  CHECK(std::abs(sum / n - 2.0 / 3) < 4 * std::sqrt(10.0 / 9 / n));
  CHECK(std::abs(double(at_once) / n - 0.6) < 4 * std::sqrt(0.24 / n));
}

TEST_CASE("fleet: without an operating budget public nodes are unpowered, from the first day of the gap until the site has restarted") {
  dure::Scenario scenario = scenario_of(kTenNodes);
  auto* gap = scenario.mutable_site(0)->mutable_budget_gap();
  gap->set_from("2025-07-01");  // day 181
  const FactHours none = fleet_of(scenario).fact_hours(0, 365 * kDay);
  CHECK(none.unpowered == 0);
  gap->set_months(2);  // 62 days
  gap->set_restart_days(5);
  const Fleet fleet = fleet_of(scenario);
  const FactHours hours = fleet.fact_hours(0, 365 * kDay);
  CHECK(hours.unpowered == doctest::Approx(60.0 * 67 * 24));
  CHECK(hours.in_service == doctest::Approx(none.in_service - 60.0 * 67 * 24));
  CHECK(fleet.cards_in_service(180 * kDay) == 76);
  CHECK(fleet.cards_in_service(181 * kDay) == 16);  // the operator's own
  CHECK(fleet.cards_in_service(248 * kDay) == 76);
}

TEST_CASE("fleet: fifty thousand nodes are built in milliseconds") {
  const dure::Scenario scenario = scenario_of(R"(site { site: "large" region: "capital" peak_power_mw: 500 }
    tranche { tranche: "a" site: "large" card: "h100" cards: 400000 promised: "2025-06-01" delivered_mid: "2025-06-01" })");
  const auto start = std::chrono::steady_clock::now();
  const Fleet fleet = fleet_of(scenario);
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  CHECK(fleet.nodes().size() == 50000);
  MESSAGE("50,000 nodes built in " << ms << " ms");
}

TEST_CASE("fleet: cards of a partition are a pool of their own beside the open ones of the same type and site") {
  const auto tranche = [](const std::string& name, int cards, const std::string& rest) {
    return "tranche { tranche: \"" + name + "\" site: \"alpha\" card: \"h100\" cards: " + std::to_string(cards) +
           " promised: \"2025-01-01\" delivered_mid: \"2025-01-01\" " + rest + "}\n";
  };
  const Fleet fleet = fleet_of(tranche("a", 16, "partition: \"big\"") + tranche("b", 24, "") + tranche("c", 8, "partition: \"big\""));
  CHECK(fleet.partitions() == std::vector<std::string>{"", "big"});
  REQUIRE(fleet.pools().size() == 2);
  CHECK(fleet.pools()[0].partition == kOpenToAll);
  CHECK(fleet.pools()[0].cards == 24);
  CHECK(fleet.pools()[1].partition == fleet.find_partition("big"));
  CHECK(fleet.pools()[1].cards == 24);
  CHECK(fleet.node_name(NodeId(std::uint32_t(fleet.pools()[1].node_begin))) == "a/0");
}
