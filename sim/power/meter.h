#pragma once
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "sim/calendar.h"
#include "sim/power/tariff.h"

namespace dure::sim {

/// One month's bill of one site.
struct MonthBill {
  Date month;  // its first day
  double kwh = 0;
  double billing_demand_kw = 0;
  double demand_krw = 0;
  double energy_krw = 0;
  double surcharge_krw = 0;  // climate and fuel
  double fund_krw = 0;
  double total_krw = 0;  // the four above, before tax
  double vat_krw = 0;
  double cost_krw = 0;  // what counts as cost: the total, and the tax if vat_is_cost
};

/// Reads a site's supply and bills it by the month.
///
/// Billing demand = the highest 15-minute mean in hours of the mid and peak bands, of this month and of those of the last
/// twelve months (this one included) that are July to September or December to February; at least demand_floor_share (30 %)
/// of the contracted supply. Demand charge = billing demand x rate, for the hours of the month that were metered: a run or a
/// supply that begins within a month pays its part, as KEPCO bills it by days.
/// Source: platforms/korea/surcharges.csv, demand_floor_share.
class Meter {
 public:
  Meter(Tariff tariff, const Calendar& calendar, double contract_kw, bool vat_is_cost);

  /// Books the hour that starts at `hour_start_s` (a whole hour), with its four quarter-hour means; hours come in order.
  /// The first hour of a new month gives the bill of the month before.
  std::optional<MonthBill> hour(double hour_start_s, double facility_kwh, const std::array<double, 4>& quarter_kw);
  /// Bills what has been metered of the open month: at the end of a run.
  std::optional<MonthBill> close();

  /// Cost of one more kWh now, fund included, demand charge and tax apart (tax included if it is a cost).
  double marginal_krw_per_kwh(double now_s);

 private:
  void enter_day(double time_s);

  Tariff tariff_;
  Calendar calendar_;
  double contract_kw_;
  bool vat_is_cost_;

  long day_index_ = -1;
  long booked_day_ = -1;  // of the last hour
  TariffDay day_;

  bool open_ = false;
  int month_ = 0;
  double month_hours_ = 0;
  MonthBill bill_;
  double rate_krw_per_kw_ = 0;  // demand rate of the metered part of the month
  double rate_fund_krw_per_kw_ = 0;
  double rate_vat_krw_per_kw_ = 0;
  double floor_share_ = 0;
  double month_peak_kw_ = 0;  // highest quarter-hour of this month in mid and peak bands
  double last_hour_s_ = -1;
  std::deque<std::pair<int, double>> seasonal_peaks_kw_;  // by month, July to September and December to February
};

}  // namespace dure::sim
