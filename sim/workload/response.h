#pragma once
#include <array>

#include "sim/random.h"
#include "sim/tenant.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// How applicants answer to price and refusal.
///
///   value    ln v = ln m_g + sigma (rho merit + sqrt(1 - rho^2) Z)      most one pays, as a share of the market price; g: group
///   applies  if v >= p_g, the price its group would pay
///   asks     need x (1 + e) where e = (e_0 + e_r min(r, 3)) max(0, 1 - p_g / p_0) for hoarders, else 0;  r refusals in a row
///   returns  after a refusal with probability 1 - `gives_up_share`
///
/// The counts and sizes of `projects` hold at the reference prices p_g* and r = 0, so need = drawn / (1 + e*), and candidates of group g are
/// 1 / P(v >= p_g*) times as many as its applicants there. Every constant is an assumption but the reference prices.
class Response {
 public:
  explicit Response(const dure::Response& spec);

  /// Candidates for one applicant at the reference price.
  double candidates(TenantGroup group) const { return candidates_[std::size_t(group)]; }

  struct Candidate {
    double value_share = 0;
    bool hoards = false;
    bool gives_up = false;   // if it was refused last time
  };
  Candidate draw(TenantGroup group, double merit, Random& random) const;
  bool applies(const Candidate& candidate, double price_share) const { return candidate.value_share >= price_share; }
  /// Cards of work behind a request of `drawn` cards at the reference price.
  double need(const Candidate& candidate, TenantGroup group, double drawn) const;
  double asks(const Candidate& candidate, TenantGroup group, double drawn, double price_share, int refusals) const;

 private:
  double excess(double price_share, int refusals) const;

  dure::Response spec_;
  std::array<double, kTenantGroups> median_;
  std::array<double, kTenantGroups> reference_;
  std::array<double, kTenantGroups> candidates_;
};

}  // namespace dure::sim
