#include "sim/reliability/fleet_figures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/reliability/node_faults.h"
#include "sim/units.h"

namespace dure::sim {
namespace {
constexpr double kWarmUp_s = 90 * kDay_s;
constexpr double kEvery_s = 12 * kHour_s;
}  // namespace

double fleet_mttf_s(double nodes, double per_node_s) { return 1 / (nodes * per_node_s); }
double node_unavailability(double per_node_s, double mean_repair_s) { return per_node_s * mean_repair_s; }
double checkpoint_share(double write_s, double interval_s) { return write_s / (interval_s + write_s); }

int independent_down_quantile(double nodes, double per_node_s, double mean_repair_s, double p) {
  const double mean = nodes * per_node_s * mean_repair_s;
  double below = 0;
  int n = 0;
  for (;; ++n) {
    below += std::exp(n * std::log(mean) - mean - std::lgamma(n + 1.0));
    if (below >= p || n > 10 * mean + 1000) return n;
  }
}

DrawnFleet::DrawnFleet(const ::dure::Reliability& spec, Seed seed, int nodes, double window_s, int replicates) {
  const double horizon_s = kWarmUp_s + window_s;
  const auto moments = std::size_t(window_s / kEvery_s);
  for (int replicate = 0; replicate < replicates; ++replicate) {
    NodeFaults faults(spec, {seed.seed, seed.replicate + std::uint32_t(replicate)});
    std::vector<int> change(moments + 1), of(static_cast<std::size_t>(nodes), 0);
    for (int node = 0; node < nodes; ++node)
      for (double now_s = 0;;) {
        const Fault fault = faults.next(NodeId(node), now_s, 0);
        if (fault.at_s >= horizon_s) break;
        now_s = fault.at_s + fault.repair_s;
        if (fault.at_s >= kWarmUp_s) ++of[std::size_t(node)];
        const auto moment = [&](double at_s) { return std::min(double(moments), std::ceil(std::max(0.0, at_s - kWarmUp_s) / kEvery_s)); };
        ++change[std::size_t(moment(fault.at_s))];
        --change[std::size_t(moment(now_s))];
      }
    int down = 0;
    for (std::size_t i = 0; i < moments; ++i) {
      down += change[i];
      if (std::size_t(down) >= moments_with_.size()) moments_with_.resize(std::size_t(down) + 1);
      ++moments_with_[std::size_t(down)];
    }
    std::sort(of.rbegin(), of.rend());
    const double all = std::accumulate(of.begin(), of.end(), 0.0);
    if (all > 0) worst_tenth_share_ += std::accumulate(of.begin(), of.begin() + (nodes + 9) / 10, 0.0) / all / replicates;
  }
}

int DrawnFleet::down_quantile(double p) const {
  const double all = std::accumulate(moments_with_.begin(), moments_with_.end(), 0.0);
  double below = 0;
  for (std::size_t n = 0; n < moments_with_.size(); ++n)
    if ((below += moments_with_[n]) >= p * all) return int(n);
  return int(moments_with_.size());
}

::dure::Reliability mature(::dure::Reliability spec, double per_node_s, double mean_repair_s) {
  spec.set_infant_factor(1);
  spec.set_wear_per_year(0);
  spec.clear_cause();
  const double scale = mean_repair_s / Repairs(spec).mean_s();
  spec.set_quick_hours(spec.quick_hours() * scale);
  spec.set_repair_hours(spec.repair_hours() * scale);
  // NodeFaults counts its rate over time in service alone.
  spec.set_faults_per_1000_node_days(1000 * kDay_s * per_node_s / (1 - node_unavailability(per_node_s, mean_repair_s)));
  return spec;
}

}  // namespace dure::sim
