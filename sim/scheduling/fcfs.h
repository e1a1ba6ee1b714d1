#pragma once
#include "sim/scheduling/scheduler.h"

namespace dure::sim {

/// First come, first served: the first job in line that does not fit holds up all behind it.
class Fcfs final : public Scheduler {
 public:
  using Config = proto::Fcfs;
  explicit Fcfs(const Config& /*config*/) {}

  std::optional<WaitingJob> next(const View& view) override {
    auto first = view.queue.front(view.free.largest_possible_milli());
    if (first && !view.free.fits(first->ask)) first.reset();
    return first;
  }
  IdleCause cause() const override { return IdleCause::kQueueOrder; }
  bool backfills() const override { return false; }
};

}  // namespace dure::sim
