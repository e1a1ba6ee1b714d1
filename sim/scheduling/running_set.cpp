#include "sim/scheduling/running_set.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/error.h"

namespace dure::sim {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kNow = -std::numeric_limits<double>::infinity();  // already

}  // namespace

void RunningSet::add_node(int cards) {
  Node node;
  node.cards = static_cast<std::int16_t>(cards);
  node.whole_s = kNever;
  nodes_.push_back(node);
  holds_.resize(nodes_.size() * static_cast<std::size_t>(cards_per_node_));
  touch(NodeIndex{static_cast<std::uint32_t>(nodes_.size() - 1)});
}

void RunningSet::remove_node(NodeIndex node) {
  SIM_CHECK(nodes_[static_cast<std::size_t>(node)].held == 0, "a node leaves service while it holds a job");
  nodes_[static_cast<std::size_t>(node)].in_service = false;
  touch(node);
}

void RunningSet::restore_node(NodeIndex node) {
  nodes_[static_cast<std::size_t>(node)].in_service = true;
  touch(node);
}

void RunningSet::touch(NodeIndex node) const {
  Node& it = nodes_[static_cast<std::size_t>(node)];
  if (it.changed) return;
  it.changed = true;
  changed_.push_back(node);
}

void RunningSet::hold(NodeIndex node, Hold what) {
  Node& it = nodes_[static_cast<std::size_t>(node)];
  SIM_CHECK(it.held < cards_per_node_, "a node holds more jobs than it has cards");
  Hold* first = &holds_[card(node, 0)];
  int i = it.held++;
  for (; i > 0 && first[i - 1].end_s > what.end_s; --i) first[i] = first[i - 1];
  first[i] = what;
  touch(node);
}

void RunningSet::release(NodeIndex node, Hold what) {
  Node& it = nodes_[static_cast<std::size_t>(node)];
  Hold* first = &holds_[card(node, 0)];
  Hold* last = first + it.held;
  Hold* gone =
      std::find_if(first, last, [&](const Hold& h) { return h.end_s == what.end_s && h.cards == what.cards && h.slot == what.slot; });
  SIM_CHECK(gone != last, "a job ended that does not run there");
  std::move(gone + 1, last, gone);
  --it.held;
  touch(node);
}

void RunningSet::started(const Slices& slices, double expected_end_s) {
  for (const Slice& slice : slices) {
    if (slice.milli > 0) {
      start_share(slice, expected_end_s);
    } else {
      hold(slice.node, {expected_end_s, slice.cards, kWhole});
    }
  }
}

void RunningSet::ended(const Slices& slices, double expected_end_s) {
  for (const Slice& slice : slices) {
    if (slice.milli > 0) {
      end_share(slice, expected_end_s);
    } else {
      release(slice.node, {expected_end_s, slice.cards, kWhole});
    }
  }
}

double RunningSet::card_empty_s(std::size_t card) const {
  double last_s = kNow;
  for (const Share& share : shares_[card]) last_s = std::max(last_s, share.end_s);
  return last_s;
}

void RunningSet::start_share(const Slice& slice, double end_s) {
  if (shares_.size() < holds_.size()) shares_.resize(holds_.size());
  const std::size_t on = card(slice.node, slice.slot);
  const double before_s = card_empty_s(on);
  shares_[on].push_back({end_s, slice.milli});
  share_ends_.emplace(end_s, on, slice.milli);
  if (end_s <= before_s) return;
  if (before_s != kNow) release(slice.node, {before_s, 1, slice.slot});
  hold(slice.node, {end_s, 1, slice.slot});
}

void RunningSet::end_share(const Slice& slice, double end_s) {
  const std::size_t on = card(slice.node, slice.slot);
  const double before_s = card_empty_s(on);
  auto& shares = shares_[on];
  const auto gone = std::find_if(shares.begin(), shares.end(), [&](const Share& s) { return s.end_s == end_s && s.milli == slice.milli; });
  SIM_CHECK(gone != shares.end(), "a share ended that does not run there");
  *gone = shares.back();
  shares.pop_back();
  share_ends_.erase(share_ends_.find({end_s, on, slice.milli}));
  const double after_s = card_empty_s(on);
  if (after_s == before_s) return;
  release(slice.node, {before_s, 1, slice.slot});
  if (after_s != kNow) hold(slice.node, {after_s, 1, slice.slot});
}

int RunningSet::free_cards_at(NodeIndex node, double time_s) const {
  const Node& it = nodes_[static_cast<std::size_t>(node)];
  if (!it.in_service) return 0;
  int free = it.cards;
  const Hold* first = &holds_[card(node, 0)];
  for (const Hold* h = first; h != first + it.held; ++h)
    if (h->end_s > time_s) free -= h->cards;
  return free;
}

bool RunningSet::whole_at(NodeIndex node, double time_s) const {
  const Node& it = nodes_[static_cast<std::size_t>(node)];
  if (!it.in_service || it.cards < cards_per_node_) return false;
  return it.held == 0 || holds_[card(node, it.held - 1)].end_s <= time_s;
}

void RunningSet::change_whole(double time_s, int nodes) const {
  if (!std::isfinite(time_s) || nodes == 0) return;
  const std::int32_t* there = wholes_.find(time_s);
  if (there == nullptr) {
    wholes_.insert(time_s, nodes);
  } else if (*there + nodes == 0) {
    wholes_.erase(time_s);
  } else {
    wholes_.replace(time_s, *there + nodes);
  }
}

// Brings the two indices up to date for the nodes that changed since they were last asked.
void RunningSet::refresh() const {
  const auto width = static_cast<std::size_t>(cards_per_node_) - 1;
  if (nodes_.size() > leaves_) {
    leaves_ = std::bit_ceil(std::max<std::size_t>(nodes_.size(), 64));
    tournament_.assign(2 * leaves_ * width, kNever);
    for (std::size_t i = 0; i < nodes_.size(); ++i) touch(NodeIndex{static_cast<std::uint32_t>(i)});
  }
  // Nodes of one job change alike: their entries in the list are changed together.
  double from_s = kNow, to_s = kNow;
  int alike = 0;
  const auto settle = [&] {
    change_whole(from_s, -alike);
    change_whole(to_s, alike);
    alike = 0;
  };
  for (const NodeIndex node : changed_) {
    Node& it = nodes_[static_cast<std::size_t>(node)];
    it.changed = false;
    const Hold* holds = &holds_[card(node, 0)];
    double whole_s = kNever;
    if (it.in_service && it.cards == cards_per_node_) whole_s = it.held == 0 ? kNow : holds[it.held - 1].end_s;
    if (whole_s != it.whole_s) {
      if (alike > 0 && (from_s != it.whole_s || to_s != whole_s)) settle();
      from_s = it.whole_s;
      to_s = whole_s;
      ++alike;
      it.whole_s = whole_s;
    }
    if (width == 0) continue;
    std::size_t t = leaves_ + static_cast<std::size_t>(node);
    double* row = &tournament_[t * width];
    int free = it.in_service ? it.cards : 0;
    for (int k = 0; k < it.held; ++k) free -= holds[k].cards;
    std::size_t c = 0;
    const auto fill_to = [&](int cards, double time_s) {
      for (; c < width && static_cast<int>(c) < cards; ++c) row[c] = time_s;
    };
    fill_to(free, kNow);
    for (int k = 0; k < it.held; ++k) fill_to(free += holds[k].cards, holds[k].end_s);
    fill_to(cards_per_node_, kNever);
    for (bool differs = true; differs && t > 1;) {
      t /= 2;
      differs = false;
      double* parent = &tournament_[t * width];
      const double* children = &tournament_[2 * t * width];
      for (c = 0; c < width; ++c) {
        const double least = std::min(children[c], children[width + c]);
        differs |= least != parent[c];
        parent[c] = least;
      }
    }
  }
  settle();
  changed_.clear();
}

// The time from which k of the nodes that are not whole now will be.
double RunningSet::kth_whole_s(std::int64_t k) const {
  for (std::size_t b = 0; b < wholes_.blocks(); ++b) {
    if (k > wholes_.summary(b).nodes) {
      k -= wholes_.summary(b).nodes;
      continue;
    }
    const auto& block = wholes_.block(b);
    for (std::size_t i = 0; i < block.size; ++i)
      if ((k -= block.values[i]) <= 0) return block.keys[i];
  }
  return kNever;
}

// How many nodes that are not whole now will be at that time.
std::int64_t RunningSet::whole_by(double time_s) const {
  std::int64_t nodes = 0;
  for (std::size_t b = 0; b < wholes_.blocks(); ++b) {
    const auto& block = wholes_.block(b);
    if (block.keys[block.size - 1] <= time_s) {
      nodes += wholes_.summary(b).nodes;
      continue;
    }
    for (std::size_t i = 0; i < block.size && block.keys[i] <= time_s; ++i) nodes += block.values[i];
    break;
  }
  return nodes;
}

// The node that is first to have `cards` cards, of those that will not be whole by that time; the lowest number among equals.
std::pair<double, NodeIndex> RunningSet::first_with(int cards, double not_whole_by_s) const {
  const auto width = static_cast<std::size_t>(cards_per_node_) - 1;
  const auto column = static_cast<std::size_t>(cards) - 1;
  std::pair<double, NodeIndex> best{kNever, kNoNode};
  const auto value = [&](std::size_t t) { return tournament_[t * width + column]; };
  const auto search = [&](const auto& self, std::size_t t, std::size_t lowest, std::size_t nodes) -> void {
    if (value(t) == kNever || value(t) > best.first || (value(t) == best.first && lowest >= static_cast<std::size_t>(best.second))) return;
    if (nodes == 1) {
      if (nodes_[lowest].whole_s > not_whole_by_s) best = {value(t), NodeIndex{static_cast<std::uint32_t>(lowest)}};
      return;
    }
    const bool right_first = value(2 * t + 1) < value(2 * t);
    if (right_first) self(self, 2 * t + 1, lowest + nodes / 2, nodes / 2);
    self(self, 2 * t, lowest, nodes / 2);
    if (!right_first) self(self, 2 * t + 1, lowest + nodes / 2, nodes / 2);
  };
  search(search, 1, 0, leaves_);
  return best;
}

Reservation RunningSet::reserve(Ask ask, double now_s, const FreeCards& free) const {
  refresh();
  if (ask.share_milli > 0) return reserve_share(ask.share_milli, now_s);
  Reservation result;
  if (ask.cards < cards_per_node_) {
    const auto [time_s, node] = first_with(ask.cards, kNow);
    result.at_s = std::max(now_s, time_s);
    result.node = node;
    if (node != kNoNode) result.spare_cards = free_cards_at(node, result.at_s) - ask.cards;
    return result;
  }
  const int whole = ask.cards / cards_per_node_;
  const int rest = ask.cards % cards_per_node_;
  const int whole_now = free.free_whole_nodes();
  const auto spare_at = [&](double time_s) { return static_cast<int>(whole_now + whole_by(time_s)) - whole; };
  result.at_s = whole <= whole_now ? now_s : std::max(now_s, kth_whole_s(whole - whole_now));
  result.spare_whole_nodes = spare_at(result.at_s);
  if (rest == 0) return result;
  if (result.spare_whole_nodes == 0) {  // the remainder must wait for some other node
    const auto [time_s, node] = first_with(rest, result.at_s);
    result.at_s = std::max(result.at_s, time_s);
    result.spare_whole_nodes = spare_at(result.at_s);
    if (result.spare_whole_nodes == 0) {
      result.node = node;
      if (node != kNoNode) result.spare_cards = free_cards_at(node, result.at_s) - rest;
      return result;
    }
  }
  --result.spare_whole_nodes;
  return result;
}

// Either a share card has room before a whole card is free, or not: walk the ends of shares until the one or the other.
Reservation RunningSet::reserve_share(int share_milli, double now_s) const {
  Reservation result;
  double card_s = kNever;  // a whole card is free somewhere
  if (cards_per_node_ > 1)
    card_s = first_with(1, kNow).first;
  else
    card_s = kth_whole_s(1);
  std::vector<std::pair<std::size_t, int>> freed;  // card, milli given back so far
  for (const auto& [end_s, on, milli] : share_ends_) {
    if (end_s > card_s) break;
    auto it = std::find_if(freed.begin(), freed.end(), [on = on](const auto& f) { return f.first == on; });
    if (it == freed.end()) {
      int held_milli = 0;
      for (const Share& share : shares_[on]) held_milli += share.milli;
      it = freed.insert(freed.end(), {on, 1000 - held_milli});
    }
    it->second += milli;
    if (it->second < share_milli) continue;
    result.at_s = std::max(now_s, end_s);
    result.shared_card = true;
    result.node = NodeIndex{static_cast<std::uint32_t>(on / static_cast<std::size_t>(cards_per_node_))};
    result.slot = static_cast<std::uint8_t>(on % static_cast<std::size_t>(cards_per_node_));
    int room_milli = 1000;
    for (const Share& share : shares_[on])
      if (share.end_s > result.at_s) room_milli -= share.milli;
    result.spare_milli = room_milli - share_milli;
    return result;
  }
  result.at_s = std::max(now_s, card_s);
  return result;
}

bool RunningSet::leaves_room_on_node(const Reservation& reservation, Ask ask, const FreeCards& free) const {
  NodeIndex node = kNoNode;
  int loss = ask.cards;  // cards the node will lack at the time reserved
  if (ask.share_milli > 0) {
    const auto shared = free.card_for(ask.share_milli);
    node = shared.node;
    if (node != kNoNode) {
      if (reservation.shared_card)
        return node != reservation.node || shared.slot != reservation.slot || ask.share_milli <= reservation.spare_milli;
      if (card_empty_s(card(node, shared.slot)) > reservation.at_s) return true;  // others hold that card longer
    }
  }
  if (node == kNoNode) node = free.node_for(ask.share_milli > 0 ? 1 : ask.cards);
  if (node == reservation.node && loss > reservation.spare_cards) return false;
  return reservation.spare_whole_nodes > 0 || !whole_at(node, reservation.at_s);
}

}  // namespace dure::sim
