#pragma once
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/job_walk.h"
#include "sim/engine/outlook.h"
#include "sim/engine/supply_side.h"
#include "sim/network/backbone.h"
#include "sim/programme/capability.h"
#include "sim/programme/credits.h"
#include "sim/programme/people.h"
#include "sim/programme/programme.h"
#include "sim/workload/projects.h"

namespace dure::sim {
struct Future;

std::vector<DemandRegion> demand_regions(const ::dure::Scenario& scenario);

/// Calls, grants and data sets: from an application to a project that may start jobs.
///
/// At a call applicants apply, the programme grants, and each grant gets a pool: home if it has room, else where most room
/// is. The project's data set then travels once, as a flow over the widest path; its jobs wait until it has arrived. A line
/// that is cut fails the flows that cross it: what is left takes another path, or waits for the repair.
class Calls {
 public:
  Calls(RunState& run, JobWalk& walk, const Programme& programme, Backbone& backbone, std::vector<Clock::Line> lines, Outlook& outlook);

  /// Rounds, rule and supply are another's: from `from_s` on they are not what they were.
  void become(const Future& now, double from_s);
  void prepare_paths();             // before the clock is sealed
  void on_call(std::uint32_t round);
  void on_grant_start(std::uint32_t grant);
  void on_grant_end(std::uint32_t project, std::uint32_t grant);   // of that number; an earlier one has ended already
  void end_terms();                  // at the end of the run: terms that end with it
  void on_cut(std::uint32_t cut);
  void on_mend(std::uint32_t cut);
  void on_send_on();                // what is cut off leaves, now that all lines of this instant are cut or mended
  void on_day();                    // looks at use, where idle cards are taken back or credits expire
  bool admits(const Job& job, int granted, double in_use);   // may it start, beside what its project holds?
  bool on_flow_end(const Clock::Ended& ended);   // false: not a data set
  void write_rows();
  void add_metrics(Summary& summary);
  std::function<void(std::unique_ptr<Source>)> add_source;
  std::function<void(const Application&, const Grant&, double used_card_s)> paid;   // at the end of a grant, or of the run
  std::function<void(const Application&, const char* reason, double krw)> supported;   // money from the state to a team

 private:
  struct Project {
    Application application;
    std::string call;
    std::size_t round = 0;          // of its application, or of its last grant
    std::optional<Grant> grant;     // the last
    std::vector<Grant> earlier;     // stages of a contest
    std::vector<double> used_card_s;   // of each grant that has ended
    double sent_s = 0;              // when the flow under way began
    double left_bytes = 0;          // that have not arrived
    Clock::FlowId flow = 0;
    bool closed = false;
    std::shared_ptr<int> cards_left;   // of its last grant, where idle cards are taken back: its people look at it
    std::optional<CreditAccount> credit;   // of its last grant
    double bought_skill = 1;        // by money for people and data
    double training_flop = 0;       // peak x productive card-time in classes that train models
    double window_from_s = 0;       // of the window that idle cards are judged by
    double window_held_card_s = 0;  // held under this grant when it began
    double window_waiting_card_s = 0;   // waited for since, looked at once a day
    double prize_krw = 0;           // won in an earlier contest
    double head_start_flop = 0;     // behind the best model others had released when its last grant began
  };
  void count_parts();
  int counted_on(PoolId pool, int at_most, double until_s);   // of the cards there now, those that stay so long
  void send(std::uint32_t project);
  std::vector<Application> applications(std::size_t round);   // newcomers and teams of the round before
  void grant_all(std::size_t round, const Round& on_offer, std::span<const Application> applications);
  int grantable(PoolId id) const;
  struct PublicCards {
    int in_all = 0;
    int free = 0;                   // of no grant
  };
  /// What a round may grant, by how long.
  struct Loan {
    int own = 0;                    // left of its part's share
    int free = 0;
    std::vector<std::pair<double, int>> kept = {};   // of other parts: when they call next, what is left of their share
    int granted = 0;                // so far
    bool carries(int cards, double end_s) const;
  };
  PublicCards public_cards() const;
  int left_of_share(const PublicCards& cards, const Round& round) const;
  Loan loan_of(std::size_t number, const Round& round) const;
  int offer(const Round& round) const;
  double relative_run_time(CardTypeId card, int cards) const;
  double used_card_s(const Project& project) const;   // under its last grant
  double held_card_s(const Project& project) const;
  void support(Project& project, int budget_cards);
  void close_credit(Project& project, double used_s);
  bool runs_on(const Application& application, CardTypeId card) const;   // does its software?
  double skill_of(const Project& project) const;
  double flop_of(const Project& project) const;
  double loss_of(const Project& project) const;
  struct Contest {
    int held = 0;
    double won_by_best = 0;
    bool any = false;
    double cut_card_s = 0;
  };
  Contest contest_outcome() const;
  void add_capability_metrics(Summary& summary) const;
  void add_group_metrics(Summary& summary) const;
  void add_grant_metrics(Summary& summary) const;
  double card_s_within(const Grant& grant) const;   // granted, to the end of the run
  void write_row(std::uint32_t project, const Grant* grant, double used_s);
  void reclaim(std::uint32_t project);
  void regrant(std::size_t part, int cards);
  int cards_of(const Application& application, int budget) const;   // the rest pays people
  PlaceId from_of(const Project& project) const;
  PlaceId to_of(const Project& project) const;
  std::optional<Clock::Path> route(PlaceId from, PlaceId to);

  RunState& run_;
  JobWalk& walk_;
  const Programme* programme_;
  Backbone& backbone_;
  Outlook& outlook_;
  std::vector<Clock::Line> lines_;
  std::shared_ptr<const ModelTimes> times_;         // of work on named models; none: there is none
  std::unique_ptr<Applicants> applicants_;
  RegionChoice region_choice_;
  std::vector<Round> rounds_;
  std::vector<Project> projects_;                  // by ProjectId
  std::map<Clock::FlowId, std::uint32_t> flow_project_;
  std::map<std::vector<LineId>, Clock::Path> paths_;
  std::vector<std::vector<SupplyStep>> supply_;    // by pool: public cards in service, as planned
  std::vector<int> granted_;                       // by pool: cards of grants that have not ended
  People people_;
  double market_krw_per_card_s_;
  std::vector<int> granted_of_part_;               // the same, by part of the programme
  std::optional<Capability> capability_;
  std::vector<bool> trains_;                       // by job class: its productive card-time trains models
  std::map<TenantId, double> won_krw_;             // paid to winners of contests
  double credit_issued_card_s_ = 0, credit_expired_card_s_ = 0;
  std::map<TenantId, double> released_flop_;       // behind the best model each has released
  int days_ = 0;
  std::vector<std::optional<std::size_t>> last_round_;   // decided, by part
  double reclaimed_card_s_ = 0;   // after the reclaim, to the end of the grants
  double given_back_card_s_ = 0;  // before it, of the same cards
  int reclaimed_from_ = 0, granted_again_ = 0;
};

}  // namespace dure::sim
