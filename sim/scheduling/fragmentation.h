#pragma once
#include <cstdint>
#include <vector>

#include "sim/scheduling/ask.h"

namespace dure::sim {

/// Free cards that the next job probably cannot use: what least-fragmentation placement keeps small.
///
/// Let p_m be the share of ask m among all jobs that joined the queue of this pool so far. A node with f free cards, and a
/// shared card with room rho, hold in expectation
///
///   F(f)   = f   * sum of p_m over asks of more than f whole cards (a gang asks for all cards of a node)
///   G(rho) = rho * sum of p_m over asks of whole cards and of shares above rho
///
/// cards that the next job has no use for. Weng et al. (USENIX ATC 2023) place each job where this grows least. Card types
/// need no term of their own, for a pool has one; memory and processors of the host are not modelled.
class Fragmentation {
 public:
  explicit Fragmentation(int cards_per_node)
      : larger_than_(static_cast<std::size_t>(cards_per_node) + 1), share_larger_than_(1001), cards_per_node_(cards_per_node) {}

  void asked(Ask ask) {
    ++asks_;
    if (ask.share_milli > 0) {
      for (std::size_t milli = 0; milli < static_cast<std::size_t>(ask.share_milli); ++milli) ++share_larger_than_[milli];
      return;
    }
    ++whole_asks_;
    const auto cards = static_cast<std::size_t>(ask.cards < cards_per_node_ ? ask.cards : cards_per_node_);
    for (std::size_t free = 0; free < cards; ++free) ++larger_than_[free];
  }

  double of_node(int free) const { return free * part(larger_than_[static_cast<std::size_t>(free)]); }
  double of_card(int room_milli) const {
    return room_milli * 1e-3 * part(whole_asks_ + share_larger_than_[static_cast<std::size_t>(room_milli)]);
  }

 private:
  double part(std::uint64_t asks) const { return asks_ == 0 ? 0 : static_cast<double>(asks) / static_cast<double>(asks_); }

  std::uint64_t asks_ = 0;
  std::uint64_t whole_asks_ = 0;
  std::vector<std::uint64_t> larger_than_;        // [free cards] asks of more whole cards
  std::vector<std::uint64_t> share_larger_than_;  // [thousandths] asks of larger shares
  int cards_per_node_;
};

}  // namespace dure::sim
