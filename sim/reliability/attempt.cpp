#include "sim/reliability/attempt.h"

#include <algorithm>
#include <cmath>

namespace dure::sim {
namespace {

// Writes in the course of `work_s`: one after each full interval, none at the very end.
double writes(const Attempt& attempt, double work_s) {
  if (std::isinf(attempt.plan.interval_s) || work_s <= 0) return 0;
  return std::max(0.0, std::ceil(work_s / attempt.plan.interval_s) - 1);
}

}  // namespace

double wall_s(const Attempt& attempt) {
  const double work_s = attempt.need_s - attempt.from_s;
  return work_s / attempt.speed + writes(attempt, work_s) * attempt.plan.write_s;
}

Standing standing(const Attempt& attempt, double elapsed_s) {
  const double work_left_s = attempt.need_s - attempt.from_s;
  Standing now;
  double done_s = 0;
  double saved_s = 0;
  if (std::isinf(attempt.plan.interval_s)) {
    done_s = std::min(elapsed_s * attempt.speed, work_left_s);
  } else {
    const double stretch_s = attempt.plan.interval_s / attempt.speed;
    const double cycle_s = stretch_s + attempt.plan.write_s;
    const double cycles = std::min(std::floor(elapsed_s / cycle_s), writes(attempt, work_left_s));
    const double into_s = elapsed_s - cycles * cycle_s;
    saved_s = cycles * attempt.plan.interval_s;
    done_s = std::min({saved_s + into_s * attempt.speed, saved_s + attempt.plan.interval_s, work_left_s});
    now.writing = into_s > stretch_s && done_s < work_left_s;
    now.checkpointing_s = cycles * attempt.plan.write_s + (now.writing ? into_s - stretch_s : 0);
  }
  now.work_s = attempt.from_s + done_s;
  now.saved_s = attempt.from_s + saved_s;
  now.rework_s = std::clamp(attempt.peak_s - attempt.from_s, 0.0, done_s);
  now.productive_s = done_s - now.rework_s;
  return now;
}

Attempt resumed(const Attempt& attempt, const Standing& at_interruption) {
  Attempt next = attempt;
  next.from_s = at_interruption.saved_s;
  next.peak_s = std::max(attempt.peak_s, at_interruption.work_s);
  return next;
}

}  // namespace dure::sim
