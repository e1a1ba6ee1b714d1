#pragma once
// What exists, and from when: sites, card types, pools, tranches and nodes as plain vectors.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/calendar.h"
#include "sim/ids.h"
#include "sim/random.h"

namespace dure {
class Scenario;
}

namespace dure::sim {

/// A card type and the server that carries it.
struct CardFacts {
  std::string name;
  double bf16_flop_per_s = 0;  // dense peak; 0: unknown
  double fp8_flop_per_s = 0;
  double memory_bytes = 0;
  double memory_bytes_per_s = 0;
  double rated_w = 0;
  int cards_per_node = 0;  // 0: no server is described for it, so no tranche may bring it
  double node_idle_w = 0;  // at the plug
  double node_busy_w = 0;  // at the plug, training
  double node_storage_bytes_per_s = 0;
};

/// A data centre. Its pools are [pool_begin, pool_end).
struct SiteFacts {
  std::string name;
  RegionId region{};               // index into Scenario.region
  double contracted_kw = 0;        // supply for IT, cooling and all
  double powered_from_s = 0;       // minus infinity: always
  std::optional<double> requested_s;  // of a supply that was asked for (Scenario.grid)
  double access_bytes_per_s = 0;   // line to the region's city
  double storage_bytes_per_s = 0;  // shared storage, all nodes together
  int nodes_per_leaf = 0;
  int leafs = 0;  // over all its pools
  bool owned_building = false;
  double gap_from_s = 0;  // [gap_from_s, gap_until_s): no operating budget, public nodes are shut; empty: none
  double gap_until_s = 0;
  std::size_t pool_begin = 0;
  std::size_t pool_end = 0;
};

/// The nodes of one card type and one partition at one site: [node_begin, node_end). Its leafs are numbered from 0; on the site they are
/// [leaf_begin, leaf_begin + leafs). A leaf carries nodes of one tranche and one use only.
struct PoolFacts {
  SiteId site{};
  CardTypeId card{};
  PartitionId partition{};
  int cards_per_node = 0;
  std::size_t node_begin = 0;
  std::size_t node_end = 0;
  int leaf_begin = 0;
  int leafs = 0;
  int cards = 0;         // of all its nodes, whenever they serve
  int public_cards = 0;  // without the operator's own use
  int largest_job_cards = 0;        // that its public nodes could hold at once: whole nodes, and the largest of the others
};

/// Cards bought or rented together. Its nodes are [node_begin, node_end): public ones first, then the operator's own;
/// a cancelled tranche has none.
///
///   nominal   [nominal_from, nominal_until)   nominal_from = min(promised, delivered)
///   states    not_delivered until delivered, installing until racked, unpowered until burn_in_from (only where the supply
///             comes later), installing again until each node's own in_service_s
///
/// Times are seconds of the run and may lie before 0 or beyond the horizon; a cancelled tranche is delivered at infinity.
struct TrancheFacts {
  std::string name;
  std::string contract;  // the tranche itself unless it is a part of a larger contract
  bool rental = false;
  bool cancelled = false;
  bool installed = false;  // serves from the day of delivery
  SiteId site{};
  CardTypeId card{};
  std::string partition;  // empty: open to all
  int cards = 0;
  int government_use_cards = 0;  // the rest is the operator's own use
  int contract_cards = 0;        // cards of all tranches of the contract
  int failed_tenders = 0;        // before the one that was awarded; what follows is dated after them
  std::optional<double> ordered_s;
  int order_year = 0;  // civil year of the order, or of the promise where no order is recorded: picks default prices
  double promised_s = 0;
  double delivered_s = 0;  // drawn: triangular, whole days, stream "tranche/<contract>"
  double racked_s = 0;
  double burn_in_from_s = 0;     // its first nodes come into service
  double in_service_last_s = 0;  // its last node comes into service
  double nominal_from_s = 0;
  double nominal_until_s = 0;  // the end of the last day of the term, or the promise + retirement age
  std::optional<double> price_krw_per_card;
  std::optional<double> price_usd_per_card;  // instead of the one in KRW
  double imported_share = 0;                 // of the price in KRW: follows the exchange rate
  bool server_price = false;                 // the price named is that of servers alone: network and storage come on top
  std::optional<double> rent_krw_per_card_hour;
  std::optional<double> rent_usd_per_card_hour;
  bool rent_when_used = false;               // paid for the hours in which jobs hold cards, else from delivery to the end
  std::size_t node_begin = 0;
  std::size_t node_end = 0;
};

/// A server. The last public node and the last own-use node of a tranche may carry fewer cards than its type.
struct NodeFacts {
  PoolId pool{};
  TrancheId tranche{};
  int rank = 0;  // within its tranche: with the tranche's name a name that other tranches do not move
  int leaf = 0;  // within its pool
  int cards = 0;
  bool own_use = false;
  double delivered_s = 0;
  double in_service_s = 0;  // not before retire_s means: it never serves
  double retire_s = 0;
  bool absent = false;  // a place of side_by_side() that only another fleet fills: it never serves
};

/// Card-hours of a span that follow from the facts alone, whatever jobs and faults do.
struct FactHours {
  double nominal = 0;
  double not_delivered = 0;
  double installing = 0;
  double unpowered = 0;  // no supply, or no operating budget
  double in_service = 0;  // the rest: down, own use, free or allocated
};

/// Everything the scenario says exists, with this run's delivery days drawn.
///
/// Delivery: triangular between delivered_low, delivered_mid and delivered_high; where only the order day is known, the
/// order day plus a triangular lead time. Commissioning: `install_days` from delivery, then, once the supply is on,
/// burn-in of `nodes_per_day` nodes a day per tranche, public and own-use nodes in proportion.
///
/// Failed tenders: n before the one that is awarded, as the tranche says, or drawn for a tranche ordered within the run,
/// P(n) = p^n (1 − p) to n = 40, stream "tender/<contract>"; order and delivery move by n · tender_months, the promise does not.
///
/// A budget buys ⌊budget / (price · cards per server)⌋ servers, at most the cards of the contract. Sources: platforms/korea/README.md,
/// docs/rooms/inventory.md. Throws ScenarioError with the path of the field for what cannot be.
class Fleet {
 public:
  Fleet(const ::dure::Scenario& scenario, const Calendar& calendar, Seed seed);

  const std::vector<CardFacts>& cards() const { return cards_; }
  const std::vector<SiteFacts>& sites() const { return sites_; }
  const std::vector<PoolFacts>& pools() const { return pools_; }
  const std::vector<TrancheFacts>& tranches() const { return tranches_; }
  const std::vector<NodeFacts>& nodes() const { return nodes_; }

  const CardFacts& card(CardTypeId id) const { return cards_[index(id)]; }
  const SiteFacts& site(SiteId id) const { return sites_[index(id)]; }
  const PoolFacts& pool(PoolId id) const { return pools_[index(id)]; }
  const TrancheFacts& tranche(TrancheId id) const { return tranches_[index(id)]; }
  const NodeFacts& node(NodeId id) const { return nodes_[index(id)]; }
  const PoolFacts& pool_of(NodeId id) const { return pool(node(id).pool); }

  /// Cards kept apart for some job classes: names of partitions, in order of first appearance; 0 is "", open to all.
  const std::vector<std::string>& partitions() const { return partitions_; }
  std::optional<PartitionId> find_partition(std::string_view name) const;
  std::optional<CardTypeId> find_card(std::string_view name) const;
  std::optional<SiteId> find_site(std::string_view name) const;

  /// Seconds of [from_s, until_s) in which a node could serve: from its first day to its last, less the gaps of the site's operating
  /// budget if it is public.
  double serving_s(const NodeFacts& node, double from_s, double until_s) const;

  /// Cards that serve at an instant, own use included, before any fault.
  double cards_in_service(double at_s) const;

  /// "naver_2025/17": stable when other tranches come or go, so the name for the node's own streams of chance.
  std::string node_name(NodeId id) const;

  /// Closed form over [from_s, until_s): sums of cards × overlap of spans, no events.
  FactHours fact_hours(double from_s, double until_s) const;
  FactHours fact_hours(TrancheId id, double from_s, double until_s) const;

  /// The same fleets numbered alike: each with places for the tranches and nodes of the others, which hold nothing and never serve. Among its own
  /// every order stays. None where the pools are not the same, or tranches that several have stand in another order.
  static std::vector<Fleet> side_by_side(const std::vector<const Fleet*>& fleets);
  /// Turns into a fleet that is numbered alike; what refers to this one's facts goes on doing so.
  void become(const Fleet& other);

 private:
  std::vector<CardFacts> cards_;
  std::vector<SiteFacts> sites_;
  std::vector<PoolFacts> pools_;
  std::vector<TrancheFacts> tranches_;
  std::vector<NodeFacts> nodes_;
  std::vector<std::string> partitions_ = {""};
};

/// Exchange rate at which a price in KRW is named: the mean of 2025, korea/costs.csv fx_krw_per_usd.
inline constexpr double kPriceRate_krw_per_usd = 1422;

/// What a tranche names as the price of a card, at an exchange rate f; none where it names none.
///
///   in KRW   p · (1 + i · (f / 1422 − 1)),   i the imported share
///   in USD   p · f
std::optional<double> named_price_krw(const TrancheFacts& tranche, double fx_krw_per_usd);

/// Length of the common part of [a, b) and [c, d); 0 if there is none.
double overlap_s(double a, double b, double c, double d);

/// Supply a node needs over its busy draw: switches, storage and the cooling of a frugal site. Assumed; used only to refuse
/// sites that could never carry their cards.
inline constexpr double kSupplyAllowance = 1.2;

}  // namespace dure::sim
