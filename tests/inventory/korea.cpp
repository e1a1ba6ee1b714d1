// The tables of platforms/ against the public record they came from.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "sim/inventory/fleet.h"
#include "sim/scenario.h"
#include "tests/support/csv.h"
#include "tests/support/third_party.h"

using namespace dure::sim;

namespace {

dure::Scenario loaded(const std::string& name) { return load_scenario("scenarios/" + name + ".txtpb").scenario; }

Calendar calendar() { return Calendar(parse_date("2025-01-01")); }
double at_s(const char* date) { return calendar().at_s(parse_date(date)); }

Fleet most_likely(dure::Scenario scenario) {
  scenario.mutable_commissioning()->set_draw_delivery(false);
  return Fleet(scenario, calendar(), Seed{});
}

double public_cards_in_service(const Fleet& fleet, double time_s, const std::string& only_contracts_of_year = "") {
  double cards = 0;
  for (const NodeFacts& node : fleet.nodes()) {
    const TrancheFacts& tranche = fleet.tranche(node.tranche);
    if (!only_contracts_of_year.empty() && tranche.contract.find(only_contracts_of_year) == std::string::npos) continue;
    if (!node.own_use && node.in_service_s <= time_s && time_s < node.retire_s) cards += node.cards;
  }
  return cards;
}

}  // namespace

TEST_CASE("korea: the purchases add up to the 31,336 cards of the record, 10,456 of 13,136 of the 2025 programme for the public") {
  int bought = 0, programme = 0, programme_public = 0, programme_2026 = 0, promised_2025 = 0, promised_mid_2026 = 0;
  double programme_krw = 0, programme_2026_krw = 0, kisti_krw = 0;
  const dure::Scenario scenario = loaded("korea");
  for (const dure::Tranche& t : scenario.tranche()) {
    if (t.kind() != "purchase" || t.site() == "gwangju") continue;
    bought += t.cards();
    const double krw = t.cards() * t.price_krw_per_card();
    if (t.promised() == "2025-12-31") promised_2025 += t.cards();
    if (t.promised() == "2026-06-30") promised_mid_2026 += t.cards();
    if (t.ordered() == "2025-07-28") programme += t.cards(), programme_public += t.government_use_cards(), programme_krw += krw;
    if (t.ordered() == "2026-06-08") programme_2026 += t.cards(), programme_2026_krw += krw;
    if (t.site() == "kisti") kisti_krw += krw;
  }
  CHECK(bought == 31336);
  CHECK(programme == 13136);
  CHECK(programme_public == 10456);
  CHECK(programme_2026 == 9704);
  CHECK(promised_2025 == 13136);     // the plan said 10,000
  CHECK(promised_mid_2026 == 8496);  // the plan said 8,000
  CHECK(programme_krw == doctest::Approx(1.46e12).epsilon(1e-6));
  CHECK(programme_2026_krw == doctest::Approx(2.0805e12).epsilon(1e-6));
  CHECK(kisti_krw == doctest::Approx(382.5e9).epsilon(1e-6));
}

TEST_CASE("korea: rentals are the 2,000 and the 1,000 cards of 2025, and their rent is the 157.6 bn KRW of the record") {
  const Fleet fleet = most_likely(loaded("korea"));
  double cards = 0, rental_line_krw = 0;
  for (const TrancheFacts& t : fleet.tranches()) {
    if (!t.rental) continue;
    cards += t.cards;
    if (t.name.find("rental") != std::string::npos)
      rental_line_krw += t.cards * *t.rent_krw_per_card_hour * (t.nominal_until_s - t.nominal_from_s) / 3600;
  }
  CHECK(cards == 3000);
  CHECK(rental_line_krw == doctest::Approx(157.6e9).epsilon(1e-4));  // the hourly rent is a whole number of won
}

TEST_CASE("korea: on the most likely days the first 4,000 public cards of the 2025 programme are in use in March 2026") {
  const Fleet fleet = most_likely(loaded("korea"));
  CHECK(public_cards_in_service(fleet, at_s("2026-03-01"), "_2025") == 0);
  CHECK(public_cards_in_service(fleet, at_s("2026-03-31"), "_2025") >= 4000);
  CHECK(public_cards_in_service(fleet, at_s("2026-03-31"), "_2025") < 10456);
  CHECK(public_cards_in_service(fleet, at_s("2026-12-31"), "_2025") == 10456);
}

TEST_CASE("korea: the sites carry their cards whatever day is drawn, and the facts close") {
  const dure::Scenario scenario = loaded("korea");
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Fleet fleet(scenario, calendar(), Seed{seed, 0});
    const FactHours hours = fleet.fact_hours(0, at_s("2029-01-01"));
    CHECK(hours.nominal == doctest::Approx(hours.not_delivered + hours.installing + hours.unpowered + hours.in_service).epsilon(1e-12));
  }
  const Fleet fleet = most_likely(scenario);
  const FactHours hours = fleet.fact_hours(0, at_s("2029-01-01"));
  MESSAGE("2025-2028, million card-hours: nominal " << hours.nominal / 1e6 << ", not delivered " << hours.not_delivered / 1e6
                                                    << ", installing " << hours.installing / 1e6 << ", in service "
                                                    << hours.in_service / 1e6 << "; nodes " << fleet.nodes().size());
}

TEST_CASE("regional: the same cards by contract, type, public use and days, a seventh in each region") {
  const dure::Scenario korea = loaded("korea"), regional = loaded("regional");
  std::map<std::string, const dure::Tranche*> whole;
  for (const dure::Tranche& t : korea.tranche()) whole[t.tranche()] = &t;
  std::map<std::string, int> cards, government;
  std::map<std::string, std::set<std::string>> sites;
  for (const dure::Tranche& part : regional.tranche()) {
    REQUIRE(whole.count(part.contract()) == 1);
    const dure::Tranche& t = *whole[part.contract()];
    cards[part.contract()] += part.cards();
    government[part.contract()] += part.government_use_cards();
    sites[part.contract()].insert(part.site());
    // everything but the name, the place, the counts and the words is the same
    dure::Tranche same = part;
    same.set_tranche(t.tranche());
    same.clear_contract();
    same.set_site(t.site());
    same.set_cards(t.cards());
    if (t.has_government_use_cards()) same.set_government_use_cards(t.government_use_cards());
    same.set_provenance(t.provenance());
    CHECK(same.SerializeAsString() == t.SerializeAsString());
  }
  for (const auto& [name, t] : whole) {
    CHECK(cards[name] == t->cards());
    CHECK(government[name] == t->government_use_cards());
    CHECK(sites[name].size() == 7);
  }
  std::map<std::string, int> at_site;
  for (const dure::Tranche& part : regional.tranche()) at_site[part.site()] += part.cards();
  for (const auto& [site, count] : at_site) CHECK(std::abs(count - 36012 / 7) <= 16);  // two nodes

  const Fleet a = most_likely(korea), b = most_likely(regional);
  const double horizon_s = at_s("2029-01-01");
  CHECK(a.fact_hours(0, horizon_s).nominal == doctest::Approx(b.fact_hours(0, horizon_s).nominal).epsilon(1e-12));
  const Fleet drawn_a(korea, calendar(), Seed{7, 0}), drawn_b(regional, calendar(), Seed{7, 0});
  for (const TrancheFacts& part : drawn_b.tranches())
    for (const TrancheFacts& t : drawn_a.tranches())
      if (t.name == part.contract) CHECK(t.delivered_s == part.delivered_s);
}

TEST_CASE("korea: too many cards for a site point at the row of its supply") {
  const Loaded korea = load_scenario("scenarios/korea.txtpb", {"tranche[nhn_2025].cards=20000"});
  try {
    Fleet(korea.scenario, calendar(), Seed{});
    FAIL("accepted");
  } catch (const ScenarioError& error) {
    CHECK(error.path == "site[nhn_seoul].peak_power_mw");
    const auto place = korea.located(error).place;
    REQUIRE(place.has_value());
    CHECK(place->file.ends_with("platforms/korea/sites.csv"));
    CHECK(place->line == 5);
  }
}

TEST_CASE("haenam: the national centre of 15,000 cards fits its 40 MW beside korea's sites") {
  const dure::Scenario scenario = loaded("haenam");
  const Fleet fleet = most_likely(scenario);
  const SiteId haenam = *fleet.find_site("haenam");
  int cards = 0;
  for (const TrancheFacts& t : fleet.tranches())
    if (t.site == haenam) cards += t.cards;
  CHECK(cards == 15000);
  CHECK(fleet.site(haenam).powered_from_s == at_s("2028-07-01"));
}

TEST_CASE("korea: every region is on the backbone, shares sum to one, every row says where it comes from") {
  const dure::Scenario scenario = loaded("korea");
  std::set<std::string> reached = {"Seoul"};
  for (int pass = 0; pass < scenario.link_size(); ++pass)
    for (const dure::Link& link : scenario.link())
      if (reached.count(link.a()) || reached.count(link.b())) reached.insert(link.a()), reached.insert(link.b());
  double share = 0;
  for (const dure::Region& region : scenario.region()) {
    CHECK_MESSAGE(reached.count(region.city()) == 1, region.city());
    share += region.demand_share();
  }
  CHECK(scenario.region_size() == 7);
  CHECK(share == doctest::Approx(1).epsilon(1e-9));
  const std::set<std::string> words = {"high", "medium-high", "medium", "low-medium", "low", "assumption"};
  const auto marked = [&](const auto& rows) {
    for (const auto& row : rows) {
      CHECK_FALSE(row.provenance().empty());
      CHECK_MESSAGE(words.count(row.confidence()) == 1, row.confidence());
    }
  };
  for (const char* name : {"korea", "regional", "haenam"}) {
    const dure::Scenario all = loaded(name);
    marked(all.card());
    marked(all.node());
    marked(all.site());
    marked(all.tranche());
    marked(all.region());
    marked(all.link());
  }
}

TEST_CASE("catalogue: every card has its server, and measured nodes stay below their nameplate") {
  const dure::Scenario scenario = loaded("korea");
  CHECK(scenario.card_size() == 25);
  CHECK(scenario.node_size() == scenario.card_size());
  const Fleet fleet = most_likely(scenario);
  for (const CardFacts& card : fleet.cards()) {
    CHECK(card.cards_per_node > 0);
    CHECK(card.node_busy_w > card.cards_per_node * card.rated_w * 0.99);  // a busy server draws its cards and its host
  }
  CHECK(fleet.card(*fleet.find_card("H100-SXM-80")).node_busy_w < 10200);
  CHECK(fleet.card(*fleet.find_card("B200-SXM-180")).node_busy_w < 14300);
}

TEST_CASE("catalogue: the cards are those of the reference table, figure for figure") {
  const auto table = dure::test::third_party("reference/accelerators.csv");
  if (!table) return;
  const auto rows = dure::test::read_csv(table->string());
  const dure::Scenario scenario = loaded("korea");
  std::map<std::string, const dure::CardType*> card_of;
  for (const dure::CardType& card : scenario.card()) card_of[card.card()] = &card;
  const auto column = [&](const std::string& name) {
    return std::size_t(std::find(rows[0].begin(), rows[0].end(), name) - rows[0].begin());
  };
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const auto found = card_of.find(rows[r][column("accel_id")]);
    REQUIRE(found != card_of.end());
    const auto number = [&](const char* name) { return rows[r][column(name)].empty() ? 0.0 : std::stod(rows[r][column(name)]); };
    CHECK((found->second->has_bf16_tflops() ? found->second->bf16_tflops() : found->second->fp16_tflops()) == number("bf16_dense_tflops"));  // some print FP16 alone
    CHECK(found->second->fp8_tflops() == number("fp8_dense_tflops"));
    CHECK(found->second->memory_gb() == number("mem_gb"));
    CHECK(found->second->memory_tb_per_s() == number("mem_tb_s"));
    CHECK(found->second->rated_w() == number("tdp_w"));
  }
}
