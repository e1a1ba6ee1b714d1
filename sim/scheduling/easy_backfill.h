#pragma once
#include "sim/scheduling/scheduler.h"

namespace dure::sim {

/// First come, first served with a reservation for the first job in line; later jobs start now if they do not delay it.
///
/// If the first job does not fit, it is promised the earliest time at which its cards will be free should every job end
/// as expected (running_set.h). A job behind it that fits now starts, in order, if
///   now + its estimate <= that time, or what it takes is to spare at that time.
/// `depth`: how many jobs behind the first are considered; 0: all.
///
/// A job that runs no longer than its estimate never delays the promise. Where nodes have one card this is EASY as published.
/// Source: Lifka, "The ANL/IBM SP scheduling system", 1995; Mu'alem and Feitelson, IEEE TPDS 12(6), 2001.
class EasyBackfill final : public Scheduler {
 public:
  using Config = proto::EasyBackfill;
  explicit EasyBackfill(const Config& config) : depth_(config.depth()) {}
  std::optional<WaitingJob> next(const View& view) override;
  IdleCause cause() const override { return IdleCause::kReservation; }

 private:
  int depth_;
};

}  // namespace dure::sim
