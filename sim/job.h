#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/ids.h"

namespace dure::sim {

/// How a job ends when nothing fails beneath it.
enum class Outcome : std::uint8_t { kCompleted, kCancelled, kFailed, kRunning };
inline constexpr std::size_t kOutcomes = 4;
inline constexpr std::array<std::string_view, kOutcomes> kOutcomeNames = {"completed", "cancelled", "failed", "running"};

/// What all jobs of one class share. Classes are rows of the scenario's `job_class`.
struct JobClass {
  std::string name;                  // notebook, evaluation, fine_tune, training, pretrain, serve ...
  double active_fraction = 1;        // a: share of allocated card-time in which the card works, 0 to 1
  double activity = 1;               // node power above idle while it works, share of busy minus idle, 0 to 1
  double staging_bytes_per_card = 0;     // read from site storage at every start
  double checkpoint_bytes_per_card = 0;  // written at every checkpoint; 0: the job cannot restart from one
  std::string partition = {};        // runs on its cards and nowhere else; empty: on those open to all
  int rank = 0;                      // with preemption, may take cards from running jobs of lower rank
};

/// Jobs that planning fidelity has merged into one. Of n jobs with c_i cards and T_i seconds of work, C = sum of c_i T_i:
struct Batch {
  std::array<std::int32_t, kOutcomes> jobs{};     // by outcome
  std::array<float, kOutcomes> card_s_share{};    // of C, by outcome
  bool one_tenant = true;                         // all jobs are of the same
  float at_once = 1;                              // jobs under way at a time: sum of T_i over the time the batch takes
  float square_cards = 0;                         // sum of c_i^2: what all of them load takes so many card-seconds
  float job_cards = 0;                            // sum of c_i^2 T_i / C: the job that a card works for
  float job_s = 0;                                // sum of c_i T_i^2 / C: its run time
  std::int32_t size() const { return jobs[0] + jobs[1] + jobs[2] + jobs[3]; }
};

inline constexpr ProjectId kNoProject{0xffffffff};
inline constexpr CardTypeId kAnyCardType{0xffffffff};
inline constexpr std::size_t kChoosableCardTypes = 64;

/// What somebody asks for. Times in seconds of the run.
struct Job {
  JobId id{};
  TenantId tenant{};
  ProjectId project{};               // kNoProject for jobs outside projects
  JobClassId job_class{};
  RegionId region{};                 // of the tenant
  double submit_s = 0;
  double work_s = 0;                 // run time at full speed, without faults and checkpoints
  double estimate_s = 0;             // what its owner told the scheduler; not less than a second
  int cards = 1;                     // whole cards, all at once; 1 when `share_milli` is set
  int share_milli = 0;               // k of k/1000 of one card; 0: whole cards
  CardTypeId card_type{};            // kAnyCardType: whatever the site has, or one of `card_choice`
  std::uint64_t card_choice = 0;     // bit t: may run on type t; 0: as `card_type` says
  Outcome outcome = Outcome::kCompleted;
  bool may_spill = true;             // may run away from home
  std::uint32_t batch = 0;           // one of Population::batches; 0: it is one job

  bool names_cards() const { return card_type != kAnyCardType || card_choice != 0; }
  bool may_run_on(CardTypeId card) const {
    return card_type != kAnyCardType ? card_type == card : card_choice == 0 || (index(card) < kChoosableCardTypes && (card_choice >> index(card) & 1) != 0);
  }
};

}  // namespace dure::sim
