#include "sim/engine/supply_metrics.h"

#include <algorithm>

#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kMonth_s = kYear_s / 12;

/// Cards of a region, or of all.
struct Supplied {
  double nominal_s = 0, missing_s = 0;      // card-time, and that part of it in which the card was not in service
  double asked_cards = 0, wait_card_s = 0;  // of sites that asked for their supply: cards, and cards x time to it
  std::optional<double> first_card_s;       // nothing: no public card under contract
};

void add(Supplied& to, const Supplied& more) {
  to.nominal_s += more.nominal_s;
  to.missing_s += more.missing_s;
  to.asked_cards += more.asked_cards;
  to.wait_card_s += more.wait_card_s;
  if (more.first_card_s) to.first_card_s = std::min(to.first_card_s.value_or(*more.first_card_s), *more.first_card_s);
}

Supplied supplied(RunState& run, const SiteFacts& site) {
  Supplied out;
  double cards = 0;
  for (std::size_t p = site.pool_begin; p < site.pool_end; ++p) {
    PoolLedger& ledger = run.pools[p].ledger;
    const PoolFacts& pool = run.fleet.pools()[p];
    out.nominal_s += ledger.nominal_card_s(run.now_s);
    for (std::size_t account = 0; account < kAccounts; ++account)
      if (state_of(Account(account)) < CardState::kOwnUse) out.missing_s += ledger.card_s(Account(account), run.now_s);
    cards += pool.cards;
    for (std::size_t n = pool.node_begin; n < pool.node_end; ++n) {
      const NodeFacts& node = run.fleet.nodes()[n];
      if (node.own_use) continue;
      const double since_s = node.in_service_s < node.retire_s ? std::clamp(node.in_service_s, 0.0, run.now_s) : run.now_s;
      out.first_card_s = std::min(out.first_card_s.value_or(since_s), since_s);
    }
  }
  if (site.requested_s) {
    out.asked_cards = cards;
    out.wait_card_s = cards * std::max(0.0, std::min(site.powered_from_s, run.now_s) - *site.requested_s);
  }
  return out;
}

}  // namespace

void add_supply_metrics(RunState& run, Summary& summary) {
  Supplied all;
  double largest_s = 0;
  std::vector<Supplied> regions(run.names.regions.size());
  for (const SiteFacts& site : run.fleet.sites()) {
    const Supplied here = supplied(run, site);
    add(all, here);
    add(regions[index(site.region)], here);
    largest_s = std::max(largest_s, here.nominal_s);
  }
  const auto put = [&](std::string name, const char* unit, std::optional<double> value, const Text& why_not) { summary.metrics.push_back({std::move(name), unit, value, value ? Text{} : why_not}); };
  const Text no_cards = {"no card was under contract", "계약된 카드가 없습니다"}, not_asked = {"no site asks for supply in this run (grid)", "수전을 신청하는 센터가 없는 실행입니다(grid)"};
  const auto of = [&](const Supplied& some, const auto& called) {
    put(called("availability.mean"), "share", some.nominal_s > 0 ? std::optional(1 - some.missing_s / some.nominal_s) : std::nullopt, no_cards);
    put(called("time_to_power_months.mean"), "months", some.asked_cards > 0 ? std::optional(some.wait_card_s / some.asked_cards / kMonth_s) : std::nullopt, not_asked);
    put(called("time_to_first_card_months"), "months", some.first_card_s ? std::optional(*some.first_card_s / kMonth_s) : std::nullopt, no_cards);
  };
  of(all, [](const char* name) { return std::string(name); });
  put("concentration.largest_site", "share", all.nominal_s > 0 ? std::optional(largest_s / all.nominal_s) : std::nullopt, no_cards);
  for (const std::size_t region : run.regions_with_cards()) of(regions[region], [&](const char* name) { return at_region(name, run.names.regions[region]); });
}

}  // namespace dure::sim
