#pragma once
#include <cstddef>
#include <vector>

#include "sim/ids.h"
#include "sim/reliability/reliability.pb.h"

namespace dure::sim {

/// Crews and spare parts of each site: when a broken node is back.
///
/// A drawn repair time already contains the waits usual where it was measured: diagnosis, crew, parts. The shop counts
///
///   crews   a repair holds a crew for h = min(repair_s, hands_on); waiting for a free crew comes on top of the measured
///           time. First broken, first served; while a repair waits for its
///           part, its crew does others. The default number of crews never binds.
///   parts   with `spare_parts_share`, a repair that needs a part is not its measured time but
///           wait for a part (none while one is in stock) + wait for a crew + h:
///           each part used is ordered at once and is back after the RMA time (stock S, one for one).
///           Without it the measured wait for parts stands, and stock is not modelled.
///
/// Laws: with hands_on beyond all repairs a site is an M/G/c queue; the share of repairs that find no part is
/// P(Poisson(rate x RMA time) >= S) (Palm). Source of stock and RMA defaults: assumed.
class RepairShop {
 public:
  /// `nodes_at_site` sizes the stock: S = share x nodes, rounded up.
  RepairShop(const ::dure::RepairShop& spec, const std::vector<int>& nodes_at_site);

  /// When a node that broke at `now_s` is back. Ask in order of time.
  double done_s(SiteId site, double now_s, double repair_s, bool needs_part);

  int stock(SiteId site) const { return desks_[index(site)].stock; }  // S; 0 if stock is not modelled

 private:
  struct Booking {
    double from_s;
    double until_s;
  };
  struct Desk {
    int stock = 0;
    std::size_t ordered = 0;         // parts used so far
    std::vector<double> returns_s;   // when the k-th order comes in: the (k + S)-th use can have it
    std::vector<Booking> booked;     // crews at work or booked for the day a part comes
  };
  double crew_start_s(const Desk& desk, double ready_s, double hands_on_s) const;

  std::size_t crews_;
  double hands_on_s_;
  bool counts_parts_;
  double rma_s_;
  double last_s_ = 0;
  std::vector<Desk> desks_;
};

}  // namespace dure::sim
