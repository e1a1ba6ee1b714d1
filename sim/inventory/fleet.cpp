#include "sim/inventory/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "sim/error.h"
#include "sim/inventory/read_facts.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

int nodes_for(int cards, int cards_per_node) { return (cards + cards_per_node - 1) / cards_per_node; }

}  // namespace

double overlap_s(double a, double b, double c, double d) { return std::max(0.0, std::min(b, d) - std::max(a, c)); }

std::optional<double> named_price_krw(const TrancheFacts& tranche, double fx_krw_per_usd) {
  if (tranche.price_usd_per_card) return *tranche.price_usd_per_card * fx_krw_per_usd;
  if (!tranche.price_krw_per_card) return std::nullopt;
  return *tranche.price_krw_per_card * (1 + tranche.imported_share * (fx_krw_per_usd / kPriceRate_krw_per_usd - 1));
}

Fleet::Fleet(const ::dure::Scenario& scenario, const Calendar& calendar, Seed seed)
    : cards_(read_cards(scenario)),
      sites_(read_sites(scenario, calendar, seed)),
      tranches_(read_tranches(scenario, calendar, seed, cards_, sites_)) {
  // Pools in the order of sites, card types, partitions (open first); the tranches of a pool in the order of the scenario.
  std::map<std::tuple<SiteId, CardTypeId, PartitionId>, std::vector<std::size_t>> tranches_of;
  std::size_t node_count = 0;
  for (std::size_t t = 0; t < tranches_.size(); ++t) {
    const TrancheFacts& tranche = tranches_[t];
    if (!find_partition(tranche.partition)) partitions_.push_back(tranche.partition);
    tranches_of[{tranche.site, tranche.card, *find_partition(tranche.partition)}].push_back(t);
    node_count += std::size_t(nodes_for(tranche.cards, card(tranche.card).cards_per_node)) + 1;
  }
  nodes_.reserve(node_count);
  const auto& commissioning = scenario.commissioning();
  for (SiteFacts& site : sites_) site.pool_begin = site.pool_end = 0;
  for (const auto& [place, members] : tranches_of) {
    const auto [site_id, card_id, partition] = place;
    SiteFacts& site = sites_[index(site_id)];
    if (site.pool_begin == site.pool_end) site.pool_begin = pools_.size();
    const PoolId pool_id{static_cast<std::uint32_t>(pools_.size())};
    PoolFacts pool;
    pool.site = site_id;
    pool.card = card_id;
    pool.partition = partition;
    pool.cards_per_node = card(card_id).cards_per_node;
    pool.node_begin = nodes_.size();
    pool.leaf_begin = site.leafs;
    for (const std::size_t t : members) {
      TrancheFacts& tranche = tranches_[t];
      tranche.node_begin = tranche.node_end = nodes_.size();
      if (tranche.cancelled) continue;  // a pool without its nodes: its cards stay not_delivered there
      const int public_nodes = nodes_for(tranche.government_use_cards, pool.cards_per_node);
      const int own_nodes = nodes_for(tranche.cards - tranche.government_use_cards, pool.cards_per_node);
      for (const bool own_use : {false, true}) {
        const int count = own_use ? own_nodes : public_nodes;
        int cards_left = own_use ? tranche.cards - tranche.government_use_cards : tranche.government_use_cards;
        // both uses share one burn-in line, each in proportion to its nodes
        const double nodes_per_day = commissioning.nodes_per_day() * count / (public_nodes + own_nodes);
        for (int i = 0; i < count; ++i) {
          NodeFacts node;
          node.pool = pool_id;
          node.tranche = TrancheId(static_cast<std::uint32_t>(t));
          node.rank = int(nodes_.size() - tranche.node_begin);
          node.leaf = pool.leafs + i / site.nodes_per_leaf;
          node.cards = std::min(cards_left, pool.cards_per_node);
          node.own_use = own_use;
          node.delivered_s = tranche.delivered_s;
          // 1e-9: i / nodes_per_day may fall a rounding error short of a whole day
          const double queue_days = tranche.installed ? 0 : std::floor(i / nodes_per_day + 1e-9);
          node.in_service_s = tranche.burn_in_from_s + queue_days * kDay_s;
          tranche.in_service_last_s = std::max(tranche.in_service_last_s, node.in_service_s);
          node.retire_s = tranche.nominal_until_s;
          cards_left -= node.cards;
          nodes_.push_back(node);
        }
        pool.leafs += (count + site.nodes_per_leaf - 1) / site.nodes_per_leaf;
      }
      tranche.node_end = nodes_.size();
      pool.cards += tranche.cards;
      pool.public_cards += tranche.government_use_cards;
    }
    pool.node_end = nodes_.size();
    int whole_nodes = 0;
    int largest_other = 0;
    for (std::size_t i = pool.node_begin; i < pool.node_end; ++i) {
      if (nodes_[i].own_use) continue;
      if (nodes_[i].cards == pool.cards_per_node) ++whole_nodes;
      else largest_other = std::max(largest_other, nodes_[i].cards);
    }
    pool.largest_job_cards = whole_nodes * pool.cards_per_node + largest_other;
    site.leafs += pool.leafs;
    pools_.push_back(pool);
    site.pool_end = pools_.size();
  }
}

std::optional<CardTypeId> Fleet::find_card(std::string_view name) const {
  for (std::size_t i = 0; i < cards_.size(); ++i)
    if (cards_[i].name == name) return CardTypeId(static_cast<std::uint32_t>(i));
  return std::nullopt;
}

std::optional<PartitionId> Fleet::find_partition(std::string_view name) const {
  for (std::size_t i = 0; i < partitions_.size(); ++i)
    if (partitions_[i] == name) return PartitionId(static_cast<std::uint32_t>(i));
  return std::nullopt;
}

std::optional<SiteId> Fleet::find_site(std::string_view name) const {
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (sites_[i].name == name) return SiteId(static_cast<std::uint32_t>(i));
  return std::nullopt;
}

std::string Fleet::node_name(NodeId id) const {
  const NodeFacts& server = node(id);
  return fmt::format("{}/{}", tranche(server.tranche).name, server.rank);
}

double Fleet::serving_s(const NodeFacts& node, double from_s, double until_s) const {
  const double serving = overlap_s(node.in_service_s, node.retire_s, from_s, until_s);
  if (node.own_use) return serving;
  const SiteFacts& its = site(pool(node.pool).site);
  return serving - overlap_s(std::max(node.in_service_s, its.gap_from_s), std::min(node.retire_s, its.gap_until_s), from_s, until_s);
}

double Fleet::cards_in_service(double at_s) const {
  double cards = 0;
  for (const NodeFacts& node : nodes_) {
    const SiteFacts& its = site(pool(node.pool).site);
    const bool shut = !node.own_use && its.gap_from_s <= at_s && at_s < its.gap_until_s;
    if (node.in_service_s <= at_s && at_s < node.retire_s && !shut) cards += node.cards;
  }
  return cards;
}

FactHours Fleet::fact_hours(TrancheId id, double from_s, double until_s) const {
  const TrancheFacts& t = tranche(id);
  const double a = std::max(from_s, t.nominal_from_s);
  const double b = std::min(until_s, t.nominal_until_s);
  FactHours hours;
  if (b <= a) return hours;
  hours.nominal = t.cards * hours_from_s(b - a);
  hours.not_delivered = t.cards * hours_from_s(overlap_s(t.nominal_from_s, t.delivered_s, a, b));
  if (t.cancelled) return hours;
  hours.installing = t.cards * hours_from_s(overlap_s(t.delivered_s, t.racked_s, a, b));
  hours.unpowered = t.cards * hours_from_s(overlap_s(t.racked_s, t.burn_in_from_s, a, b));
  for (std::size_t n = t.node_begin; n < t.node_end; ++n) {
    hours.installing += nodes_[n].cards * hours_from_s(overlap_s(t.burn_in_from_s, nodes_[n].in_service_s, a, b));
    const double there_s = overlap_s(nodes_[n].in_service_s, t.nominal_until_s, a, b), serving = serving_s(nodes_[n], a, b);
    hours.in_service += nodes_[n].cards * hours_from_s(serving);
    hours.unpowered += nodes_[n].cards * hours_from_s(there_s - serving);
  }
  return hours;
}

FactHours Fleet::fact_hours(double from_s, double until_s) const {
  FactHours sum;
  for (std::size_t t = 0; t < tranches_.size(); ++t) {
    const FactHours hours = fact_hours(TrancheId(static_cast<std::uint32_t>(t)), from_s, until_s);
    sum.nominal += hours.nominal;
    sum.not_delivered += hours.not_delivered;
    sum.installing += hours.installing;
    sum.unpowered += hours.unpowered;
    sum.in_service += hours.in_service;
  }
  return sum;
}

}  // namespace dure::sim
