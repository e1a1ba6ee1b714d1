#include "sim/scheduling/free_cards.h"

#include <algorithm>
#include <limits>

#include "sim/error.h"

namespace dure::sim {
namespace {

constexpr std::size_t kNone = IndexSet::kNone;

// Shared cards sort by room, then node, then slot.
constexpr std::uint64_t shared_key(int room_milli, NodeIndex node, int slot) {
  return static_cast<std::uint64_t>(room_milli) << 44 | static_cast<std::uint64_t>(node) << 8 | static_cast<std::uint64_t>(slot);
}
constexpr int room_of(std::uint64_t key) { return static_cast<int>(key >> 44); }

}  // namespace

FreeCards::FreeCards(int cards_per_node, Placement placement)
    : cards_per_node_(cards_per_node),
      placement_(placement),
      fragmentation_(cards_per_node),
      by_free_(static_cast<std::size_t>(cards_per_node) + 1),
      leaf_by_whole_(1),
      in_service_by_cards_(static_cast<std::size_t>(cards_per_node) + 1) {
  SIM_CHECK(cards_per_node >= 1 && cards_per_node <= 4096, "a node has 1 to 4096 cards");
  frees_.grow(static_cast<std::size_t>(cards_per_node) + 1);
}

NodeIndex FreeCards::add_node(int leaf, int cards) {
  SIM_CHECK(cards >= 1 && cards <= cards_per_node_, "more cards than a node of this pool has");
  SIM_CHECK(leaf >= 0, "a leaf is a number from 0");
  const NodeIndex node{static_cast<std::uint32_t>(nodes_.size())};
  if (static_cast<std::size_t>(leaf) >= leaves_.size()) {
    leaves_.resize(static_cast<std::size_t>(leaf) + 1);
    for (IndexSet& set : leaf_by_whole_) set.grow(leaves_.size());
  }
  Leaf& home = leaves_[static_cast<std::size_t>(leaf)];
  nodes_.push_back({static_cast<std::int16_t>(cards), 0, false, leaf, static_cast<std::int32_t>(home.members.size())});
  if (home.members.size() % 64 == 0) home.bits.resize(home.bits.size() + static_cast<std::size_t>(cards_per_node_) + 1);
  home.members.push_back(node);
  for (IndexSet& set : by_free_) set.grow(nodes_.size());
  if (leaf_by_whole_.size() <= home.members.size()) leaf_by_whole_.emplace_back().grow(leaves_.size());
  leaf_wholes_.grow(leaf_by_whole_.size());
  room_milli_.resize(nodes_.size() * static_cast<std::size_t>(cards_per_node_), kNotShared);
  set_in_service(node, true);
  return node;
}

void FreeCards::remove_node(NodeIndex node) {
  SIM_CHECK(at(node).in_service && at(node).free == at(node).cards, "a node leaves service while it holds a job");
  set_in_service(node, false);
}

void FreeCards::restore_node(NodeIndex node) {
  SIM_CHECK(!at(node).in_service, "a node in service was restored");
  set_in_service(node, true);
}

void FreeCards::set_in_service(NodeIndex node, bool in_service) {
  Node& it = at(node);
  const int sign = in_service ? 1 : -1;
  if (!in_service) set_free(node, 0);
  it.in_service = in_service;
  if (in_service) set_free(node, it.cards);
  cards_in_service_ += sign * it.cards;
  in_service_by_cards_[static_cast<std::size_t>(it.cards)] += sign;
  largest_possible_milli_ = capacity_milli(in_service_by_cards_);
  if (!placement_.one_leaf_only) return;
  Leaf& leaf = leaves_[static_cast<std::size_t>(it.leaf)];
  leaf.in_service_by_cards.resize(in_service_by_cards_.size());
  leaf.in_service_by_cards[static_cast<std::size_t>(it.cards)] += sign;
  largest_possible_milli_ = 0;
  for (const Leaf& each : leaves_)
    if (!each.in_service_by_cards.empty()) largest_possible_milli_ = std::max(largest_possible_milli_, capacity_milli(each.in_service_by_cards));
}

std::int32_t FreeCards::capacity_milli(const std::vector<std::int32_t>& in_service_by_cards) const {
  std::size_t rest = static_cast<std::size_t>(cards_per_node_) - 1;
  while (rest > 0 && in_service_by_cards[rest] == 0) --rest;
  return (in_service_by_cards.back() * cards_per_node_ + static_cast<std::int32_t>(rest)) * 1000;
}

// Of the leaves with most whole nodes, the one with most free cards on another node.
std::int32_t FreeCards::largest_on_one_leaf_milli() const {
  const std::size_t whole = leaf_wholes_.last_before(leaf_by_whole_.size());
  const auto stride = static_cast<std::size_t>(cards_per_node_) + 1;
  std::size_t most = 0;
  for (std::size_t leaf = leaf_by_whole_[whole].first(); leaf != kNone && most + 1 < static_cast<std::size_t>(cards_per_node_);
       leaf = leaf_by_whole_[whole].first_from(leaf + 1)) {
    const auto& bits = leaves_[leaf].bits;
    for (std::size_t free = static_cast<std::size_t>(cards_per_node_) - 1; free > most; --free)
      for (std::size_t word = 0; word < bits.size() && most < free; word += stride)
        if (bits[word + free] != 0) most = free;
  }
  return (static_cast<std::int32_t>(whole) * cards_per_node_ + static_cast<std::int32_t>(most)) * 1000;
}

std::int32_t FreeCards::count_largest_in_number_milli() const {
  if (free_cards_ == 0) return shared_.empty() ? 0 : room_of(*shared_.rbegin());
  const std::size_t rest = frees_.last_before(static_cast<std::size_t>(cards_per_node_));
  return (whole_nodes_ * cards_per_node_ + (rest == kNone ? 0 : static_cast<std::int32_t>(rest))) * 1000;
}

std::uint64_t& FreeCards::leaf_bits(const Node& node) {
  return leaves_[static_cast<std::size_t>(node.leaf)]
      .bits[static_cast<std::size_t>(node.place_in_leaf / 64 * (cards_per_node_ + 1) + node.free)];
}

void FreeCards::enter(NodeIndex node) {
  const Node& it = at(node);
  by_free_[static_cast<std::size_t>(it.free)].insert(static_cast<std::size_t>(node));
  frees_.insert(static_cast<std::size_t>(it.free));
  leaf_bits(it) |= std::uint64_t{1} << (it.place_in_leaf % 64);
}

void FreeCards::leave(NodeIndex node) {
  const Node& it = at(node);
  IndexSet& same = by_free_[static_cast<std::size_t>(it.free)];
  same.erase(static_cast<std::size_t>(node));
  if (same.empty()) frees_.erase(static_cast<std::size_t>(it.free));
  leaf_bits(it) &= ~(std::uint64_t{1} << (it.place_in_leaf % 64));
}

// Nodes without a free card stand in no index.
void FreeCards::set_free(NodeIndex node, int free) {
  Node& it = at(node);
  SIM_CHECK(it.in_service && free >= 0 && free <= it.cards, "cards were given back that nobody holds");
  const bool was_whole = it.free == cards_per_node_;
  const bool is_whole = free == cards_per_node_;
  if (it.free > 0) leave(node);
  free_cards_ += free - it.free;
  largest_in_number_milli_ = -1;
  it.free = static_cast<std::int16_t>(free);
  if (free > 0) enter(node);
  if (was_whole != is_whole) set_leaf_whole(it.leaf, leaves_[static_cast<std::size_t>(it.leaf)].whole + (is_whole ? 1 : -1));
}

void FreeCards::set_leaf_whole(std::int32_t leaf, int whole) {
  const auto number = static_cast<std::size_t>(leaf);
  Leaf& it = leaves_[number];
  whole_nodes_ += whole - it.whole;
  if (it.whole > 0) {
    IndexSet& same = leaf_by_whole_[static_cast<std::size_t>(it.whole)];
    same.erase(number);
    if (same.empty()) leaf_wholes_.erase(static_cast<std::size_t>(it.whole));
  }
  it.whole = whole;
  if (whole > 0) {
    leaf_by_whole_[static_cast<std::size_t>(whole)].insert(number);
    leaf_wholes_.insert(static_cast<std::size_t>(whole));
  }
}

NodeIndex FreeCards::node_for(int cards) const {
  std::size_t free = frees_.first_from(static_cast<std::size_t>(cards));
  if (free == kNone) return kNoNode;
  if (placement_.rule == PlacementRule::kSpread) free = frees_.last_before(by_free_.size());
  if (placement_.rule == PlacementRule::kLeastFragmentation) free = least_fragmenting(cards);
  return NodeIndex{static_cast<std::uint32_t>(by_free_[free].first())};
}

// The number of free cards of a node on which expected fragmentation grows least.
std::size_t FreeCards::least_fragmenting(int cards) const {
  std::size_t best = kNone;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t free = frees_.first_from(static_cast<std::size_t>(cards)); free != kNone; free = frees_.first_from(free + 1)) {
    const double grows = growth(static_cast<int>(free), cards);
    if (grows >= least) continue;
    least = grows;
    best = free;
  }
  return best;
}

FreeCards::SharedCard FreeCards::card_for(int share_milli) const {
  if (placement_.rule == PlacementRule::kLeastFragmentation) return least_fragmenting_card(share_milli);
  if (placement_.rule == PlacementRule::kSpread) {
    if (free_cards_ > 0 || shared_.empty() || room_of(*shared_.rbegin()) < share_milli) return {};
    return shared_card(room_of(*shared_.rbegin()));
  }
  return shared_card(share_milli);
}

// The first shared card with that room or the least above it.
FreeCards::SharedCard FreeCards::shared_card(int room_milli) const {
  const auto card = shared_.lower_bound(shared_key(room_milli, NodeIndex{0}, 0));
  if (card == shared_.end()) return {};
  return {NodeIndex{static_cast<std::uint32_t>(*card >> 8)}, static_cast<std::uint8_t>(*card & 0xff),
          static_cast<std::int16_t>(room_of(*card))};
}

// Every room that shared cards have, and a new card on the node that suits it best.
FreeCards::SharedCard FreeCards::least_fragmenting_card(int share_milli) const {
  SharedCard best;
  double least = std::numeric_limits<double>::infinity();
  for (SharedCard card = shared_card(share_milli); card.node != kNoNode; card = shared_card(card.room_milli + 1)) {
    const double grows = fragmentation_.of_card(card.room_milli - share_milli) - fragmentation_.of_card(card.room_milli);
    if (grows >= least) continue;
    least = grows;
    best = card;
  }
  const std::size_t free = least_fragmenting(1);
  if (free != kNone && growth(static_cast<int>(free), 1) + fragmentation_.of_card(1000 - share_milli) < least) return {};
  return best;
}

// Of the nodes with `cards` to `below_free - 1` free cards.
NodeIndex FreeCards::best_fit_in_leaf(std::size_t leaf, int cards, int below_free) const {
  const Leaf& it = leaves_[leaf];
  const auto stride = static_cast<std::size_t>(cards_per_node_) + 1;
  for (auto free = static_cast<std::size_t>(cards); free < static_cast<std::size_t>(below_free); ++free)
    for (std::size_t word = 0; word * stride < it.bits.size(); ++word)
      if (const std::uint64_t bits = it.bits[word * stride + free]; bits != 0)
        return it.members[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))];
  return kNoNode;
}

// The leaf with the fewest whole nodes that holds all the job, or at least its whole nodes; kNone if none does.
std::size_t FreeCards::best_leaf(int whole, int rest) const {
  const std::size_t tightest = leaf_wholes_.first_from(static_cast<std::size_t>(whole));
  if (tightest == kNone) return kNone;
  const std::size_t leaf = leaf_by_whole_[tightest].first();
  if (rest == 0 || static_cast<int>(tightest) > whole || best_fit_in_leaf(leaf, rest, cards_per_node_) != kNoNode) return leaf;
  if (placement_.one_leaf_only)
    for (std::size_t other = leaf_by_whole_[tightest].first_from(leaf + 1); other != kNone; other = leaf_by_whole_[tightest].first_from(other + 1))
      if (best_fit_in_leaf(other, rest, cards_per_node_) != kNoNode) return other;
  const std::size_t with_one_more = leaf_wholes_.first_from(static_cast<std::size_t>(whole) + 1);
  return with_one_more == kNone ? leaf : leaf_by_whole_[with_one_more].first();
}

Slices FreeCards::take(Ask ask) {
  SIM_CHECK(fits(ask), "a job was started that does not fit");
  Slices slices;
  if (ask.share_milli > 0) {
    take_share(ask.share_milli, slices);
  } else if (ask.cards < cards_per_node_) {
    take_cards(node_for(ask.cards), ask.cards, slices);
  } else {
    take_gang(ask.cards / cards_per_node_, ask.cards % cards_per_node_, slices);
  }
  return slices;
}

void FreeCards::take_cards(NodeIndex node, int cards, Slices& slices) {
  set_free(node, at(node).free - cards);
  slices.push_back({node, static_cast<std::int16_t>(cards), 0, 0});
}

void FreeCards::take_whole(std::size_t leaf, int count, Slices& slices) {
  const auto stride = static_cast<std::size_t>(cards_per_node_) + 1;
  const Leaf& it = leaves_[leaf];
  for (std::size_t word = 0; count > 0; ++word)
    for (std::uint64_t bits = it.bits[word * stride + stride - 1]; bits != 0 && count > 0; bits &= bits - 1, --count)
      take_cards(it.members[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))], cards_per_node_, slices);
}

void FreeCards::take_gang(int whole, int rest, Slices& slices) {
  slices.reserve(static_cast<std::size_t>(whole) + (rest > 0 ? 1 : 0));
  NodeIndex last = kNoNode;
  if (placement_.rule == PlacementRule::kSpread && !placement_.one_leaf_only) {
    for (; whole > 0; --whole) take_whole(leaf_by_whole_[leaf_wholes_.last_before(leaf_by_whole_.size())].first(), 1, slices);
  } else if (placement_.same_leaf || placement_.one_leaf_only) {
    std::size_t leaf = best_leaf(whole, rest);
    while (leaf == kNone) {
      const std::size_t fullest = leaf_wholes_.last_before(leaf_by_whole_.size());
      take_whole(leaf_by_whole_[fullest].first(), static_cast<int>(fullest), slices);
      whole -= static_cast<int>(fullest);
      leaf = best_leaf(whole, rest);
    }
    take_whole(leaf, whole, slices);
    if (rest > 0) last = best_fit_in_leaf(leaf, rest, cards_per_node_ + 1);
  } else {
    for (; whole > 0; --whole)
      take_cards(NodeIndex{static_cast<std::uint32_t>(by_free_[static_cast<std::size_t>(cards_per_node_)].first())}, cards_per_node_,
                 slices);
  }
  if (rest > 0) take_cards(last == kNoNode ? node_for(rest) : last, rest, slices);
}

void FreeCards::take_share(int share_milli, Slices& slices) {
  SIM_CHECK(share_milli < 1000, "a share is less than a card");
  largest_in_number_milli_ = -1;
  SharedCard card = card_for(share_milli);
  const std::int16_t left = static_cast<std::int16_t>((card.node == kNoNode ? 1000 : card.room_milli) - share_milli);
  if (card.node == kNoNode) {
    card.node = node_for(1);
    const std::int16_t* rooms = &room_milli_[static_cast<std::size_t>(card.node) * static_cast<std::size_t>(cards_per_node_)];
    int slot = 0;
    while (rooms[slot] != kNotShared) ++slot;
    SIM_CHECK(slot < 256, "more than 256 shared cards on a node");
    card.slot = static_cast<std::uint8_t>(slot);
    set_free(card.node, at(card.node).free - 1);
    free_shared_milli_ += 1000;
    shared_.insert(shared_key(left, card.node, slot));
  } else {
    auto entry = shared_.extract(shared_key(card.room_milli, card.node, card.slot));
    entry.value() = shared_key(left, card.node, card.slot);
    shared_.insert(std::move(entry));
  }
  room_milli_[static_cast<std::size_t>(card.node) * static_cast<std::size_t>(cards_per_node_) + card.slot] = left;
  free_shared_milli_ -= share_milli;
  slices.push_back({card.node, 0, static_cast<std::int16_t>(share_milli), card.slot});
}

void FreeCards::give_back(const Slices& slices) {
  largest_in_number_milli_ = -1;
  for (const Slice& slice : slices) {
    if (slice.milli == 0) {
      set_free(slice.node, at(slice.node).free + slice.cards);
      continue;
    }
    std::int16_t& room = room_milli_[static_cast<std::size_t>(slice.node) * static_cast<std::size_t>(cards_per_node_) + slice.slot];
    SIM_CHECK(room != kNotShared && room + slice.milli <= 1000, "a share was given back that nobody holds");
    auto entry = shared_.extract(shared_key(room, slice.node, slice.slot));
    room = static_cast<std::int16_t>(room + slice.milli);
    free_shared_milli_ += slice.milli;
    if (room == 1000) {  // nobody is left on it: a whole card again
      room = kNotShared;
      free_shared_milli_ -= 1000;
      set_free(slice.node, at(slice.node).free + 1);
    } else {
      entry.value() = shared_key(room, slice.node, slice.slot);
      shared_.insert(std::move(entry));
    }
  }
}

}  // namespace dure::sim
