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
  if (spec.has_response()) response_.emplace(spec.response());
  double sum = 0;
  for (const DemandRegion& region : regions_) sum += region.demand_share;
  if (std::abs(sum - 1) > kSharesTolerance)
    throw ScenarioError("region.demand_share",
                        {fmt::format("demand_share of the regions sums to {:.4g}; projects need it to sum to 1", sum),
                         fmt::format("권역의 demand_share 합이 {:.4g}입니다. 과제 신청에는 합이 1이어야 합니다", sum)});
  if (spec.has_applicants_on()) reference_s_ = calendar.at_s(parse_date(spec.applicants_on()));
}

double Applicants::share_of(std::size_t kind, std::span<const TenantKind> kinds) const {
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), kinds_[kind].kind) == kinds.end()) return 0;
  return kinds_[kind].applicant_share * (response_ ? response_->candidates(group_of(kinds_[kind].kind)) : 1);
}

bool Applicants::has_kind(std::span<const TenantKind> kinds) const {
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    if (share_of(i, kinds) > 0) return true;
  return false;
}

TenantId Applicants::new_tenant(Random& random, std::span<const TenantKind> kinds) {
  const auto share = [&](std::size_t i) { return share_of(i, kinds); };
  double all_shares = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    all_shares += share(i);
    if (share(i) > 0) last = i;
  }
  const std::size_t kind = std::min(last, draw_by_share(kinds_.size(), share, response_ || !kinds.empty() ? all_shares : 1.0, random));
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

void Applicants::answered(const Application& application, bool granted) {
  if (index(application.tenant) >= refusals_.size()) refusals_.resize(index(application.tenant) + 1);
  int& refusals = refusals_[index(application.tenant)];
  refusals = granted ? 0 : refusals + 1;
}

bool Applicants::respond(Application& made, const Prices& prices, Random& own) {
  const TenantGroup group = group_of(made.kind);
  const double price = prices[std::size_t(group)];
  const int refusals = index(made.tenant) < refusals_.size() ? refusals_[index(made.tenant)] : 0;
  const Response::Candidate candidate = response_->draw(group, made.merit, own);
  if (!response_->applies(candidate, price)) return ++answers_.priced_out, false;
  if (candidate.gives_up && refusals > 0) return ++answers_.gave_up, false;
  const auto whole = [&](double cards) { return std::clamp(int(std::ceil(cards / spec_.cards_step() - 1e-9)) * spec_.cards_step(), 1, spec_.cards_max()); };
  made.value_share = candidate.value_share;
  made.need = std::max(1, int(std::ceil(response_->need(candidate, group, made.cards) - 1e-9)));
  made.cards = whole(response_->asks(candidate, group, made.cards, price, refusals));
  made.need = std::min(made.need, made.cards);
  answers_.excess_cards += made.cards - made.need;
  return true;
}

std::vector<Application> Applicants::call(int round, double decided_s, std::optional<int> how_many, const Prices& prices, std::span<const TenantKind> kinds) {
  if (!reference_s_) reference_s_ = decided_s;
  const double years = (decided_s - *reference_s_) / kYear_s;
  double expected = how_many ? *how_many : spec_.applicants_per_call() * std::pow(1 + spec_.growth_per_year(), years);
  if (response_ && !how_many) {
    double candidates = 0;
    for (const ApplicantKind& kind : kinds_) candidates += kind.applicant_share * response_->candidates(group_of(kind.kind));
    expected *= candidates;
  }
  const auto n = static_cast<std::size_t>(std::llround(expected));
  Random who(seed_, fmt::format("call/{}", round));

  std::vector<std::size_t> may_return;  // places in known_
  for (std::size_t i = 0; i < known_.size(); ++i)
    if (kinds.empty() || std::find(kinds.begin(), kinds.end(), kinds_[kind_of_known_[i]].kind) != kinds.end()) may_return.push_back(i);

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
      new_tenant(who, kinds);
    }
    const ApplicantKind& kind = kinds_[kind_of_known_[place]];
    const Tenant& tenant = population_.tenants[index(known_[place])];
    Random own(seed_, fmt::format("project/{}", draws_));

    Application made;
    made.draw = draws_++;
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
    if (response_ && !how_many && !respond(made, prices, own)) continue;
    made.project = static_cast<ProjectId>(projects_++);
    applications.push_back(made);
  }
  return applications;
}

std::unique_ptr<Source> Applicants::work(const Application& application, const Grant& grant, double ready_s, CardTypeId card, std::shared_ptr<const int> cards_left,
                                         const Batching* batching) const {
  const auto kind = std::find_if(kinds_.begin(), kinds_.end(), [&](const ApplicantKind& known) { return known.kind == application.kind; });
  SIM_CHECK(kind != kinds_.end(), "an application of a kind nobody is");
  SIM_CHECK(grant.project == application.project, "a grant of another project");
  return std::make_unique<ProjectWork>(plan_, kind->phases, application, grant, ready_s, seed_, calendar_, card, std::move(cards_left), batching);
}

}  // namespace dure::sim
