#pragma once
#include <algorithm>

#include "sim/engine/ledger.h"

namespace dure::sim {

/// How far a job is, in seconds of its work at full speed, and what an interruption costs it.
///
///   done      progress now: everything below it is done
///   best      furthest it ever was; between done and best every card-second is rework
///   saved     what the last checkpoint holds; an interruption sets done back to it
struct Progress {
  double work_s = 0;
  double done_s = 0;
  double best_s = 0;
  double saved_s = 0;

  bool finished() const { return done_s >= work_s; }
  bool regaining() const { return done_s < best_s; }
  /// Where the present stage ends: progress regained, or work done.
  double goal_s() const { return regaining() ? best_s : work_s; }
  void advance(double by_s) {
    done_s = std::min(done_s + by_s, work_s);
    best_s = std::max(best_s, done_s);
  }
  void stretch(double by) {  // all of it, on a card of another speed
    work_s *= by;
    done_s *= by;
    best_s *= by;
    saved_s *= by;
  }
  void interrupt() { done_s = saved_s; }
  double lost_s() const { return best_s - done_s; }  // done once, and (so far) not again
};

/// What comes before a run, in seconds: its loads and its restart. In full fidelity they are stages of their own.
struct LeadIn {
  double staging_s = 0;
  double restart_s = 0;
};

/// What a running job's cards do: with checkpoint share c, active fraction a and speed s of n cards,
///
///   checkpointing c n;   of the rest:  a s productive or rework,  a (1 - s) throttled,  1 - a held idle
///
/// in billionths of a card that sum to n exactly (the remainder of rounding is held idle). In planning fidelity n is what a
/// lead-in of shares l and r of the time leaves of them: l staging, r restarting.
struct RunShares {
  NanoCards staging = 0;
  NanoCards restarting = 0;
  NanoCards checkpointing = 0;
  NanoCards working = 0;    // productive or rework
  NanoCards throttled = 0;
  NanoCards held_idle = 0;

  static RunShares of(NanoCards cards, double checkpoint_share, double active_fraction, double speed, double staging_share = 0, double restart_share = 0) {
    RunShares shares;
    shares.staging = NanoCards(double(cards) * staging_share);
    shares.restarting = NanoCards(double(cards) * restart_share);
    cards -= shares.staging + shares.restarting;
    shares.checkpointing = NanoCards(double(cards) * checkpoint_share);
    const double rest = double(cards - shares.checkpointing);
    shares.working = NanoCards(rest * active_fraction * speed);
    shares.throttled = NanoCards(rest * active_fraction * (1 - speed));
    shares.held_idle = cards - shares.checkpointing - shares.working - shares.throttled;
    return shares;
  }
};

}  // namespace dure::sim
