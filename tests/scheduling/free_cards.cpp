#include "sim/scheduling/free_cards.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <map>

#include "sim/random.h"

using namespace dure::sim;

namespace {

NodeIndex node(unsigned i) { return NodeIndex{i}; }

FreeCards cluster(int leaves, int nodes_per_leaf, int cards_per_node, Placement placement = {}) {
  FreeCards free(cards_per_node, placement);
  for (int leaf = 0; leaf < leaves; ++leaf)
    for (int i = 0; i < nodes_per_leaf; ++i) free.add_node(leaf, cards_per_node);
  return free;
}

std::vector<unsigned> nodes_of(const Slices& slices) {
  std::vector<unsigned> nodes;
  for (const Slice& s : slices) nodes.push_back(static_cast<unsigned>(s.node));
  return nodes;
}

/// The same without any index: every card by itself.
struct Plain {
  struct Node {
    int leaf, cards, free;
    bool in_service;
    std::map<int, int> room_milli;  // by slot, of shared cards
  };
  int cards_per_node;
  std::vector<Node> nodes;

  bool fits(Ask ask) const {
    if (ask.share_milli > 0) {
      for (const Node& n : nodes) {
        if (n.free > 0) return true;
        for (const auto& [slot, room] : n.room_milli)
          if (room >= ask.share_milli) return true;
      }
      return false;
    }
    int whole = ask.cards < cards_per_node ? 0 : ask.cards / cards_per_node;
    int rest = ask.cards - whole * cards_per_node;
    for (const Node& n : nodes)  // the remainder goes to a node that is not whole if it can
      if (rest > 0 && n.free >= rest && n.free < cards_per_node) rest = 0;
    for (const Node& n : nodes) {
      if (n.free < cards_per_node) continue;
      if (whole > 0)
        --whole;
      else
        rest = 0;
    }
    return whole == 0 && rest == 0;
  }
  int best_fit(int cards) const {
    int best = -1;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (nodes[i].free >= cards && (best < 0 || nodes[i].free < nodes[static_cast<std::size_t>(best)].free)) best = static_cast<int>(i);
    return best;
  }
  int shared_best_fit_milli(int milli) const {
    int best = 1001;
    for (const Node& n : nodes)
      for (const auto& [slot, room] : n.room_milli)
        if (room >= milli) best = std::min(best, room);
    return best;
  }
};

void take_in_plain(Plain& plain, Ask ask, const Slices& slices, bool pack) {
  if (ask.share_milli > 0) {
    RC_ASSERT(slices.size() == 1u);
    auto& n = plain.nodes[static_cast<std::size_t>(slices[0].node)];
    const int expected_room = plain.shared_best_fit_milli(ask.share_milli);
    const auto card = n.room_milli.find(slices[0].slot);
    if (!pack) {
      if (card == n.room_milli.end()) {
        --n.free;
        n.room_milli[slices[0].slot] = 1000;
      }
      n.room_milli[slices[0].slot] -= ask.share_milli;
      RC_ASSERT(n.room_milli[slices[0].slot] >= 0);
    } else if (expected_room <= 1000) {
      RC_ASSERT(card != n.room_milli.end());
      RC_ASSERT(card->second == expected_room);
      card->second -= ask.share_milli;
    } else {
      RC_ASSERT(card == n.room_milli.end());
      RC_ASSERT(static_cast<int>(slices[0].node) == plain.best_fit(1));
      --n.free;
      n.room_milli[slices[0].slot] = 1000 - ask.share_milli;
    }
    RC_ASSERT(slices[0].milli == ask.share_milli);
    return;
  }
  int sum = 0;
  if (pack && ask.cards < plain.cards_per_node) RC_ASSERT(static_cast<int>(slices[0].node) == plain.best_fit(ask.cards));
  const int whole = ask.cards < plain.cards_per_node ? 0 : ask.cards / plain.cards_per_node;
  std::map<int, int> whole_of_leaf;
  for (const auto& n : plain.nodes) whole_of_leaf[n.leaf] += n.free == plain.cards_per_node;
  int tightest = 1 << 20;
  for (const auto& [leaf, count] : whole_of_leaf)
    if (count >= whole) tightest = std::min(tightest, count);
  for (std::size_t i = 0; i < slices.size(); ++i) {
    auto& n = plain.nodes[static_cast<std::size_t>(slices[i].node)];
    RC_ASSERT(n.in_service);
    RC_ASSERT(slices[i].cards <= n.free);
    if (static_cast<int>(i) < whole) {
      RC_ASSERT(slices[i].cards == plain.cards_per_node);
      if (pack && tightest < 1 << 20) RC_ASSERT(n.leaf == plain.nodes[static_cast<std::size_t>(slices[0].node)].leaf);
    }
    n.free -= slices[i].cards;
    sum += slices[i].cards;
  }
  if (pack && tightest < 1 << 20 && whole > 0 && ask.cards % plain.cards_per_node == 0)
    RC_ASSERT(whole_of_leaf[plain.nodes[static_cast<std::size_t>(slices[0].node)].leaf] == tightest);
  RC_ASSERT(sum == ask.cards);
  RC_ASSERT(static_cast<int>(slices.size()) == whole + (ask.cards > whole * plain.cards_per_node ? 1 : 0));
}

}  // namespace

TEST_CASE("free cards: a small job goes to the node with the fewest free cards that suffice, the lower number among equals") {
  FreeCards free = cluster(1, 3, 8);
  CHECK(nodes_of(free.take({5, 0})) == std::vector<unsigned>{0});  // 3 8 8 left
  CHECK(nodes_of(free.take({4, 0})) == std::vector<unsigned>{1});  // 3 4 8
  CHECK(nodes_of(free.take({4, 0})) == std::vector<unsigned>{1});  // 3 0 8
  CHECK(nodes_of(free.take({3, 0})) == std::vector<unsigned>{0});  // 0 0 8
  CHECK(free.free_cards() == 8);
  CHECK(free.fits({8, 0}));
  CHECK_FALSE(free.fits({9, 0}));
}

TEST_CASE("free cards: whole nodes come from the leaf that fits tightest") {
  FreeCards free = cluster(3, 4, 8);    // leaves 0-3, 4-7, 8-11
  free.take({8, 0});                    // node 0: leaf 0 has three left
  const auto two = free.take({16, 0});  // leaf 0 again
  CHECK(nodes_of(two) == std::vector<unsigned>{1, 2});
  CHECK(nodes_of(free.take({32, 0})) == std::vector<unsigned>{4, 5, 6, 7});
  CHECK(nodes_of(free.take({8, 0})) == std::vector<unsigned>{3});
}

TEST_CASE("free cards: a job larger than any leaf spans as few leaves as possible, fullest first, the end where it fits tightest") {
  FreeCards free = cluster(3, 4, 8);
  free.take({16, 0});  // leaf 0 keeps nodes 2 and 3
  CHECK(nodes_of(free.take({48, 0})) == std::vector<unsigned>{4, 5, 6, 7, 2, 3});
}

TEST_CASE("free cards: without the leaf preference the lowest numbers are taken") {
  FreeCards free = cluster(3, 4, 8, {.same_leaf = false});
  free.take({8, 0});
  CHECK(nodes_of(free.take({32, 0})) == std::vector<unsigned>{1, 2, 3, 4});
}

TEST_CASE("free cards: the remainder of a gang goes to the same leaf, best fit") {
  FreeCards free = cluster(2, 3, 8);
  free.take({3, 0});                                                      // node 0: 5 free
  CHECK(nodes_of(free.take({20, 0})) == std::vector<unsigned>{1, 2, 0});  // leaf 0: two whole nodes and 4 of the 5 left
  CHECK(free.node_free_cards(node(0)) == 1);
  CHECK(nodes_of(free.take({17, 0})) == std::vector<unsigned>{3, 4, 5});  // leaf 1 holds all of it; node 0 would be another leaf
}

TEST_CASE("free cards: shares pack on the fullest card that suffices") {
  FreeCards free = cluster(1, 2, 2);
  const auto a = free.take({1, 600});
  const auto b = free.take({1, 500});  // does not fit beside a: the other card of the same node
  CHECK(a[0] == Slice{node(0), 0, 600, 0});
  CHECK(b[0] == Slice{node(0), 0, 500, 1});
  const auto c = free.take({1, 400});  // a's card, the fuller of the two
  CHECK(c[0] == Slice{node(0), 0, 400, 0});
  CHECK(free.free_cards() == 2);
  CHECK(free.free_card_shares() == doctest::Approx(0.5));
  CHECK(free.largest_fit_milli() == 2000);
  free.give_back(a);
  free.give_back(c);  // nobody is left on card 0
  CHECK(free.free_cards() == 3);
  CHECK(free.free_card_shares() == doctest::Approx(0.5));
}

TEST_CASE("free cards: a node with fewer cards than the others is never a whole node") {
  FreeCards free(8);
  free.add_node(0, 8);
  free.add_node(0, 4);
  CHECK(free.free_whole_nodes() == 1);
  CHECK(free.largest_fit_milli() == 12000);  // the whole node and the four as a remainder
  CHECK_FALSE(free.fits({16, 0}));
  CHECK(nodes_of(free.take({12, 0})) == std::vector<unsigned>{0, 1});
}

TEST_CASE("placement spread: the emptiest node, the emptiest card, and leaves in turn") {
  FreeCards free = cluster(1, 3, 8, {.rule = PlacementRule::kSpread});
  CHECK(nodes_of(free.take({5, 0})) == std::vector<unsigned>{0});  // 3 8 8 left
  CHECK(nodes_of(free.take({4, 0})) == std::vector<unsigned>{1});  // 3 4 8
  CHECK(nodes_of(free.take({4, 0})) == std::vector<unsigned>{2});  // 3 4 4
  CHECK(nodes_of(free.take({3, 0})) == std::vector<unsigned>{1});
  FreeCards leaves = cluster(3, 4, 8, {.rule = PlacementRule::kSpread});
  CHECK(nodes_of(leaves.take({32, 0})) == std::vector<unsigned>{0, 4, 8, 1});
  FreeCards shares = cluster(1, 1, 2, {.rule = PlacementRule::kSpread});
  CHECK(shares.take({1, 100})[0].slot == 0);
  CHECK(shares.take({1, 200})[0].slot == 1);  // a card of its own while there is one
  CHECK(shares.take({1, 200})[0].slot == 0);  // then the one with most room
}

TEST_CASE("placement least_fragmentation: one card leaves the node from which jobs of three could still be served") {
  // Asks so far: two of three cards, one of one. F(1) = 1 x 2/3, F(2) = 2 x 2/3, F(3) = F(4) = 0: taking one card of three
  // leaves 4/3 cards that the next job cannot use, of four none. Best fit would take the three.
  FreeCards free(4, {.rule = PlacementRule::kLeastFragmentation});
  free.add_node(0, 4);
  free.add_node(0, 4);
  free.take({1, 0});  // 3 4
  free.asked({3, 0});
  free.asked({3, 0});
  free.asked({1, 0});
  CHECK(nodes_of(free.take({1, 0})) == std::vector<unsigned>{1});
  CHECK(nodes_of(free.take({3, 0})) == std::vector<unsigned>{0});
  CHECK(nodes_of(free.take({3, 0})) == std::vector<unsigned>{1});
}

TEST_CASE("placement least_fragmentation: a share goes where the rest is still of use") {
  FreeCards free(4, {.rule = PlacementRule::kLeastFragmentation});
  free.add_node(0, 4);
  free.take({1, 500});  // slot 0: room 500
  const auto large = free.take({1, 600});
  free.take({1, 200});
  free.give_back(large);  // slot 1: room 800
  // Half of all asks are shares of 400, half whole cards. On slot 0: G(100) - G(500) = 0.1 - 0.5 x 0.5 = -0.15; on slot 1:
  // G(400) - G(800) = 0.4 x 0.5 - 0.8 x 0.5 = -0.2; a new card: G(600) = 0.3.
  free.asked({1, 400});
  free.asked({1, 0});
  CHECK(free.take({1, 400})[0].slot == 1);
}

TEST_CASE("placement least_fragmentation: no other node would have done better, by the formula written out") {
  Random random({3, 0}, "fragmentation");
  FreeCards free(8, {.rule = PlacementRule::kLeastFragmentation});
  for (int i = 0; i < 20; ++i) free.add_node(i / 4, 8);
  std::vector<int> asks;
  std::vector<Slices> held;
  int better_than_best_fit = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    const int cards = std::array{1, 1, 2, 3, 5, 8}[static_cast<std::size_t>(random.uniform() * 6)];
    asks.push_back(cards);
    free.asked({cards, 0});
    if (!free.fits({cards, 0})) {
      for (int i = 0; i < 5; ++i) {
        const auto gone = held.begin() + static_cast<std::ptrdiff_t>(random.uniform() * static_cast<double>(held.size()));
        free.give_back(*gone);
        held.erase(gone);
      }
      continue;
    }
    const auto useless = [&](int left) {  // cards of a node with so many left, in expectation over all asks
      double sum = 0;
      for (const int ask : asks) sum += ask > left ? left : 0;
      return sum / static_cast<double>(asks.size());
    };
    std::vector<int> before;
    double least = 1e9;
    int tightest = 9;
    for (unsigned i = 0; i < 20; ++i) {
      before.push_back(free.node_free_cards(node(i)));
      if (before[i] < cards) continue;
      least = std::min(least, useless(before[i] - cards) - useless(before[i]));
      tightest = std::min(tightest, before[i]);
    }
    held.push_back(free.take({cards, 0}));
    const int chosen = before[static_cast<std::size_t>(held.back()[0].node)];
    CHECK(useless(chosen - cards) - useless(chosen) == doctest::Approx(least));
    better_than_best_fit += chosen != tightest;
  }
  CHECK(better_than_best_fit > 100);
}

TEST_CASE("free cards: no card in two places and none lost, over random takes, returns, failures and repairs") {
  const bool holds = rc::check("free cards against a plain model", [](std::vector<std::uint32_t> draws, std::uint8_t shape) {
    const int n = std::array{1, 2, 4, 8, 70}[shape % 5];
    const auto rule = std::array{PlacementRule::kPack, PlacementRule::kSpread, PlacementRule::kLeastFragmentation}[shape / 5 % 3];
    FreeCards free(n, {.rule = rule});
    Plain plain{n, {}};
    for (int i = 0; i < 9; ++i) {
      const int cards = i == 8 ? (n + 1) / 2 : n;
      free.add_node(i / 3, cards);
      plain.nodes.push_back({i / 3, cards, cards, true, {}});
    }
    std::vector<std::pair<Ask, Slices>> held;
    for (const std::uint32_t draw : draws) {
      const std::uint32_t what = draw % 8;
      const std::uint32_t size = draw / 8 % 1009;
      if (what < 4) {
        Ask ask{1 + static_cast<int>(size) % (what < 2 ? n : 5 * n), 0};
        if (what == 3) ask = {1, 1 + static_cast<int>(size) % 999};
        free.asked(ask);
        RC_ASSERT(free.fits(ask) == plain.fits(ask));
        if (!free.fits(ask)) continue;
        held.emplace_back(ask, free.take(ask));
        take_in_plain(plain, ask, held.back().second, rule == PlacementRule::kPack);
      } else if (what < 7 && !held.empty()) {
        const auto which = held.begin() + static_cast<std::ptrdiff_t>(size % held.size());
        free.give_back(which->second);
        for (const Slice& s : which->second) {
          auto& it = plain.nodes[static_cast<std::size_t>(s.node)];
          it.free += s.cards;
          if (s.milli > 0 && (it.room_milli[s.slot] += s.milli) == 1000) {
            it.room_milli.erase(s.slot);
            ++it.free;
          }
        }
        held.erase(which);
      } else if (what == 7) {
        auto& it = plain.nodes[size % 9];
        if (!it.in_service) {
          free.restore_node(node(size % 9));
          it.in_service = true;
          it.free = it.cards;
        } else if (it.free == it.cards) {
          free.remove_node(node(size % 9));
          it.in_service = false;
          it.free = 0;
        }
      }
      int cards = 0, whole = 0, in_service = 0, room_milli = 0;
      for (std::size_t i = 0; i < plain.nodes.size(); ++i) {
        const auto& it = plain.nodes[i];
        RC_ASSERT(free.node_free_cards(node(static_cast<unsigned>(i))) == it.free);
        cards += it.free;
        whole += it.free == n;
        in_service += it.in_service ? it.cards : 0;
        for (const auto& [slot, room] : it.room_milli) room_milli += room;
      }
      RC_ASSERT(free.free_cards() == cards);
      RC_ASSERT(free.free_whole_nodes() == whole);
      RC_ASSERT(free.cards_in_service() == in_service);
      RC_ASSERT(std::abs(free.free_card_shares() - room_milli / 1000.0) < 1e-9);
    }
    for (const auto& [ask, slices] : held) free.give_back(slices);
    RC_ASSERT(free.free_cards() == free.cards_in_service());
    RC_ASSERT(free.largest_fit_milli() == free.largest_possible_milli());
  });
  CHECK(holds);
}

TEST_CASE("index set: first and last agree with a plain set, also beyond 64 and 4096") {
  IndexSet set;
  set.grow(300000);
  CHECK(set.empty());
  for (const std::size_t i : {3u, 64u, 5000u, 299999u}) set.insert(i);
  CHECK(set.first() == 3);
  CHECK(set.first_from(4) == 64);
  CHECK(set.first_from(65) == 5000);
  CHECK(set.first_from(5001) == 299999);
  CHECK(set.last_before(299999) == 5000);
  CHECK(set.last_before(5000) == 64);
  CHECK(set.last_before(3) == IndexSet::kNone);
  set.erase(64);
  CHECK(set.first_from(4) == 5000);
  CHECK(set.last_before(5000) == 3);
}
