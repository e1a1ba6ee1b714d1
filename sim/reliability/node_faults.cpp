#include "sim/reliability/node_faults.h"

#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/random/gamma_distribution.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kNever_s = std::numeric_limits<double>::infinity();
constexpr double kMonth_s = 30 * kDay_s;
constexpr double kHorizon_s = 200 * kYear_s;  // beyond every run: no fault is looked for after it
constexpr std::uint32_t kBlocksPerFault = 64;   // rejection in gamma and normal draws takes far fewer

double gamma_mean_1(Random& random, double shape) {
  return boost::random::gamma_distribution<double>(shape, 1 / shape)(random);
}

}  // namespace

NodeFaults::NodeFaults(const ::dure::Reliability& spec, Seed seed)
    : seed_(seed),
      rate_per_s_(spec.faults_per_1000_node_days() / 1000 / kDay_s),
      background_per_s_(rate_per_s_ * (1 - spec.relapse_share()) * (1 - spec.shared_share())),
      event_per_s_(rate_per_s_ * (1 - spec.relapse_share()) * spec.shared_share() / spec.shared_hit_share()),
      frailty_shape_(spec.frailty_shape()),
      relapse_share_(spec.relapse_share()),
      relapse_median_s_(spec.relapse_gap_hours() * kHour_s),
      relapse_sigma_(spec.relapse_gap_sigma()),
      month_shape_(spec.month_cv() > 0 ? 1 / (spec.month_cv() * spec.month_cv()) : 0),
      group_nodes_(std::size_t(spec.shared_group_nodes())),
      hit_share_(spec.shared_hit_share()),
      age_(spec.infant_factor(), spec.infant_days() * kDay_s, spec.wear_from_years() * kYear_s, spec.wear_per_year() / kYear_s),
      repairs_(spec) {
  if (rate_per_s_ <= 0) return;
  double raised = 1;
  for (int step = 0; step < 20; ++step) raised *= rate_per_s_ / pooled_per_s(raised);
  background_per_s_ *= raised;
  event_per_s_ *= raised;
}

// Faults per node-second in service, pooled over nodes, if the hazards of first faults are `raised` times their nominal
// ones. A node of hazard h is in service I = (1 - p L(h)) / h between faults, where L(h) = E exp(-h gap), then down for
// the mean repair R; so the pooled rate is E[1 / (I + R)] / E[I / (I + R)] over frailties.
double NodeFaults::pooled_per_s(double raised) const {
  constexpr int kParts = 64;  // of equal probability
  std::vector<double> gaps_s;
  for (int i = 0; i < kParts; ++i)
    gaps_s.push_back(relapse_median_s_ * std::exp(relapse_sigma_ * boost::math::quantile(boost::math::normal(), (i + 0.5) / kParts)));
  const boost::math::gamma_distribution<double> frailty(frailty_shape_, 1 / frailty_shape_);
  const double repair_s = repairs_.mean_s();
  double faults = 0;
  double service = 0;
  double mass_before = 0;  // E[f; f < x]: the gamma law with shape + 1
  for (int i = 0; i < kParts; ++i) {
    const double mass = i + 1 == kParts ? 1 : boost::math::gamma_p(frailty_shape_ + 1, frailty_shape_ * boost::math::quantile(frailty, (i + 1.0) / kParts));
    const double mean_frailty = std::max(0.0, mass - mass_before) * kParts;
    mass_before = mass;
    const double hazard = raised * (background_per_s_ * mean_frailty + event_per_s_ * hit_share_);
    if (hazard <= 0) {  // never fails
      service += 1;
      continue;
    }
    double laplace = 0;
    for (const double gap_s : gaps_s) laplace += std::exp(-hazard * gap_s) / kParts;
    const double in_service_s = (1 - relapse_share_ * laplace) / hazard;
    faults += 1 / (in_service_s + repair_s);
    service += in_service_s / (in_service_s + repair_s);
  }
  return faults / service;
}

NodeFaults::Node& NodeFaults::node_state(std::size_t number) {
  while (nodes_.size() <= number) {
    Node node{Random(seed_, "fault/node-" + std::to_string(nodes_.size())), 1, 0, kNever_s};
    node.frailty = gamma_mean_1(node.random, frailty_shape_);
    nodes_.push_back(std::move(node));
  }
  return nodes_[number];
}

NodeFaults::Months& NodeFaults::site_months(std::size_t site) {
  while (months_.size() <= site) months_.push_back({Random(seed_, "fault/months-" + std::to_string(months_.size())), {}});
  return months_[site];
}

double NodeFaults::month_factor(Months& months, std::size_t month) const {
  if (month_shape_ == 0) return 1;
  while (months.factors.size() <= month) {
    months.random.seek(std::uint32_t(months.factors.size()) * kBlocksPerFault);
    months.factors.push_back(gamma_mean_1(months.random, month_shape_));
  }
  return months.factors[month];
}

// Spends an exponential unit of hazard month by month, then solves within the last month by Newton's method.
double NodeFaults::background_s(Months& months, double hazard_to_spend, double per_s, double now_s, double in_service_since_s) const {
  if (per_s <= 0) return kNever_s;
  std::size_t month = std::size_t(now_s / kMonth_s);
  double from_s = now_s;
  double from_integral_s = age_.integral_s(from_s - in_service_since_s);
  for (; from_s < kHorizon_s; ++month) {
    const double to_s = double(month + 1) * kMonth_s;
    const double to_integral_s = age_.integral_s(to_s - in_service_since_s);
    const double month_per_s = per_s * month_factor(months, month);
    const double hazard = month_per_s * (to_integral_s - from_integral_s);
    if (hazard_to_spend < hazard) {
      const double goal_s = from_integral_s + hazard_to_spend / month_per_s;
      double at_s = from_s + (to_s - from_s) * hazard_to_spend / hazard;
      for (int step = 0; step < 8; ++step) {
        const double age_s = at_s - in_service_since_s;
        const double change_s = (goal_s - age_.integral_s(age_s)) / age_.rate(age_s);
        at_s = std::clamp(at_s + change_s, from_s, to_s);
        if (std::abs(change_s) < 1e-3) break;
      }
      return at_s;
    }
    hazard_to_spend -= hazard;
    from_s = to_s;
    from_integral_s = to_integral_s;
  }
  return kNever_s;
}

// First event of the node's group in (after_s, before_s) that hits it.
const NodeFaults::SharedEvent* NodeFaults::shared(std::size_t number, double after_s, double before_s) {
  if (event_per_s_ <= 0) return nullptr;
  const std::size_t group_number = number / group_nodes_;
  while (groups_.size() <= group_number) groups_.push_back({Random(seed_, "fault/group-" + std::to_string(groups_.size())), {}});
  Group& group = groups_[group_number];
  before_s = std::min(before_s, kHorizon_s);
  while (group.events.empty() || group.events.back().at_s < before_s) {
    SharedEvent event{group.events.empty() ? 0 : group.events.back().at_s, 0, {}};
    event.at_s += group.random.exponential_s(1 / event_per_s_);
    event.repair = repairs_.draw(group.random, repairs_.draw_cause(group.random));
    for (std::size_t place = 0; place < group_nodes_; ++place)
      if (group.random.chance(hit_share_)) event.hits |= std::uint64_t{1} << place;
    group.events.push_back(event);
  }
  const std::uint64_t bit = std::uint64_t{1} << (number % group_nodes_);
  auto event = std::upper_bound(group.events.begin(), group.events.end(), after_s,
                                [](double time_s, const SharedEvent& one) { return time_s < one.at_s; });
  for (; event != group.events.end() && event->at_s < before_s; ++event)
    if (event->hits & bit) return &*event;
  return nullptr;
}

Fault NodeFaults::next(NodeId node_id, double now_s, double in_service_since_s, SiteId site) {
  SIM_CHECK(now_s >= 0 && now_s >= in_service_since_s, "a node was asked for its next fault before it came into service");
  const std::size_t number = index(node_id);
  Node& node = node_state(number);
  node.random.seek(++node.faults * kBlocksPerFault);

  Fault fault;
  fault.at_s = background_s(site_months(index(site)), node.random.exponential_s(1), background_per_s_ * node.frailty, now_s, in_service_since_s);
  fault.at_s = std::min(fault.at_s, now_s + node.relapse_gap_s);
  Repair repair = repairs_.draw(node.random, repairs_.draw_cause(node.random));
  if (const SharedEvent* event = shared(number, now_s, fault.at_s)) {
    fault.at_s = event->at_s;
    repair = event->repair;
  }
  fault.cause = repair.cause;
  fault.repair_s = repair.repair_s;
  fault.needs_part = repair.needs_part;
  const bool relapses = node.random.chance(relapse_share_);
  const double gap_s = node.random.lognormal(relapse_median_s_, relapse_sigma_);
  node.relapse_gap_s = relapses ? gap_s : kNever_s;
  return fault;
}

}  // namespace dure::sim
