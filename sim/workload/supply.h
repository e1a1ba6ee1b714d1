#pragma once
#include <vector>

namespace dure::sim {

/// Cards in service over time, as a source that scales itself to them must know them: steps in order of time.
struct Supply {
  struct Step {
    double from_s = 0;  // holds until the next step
    double cards = 0;
  };
  std::vector<Step> steps;
  int largest_job_cards = 0;  // of the largest pool there will ever be: no job may ask for more

  static Supply constant(int cards) { return {{{0.0, double(cards)}}, cards}; }
};

}  // namespace dure::sim
