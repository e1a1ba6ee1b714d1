#pragma once
// What a job asks of a pool, and what it is given. A pool is the nodes of one card type at one site.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

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
  static constexpr Ask of_milli(std::int32_t milli) { return milli < 1000 ? Ask{1, milli} : Ask{milli / 1000, 0}; }
};

/// Whole cards on a node, or a share of one of its cards.
struct Slice {
  NodeIndex node{};
  std::int16_t cards = 0;  // whole cards; 0 for a share
  std::int16_t milli = 0;  // thousandths of one card; 0 for whole cards
  std::uint8_t slot = 0;   // which shared card of the node; 0 for whole cards
  bool operator==(const Slice&) const = default;
};

/// What one job holds. The first two lie within, so that jobs of one or two nodes need no heap.
class Slices {
 public:
  void push_back(const Slice& slice) {
    if (many_.empty() && count_ < few_.size()) {
      few_[count_++] = slice;
      return;
    }
    if (many_.empty()) many_.assign(few_.begin(), few_.end());
    many_.push_back(slice);
  }
  void reserve(std::size_t size) {
    if (size > few_.size()) many_.reserve(size);
  }
  std::size_t size() const { return many_.empty() ? count_ : many_.size(); }
  bool empty() const { return size() == 0; }
  const Slice* begin() const { return many_.empty() ? few_.data() : many_.data(); }
  const Slice* end() const { return begin() + size(); }
  const Slice& front() const { return *begin(); }
  void clear() {
    count_ = 0;
    many_.clear();
  }
  const Slice& operator[](std::size_t i) const { return begin()[i]; }

 private:
  std::array<Slice, 2> few_{};
  std::uint32_t count_ = 0;
  std::vector<Slice> many_;  // all of them, if more than two
};

/// Which node a job below a node gets, and which card a share.
enum class PlacementRule : std::uint8_t {
  kPack,                // the fullest that has room
  kSpread,              // the emptiest
  kLeastFragmentation,  // where free cards that nobody can use grow least (fragmentation.h)
};

/// Where in a pool a job's cards are taken.
struct Placement {
  bool same_leaf = true;  // jobs of whole nodes: the one leaf that fits tightest, else as few leaves as possible
  PlacementRule rule = PlacementRule::kPack;
  bool one_leaf_only = false;  // a job of several nodes starts on one leaf or not at all
};

}  // namespace dure::sim
