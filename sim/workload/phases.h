#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "sim/calendar.h"
#include "sim/job.h"
#include "sim/random.h"
#include "sim/tenant.h"
#include "sim/workload/batching.h"
#include "sim/workload/hold_back.h"
#include "sim/workload/model_times.h"
#include "sim/workload/rhythm.h"
#include "sim/workload/run_time.h"
#include "sim/workload/source.h"

namespace dure::sim {

/// What a granted project does, in this order.
enum class Phase : std::uint8_t { kExplore, kFineTune, kPreTrain, kDistil, kRlPostTrain, kServe };
inline constexpr std::size_t kPhases = 6;
inline constexpr std::array<std::string_view, kPhases> kPhaseNames = {"explore", "fine_tune",     "pre_train",
                                                                      "distil",  "rl_post_train", "serve"};
using PhaseShares = std::array<double, kPhases>;  // of a term, or of a phase's card-time

/// Cards a job asks for inside a grant of G cards: log-normal around max(cards_median, grant_share G), rounded up to a
/// power of two below a server and to whole servers above, never more than the grant; some jobs ask for a slice of a card.
class JobSize {
 public:
  JobSize(const dure::JobPattern& spec, int cards_per_server);

  struct Draw {
    int cards;
    int share_milli;  // 0: whole cards
  };
  Draw draw(int granted, Random& random) const;
  double mean_cards(int granted) const;

  struct Size {
    int cards;
    double share;  // of the jobs of whole cards
  };
  std::vector<Size> sizes(int granted) const;
  double sliced_share() const { return sliced_share_; }
  double slice_cards() const { return slice_milli_ / 1000.0; }

 private:
  double median(int granted) const;
  int rounded_up(double cards, int granted) const;
  double median_, grant_share_, sigma_, sliced_share_;
  int slice_milli_, cards_per_server_;
};

/// Jobs of one class inside a project.
struct Pattern {
  JobClassId job_class{};
  PhaseShares share{};  // of each phase's card-time
  JobSize size;
  RunTime run_time;
  double early_failed_share = 0;    // of early ends
  double real_cancelled_share = 0;  // of real runs
  double real_failed_share = 0;
  bool chained = false;
  double burst_jobs = 1;
};

/// What the work of all projects has in common; read-only, shared by their sources.
struct WorkPlan {
  std::vector<Pattern> patterns;
  Rhythm rhythm;
  double intensity = 0;
  double day_sigma = 0;  // of ln of a day's factor, whose mean is one
  double burst_gap_s = 0;
  double estimate_excess_log_median = 0;
  double estimate_excess_sigma = 0;
  bool estimates_are_round = true;
  bool hold_back = true;
  double queue_ahead_s = 0;
  double hold_back_slack = 0;
  std::shared_ptr<const ModelTimes> times = nullptr;  // of work on named models; none: run times are drawn from the patterns
};
/// Throws ScenarioError for a class that does not exist and for shares that do not sum to one.
std::shared_ptr<const WorkPlan> make_work_plan(const dure::Projects& spec, const Population& population, std::shared_ptr<const ModelTimes> times = nullptr);

/// The jobs of one granted project, from the day its data is there to the end of its term.
///
/// A phase of length T offers, on average, exactly
///
///   intensity x G x T   card-seconds, of which pattern k offers its share w_k.
///
/// Open patterns: bursts come as a Poisson process of rate w_k intensity G / (E[cards] E[D] B) x weekday x hour x day factor
/// (log-normal, mean one, a new one every day), B jobs a burst (geometric).
/// Chained patterns: n lanes, each a stationary renewal process of run, pause, run, ...; the pause (exponential) is set so
/// that n lanes hold the same w_k intensity G cards on average; n is the smallest number with lanes at most 97 % busy.
/// Patterns whose class has work on a named model: the median of the real runs of a job follows from the cards it gets (ModelTimes), so the
/// size and the run time are no longer independent, and E[cards D] takes the place of E[cards] E[D]. A job that asks for fewer cards
/// than its model fits on asks for the least that do. With `work_counted_on` the rates are those of that card.
/// These are the moments people want a job; `HoldBack` says when they hand it in. What is still held back at the end of the
/// term is never submitted. With `batching` wishes are merged before they are planned, so that a batch is handed in when it fits the grant.
class ProjectWork final : public Source {
 public:
  ProjectWork(std::shared_ptr<const WorkPlan> plan, const PhaseShares& phases, const Application& application, const Grant& grant,
              double ready_s, Seed seed, const Calendar& calendar, CardTypeId card = kAnyCardType, std::shared_ptr<const int> cards_left = nullptr, const Batching* batching = nullptr);
  bool next(Job& job) override;

 private:
  /// Jobs of one size of a pattern, on the cards they get.
  struct Sized {
    int asked;      // cards drawn
    double share;
    int cards;      // cards it takes
    RunTime run_time;
  };
  struct Means {
    double card_s = 0;  // E[cards D]
    double run_s = 0;   // E[D]
  };
  std::vector<Sized> sized(const Pattern& pattern, CardTypeId card) const;
  Means means(const Pattern& pattern, const std::vector<Sized>& sizes) const;
  const Sized& sized_as(std::size_t pattern, int asked) const;
  struct Open {
    const Pattern* pattern;
    double bursts_per_s;
    double until_next;  // expected bursts that still pass before the next one
  };
  struct Lane {
    const Pattern* pattern;
    double pause_s;  // mean
    double next_s;
  };
  void begin_phase();
  void plan_on(int cards_left);   // of a grant that was cut: people plan smaller jobs from now on
  void fill_day();
  void hand_in();
  void add(const Pattern& pattern, double submit_s);
  void add_burst(const Open& open, double submit_s);

  std::shared_ptr<const WorkPlan> plan_;
  Calendar calendar_;
  Random random_;
  Job made_;  // what all jobs of the project share
  int granted_;               // cards it plans with
  int grant_cards_;           // cards of its grant, as it last knew
  const Batching* batching_;  // none: every job by itself
  std::shared_ptr<const int> cards_left_;   // of a grant that may be cut; none: it stays as it is
  CardTypeId card_;
  std::vector<std::vector<Sized>> sized_;  // by pattern; empty: its run times are drawn whatever the card
  double end_s_;
  std::array<double, kPhases> phase_end_s_{};
  std::size_t phase_ = 0;
  std::vector<Open> open_;
  std::vector<Lane> lanes_;
  HoldBack plan_of_cards_;
  double now_s_;  // wishes before are drawn
  double day_factor_ = 1;
  double day_end_s_;         // of the day the factor belongs to
  std::vector<Job> wanted_;  // wishes not yet given to the plan
  std::vector<Job> ready_;   // in order of submission
  double ready_until_s_;     // nothing submitted before will join `ready_`
  std::size_t at_ = 0;
};

}  // namespace dure::sim
