#pragma once
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "sim/engine/energy_ledger.h"
#include "sim/engine/run_state.h"
#include "sim/integral.h"
#include "sim/power/node_power.h"
#include "sim/power/site_power.h"
#include "sim/scheduling/power_cap.h"

namespace dure::sim {

/// Of a pool's nodes.
struct PoolWatts {
  std::int64_t node_mw = 0;            // idle, fabric, storage
  std::int64_t span_mw_per_card = 0;   // busy less idle
  /// What a node draws whatever jobs do.
  std::int64_t base_mw(const NodeFacts& node, double own_use_activity) const {
    return node_mw + (node.own_use ? std::llround(double(span_mw_per_card * node.cards) * own_use_activity) : 0);
  }
  /// What a job on so many cards draws on average while it works, beyond that.
  std::int64_t draw_mw(const JobClass& job_class, NanoCards cards) const {
    return std::llround(double(span_mw_per_card) * double(cards) * 1e-9 * job_class.active_fraction * job_class.activity);
  }
};
/// By pool; none without a power model. Throws ScenarioError.
std::vector<PoolWatts> pool_watts(const Facts& facts);
/// What jobs may draw together under the cap of their site (power_cap.h), mW by site, none where it has no cap. Throws ScenarioError for a
/// cap without a power model, or one that leaves no card its watts beside the idle nodes of the site.
std::vector<std::optional<std::int64_t>> power_rooms(const Facts& facts);

/// What every site draws, quarter-hour by quarter-hour.
///
/// A node in service draws its idle power, plus fabric and storage; a working job adds, per card,
/// (busy - idle) / cards_per_node x activity of its class x the share of card-time in which its cards work. Cards that stage,
/// restart or write checkpoints draw idle power. Watts are kept in whole milliwatts, so that they add up whatever the order.
/// Beside the meter of each site a ledger of each pool says what drew it; at the end both must agree.
class Meters {
 public:
  explicit Meters(RunState& run);  // a run without Power has no meters: every call is then a no-op

  void node_power(NodeId node, bool on);
  void job_works(const ActiveJob& job, const JobClass& job_class, int sign);
  void on_quarter_hour();
  void close();
  std::function<void(SiteId, const MonthBill&)> billed;

  void add_metrics(Summary& summary) const;
  bool is_on() const { return !sites_.empty(); }
  /// Where the energy of a pool went; only while is_on().
  const EnergyLedger& energy(PoolId pool) const { return energy_[index(pool)]; }
  std::optional<Text> why_no_energy() const;  // nothing: there is
  std::optional<Text> why_no_carbon() const;
  void check_closes() const;                  // energy and carbon of all accounts are those of the meters
  /// The cap on what the site draws (site.power_cap_kw); none: it has none.
  PowerCap* cap(SiteId site) { return caps_.empty() ? nullptr : caps_[index(site)].get(); }
  /// What a job of so many cards draws while it works, beyond the base of its nodes, if it runs in this pool.
  std::int64_t draw_mw(const JobClass& job_class, NanoCards cards, PoolId pool) const { return pools_[index(pool)].draw_mw(job_class, cards); }
  /// What one more kWh of a node costs or emits in this quarter-hour, cooling included. At a site that draws nothing, as if it drew its contract.
  std::optional<double> krw_per_it_kwh(SiteId site);
  std::optional<double> carbon_kg_per_it_kwh(SiteId site);
  double contracted_kw(SiteId site) const { return run_.fleet.site(site).contracted_kw; }

 private:
  struct Site {
    std::unique_ptr<SitePower> power;
    std::int64_t it_mw = 0;              // milliwatts now
    Integral it_j;
    double it_j_before = 0;              // at the last quarter-hour
    double hour_it_j = 0;
    std::array<double, 4> quarter_kw{};
    double hour_facility_kwh = 0;
    double it_kwh = 0, facility_kwh = 0;  // so far
  };
  double quarter_pue(Site& site, SiteId id) const;
  void change(SiteId site, std::int64_t by_mw);
  void book_quarter();
  void book_hour(std::size_t site, double hour_start_s);

  RunState& run_;
  std::vector<Site> sites_;
  std::vector<PoolWatts> pools_;
  std::vector<EnergyLedger> energy_;   // by pool
  std::vector<std::unique_ptr<PowerCap>> caps_;
  double own_use_activity_ = 0;
  std::int64_t quarters_ = 0;
  double it_kwh_ = 0;
  double facility_kwh_ = 0;
  double peak_kw_ = 0;
  double carbon_kg_ = 0;
  bool has_carbon_ = true;
};

}  // namespace dure::sim
