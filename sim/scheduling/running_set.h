#pragma once
#include <cstdint>
#include <limits>
#include <set>
#include <tuple>
#include <vector>

#include "sim/scheduling/ask.h"
#include "sim/scheduling/free_cards.h"
#include "sim/scheduling/sorted_blocks.h"

namespace dure::sim {

/// What is kept for the first job in line: from `at_s` on it will have its cards, if all jobs end as expected.
struct Reservation {
  double at_s = 0;
  int spare_whole_nodes = std::numeric_limits<int>::max();  // whole nodes at that time beyond those reserved
  NodeIndex node = kNoNode;                                 // a node on which cards are reserved
  int spare_cards = 0;                                      // on that node at that time, beyond those reserved
  bool shared_card = false;                                 // a share is reserved on card `slot` of the node instead
  std::uint8_t slot = 0;
  int spare_milli = 0;
};

/// When running jobs are expected to give back what they hold, node by node.
///
/// Let T(i, c) be the time from which node i will have c cards free if every job ends as expected. A job that has run
/// longer than expected is expected to end now. With N cards to a node, a job that does not fit now can start at
///
///   c < N               min over i of T(i, c)
///   q whole nodes       the q-th smallest T(i, N)
///   q nodes + r cards   the later of that and the smallest T(i, r) of any other node
///
/// Where nodes have one card this is the shadow time of EASY. The smallest T(i, c) stand at the root of a tournament
/// over the nodes, the T(i, N) in a sorted list with counts; both are brought up to date for the nodes that changed,
/// only when a reservation is asked for.
class RunningSet {
 public:
  explicit RunningSet(int cards_per_node) : cards_per_node_(cards_per_node) {}

  void add_node(int cards);          // in the order of FreeCards::add_node
  void remove_node(NodeIndex node);  // holds nothing
  void restore_node(NodeIndex node);

  void started(const Slices& slices, double expected_end_s);
  void ended(const Slices& slices, double expected_end_s);  // as given at the start

  /// For a job that does not fit now but could be held by the nodes in service.
  Reservation reserve(Ask ask, double now_s, const FreeCards& free) const;

  /// Could a job with this ask start now and run beyond the reservation without delaying it? True for sure, or false.
  bool leaves_room(const Reservation& reservation, Ask ask, const FreeCards& free) const {
    if (ask.share_milli == 0 && ask.cards >= cards_per_node_)  // a remainder counts as a node
      return ask.cards <= static_cast<std::int64_t>(reservation.spare_whole_nodes) * cards_per_node_;
    return leaves_room_on_node(reservation, ask, free);
  }

  int free_cards_at(NodeIndex node, double time_s) const;  // whole cards
  bool whole_at(NodeIndex node, double time_s) const;

  /// When nodes that are not whole now will be, and how many of them, should every job end as expected.
  struct Sum {
    std::int64_t nodes = 0;
    void add(std::int32_t n) { nodes += n; }
    bool remove(std::int32_t n) {
      nodes -= n;
      return true;
    }
  };
  const SortedBlocks<double, std::int32_t, Sum>& wholes() const {
    refresh();
    return wholes_;
  }

 private:
  struct Hold {  // cards of a node that come back together: of one job, or one shared card
    double end_s = 0;
    std::int16_t cards = 0;
    std::int16_t slot = kWhole;
  };
  static constexpr std::int16_t kWhole = -1;
  struct Node {
    std::int16_t cards = 0;
    std::int16_t held = 0;  // number of holds
    bool in_service = true;
    bool changed = false;  // since the indices were brought up to date
    double whole_s = 0;    // T(i, N) as it stands in the list; never: not in the list
  };
  struct Share {
    double end_s = 0;
    std::int16_t milli = 0;
  };

  std::size_t card(NodeIndex node, int slot) const {
    return static_cast<std::size_t>(node) * static_cast<std::size_t>(cards_per_node_) + static_cast<std::size_t>(slot);
  }
  void touch(NodeIndex node) const;
  void hold(NodeIndex node, Hold what);
  void release(NodeIndex node, Hold what);
  void start_share(const Slice& slice, double end_s);
  void end_share(const Slice& slice, double end_s);
  double card_empty_s(std::size_t card) const;
  void refresh() const;
  void change_whole(double time_s, int nodes) const;
  double kth_whole_s(std::int64_t k) const;
  std::int64_t whole_by(double time_s) const;
  std::pair<double, NodeIndex> first_with(int cards, double not_whole_by_s) const;
  bool leaves_room_on_node(const Reservation& reservation, Ask ask, const FreeCards& free) const;
  Reservation reserve_share(int share_milli, double now_s) const;

  int cards_per_node_;
  std::vector<Hold> holds_;                                         // [node * cards_per_node + k], earliest end first
  std::vector<std::vector<Share>> shares_;                          // [card] of shared cards
  std::multiset<std::tuple<double, std::size_t, int>> share_ends_;  // end, card, milli
  mutable std::vector<Node> nodes_;
  mutable std::vector<NodeIndex> changed_;
  mutable std::vector<double> tournament_;                  // [tree node * (cards_per_node - 1) + c - 1]
  mutable std::size_t leaves_ = 0;                          // of the tournament, a power of two
  mutable SortedBlocks<double, std::int32_t, Sum> wholes_;  // time -> nodes that become whole then
};

}  // namespace dure::sim
