#include <algorithm>
#include <limits>

#include "sim/error.h"
#include "sim/inventory/fleet.h"

namespace dure::sim {
namespace {

constexpr double kNever_s = std::numeric_limits<double>::infinity();

/// A tranche as it is numbered in all fleets, with somebody's nodes.
struct Berth {
  TrancheFacts like;
  const Fleet* filled = nullptr;  // none: nobody's tranche of the name has nodes
  std::size_t node_begin = 0;
  std::size_t node_end = 0;
  std::vector<const TrancheFacts*> of;  // by fleet; none: it has no such tranche
};

/// What a tranche's nodes are like, and what a run reads of it at any time.
bool alike(const TrancheFacts& a, const TrancheFacts& b) {
  return a.name == b.name && a.rental == b.rental && a.site == b.site && a.card == b.card && a.partition == b.partition && a.cards == b.cards && a.government_use_cards == b.government_use_cards;
}

bool same_pools(const Fleet& a, const Fleet& b) {
  return a.partitions() == b.partitions() && a.sites().size() == b.sites().size() &&
         std::equal(a.pools().begin(), a.pools().end(), b.pools().begin(), b.pools().end(), [](const PoolFacts& x, const PoolFacts& y) {
           return x.site == y.site && x.card == y.card && x.partition == y.partition && x.cards_per_node == y.cards_per_node;
         });
}

}  // namespace

std::vector<Fleet> Fleet::side_by_side(const std::vector<const Fleet*>& fleets) {
  std::vector<Berth> places;
  for (std::size_t k = 0; k < fleets.size(); ++k) {
    if (!same_pools(*fleets.front(), *fleets[k])) return {};
    std::size_t next = 0;
    for (const TrancheFacts& tranche : fleets[k]->tranches_) {
      const auto is_it = [&](const Berth& place) { return alike(place.like, tranche); };
      auto found = std::find_if(places.begin() + std::ptrdiff_t(next), places.end(), is_it);
      if (found == places.end()) {
        if (std::any_of(places.begin(), places.begin() + std::ptrdiff_t(next), is_it)) return {};
        found = places.insert(places.begin() + std::ptrdiff_t(next), Berth{tranche, nullptr, 0, 0, std::vector<const TrancheFacts*>(fleets.size(), nullptr)});
      }
      if (found->filled == nullptr && tranche.node_end > tranche.node_begin) {
        found->filled = fleets[k];
        found->node_begin = tranche.node_begin;
        found->node_end = tranche.node_end;
      }
      found->of[k] = &tranche;
      next = std::size_t(found - places.begin()) + 1;
    }
  }
  std::vector<Fleet> numbered;
  for (std::size_t k = 0; k < fleets.size(); ++k) {
    Fleet& fleet = numbered.emplace_back(*fleets[k]);
    fleet.tranches_.clear();
    fleet.nodes_.clear();
    for (const Berth& place : places) {
      TrancheFacts& tranche = fleet.tranches_.emplace_back(place.of[k] != nullptr ? *place.of[k] : place.like);
      if (place.of[k] != nullptr) continue;
      tranche.nominal_from_s = tranche.nominal_until_s = 0;  // nominal at no time
      tranche.delivered_s = tranche.racked_s = tranche.burn_in_from_s = tranche.in_service_last_s = kNever_s;
    }
    for (PoolFacts& pool : fleet.pools_) {
      pool.node_begin = fleet.nodes_.size();
      pool.leafs = 0;
      for (std::size_t p = 0; p < places.size(); ++p) {
        const Berth& place = places[p];
        TrancheFacts& tranche = fleet.tranches_[p];
        if (tranche.site != pool.site || tranche.card != pool.card || tranche.partition != fleet.partitions_[index(pool.partition)]) continue;
        const bool own = place.of[k] != nullptr && place.of[k]->node_end > place.of[k]->node_begin;
        const Fleet* from = own ? fleets[k] : place.filled;
        const std::size_t begin = own ? place.of[k]->node_begin : place.node_begin, end = own ? place.of[k]->node_end : place.node_end;
        tranche.node_begin = fleet.nodes_.size();
        for (std::size_t n = begin; n < end; ++n) {
          NodeFacts& node = fleet.nodes_.emplace_back(from->nodes_[n]);
          node.tranche = TrancheId(static_cast<std::uint32_t>(p));
          node.leaf = pool.leafs + from->nodes_[n].leaf - from->nodes_[begin].leaf;
          if (own) continue;
          node.absent = true;
          node.delivered_s = node.in_service_s = kNever_s;
          node.retire_s = 0;
        }
        tranche.node_end = fleet.nodes_.size();
        if (end > begin) pool.leafs = fleet.nodes_.back().leaf + 1;
      }
      pool.node_end = fleet.nodes_.size();
    }
  }
  return numbered;
}

void Fleet::become(const Fleet& other) {
  SIM_CHECK(tranches_.size() == other.tranches_.size() && nodes_.size() == other.nodes_.size() && pools_.size() == other.pools_.size(), "the fleets are numbered alike");
  std::copy(other.sites_.begin(), other.sites_.end(), sites_.begin());
  std::copy(other.pools_.begin(), other.pools_.end(), pools_.begin());
  std::copy(other.tranches_.begin(), other.tranches_.end(), tranches_.begin());
  std::copy(other.nodes_.begin(), other.nodes_.end(), nodes_.begin());
}

}  // namespace dure::sim
