#include "sim/workload/archetypes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {

std::vector<ApplicantKind> make_applicant_kinds(const dure::Projects& spec) {
  std::vector<ApplicantKind> kinds;
  for (const auto& row : spec.archetype()) {
    const std::string path = fmt::format("workload.projects.archetype[{}]", row.archetype());
    const auto kind = tenant_kind_named(row.archetype());
    if (!kind)
      throw ScenarioError(path + ".archetype",
                          {fmt::format("\"{}\" is no kind of applicant", row.archetype()),
                           fmt::format("\"{}\"은(는) 신청 기관 유형이 아닙니다", row.archetype())},
                          {fmt::format("one of {}", fmt::join(kTenantKindNames, ", ")),
                           fmt::format("{} 중 하나를 쓰십시오", fmt::join(kTenantKindNames, ", "))});
    if (std::any_of(kinds.begin(), kinds.end(), [&](const ApplicantKind& known) { return known.kind == *kind; }))
      throw ScenarioError(path, {fmt::format("archetype \"{}\" is given twice", row.archetype()),
                                 fmt::format("기관 유형 \"{}\"이(가) 두 번 나옵니다", row.archetype())});
    const PhaseShares phases = {row.explore(), row.fine_tune(), row.pre_train(), row.distil(), row.rl_post_train(), row.serve()};
    const double term = std::accumulate(phases.begin(), phases.end(), 0.0);
    if (std::abs(term - 1) > 1e-6)
      throw ScenarioError(
          path,
          {fmt::format("the six phases of archetype \"{}\" sum to {:.4g}; they share one term and must sum to 1", row.archetype(), term),
           fmt::format("기관 유형 \"{}\"의 여섯 단계 비중 합이 {:.4g}입니다. 합이 1이어야 합니다", row.archetype(), term)});
    kinds.push_back({*kind, row.applicant_share(), spec.cards_median() * row.cards_scale(), row.dataset_median_tb() * kTB_bytes, phases});
  }
  if (kinds.empty())
    throw ScenarioError("workload.projects.archetype",
                        {"projects have no archetype, so nobody would apply", "과제에 archetype이 없어 신청자가 없습니다"},
                        {"set archetype_table: \"platforms/workload/archetypes.csv\"",
                         "archetype_table: \"platforms/workload/archetypes.csv\"를 쓰십시오"});
  double all = 0;
  for (const ApplicantKind& kind : kinds) all += kind.applicant_share;
  if (std::abs(all - 1) > 1e-6)
    throw ScenarioError("workload.projects.archetype",
                        {fmt::format("applicant_share of the archetypes sums to {:.4g}; it must sum to 1", all),
                         fmt::format("기관 유형의 applicant_share 합이 {:.4g}입니다. 합이 1이어야 합니다", all)});
  return kinds;
}

int cards_asked(double median, const dure::Projects& spec, Random& random) {
  const double drawn = std::min(random.lognormal(median, spec.cards_sigma()), double(spec.cards_max()));
  const int step = spec.cards_step();
  const int up = step * std::max(1, static_cast<int>(std::ceil(drawn / step)));
  return up <= spec.cards_max() ? up : std::max(1, spec.cards_max() / step * step);
}

}  // namespace dure::sim
