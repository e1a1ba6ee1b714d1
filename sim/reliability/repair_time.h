#pragma once
#include <string>
#include <vector>

#include "sim/random.h"
#include "sim/reliability/reliability.pb.h"

namespace dure::sim {

/// What broke and how long the node is out.
struct Repair {
  int cause = 0;            // index into Repairs::causes()
  double repair_s = 0;      // from fault to service, usual waits for crew and parts included
  bool needs_part = false;  // a long repair that takes a part from stock
};

/// Cause of a fault by share, and its time out of service: a quick reset or a long repair.
///
///   T ~ q LN(m_q, s_q) + (1 - q) LN(m_c, s_c)
///
/// LN(m, s): log-normal with median m and sigma s of ln T; q share of quick resets; c the cause. Without a table of
/// causes there is one, "hardware". Source of the defaults: fitted to 584 repairs of 400 nodes (StepFun,
/// data/infinitehbd): median 20.4 h, mean 133 h, 95th percentile 722 h. An exponential with that mean misses both ends.
/// The measured times already contain diagnosis and the wait for crews and parts.
class Repairs {
 public:
  explicit Repairs(const ::dure::Reliability& spec);
  int draw_cause(Random& random) const;
  Repair draw(Random& random, int cause) const;
  const std::vector<std::string>& causes() const { return names_; }
  double mean_s() const;  // exact mean over causes

 private:
  struct Class {
    double cumulative = 0;  // share of this cause and those before it
    double quick_share = 0;
    double median_s = 0;
    double sigma = 0;
    bool needs_part = true;
  };
  std::vector<std::string> names_;
  std::vector<Class> classes_;
  double quick_median_s_;
  double quick_sigma_;
};

}  // namespace dure::sim
