#pragma once
// What a job asks of a pool, and what it is given. A pool is the nodes of one card type at one site.
#include <boost/container/small_vector.hpp>
#include <cstdint>

namespace dure::sim {

enum class NodeIndex : std::uint32_t {};  // a node within its pool
inline constexpr NodeIndex kNoNode{0xffffffff};

/// Cards a job wants, all at once: whole cards, or `share_milli`/1000 of one card (then `cards` is 1).
///
/// Up to the cards of a node they lie on one node. A larger job takes whole nodes, and the cards left over on one more.
struct Ask {
  int cards = 1;
  int share_milli = 0;

  /// In thousandths of a card. Of two asks the one with fewer always fits where the other does, so one number orders them.
  constexpr std::int32_t milli() const { return share_milli > 0 ? share_milli : cards * 1000; }
};

/// Whole cards on a node, or a share of one of its cards.
struct Slice {
  NodeIndex node{};
  std::int16_t cards = 0;  // whole cards; 0 for a share
  std::int16_t milli = 0;  // thousandths of one card; 0 for whole cards
  std::uint8_t slot = 0;   // which shared card of the node; 0 for whole cards
  bool operator==(const Slice&) const = default;
};

/// What one job holds. No heap for jobs of one or two nodes.
using Slices = boost::container::small_vector<Slice, 2>;

/// Where in a pool a job's cards are taken.
struct Placement {
  bool same_leaf = true;  // jobs of whole nodes: the one leaf that fits tightest, else as few leaves as possible
};

}  // namespace dure::sim
