#include "sim/reliability/repair_shop.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {

RepairShop::RepairShop(const ::dure::RepairShop& spec, const std::vector<int>& nodes_at_site)
    : crews_(std::size_t(spec.crews_per_site())),
      hands_on_s_(spec.hands_on_hours() * kHour_s),
      counts_parts_(spec.has_spare_parts_share()),
      rma_s_(spec.rma_days() * kDay_s) {
  for (const int nodes : nodes_at_site) {
    Desk desk;
    if (counts_parts_) desk.stock = int(std::ceil(spec.spare_parts_share() * nodes - 1e-9));
    desks_.push_back(std::move(desk));
  }
}

double RepairShop::done_s(SiteId site, double now_s, double repair_s, bool needs_part) {
  SIM_CHECK(now_s >= last_s_, "repairs must reach the shop in order of time");
  last_s_ = now_s;
  Desk& desk = desks_[index(site)];
  const double hands_on_s = std::min(repair_s, hands_on_s_);
  double ready_s = now_s;
  double rest_s = repair_s - hands_on_s;  // measured waits that stand
  if (counts_parts_ && needs_part) {
    rest_s = 0;
    const std::size_t stock = std::size_t(desk.stock);
    if (desk.ordered >= stock && stock > 0) ready_s = std::max(now_s, desk.returns_s[desk.ordered - stock]);
    if (stock == 0) ready_s = now_s + rma_s_;
    desk.returns_s.push_back(now_s + rma_s_);
    ++desk.ordered;
  }
  std::erase_if(desk.booked, [&](const Booking& one) { return one.until_s <= now_s; });
  const double start_s = crew_start_s(desk, ready_s, hands_on_s);
  desk.booked.push_back({start_s, start_s + hands_on_s});
  return start_s + hands_on_s + rest_s;
}

// Earliest time from `ready_s` on at which a crew is free for the whole of `hands_on_s`: now, or when some booking ends.
double RepairShop::crew_start_s(const Desk& desk, double ready_s, double hands_on_s) const {
  if (desk.booked.size() < crews_) return ready_s;
  const auto free_at = [&](double start_s) {
    const auto busy_at = [&](double time_s) {
      return std::size_t(std::count_if(desk.booked.begin(), desk.booked.end(),
                                       [&](const Booking& one) { return one.from_s <= time_s && time_s < one.until_s; }));
    };
    if (busy_at(start_s) >= crews_) return false;
    return std::none_of(desk.booked.begin(), desk.booked.end(), [&](const Booking& one) {
      return one.from_s > start_s && one.from_s < start_s + hands_on_s && busy_at(one.from_s) >= crews_;
    });
  };
  if (free_at(ready_s)) return ready_s;
  std::vector<double> ends_s;
  for (const Booking& one : desk.booked)
    if (one.until_s > ready_s) ends_s.push_back(one.until_s);
  std::sort(ends_s.begin(), ends_s.end());
  for (const double end_s : ends_s)
    if (free_at(end_s)) return end_s;
  SIM_CHECK(false, "no crew is free even when all bookings have ended");
  return ready_s;
}

}  // namespace dure::sim
