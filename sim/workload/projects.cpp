#include "sim/workload/projects.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kSharesTolerance = 0.005;  // tables round to 0.001
constexpr double kShortestTerm_months = 3;

/// Index drawn in proportion to `share_of(0..n-1)`, which sum to about one.
template <class ShareOf>
std::size_t draw_by_share(std::size_t n, ShareOf share_of, double total, Random& random) {
  double left = random.uniform() * total;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    left -= share_of(i);
    if (left < 0) return i;
  }
  return n - 1;
}

}  // namespace

Applicants::Applicants(const dure::Projects& spec, Population& population, std::vector<DemandRegion> regions, Seed seed,
                       const Calendar& calendar, std::shared_ptr<const ModelTimes> times)
    : spec_(spec),
      population_(population),
      regions_(std::move(regions)),
      seed_(seed),
      calendar_(calendar),
      kinds_(make_applicant_kinds(spec)),
      plan_(make_work_plan(spec, population, std::move(times))) {
  double sum = 0;
  for (const DemandRegion& region : regions_) sum += region.demand_share;
  if (std::abs(sum - 1) > kSharesTolerance)
    throw ScenarioError("region.demand_share",
                        {fmt::format("demand_share of the regions sums to {:.4g}; projects need it to sum to 1", sum),
                         fmt::format("권역의 demand_share 합이 {:.4g}입니다. 과제 신청에는 합이 1이어야 합니다", sum)});
  if (spec.has_applicants_on()) reference_s_ = calendar.at_s(parse_date(spec.applicants_on()));
}

TenantId Applicants::new_tenant(Random& random) {
  const std::size_t kind = draw_by_share(
      kinds_.size(), [&](std::size_t i) { return kinds_[i].applicant_share; }, 1.0, random);
  double all = 0;
  for (const DemandRegion& region : regions_) all += region.demand_share;
  const std::size_t region = draw_by_share(
      regions_.size(), [&](std::size_t i) { return regions_[i].demand_share; }, all, random);
  const auto id = static_cast<TenantId>(population_.tenants.size());
  population_.tenants.push_back({fmt::format("{}-{:05}", kTenantKindNames[std::size_t(kinds_[kind].kind)], known_.size() + 1),
                                 kinds_[kind].kind, static_cast<RegionId>(region)});
  known_.push_back(id);
  kind_of_known_.push_back(kind);
  return id;
}

std::vector<Application> Applicants::call(int round, double decided_s, std::optional<int> how_many) {
  if (!reference_s_) reference_s_ = decided_s;
  const double years = (decided_s - *reference_s_) / kYear_s;
  const auto n = how_many ? static_cast<std::size_t>(*how_many) : static_cast<std::size_t>(std::llround(spec_.applicants_per_call() * std::pow(1 + spec_.growth_per_year(), years)));
  Random who(seed_, fmt::format("call/{}", round));

  std::vector<std::size_t> may_return(known_.size());  // places in known_
  for (std::size_t i = 0; i < may_return.size(); ++i) may_return[i] = i;

  std::vector<Application> applications;
  applications.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t place = known_.size();
    if (!may_return.empty() && who.chance(spec_.returning_share())) {
      std::size_t& drawn = may_return[static_cast<std::size_t>(who.uniform() * double(may_return.size()))];
      place = drawn;
      drawn = may_return.back();
      may_return.pop_back();
    } else {
      new_tenant(who);
    }
    const ApplicantKind& kind = kinds_[kind_of_known_[place]];
    const Tenant& tenant = population_.tenants[index(known_[place])];
    Random own(seed_, fmt::format("project/{}", projects_));

    Application& made = applications.emplace_back();
    made.project = static_cast<ProjectId>(projects_++);
    made.tenant = known_[place];
    made.kind = tenant.kind;
    made.region = tenant.region;
    made.cards = cards_asked(kind.cards_median, spec_, own);
    made.months = own.chance(spec_.full_term_share()) ? spec_.months_max() : own.uniform(kShortestTerm_months, spec_.months_max());
    made.merit = own.normal(0, 1);
    made.dataset_bytes = kind.dataset_median_bytes > 0
                             ? std::min(own.lognormal(kind.dataset_median_bytes, spec_.dataset_sigma()), spec_.dataset_max_tb() * kTB_bytes)
                             : 0;
    made.card_type = kAnyCardType;
  }
  return applications;
}

std::unique_ptr<Source> Applicants::work(const Application& application, const Grant& grant, double ready_s, CardTypeId card) const {
  const auto kind = std::find_if(kinds_.begin(), kinds_.end(), [&](const ApplicantKind& known) { return known.kind == application.kind; });
  SIM_CHECK(kind != kinds_.end(), "an application of a kind nobody is");
  SIM_CHECK(grant.project == application.project, "a grant of another project");
  return std::make_unique<ProjectWork>(plan_, kind->phases, application, grant, ready_s, seed_, calendar_, card);
}

}  // namespace dure::sim
