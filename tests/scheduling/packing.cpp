#include "sim/scheduling/packing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "sim/workload/trace_reader.h"
#include "tests/support/third_party.h"

using namespace dure::sim;

namespace {

constexpr std::pair<PackingRule, const char*> kRules[] = {{PackingRule::kFirstFit, "first fit"},
                                                          {PackingRule::kBestFit, "best fit"},
                                                          {PackingRule::kFragmentationGradient, "fragmentation gradient"},
                                                          {PackingRule::kLeastFragmentation, "least fragmentation"}};

std::optional<std::size_t> host_of(Packing& packing, const HostAsk& ask) {
  const auto place = packing.place(ask);
  return place ? std::optional(place->host) : std::nullopt;
}

struct Filled {
  double share = 0;
  int left_out = 0;
};
Filled fill(const std::vector<Host>& hosts, const std::vector<HostAsk>& asks, PackingRule rule) {
  Packing packing(hosts, rule, asks);
  Filled filled;
  for (const HostAsk& ask : asks) filled.left_out += !packing.place(ask);
  filled.share = packing.allocated_share();
  return filled;
}

/// Hosts and pods of openb: the machines of an Alibaba cluster and all its pods in order of creation.
std::pair<std::vector<Host>, std::vector<HostAsk>> read_openb_lists(const std::filesystem::path& folder) {
  std::map<std::string, int> types;
  std::vector<Host> hosts;
  constexpr std::string_view kHost[] = {"sn", "cpu_milli", "memory_mib", "gpu", "model"};
  for (TraceCsv csv(folder / "openb_node_list_gpu_node.csv", kHost, {}); csv.next();)
    hosts.push_back({csv.count("cpu_milli"), csv.count("memory_mib"), csv.count("gpu"), types.emplace(csv.text("model"), int(types.size())).first->second});
  std::vector<HostAsk> asks;
  double latest_s = 0;
  constexpr std::string_view kPod[] = {"name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "gpu_spec", "creation_time"};
  constexpr std::string_view kUnused[] = {"qos", "pod_phase", "deletion_time", "scheduled_time"};
  for (TraceCsv csv(folder / "openb_pod_list_default.csv.gz", kPod, kUnused); csv.next();) {
    HostAsk ask{csv.count("cpu_milli"), csv.count("memory_mib"), csv.count("num_gpu")};
    if (ask.cards == 1 && csv.count("gpu_milli") < 1000) ask.share_milli = csv.count("gpu_milli");
    if (const std::string& models = csv.text("gpu_spec"); !models.empty()) {
      ask.card_types = 0;
      std::istringstream names(models);
      for (std::string model; std::getline(names, model, '|');)
        if (types.contains(model)) ask.card_types |= std::uint64_t{1} << types[model];
    }
    REQUIRE(csv.number("creation_time") >= latest_s);
    latest_s = csv.number("creation_time");
    asks.push_back(ask);
  }
  return {hosts, asks};
}

}  // namespace

TEST_CASE("packing: processors, memory, card type and the room on single cards all bind") {
  for (const auto& [rule, name] : kRules) {
    CAPTURE(name);
    const std::vector<Host> hosts{{8000, 1000, 2, 0}, {64000, 9000, 2, 1}};
    Packing packing(hosts, rule, std::vector<HostAsk>{{1000, 100, 1}});
    CHECK(host_of(packing, {9000, 100, 1}) == 1);                                // processors
    CHECK(host_of(packing, {1000, 2000, 0}) == 1);                               // memory
    CHECK(host_of(packing, {1000, 100, 1, 600, std::uint64_t{1} << 0}) == 0);    // type 0 alone
    CHECK(host_of(packing, {1000, 100, 1, 600, std::uint64_t{1} << 0}) == 0);    // 400 are left on the first card: the second
    CHECK_FALSE(host_of(packing, {1000, 100, 1, 600, std::uint64_t{1} << 0}));   // 400 + 400 are not 600
    CHECK_FALSE(host_of(packing, {1000, 100, 2}));                               // no two whole cards anywhere
    CHECK(host_of(packing, {1000, 100, 1}) == 1);                                // the last whole card
    CHECK(packing.cards_allocated() == doctest::Approx(3.2));                    // 1 + 0.6 + 0.6 + 1
    CHECK(packing.allocated_share() == doctest::Approx(0.8));
  }
}

TEST_CASE("packing: half a card goes to the card that is shared already, whatever the rule") {
  // Two hosts of two cards, the first full; half a card of the second is taken.
  const std::vector<Host> hosts{{10000, 1000, 2, 0}, {10000, 1000, 2, 0}};
  const HostAsk half{1000, 100, 1, 500}, pair{1000, 100, 2};
  const auto third = [&](PackingRule rule) {
    Packing packing(hosts, rule, std::vector<HostAsk>{half, pair});
    REQUIRE(packing.place({1000, 100, 2}));  // both hosts are equal: the first
    REQUIRE(packing.place(half));
    return packing.place(half);
  };
  for (const auto& [rule, name] : kRules) {
    CAPTURE(name);
    CHECK(third(rule)->host == 1);
    CHECK(third(rule)->cards == 1);  // the card that is shared already
  }
}

TEST_CASE("packing: a pod of many processors goes where they are plenty, before cards are stranded") {
  // Typical: 1 card with 4 processors. A host of 4 cards has 16 of them, one of 2 cards has 64. A pod of 1 card wants 8.
  //   gradient: one more typical pod fits on either host, so F grows nowhere, and best fit takes the host with less left.
  //   least:    on the first 8 processors serve 2 of the 3 free cards: F grows by 1; on the second by nothing.
  const std::vector<Host> hosts{{16000, 1000, 4, 0}, {64000, 1000, 2, 0}};
  const std::vector<HostAsk> typical{{4000, 10, 1}};
  const HostAsk hungry{8000, 10, 1};
  const auto place = [&](PackingRule rule) {
    Packing packing(hosts, rule, typical);
    return host_of(packing, hungry);
  };
  CHECK(place(PackingRule::kFirstFit) == 0);
  CHECK(place(PackingRule::kBestFit) == 0);
  CHECK(place(PackingRule::kFragmentationGradient) == 0);
  CHECK(place(PackingRule::kLeastFragmentation) == 1);

  Packing packing({hosts[0]}, PackingRule::kLeastFragmentation, typical);
  CHECK(packing.fragmented_cards() == doctest::Approx(0));
  REQUIRE(packing.place(hungry));
  CHECK(packing.fragmented_cards() == doctest::Approx(1));
}

TEST_CASE("packing: more cards are used with least fragmentation, on a sample of our own") {
  // Ten hosts with little memory a card, six with plenty. Of the pods half want little and half much, in turn.
  std::vector<Host> hosts(10, Host{96000, 80000, 8, 0});
  hosts.insert(hosts.end(), 6, Host{104000, 320000, 4, 1});
  std::vector<HostAsk> asks;
  for (int i = 0; i < 26; ++i) {
    asks.push_back({20000, 20000, 1});
    asks.push_back({6000, 8000, 1});
    asks.push_back({6000, 8000, 1});
    asks.push_back({4000, 4000, 1, 500});
    asks.push_back({4000, 4000, 1, 500});
  }
  std::map<PackingRule, Filled> filled;
  std::string table;
  for (const auto& [rule, name] : kRules) {
    filled[rule] = fill(hosts, asks, rule);
    table += fmt::format("  {:24}{:7.2f} % of 104 cards, {} pods left out\n", name, 100 * filled[rule].share, filled[rule].left_out);
  }
  MESSAGE("own sample\n" << table);
  CHECK(filled[PackingRule::kLeastFragmentation].share > filled[PackingRule::kBestFit].share);
  CHECK(filled[PackingRule::kLeastFragmentation].share >= filled[PackingRule::kFirstFit].share);
}

TEST_CASE("openb: all pods in order of creation, none leaves") {
  const auto folder = dure::test::third_party("openb");
  if (!folder) return;
  const auto [hosts, asks] = read_openb_lists(*folder);
  REQUIRE(hosts.size() == 1213);
  REQUIRE(asks.size() == 8152);
  double wanted = 0, cards = 0;
  for (const Host& host : hosts) cards += host.cards;
  for (const HostAsk& ask : asks) wanted += ask.card_milli() / 1000.0;
  CHECK(cards == 6212);
  std::string table = fmt::format("openb, static packing: {:.1f} cards asked for, {:.2f} % of {:.0f}\n", wanted, 100 * wanted / cards, cards);
  std::map<PackingRule, Filled> filled;
  for (const auto& [rule, name] : kRules) {
    const auto begin = std::chrono::steady_clock::now();
    filled[rule] = fill(hosts, asks, rule);
    table += fmt::format("  {:24}{:7.2f} % allocated, {:4} pods left out, {:.1f} s\n", name, 100 * filled[rule].share, filled[rule].left_out,
                         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  MESSAGE(table);
  CHECK(filled[PackingRule::kLeastFragmentation].share >= 0.953);
  CHECK(filled[PackingRule::kFragmentationGradient].share > filled[PackingRule::kFirstFit].share);
  CHECK(filled[PackingRule::kFirstFit].share > filled[PackingRule::kBestFit].share);
}
