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
