#pragma once
// Several scenarios that are one run until something tells them apart.
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/engine/supply_side.h"
#include "sim/programme/programme.h"

namespace dure::sim {

/// A scenario that a run may turn out to be, with what of it lies ahead.
struct Future {
  Future(std::size_t number, const ::dure::Scenario& scenario, Seed seed);

  std::size_t number;                          // among the scenarios that were given
  const ::dure::Scenario* scenario;
  Facts facts;                                 // as it is by itself
  Fleet fleet;                                 // numbered like those of the others
  std::vector<PlannedSupply> supply;           // of `fleet`
  std::vector<std::vector<SupplyStep>> cards;  // of `fleet`, by pool
  std::shared_ptr<Programme> programme;
  std::vector<Round> rounds;
};

/// The scenarios that one run stands for.
///
/// A run goes as one scenario, `now`, and stands for others too as long as nothing it does would differ in them. They part
///
///   when time comes to something planned that they do not share: a day of a tranche or node, a call;
///   when the run reads a fact that differs, whenever that fact comes true: cards a grant can count on, a pool that is gone for good;
///   at the end of the run, where money is counted and metrics are made.
///
/// To part is to fork: those for whom it is otherwise go on in a process of their own, in which `now` is one of them, from the same
/// instruction on; what was read is read again. Everything up to there is what each of them would have done by itself, so results are the same
/// to the last bit. docs/decisions/shared-past.md says which scenarios may begin together.
class Futures {
 public:
  /// Which of the scenarios may begin together: their numbers, group by group, in order. A scenario that a model refuses is by itself.
  static std::vector<std::vector<std::size_t>> groups(std::span<const ::dure::Scenario* const> scenarios, Seed seed);

  /// Scenarios of one group. `fork` makes a process and is true in the new one.
  Futures(std::span<const ::dure::Scenario* const> scenarios, std::span<const std::size_t> group, Seed seed, std::function<bool()> fork);

  const Future& now() const { return *now_; }
  bool alone() const { return others_.empty(); }
  std::vector<std::size_t> numbers() const;    // of all the run stands for
  double apart_since_s() const { return apart_since_s_; }   // when this process began; 0: it is the first

  /// In a process that has just become another: `before` is what it was; until `same_until_s` both plan the same.
  std::function<void(const Future& before, double same_until_s)> became;
  std::function<double()> time_s;
  std::function<void()> parted;                // after every parting, in both processes

  /// Parts from those that plan something else before or at `until_s`. True in a new process, where the next instant may be another.
  bool part_before(double until_s) { return until_s >= next_parting_s_ && part([&](const Future& other) { return same_until_s(*now_, other) <= until_s; }); }
  /// Parts from those for whom `read(Future)` is something else.
  template <class Read>
  void agree(Read read) {
    while (!others_.empty() && part([&, mine = read(*now_)](const Future& other) { return read(other) != mine; })) {}
  }
  /// Parts from all others, one by one.
  void part_from_all() {
    while (!others_.empty() && !part([&](const Future& other) { return &other == others_.front(); })) {}
  }

 private:
  template <class Differs>
  bool part(Differs differs) {
    std::vector<const Future*> apart, on;
    for (const Future* other : others_) (differs(*other) ? apart : on).push_back(other);
    return !apart.empty() && part_from(std::move(apart), std::move(on));
  }
  bool part_from(std::vector<const Future*> apart, std::vector<const Future*> on);
  void find_next_parting();
  static double same_until_s(const Future& a, const Future& b);

  std::vector<std::unique_ptr<Future>> all_;
  const Future* now_ = nullptr;
  std::vector<const Future*> others_;
  std::function<bool()> fork_;
  double next_parting_s_ = 0;
  double apart_since_s_ = 0;
};

}  // namespace dure::sim
