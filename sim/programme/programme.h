#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/calendar.h"
#include "sim/job.h"
#include "sim/programme/programme.pb.h"
#include "sim/random.h"
#include "sim/tenant.h"

namespace dure::sim {

/// One call on the day its grants are decided and begin.
struct Round {
  std::string call;
  double decided_s = 0;
  /// Most cards the call grants in all. `rounds()` sets the programme's own limit; whoever knows what is free lowers it
  /// before `decide`, for quotas are shares of it.
  int cards_on_offer = kNoLimit;
  static constexpr int kNoLimit = 0x7fffffff;
  /// Applicants that come of themselves; none: as many as the workload says. Teams of an earlier round come besides.
  std::optional<int> newcomers = {};
  std::vector<TenantKind> kinds = {};   // that newcomers may be of; none: every kind
  /// The round whose projects apply again, whatever has become of them; their applications stand first, best seat unknown.
  std::optional<std::size_t> continues = {};
  std::size_t part = 0;   // of several rules side by side
  double share = 1;       // of the public cards in service that its part may grant
  bool borrows = true;    // ... and what other parts have not granted and will not before the grant ends
  double winner_payment_krw = 0;   // to each team whose grant of this round ends in it
  bool is_contest = false;         // a stage: nobody comes in after it was decided
  bool is_last_stage = false;
  std::size_t stage = 0;           // of a contest
  double ends_s = std::numeric_limits<double>::infinity();   // no grant of it, and none made later in its name, outlives this
};

/// Finds a pool with room for that many cards, from the day of the round to the end of the grant, and books it; none if there is no such pool.
using Seat = std::function<std::optional<PoolId>(const Application&, int cards, double end_s)>;

/// Who may use how much.
class Programme {
 public:
  virtual ~Programme() = default;

  /// Calls in order of time; empty if nothing is granted.
  virtual std::vector<Round> rounds() const { return {}; }

  /// Calls that would be decided after the end of the run, and so are not in it.
  virtual int rounds_after_end() const { return rounds().empty() ? 1 : 0; }   // a rule with one first day

  /// Grants of a round, best first; an application without a grant is refused. `jury` is a stream of the round.
  virtual std::vector<Grant> decide(const Round&, std::span<const Application>, const Seat&, Random& /*jury*/) const { return {}; }

  /// What applicants of a kind know they would pay for a card-hour, as a share of the market price.
  virtual double price_share(const Round&, TenantKind) const { return 0; }

  /// May this job start now, beside what its project holds? A job outside projects is granted nothing.
  virtual bool admits(const Job& job, int cards_granted, double cards_in_use) const = 0;
};

/// The programme a scenario asks for; without a rule the queue is open. `regions` by RegionId. Throws ScenarioError.
std::unique_ptr<Programme> make_programme(const dure::Programme& spec, const Calendar& calendar, double horizon_s,
                                          std::span<const std::string> regions);

/// Names of the models of this room.
std::vector<std::string_view> programme_models();

}  // namespace dure::sim
