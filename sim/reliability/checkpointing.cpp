#include "sim/reliability/checkpointing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {
constexpr double kNever_s = std::numeric_limits<double>::infinity();
}

double young_interval_s(double write_s, double mttf_s) { return std::sqrt(2 * write_s * mttf_s); }

double daly_interval_s(double write_s, double mttf_s) {
  if (write_s >= 2 * mttf_s) return mttf_s;
  if (std::isinf(mttf_s)) return kNever_s;
  const double half = write_s / (2 * mttf_s);
  return young_interval_s(write_s, mttf_s) * (1 + std::sqrt(half) / 3 + half / 9) - write_s;
}

Checkpointing::Checkpointing(const ::dure::Reliability& spec)
    : node_per_s_(spec.faults_per_1000_node_days() / 1000 / kDay_s),
      job_per_s_(spec.software_faults_per_1000_job_hours() / 1000 / kHour_s),
      restart_s_(spec.checkpoint().restart_s()),
      min_interval_s_(spec.checkpoint().min_interval_s()),
      saves_(!spec.checkpoint().has_none()),
      fixed_interval_s_(spec.checkpoint().has_fixed() ? spec.checkpoint().fixed().interval_s() : 0) {}

double Checkpointing::mttf_s(int nodes) const {
  const double per_s = nodes * node_per_s_ + job_per_s_;
  return per_s > 0 ? 1 / per_s : kNever_s;
}

CheckpointPlan Checkpointing::plan(int nodes, double bytes, double bytes_per_s) const {
  SIM_CHECK(nodes > 0 && bytes >= 0, "a job without nodes, or a checkpoint of negative size");
  if (!saves_ || bytes == 0) return {kNever_s, 0, restart_s_};
  SIM_CHECK(bytes_per_s > 0, "a checkpoint is to be written at no rate");
  const double write_s = bytes / bytes_per_s;
  const double interval_s = fixed_interval_s_ > 0 ? fixed_interval_s_ : std::max(min_interval_s_, daly_interval_s(write_s, mttf_s(nodes)));
  return {interval_s, write_s, restart_s_};
}

double expected_ettr(const CheckpointPlan& plan, double mttf_s) {
  return (1 - (plan.restart_s + plan.interval_s / 2) / mttf_s) / (1 + plan.write_s / plan.interval_s);
}

}  // namespace dure::sim
