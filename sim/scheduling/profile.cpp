#include "sim/scheduling/profile.h"

#include <algorithm>

namespace dure::sim {

bool Profile::assign(double now_s, Need free, const std::vector<Step>& steps) {
  levels_.clear();
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

double Profile::earliest_s(Need need, double length_s, double from_s, double before_s, Slot own) const {
  bool has_room = false;
  double start_s = from_s;
  for (std::size_t i = level_at(from_s); i < levels_.size(); ++i) {
    const Level& level = levels_[i];
    const bool is_own = level.from_s >= own.from_s && level.from_s < own.to_s;
    if (!is_own && (level.free.nodes < need.nodes || level.free.milli < need.milli)) {
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
  for (std::size_t i = level_at(from_s); i < levels_.size() && levels_[i].from_s < before_s; ++i)
    if (levels_[i].free.nodes >= need.nodes && levels_[i].free.milli >= need.milli) return std::max(from_s, levels_[i].from_s);
  return before_s;
}

double Profile::room_until_s(Need need, double from_s) const {
  for (std::size_t i = level_at(from_s); i < levels_.size(); ++i)
    if (levels_[i].free.nodes < need.nodes || levels_[i].free.milli < need.milli) return std::max(from_s, levels_[i].from_s);
  return kNever_s;
}

std::size_t Profile::cut(double time_s) {
  const std::size_t i = level_at(time_s);
  if (levels_[i].from_s >= time_s) return i;
  levels_.insert(levels_.begin() + static_cast<std::ptrdiff_t>(i) + 1, {time_s, levels_[i].free});
  return i + 1;
}

void Profile::change(Slot slot, Need need, int sign) {
  const std::size_t first = cut(slot.from_s);
  const std::size_t end = cut(slot.to_s);
  for (std::size_t i = first; i < end; ++i) {
    levels_[i].free.nodes += sign * need.nodes;
    levels_[i].free.milli += sign * need.milli;
  }
}

}  // namespace dure::sim
