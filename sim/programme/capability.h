#pragma once
#include <string>
#include <vector>

#include "sim/programme/programme.pb.h"
#include "sim/programme/scaling_law.h"
#include "sim/random.h"
#include "sim/tenant.h"

namespace dure::sim {

/// What teams make of their compute.
///
///   ln skill = sigma (rho m + sqrt(1 - rho^2) Z)       m merit of the application, Z standard normal, one for each tenant
///   C        = skill x efficiency x into_best x MFU x sum over cards of (efficiency of the card x peak x productive card-time of training)
///   loss     = best loss for C + released x C_open (scaling_law.h)
///
/// C_open: compute behind the best model released so far. Efficiency counts as compute: better software or older cards are the same to the law.
/// Not modelled: quality of data, evaluation on tasks, what is learnt by losing.
class Capability {
 public:
  Capability(const dure::Capability& spec, Seed seed);
  double skill(TenantId tenant, double merit) const;
  /// `training_flop`: peak x productive card-time; 0 gives no model: a loss of 0.
  double flop(double training_flop, double skill) const;
  double loss(double flop, double released_flop = 0) const;
  double card_efficiency(const std::string& card) const;
  double threshold_loss() const { return spec_.threshold_loss(); }
  const std::vector<std::string>& job_classes() const { return job_classes_; }

 private:
  dure::Capability spec_;
  Seed seed_;
  ScalingLaw law_;
  std::vector<std::string> job_classes_;
};

}  // namespace dure::sim
