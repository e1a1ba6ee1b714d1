#pragma once
#include "sim/reliability/checkpointing.h"

namespace dure::sim {

/// The course of one attempt of a job between two events, in closed form: no event per checkpoint.
///
/// The attempt begins with `from_s` of work saved (0 the first time), after staging and restart, and runs
///   D work, write, D work, write, ..., the last stretch without a write
/// at `speed` s: D work takes D/s of wall time, a write takes d whatever the speed. Work at full speed, in seconds.
/// Progress regained up to `peak_s`, the furthest any earlier attempt came, is rework; beyond it is new.
struct Attempt {
  CheckpointPlan plan;
  double from_s = 0;   // saved progress at the start
  double need_s = 0;   // work of the whole job
  double peak_s = 0;   // furthest progress of earlier attempts; equals from_s if nothing was lost
  double speed = 1;    // above 0, at most 1
};

/// Where an attempt stands after some wall time.
struct Standing {
  double work_s = 0;           // progress
  double saved_s = 0;          // progress a restart would begin from
  double rework_s = 0;         // work done so far in this attempt that had been done before
  double productive_s = 0;     // work done so far in this attempt for the first time
  double checkpointing_s = 0;  // wall time spent writing
  bool writing = false;        // stands still, saving
  double lost_s() const { return work_s - saved_s; }  // if it were interrupted now
};

double wall_s(const Attempt& attempt);                       // from the first step to the end of the work
Standing standing(const Attempt& attempt, double elapsed_s);  // at most wall_s
/// The attempt that follows an interruption.
Attempt resumed(const Attempt& attempt, const Standing& at_interruption);

}  // namespace dure::sim
