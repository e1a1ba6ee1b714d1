#include "sim/workload/response.h"

#include <algorithm>
#include <cmath>

#include "sim/workload/run_time.h"

namespace dure::sim {
namespace {
constexpr int kRefusalsThatCount = 3;
}

Response::Response(const dure::Response& spec)
    : spec_(spec),
      median_{spec.value_academia(), spec.value_small_firm(), spec.value_firm()},
      reference_{spec.reference_academia(), spec.reference_small_firm(), spec.reference_firm()} {
  for (std::size_t group = 0; group < kTenantGroups; ++group) {
    const double above = std::log(median_[group]) - std::log(std::max(reference_[group], 1e-300));
    const double applies = spec.value_sigma() > 0 ? normal_cdf(above / spec.value_sigma()) : above >= 0 ? 1 : 0;
    candidates_[group] = 1 / std::max(applies, 1e-3);   // at a price that one in a thousand pays the reference says nothing
  }
}

Response::Candidate Response::draw(TenantGroup group, double merit, Random& random) const {
  const double shown = spec_.value_shows_merit();
  Candidate made;
  made.value_share = median_[std::size_t(group)] * std::exp(spec_.value_sigma() * (shown * merit + std::sqrt(1 - shown * shown) * random.normal(0, 1)));
  made.hoards = random.chance(spec_.hoarder_share());
  made.gives_up = random.chance(spec_.gives_up_share());
  return made;
}

double Response::excess(double price_share, int refusals) const {
  return (spec_.excess_free() + spec_.excess_per_refusal() * std::min(refusals, kRefusalsThatCount)) * std::max(0.0, 1 - price_share / spec_.price_without_excess());
}

double Response::need(const Candidate& candidate, TenantGroup group, double drawn) const {
  return candidate.hoards ? drawn / (1 + excess(reference_[std::size_t(group)], 0)) : drawn;
}

double Response::asks(const Candidate& candidate, TenantGroup group, double drawn, double price_share, int refusals) const {
  return candidate.hoards ? need(candidate, group, drawn) * (1 + excess(price_share, refusals)) : drawn;
}

}  // namespace dure::sim
