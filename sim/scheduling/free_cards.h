#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "sim/scheduling/ask.h"
#include "sim/scheduling/fragmentation.h"
#include "sim/scheduling/index_set.h"

namespace dure::sim {

/// Which cards of a pool are free, and which of them a job gets.
///
/// A node of the pool has `cards_per_node` cards, or fewer (the last of a tranche). A node is *whole* while all of
/// `cards_per_node` are free. Rules of `take`:
///   below a node     pack: the node with the fewest free cards that suffice; spread: the one with most; least fragmentation:
///                    where F(f - c) - F(f) is least (fragmentation.h), the fewest free cards among equals. Then the lower number
///   whole nodes      the leaf with the fewest whole nodes that suffice; if none does, the fullest leaves first, so that
///                    the job spans as few as possible; without `same_leaf` the lowest numbers; spread: one by one from
///                    the leaf that has most
///   the remainder    of a job that is no multiple of a node: best fit on a leaf it has already, else by the first rule
///   a share          pack: the shared card with the least room that suffices, else a new card by the first rule; spread: a new
///                    card, else the one with most room; least fragmentation: the one or the other, by F and G
///
/// Everything fits up to one size, `largest_fit_milli`: with W whole nodes of N cards and at most P free cards on any
/// other node it is W N + P cards. So `fits` costs a comparison, and the queue can ask for "all sizes up to". With
/// `one_leaf_only` W and P are those of the leaf that can take most, and a job is given one leaf.
///
/// One-node jobs cost a few words of bit sets (index_set.h), whatever the number of nodes; whole nodes cost their number.
class FreeCards {
 public:
  explicit FreeCards(int cards_per_node, Placement placement = {});

  NodeIndex add_node(int leaf, int cards);  // in service, all free; `leaf` is a small number within the pool
  void remove_node(NodeIndex node);         // out of service: it must hold nothing
  void restore_node(NodeIndex node);        // back in service, all free

  bool fits(Ask ask) const { return ask.milli() <= largest_fit_milli(); }
  bool could_hold(Ask ask) const { return ask.milli() <= largest_possible_milli(); }  // nodes in service, were they empty
  std::int32_t largest_fit_milli() const {  // largest ask that could start now; 0: none
    return placement_.one_leaf_only && whole_nodes_ > 0 ? largest_on_one_leaf_milli() : largest_in_number_milli();
  }
  std::int32_t largest_in_number_milli() const {  // the same, were leaves no matter
    if (largest_in_number_milli_ < 0) largest_in_number_milli_ = count_largest_in_number_milli();
    return largest_in_number_milli_;
  }
  std::int32_t largest_possible_milli() const {
    return largest_possible_milli_;
  }  // largest ask that the nodes in service could hold when empty

  void asked(Ask ask) {  // a job joined the queue: the mix of asks
    if (placement_.rule == PlacementRule::kLeastFragmentation) fragmentation_.asked(ask);
  }
  Slices take(Ask ask);  // requires fits
  void give_back(const Slices& slices);

  /// The node on which `take` would place a job smaller than a node; for a share, only if it needs a new card.
  NodeIndex node_for(int cards) const;
  struct SharedCard {
    NodeIndex node = kNoNode;
    std::uint8_t slot = 0;
    std::int16_t room_milli = 0;
  };
  /// The shared card on which `take` would place a share; its node is kNoNode if it would open a new card.
  SharedCard card_for(int share_milli) const;

  int cards_per_node() const { return cards_per_node_; }
  int free_cards() const { return free_cards_; }                           // whole cards
  double free_card_shares() const { return free_shared_milli_ / 1000.0; }  // room left on shared cards, in cards
  std::int64_t free_shared_milli() const { return free_shared_milli_; }    // the same in thousandths
  int free_whole_nodes() const { return whole_nodes_; }
  int cards_in_service() const { return cards_in_service_; }
  int nodes() const { return static_cast<int>(nodes_.size()); }  // ever added
  bool in_service(NodeIndex node) const { return at(node).in_service; }
  int node_cards(NodeIndex node) const { return at(node).cards; }
  int node_free_cards(NodeIndex node) const { return at(node).free; }  // whole cards
  int leaf(NodeIndex node) const { return at(node).leaf; }

 private:
  struct Node {
    std::int16_t cards = 0;
    std::int16_t free = 0;
    bool in_service = false;
    std::int32_t leaf = 0;
    std::int32_t place_in_leaf = 0;
  };
  /// Members in the order of their numbers; one bit a member and number of free cards.
  struct Leaf {
    std::vector<NodeIndex> members;
    std::vector<std::uint64_t> bits;  // [member / 64 * (cards_per_node + 1) + free cards]
    std::int32_t whole = 0;
    std::vector<std::int32_t> in_service_by_cards = {};  // with one_leaf_only
  };
  std::int32_t count_largest_in_number_milli() const;
  std::int32_t largest_on_one_leaf_milli() const;
  std::int32_t capacity_milli(const std::vector<std::int32_t>& in_service_by_cards) const;
  const Node& at(NodeIndex node) const { return nodes_[static_cast<std::size_t>(node)]; }
  Node& at(NodeIndex node) { return nodes_[static_cast<std::size_t>(node)]; }

  void enter(NodeIndex node);  // the indices, by its free cards
  void leave(NodeIndex node);
  void set_free(NodeIndex node, int free);
  void set_in_service(NodeIndex node, bool in_service);
  void set_leaf_whole(std::int32_t leaf, int whole);
  std::uint64_t& leaf_bits(const Node& node);
  NodeIndex best_fit_in_leaf(std::size_t leaf, int cards, int below_free) const;
  std::size_t best_leaf(int whole, int rest) const;
  std::size_t least_fragmenting(int cards) const;
  double growth(int free, int cards) const { return fragmentation_.of_node(free - cards) - fragmentation_.of_node(free); }
  SharedCard least_fragmenting_card(int share_milli) const;
  SharedCard shared_card(int room_milli) const;
  void take_cards(NodeIndex node, int cards, Slices& slices);
  void take_whole(std::size_t leaf, int count, Slices& slices);
  void take_gang(int whole, int rest, Slices& slices);
  void take_share(int share_milli, Slices& slices);

  int cards_per_node_;
  Placement placement_;
  Fragmentation fragmentation_;
  std::vector<Node> nodes_;
  std::vector<IndexSet> by_free_;  // [free cards] nodes in service, numbers
  IndexSet frees_;                 // numbers of free cards that some node has
  std::vector<Leaf> leaves_;
  std::vector<IndexSet> leaf_by_whole_;  // [whole nodes] leaves
  IndexSet leaf_wholes_;                 // numbers of whole nodes that some leaf has
  std::vector<std::int32_t> in_service_by_cards_;
  static constexpr std::int16_t kNotShared = -1;
  std::vector<std::int16_t> room_milli_;  // [node * cards_per_node + slot]; kNotShared unless the card is shared
  std::set<std::uint64_t> shared_;        // shared cards as room, node, slot: the fullest that suffices is a lower bound
  int free_cards_ = 0;
  int whole_nodes_ = 0;
  int cards_in_service_ = 0;
  std::int32_t largest_possible_milli_ = 0;
  mutable std::int32_t largest_in_number_milli_ = -1;  // -1: not known since free cards changed
  std::int64_t free_shared_milli_ = 0;
};

}  // namespace dure::sim
