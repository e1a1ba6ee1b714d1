#pragma once
#include "sim/ids.h"
#include "sim/random.h"
#include "sim/reliability/reliability.pb.h"

namespace dure::sim {

/// Events that kill a job without hurting a node: bugs, lost connections, storage hiccups.
///
///   T ~ Exp(r_s),  r_s = software_faults_per_1000_job_hours / 1000 per hour of the job's run
///
/// Per job and not per node: a rate of its own, added to the hardware hazard and never multiplied with it.
/// Chance: family "fault/software", thing = job, draw = attempt; nothing is stored.
class SoftwareFaults {
 public:
  SoftwareFaults(const ::dure::Reliability& spec, Seed seed);
  /// Seconds of running, from the start of this attempt (0, 1, ...), until the job is killed; infinity if the rate is 0.
  double kill_after_s(JobId job, std::uint32_t attempt) const;
  double per_job_s() const { return rate_per_s_; }

 private:
  Seed seed_;
  std::uint64_t family_;
  double rate_per_s_;
};

}  // namespace dure::sim
