#pragma once
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "sim/job.h"

namespace dure::sim {

/// People of one project know their cards and hold a job back while colleagues use them.
///
/// The project keeps its own plan of its G cards: a job that somebody wants at time u begins, in the plan, at the first
/// t >= u at which it fits beside what the plan has running (earlier wishes are asked first; a smaller one may slip in), and
/// holds its cards for work x (1 + slack). It is handed in at
///
///   submit = max(u, t - ahead)
///
/// Without this, jobs of a project 80 % busy would pile up for days behind its own grant, which nobody does; with it, what
/// is waiting in the queue waits for the centre. The plan does not see the centre. Assumed, not measured.
class HoldBack {
 public:
  HoldBack(int cards, double ahead_s, double slack) : free_milli_(1000L * cards), ahead_s_(ahead_s), slack_(slack) {}

  /// A job wanted at `job.submit_s`; wishes come in order of time.
  void want(const Job& job, std::vector<Job>& handed_in);
  /// The project has so many cards less from now on; held jobs that are larger than what is left are given up.
  void lose(int cards, int cards_left);
  /// Lets the plan run to this moment.
  void advance(double until_s, std::vector<Job>& handed_in);

 private:
  using End = std::pair<double, std::int64_t>;  // when, thousandths of a card
  void begin(Job job, std::int64_t milli, double at_s, std::vector<Job>& handed_in);

  std::int64_t free_milli_;
  double ahead_s_;
  double slack_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::vector<std::int64_t> held_milli_;  // of the jobs held, in order of wishes
  std::vector<Job> held_;
};

}  // namespace dure::sim
