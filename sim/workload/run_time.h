#pragma once
#include "sim/random.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// How long jobs of a class run: early ends (crash, debugging) mixed with real runs.
///
///   D = min(L, M e^(sigma Z)),  with (M, sigma) = (M_s, sigma_s) with probability q, (M_l, sigma_l) otherwise
///
/// q `short_share`; M medians; Z standard normal; L `max_h`. One log-normal misses both ends of real logs (sd of ln D
/// 1.9-2.6); see docs/rooms/workload-projects.md. The mean is closed:
///
///   E min(L, X) = M e^(sigma^2/2) Phi((ln(L/M) - sigma^2)/sigma) + L (1 - Phi(ln(L/M)/sigma))
class RunTime {
 public:
  explicit RunTime(const dure::JobPattern& spec);

  struct Draw {
    double work_s;
    bool early;
  };
  Draw draw(Random& random) const;
  double mean_s() const { return mean_s_; }
  /// The same law with another median of the real runs.
  RunTime with_real_median(double median_s) const;

  /// What is left of the run in progress at a moment that knows nothing of its age: uniform over a length-biased run.
  double residual_s(Random& random) const;

 private:
  struct Part {
    double share, log_median, sigma;
    double mean_s;  // cut at max_s
  };
  double length_biased_s(const Part& part, Random& random) const;

  Part early_;
  Part real_;
  double max_s_;
  double mean_s_;
};

/// P(Z <= z) of the standard normal.
double normal_cdf(double z);

}  // namespace dure::sim
