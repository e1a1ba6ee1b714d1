#pragma once
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "sim/engine/energy_ledger.h"
#include "sim/engine/run_state.h"
#include "sim/integral.h"
#include "sim/power/node_power.h"
#include "sim/power/site_power.h"

namespace dure::sim {

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
  struct PoolWatts {
    std::int64_t node_mw = 0;            // idle, fabric, storage
    std::int64_t span_mw_per_card = 0;   // busy less idle
  };
  double quarter_pue(Site& site, SiteId id) const;
  void change(SiteId site, std::int64_t by_mw);
  void book_quarter();
  void book_hour(std::size_t site, double hour_start_s);

  RunState& run_;
  std::vector<Site> sites_;
  std::vector<PoolWatts> pools_;
  std::vector<EnergyLedger> energy_;   // by pool
  double own_use_activity_ = 0;
  std::int64_t quarters_ = 0;
  double it_kwh_ = 0;
  double facility_kwh_ = 0;
  double peak_kw_ = 0;
  double carbon_kg_ = 0;
  bool has_carbon_ = true;
};

}  // namespace dure::sim
