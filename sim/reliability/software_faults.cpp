#include "sim/reliability/software_faults.h"

#include <cmath>
#include <limits>

#include "sim/units.h"

namespace dure::sim {

SoftwareFaults::SoftwareFaults(const ::dure::Reliability& spec, Seed seed)
    : seed_(seed), family_(stream_hash("fault/software")), rate_per_s_(spec.software_faults_per_1000_job_hours() / 1000 / kHour_s) {}

double SoftwareFaults::kill_after_s(JobId job, std::uint32_t attempt) const {
  if (rate_per_s_ <= 0) return std::numeric_limits<double>::infinity();
  Random random(seed_, family_, std::uint64_t(job));
  random.seek(attempt);
  return -std::log1p(-random.uniform()) / rate_per_s_;  // one draw: inversion, no rejection
}

}  // namespace dure::sim
