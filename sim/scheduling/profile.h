#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace dure::sim {

/// How many cards and whole nodes of a pool are expected to be free, from now to the end of time, in steps.
///
/// A job needs so many whole nodes and so many cards in all (the nodes' included): it has room at a time if both are there.
/// Jobs below a node need no whole one, so the profile takes them to pack as tightly as can be. Where nodes have one card,
/// cards and whole nodes are the same and nothing is assumed.
class Profile {
 public:
  struct Need {
    std::int32_t nodes = 0;
    std::int64_t milli = 0;  // thousandths of cards, shares of cards included
  };
  struct Slot {
    double from_s = 0;
    double to_s = 0;
  };
  struct Step {  // from this time on there is more, or less
    double at_s = 0;
    Need change;
  };
  static constexpr double kNever_s = std::numeric_limits<double>::infinity();

  /// What is free now, and the steps in order of time; those of the past have happened. False if there is ever less than nothing.
  bool assign(double now_s, Need free, const std::vector<Step>& steps);

  /// The earliest time in [from_s, before_s) at which a job has room for `length_s`; never if there is none. What the job
  /// already has in its own slot counts as free.
  double earliest_s(Need need, double length_s, double from_s, double before_s, Slot own) const;
  double earliest_s(Need need, double length_s, double from_s) const { return earliest_s(need, length_s, from_s, kNever_s, Slot()); }

  /// The first time in [from_s, before_s) at which a job has room, for however short; `before_s` if there is none.
  double first_room_s(Need need, double from_s, double before_s) const;

  /// Until when a job that starts at `from_s` has room; `from_s` if it has none.
  double room_until_s(Need need, double from_s) const;

  void take(Slot slot, Need need) { change(slot, need, -1); }
  void give(Slot slot, Need need) { change(slot, need, +1); }

 private:
  struct Level {
    double from_s = 0;
    Need free;
  };
  static constexpr std::size_t kBlock = 32;
  struct Block {  // of so many levels in a row
    Need most, least;
    bool never_enough(Need need) const { return most.nodes < need.nodes || most.milli < need.milli; }
    bool always_enough(Need need) const { return least.nodes >= need.nodes && least.milli >= need.milli; }
  };
  bool starts_block(std::size_t i) const { return i % kBlock == 0 && i + kBlock <= levels_.size(); }
  bool enough(std::size_t i, Need need) const { return levels_[i].free.nodes >= need.nodes && levels_[i].free.milli >= need.milli; }
  void summarise() const;  // the blocks that are stale
  void stale(std::size_t from, std::size_t end) const {
    stale_from_ = std::min(stale_from_, from);
    stale_end_ = std::max(stale_end_, end);
  }
  std::size_t level_at(double time_s) const;
  std::size_t cut(double time_s);  // the level that begins at that time, made if there is none
  void change(Slot slot, Need need, int sign);

  std::vector<Level> levels_;
  mutable std::vector<Block> blocks_;  // searches pass over blocks that cannot end them
  mutable std::size_t stale_from_ = 0, stale_end_ = 0;  // levels whose blocks are not up to date
};

}  // namespace dure::sim
