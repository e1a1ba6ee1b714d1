#pragma once
// How far the public cards in service were used: over the run, by year, by month, and by region.
#include <map>
#include <vector>

#include "sim/engine/run_state.h"

namespace dure::sim {

/// utilisation = allocated / (allocated + free) card-time of public cards in service
///
/// What a job holds counts as used, whatever it does with it; cards that are down or the operator's own are in neither.
class Utilisation {
 public:
  explicit Utilisation(const RunState& run) : run_(run), by_region_(run.names.regions.size()) {}

  /// What a pool spent in an account on a day that ended.
  void book(PoolId pool, Date day, Account account, double card_s);
  void add_metrics(Summary& summary) const;

 private:
  struct Use {
    double allocated_s = 0, free_s = 0;
    void add(CardState state, double card_s) { (is_free(state) ? free_s : allocated_s) += card_s; }
    void add(const Use& other) {
      allocated_s += other.allocated_s;
      free_s += other.free_s;
    }
    std::optional<double> share() const { return allocated_s + free_s > 0 ? std::optional(allocated_s / (allocated_s + free_s)) : std::nullopt; }
  };
  const RunState& run_;
  std::map<int, Use> by_month_;  // Calendar::month_index
  std::vector<Use> by_region_;   // of the site
};

}  // namespace dure::sim
