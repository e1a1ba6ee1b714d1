#include "sim/scheduling/profile.h"

#include <algorithm>

namespace dure::sim {

bool Profile::assign(double now_s, Need free, const std::vector<Step>& steps) {
  levels_.clear();
  stale(0, std::numeric_limits<std::size_t>::max());
  levels_.push_back({now_s, free});
  bool enough = true;
  for (const Step& step : steps) {
    if (step.at_s > levels_.back().from_s) {
      enough &= levels_.back().free.nodes >= 0 && levels_.back().free.milli >= 0;
      levels_.push_back({step.at_s, levels_.back().free});
    }
    levels_.back().free.nodes += step.change.nodes;
    levels_.back().free.milli += step.change.milli;
  }
  return enough && levels_.back().free.nodes >= 0 && levels_.back().free.milli >= 0;
}

std::size_t Profile::level_at(double time_s) const {
  const auto above = std::upper_bound(levels_.begin(), levels_.end(), time_s, [](double t, const Level& level) { return t < level.from_s; });
  return above == levels_.begin() ? 0 : static_cast<std::size_t>(above - levels_.begin()) - 1;
}

void Profile::summarise() const {
  if (stale_from_ >= stale_end_) return;
  const std::size_t end = std::min(levels_.size(), stale_end_);
  blocks_.resize((levels_.size() + kBlock - 1) / kBlock);
  for (std::size_t b = stale_from_ / kBlock; b * kBlock < end; ++b) {
    Need most = levels_[b * kBlock].free, least = most;
    for (std::size_t i = b * kBlock + 1; i < std::min(levels_.size(), (b + 1) * kBlock); ++i) {
      const Need free = levels_[i].free;
      most = {std::max(most.nodes, free.nodes), std::max(most.milli, free.milli)};
      least = {std::min(least.nodes, free.nodes), std::min(least.milli, free.milli)};
    }
    blocks_[b] = {most, least};
  }
  stale_from_ = std::numeric_limits<std::size_t>::max();
  stale_end_ = 0;
}

double Profile::earliest_s(Need need, double length_s, double from_s, double before_s, Slot own) const {
  summarise();
  bool has_room = false;
  double start_s = from_s;
  for (std::size_t i = level_at(from_s); i < levels_.size(); ++i) {
    while (starts_block(i)) {
      const Block& block = blocks_[i / kBlock];
      const std::size_t next = i + kBlock;
      const double next_s = next < levels_.size() ? levels_[next].from_s : kNever_s;
      const bool meets_own = levels_[i].from_s < own.to_s && own.from_s < next_s;
      if (has_room ? !block.always_enough(need) || next_s >= start_s + length_s : meets_own || !block.never_enough(need)) break;
      if (next >= levels_.size()) return kNever_s;
      i = next;
    }
    const Level& level = levels_[i];
    if (!has_room && level.from_s >= before_s) return kNever_s;
    const bool is_own = level.from_s >= own.from_s && level.from_s < own.to_s;
    if (!is_own && !enough(i, need)) {
      has_room = false;
      continue;
    }
    if (!has_room) {
      start_s = std::max(from_s, level.from_s);
      if (start_s >= before_s) return kNever_s;
      has_room = true;
    }
    if (i + 1 == levels_.size() || levels_[i + 1].from_s >= start_s + length_s) return start_s;
  }
  return kNever_s;
}

double Profile::first_room_s(Need need, double from_s, double before_s) const {
  summarise();
  for (std::size_t i = level_at(from_s); i < levels_.size() && levels_[i].from_s < before_s; ++i) {
    if (starts_block(i) && blocks_[i / kBlock].never_enough(need)) {
      i += kBlock - 1;
    } else if (enough(i, need)) {
      return std::max(from_s, levels_[i].from_s);
    }
  }
  return before_s;
}

double Profile::room_until_s(Need need, double from_s) const {
  summarise();
  for (std::size_t i = level_at(from_s); i < levels_.size(); ++i) {
    if (starts_block(i) && blocks_[i / kBlock].always_enough(need)) {
      i += kBlock - 1;
    } else if (!enough(i, need)) {
      return std::max(from_s, levels_[i].from_s);
    }
  }
  return kNever_s;
}

std::size_t Profile::cut(double time_s) {
  const std::size_t i = level_at(time_s);
  if (levels_[i].from_s >= time_s) return i;
  levels_.insert(levels_.begin() + static_cast<std::ptrdiff_t>(i) + 1, {time_s, levels_[i].free});
  stale(i + 1, std::numeric_limits<std::size_t>::max());
  return i + 1;
}

void Profile::change(Slot slot, Need need, int sign) {
  const std::size_t first = cut(slot.from_s);
  const std::size_t end = cut(slot.to_s);
  stale(first, end);
  for (std::size_t i = first; i < end; ++i) {
    levels_[i].free.nodes += sign * need.nodes;
    levels_[i].free.milli += sign * need.milli;
  }
}

}  // namespace dure::sim
