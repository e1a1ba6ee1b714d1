#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/engine/clock.h"
#include "sim/engine/progress.h"
#include "sim/job.h"
#include "sim/scheduling/waiting_queue.h"

namespace dure::sim {

/// Where a job is on its walk.
enum class Stage : std::uint8_t {
  kSubmitted,      // on its way into the queue (scheduler.scheduling_delay_s); holds nothing
  kWaitingData,    // its project's data set travels; holds nothing
  kHeld,           // its grant is used up; holds nothing
  kQueued,         // waits for cards
  kStaging,        // has its cards, loads from site storage
  kRestarting,     // comes back from a checkpoint
  kRunning,        // works (or does work again)
  kCheckpointing,  // writes to site storage, and waits for it
};

/// A job between submission and end.
struct ActiveJob {
  Job job;
  std::uint64_t order = 0;         // place in the queue: of submission, kept over interruptions
  int rank = 0;                    // of its class, for preemption
  std::uint16_t owner_marks = 0;   // of the reservations that are for it
  bool aside = false;              // held back by a quota
  bool counts = false;             // on its tenant's quota
  bool borrows = false;            // runs above it
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;    // timers set for an earlier stage are void
  Stage stage = Stage::kQueued;
  PoolId pool{};
  NanoCards cards = 0;
  Slices slices;
  double expected_end_s = 0;       // by its estimate, as the scheduler was told at the start
  RunShares shares;                // while running
  Progress progress;
  double stage_since_s = 0;
  double run_factor = 1;           // of its run time on the card type of its pool (outlook.h)
  double run_rate = 1;             // seconds of work a second, while running
  double checkpoint_share = 0;     // of the running time, where checkpoints are no flows
  double save_every_s = 0;         // seconds of work between checkpoints; 0: none
  bool flows = false;              // writes its checkpoints as flows (above eight nodes)
  Clock::FlowId flow = 0;
  double flow_bytes = 0;
  double stage_goal_s = 0;         // progress at which the running stage ends
  std::uint32_t software_fault = 0;  // tag of the timer that will kill it; 0: none
  bool regaining = false;          // the running stage is rework
  double run_from_done_s = 0;      // progress when the present run began, for checkpoints between events
  double next_save_s = 0;          // progress at which the next flow of a checkpoint starts; infinity: none
  double data_wait_s = 0;
  double data_wait_since_s = 0;
  double first_start_s = -1;
  double requeued_s = 0;           // waits after the first start
  double queued_since_s = 0;
  double productive_card_s = 0;
  double rework_card_s = 0;
  double allocated_card_s = 0;
  double allocated_since_s = 0;
  int interruptions = 0;
  int nodes = 0;

  WaitingJob line() const { return {JobId(slot), {job.cards, job.share_milli}, estimate_left_s(), order, job.tenant, job.submit_s, rank, marks()}; }
  std::uint16_t marks() const { return std::uint16_t(owner_marks | (counts ? kRecalls : 0)); }
  double estimate_left_s() const {
    return std::max(1.0, job.estimate_s - progress.done_s);
  }
};

/// Jobs between submission and end, in slots that are used again. References stay good while jobs are added.
class ActiveJobs {
 public:
  std::uint32_t add() {
    if (free_.empty()) {
      const auto slot = slots_++;
      if (slot % kChunk == 0) chunks_.push_back(std::make_unique<ActiveJob[]>(kChunk));
      (*this)[slot].slot = slot;
      return slot;
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    ActiveJob& job = (*this)[slot];
    const std::uint32_t generation = job.generation + 1;
    job = ActiveJob{};
    job.slot = slot;
    job.generation = generation;
    return slot;
  }
  void remove(std::uint32_t slot) {
    ActiveJob& job = (*this)[slot];
    ++job.generation;
    job.job.id = JobId{0};
    free_.push_back(slot);
  }
  ActiveJob& operator[](std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  std::size_t size() const { return slots_ - free_.size(); }
  std::size_t slots() const { return slots_; }
  bool is_active(std::uint32_t slot) const { return chunks_[slot / kChunk][slot % kChunk].job.id != JobId{0}; }

 private:
  static constexpr std::uint32_t kChunk = 256;
  std::vector<std::unique_ptr<ActiveJob[]>> chunks_;
  std::uint32_t slots_ = 0;
  std::vector<std::uint32_t> free_;
};

}  // namespace dure::sim
