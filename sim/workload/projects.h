#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/calendar.h"
#include "sim/random.h"
#include "sim/tenant.h"
#include "sim/workload/archetypes.h"
#include "sim/workload/phases.h"
#include "sim/workload/response.h"
#include "sim/workload/source.h"

namespace dure::sim {

/// A region as applicants know it; RegionId is its place in the vector.
struct DemandRegion {
  std::string name;
  double demand_share = 0;  // of applicants
};

/// Everyone who answers calls, and the work of those who are granted cards.
///
/// Applicants of a call t years after the reference call:  n = n_0 (1 + g)^t, rounded. Kind by `applicant_share`, region by
/// `demand_share`; from the second call on, some are tenants who have applied before (at most one application a call).
/// Merit is standard normal and independent of kind and size: in round 1 academia got 31 % of the cards it asked and
/// the others 31 % too, and a granted project was as large as an asking one.
///
/// With `response` candidates of each call look at the price and at their last refusal before they apply (response.h).
///
/// Chance: "call/<round>" for who comes, "project/<draw>" for what it asks, "project/<draw>/work" for its jobs; the draw counts
/// candidates, so that those who apply at two prices are the same.
class Applicants {
 public:
  /// `population` gets the tenants, and has the job classes already; it must outlive this. Throws ScenarioError.
  /// `times` of work on named models; none: all run times are drawn.
  Applicants(const dure::Projects& spec, Population& population, std::vector<DemandRegion> regions, Seed seed, const Calendar& calendar,
             std::shared_ptr<const ModelTimes> times = nullptr);

  /// Share of the market price that each group would pay.
  using Prices = std::array<double, kTenantGroups>;

  /// Rounds in order, from 0. `how_many` come; without it as many as the law above says. Where `kinds` are named, all are of them.
  std::vector<Application> call(int round, double decided_s, std::optional<int> how_many = {}, const Prices& prices = {}, std::span<const TenantKind> kinds = {});
  bool has_kind(std::span<const TenantKind> kinds) const;  // somebody of them may come
  /// What became of an application: who is refused may give up, or ask for more next time.
  void answered(const Application& application, bool granted);

  /// Candidates that stayed away, and cards asked beyond need, over all calls.
  struct Answers {
    int priced_out = 0;
    int gave_up = 0;
    double excess_cards = 0;
  };
  const std::optional<Response>& response() const { return response_; }
  const Answers& answers() const { return answers_; }
  /// The jobs of a granted project; nothing before `ready_s`, when its data has arrived.
  /// `card`: type of the cards it was granted. `cards_left`: where it looks whether the grant was cut. `batching`: merges its small jobs.
  std::unique_ptr<Source> work(const Application& application, const Grant& grant, double ready_s, CardTypeId card = kAnyCardType, std::shared_ptr<const int> cards_left = nullptr,
                               const Batching* batching = nullptr) const;

 private:
  double share_of(std::size_t kind, std::span<const TenantKind> kinds) const;
  TenantId new_tenant(Random& random, std::span<const TenantKind> kinds);
  bool respond(Application& made, const Prices& prices, Random& own);   // false: it does not apply

  dure::Projects spec_;
  Population& population_;
  std::vector<DemandRegion> regions_;
  Seed seed_;
  Calendar calendar_;
  std::vector<ApplicantKind> kinds_;
  std::shared_ptr<const WorkPlan> plan_;
  std::optional<double> reference_s_;       // when there were `applicants_per_call`
  std::vector<TenantId> known_;             // have applied before
  std::vector<std::size_t> kind_of_known_;  // index into kinds_, beside known_
  std::optional<Response> response_;
  std::vector<int> refusals_;               // in a row, by TenantId
  Answers answers_;
  std::uint32_t projects_ = 0;
  std::uint32_t draws_ = 0;                 // candidates, whether they applied or not
};

}  // namespace dure::sim
