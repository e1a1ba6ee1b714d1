#pragma once
#include <vector>

#include "sim/random.h"
#include "sim/tenant.h"
#include "sim/workload/phases.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// A kind of applicant (proto Archetype), ready to be drawn from.
struct ApplicantKind {
  TenantKind kind = TenantKind::kOther;
  double applicant_share = 0;
  double cards_median = 0;
  double dataset_median_bytes = 0;
  PhaseShares phases{};  // of the term
};

/// Throws ScenarioError for an unknown kind, one given twice, and shares that do not sum to one.
std::vector<ApplicantKind> make_applicant_kinds(const dure::Projects& spec);

/// Cards a project asks for, in whole servers of c cards, at most `cards_max`:
///
///   cards = c ceil(min(X, max) / c),   X log-normal
///
/// Median 7 and sigma 1.6 in servers of 8, cut at 256, have a mean of 26.4; round 1 of the national call asked for
/// 13,712 / 514 = 26.7 (1,714 whole servers), and granted 4,224 / 159 = 26.6 (korea/demand_rounds.csv).
int cards_asked(double median, const dure::Projects& spec, Random& random);

}  // namespace dure::sim
