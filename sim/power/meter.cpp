#include "sim/power/meter.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {

Meter::Meter(Tariff tariff, const Calendar& calendar, double contract_kw, bool vat_is_cost)
    : tariff_(std::move(tariff)), calendar_(calendar), contract_kw_(contract_kw), vat_is_cost_(vat_is_cost) {}

void Meter::enter_day(double time_s) {
  const long day = long(std::floor(time_s / kDay_s));
  if (day == day_index_) return;
  day_index_ = day;
  day_ = tariff_.day(calendar_.date(time_s));
}

double Meter::marginal_krw_per_kwh(double now_s) {
  enter_day(now_s);
  const int hour = calendar_.hour_of_day(now_s);
  const double before_tax = day_.energy_krw_per_kwh[std::size_t(hour)] + day_.surcharge_krw_per_kwh;
  return day_.marginal_krw_per_kwh(hour) + (vat_is_cost_ ? before_tax * day_.vat_share : 0.0);
}

std::optional<MonthBill> Meter::hour(double hour_start_s, double facility_kwh, const std::array<double, 4>& quarter_kw) {
  SIM_CHECK(hour_start_s > last_hour_s_, "the meter was read twice for one hour");
  last_hour_s_ = hour_start_s;
  std::optional<MonthBill> done;
  enter_day(hour_start_s);
  if (day_index_ != booked_day_ || !open_) {  // somebody may have asked for a price of this day before
    booked_day_ = day_index_;
    const int month = calendar_.month_index(hour_start_s);
    if (open_ && month != month_) done = close();
    if (!open_) {
      open_ = true;
      month_ = month;
      bill_ = {};
      bill_.month = Calendar::first_of_month(month);
      month_hours_ = (calendar_.at_s(Calendar::first_of_month(month + 1)) - calendar_.at_s(bill_.month)) / kHour_s;
      rate_krw_per_kw_ = rate_fund_krw_per_kw_ = rate_vat_krw_per_kw_ = 0;
      month_peak_kw_ = 0;
    }
  }
  const auto h = std::size_t(calendar_.hour_of_day(hour_start_s));
  const double energy_krw = facility_kwh * day_.energy_krw_per_kwh[h];
  const double surcharge_krw = facility_kwh * day_.surcharge_krw_per_kwh;
  const double rate = day_.demand_krw_per_kw / month_hours_;
  bill_.kwh += facility_kwh;
  bill_.energy_krw += energy_krw;
  bill_.surcharge_krw += surcharge_krw;
  bill_.fund_krw += (energy_krw + surcharge_krw) * day_.fund_share;
  bill_.vat_krw += (energy_krw + surcharge_krw) * day_.vat_share;
  rate_krw_per_kw_ += rate;
  rate_fund_krw_per_kw_ += rate * day_.fund_share;
  rate_vat_krw_per_kw_ += rate * day_.vat_share;
  floor_share_ = day_.demand_floor_share;
  if (day_.sets_demand[h]) month_peak_kw_ = std::max(month_peak_kw_, *std::max_element(quarter_kw.begin(), quarter_kw.end()));
  return done;
}

std::optional<MonthBill> Meter::close() {
  if (!open_) return {};
  open_ = false;
  const unsigned month = unsigned(bill_.month.month());
  const bool seasonal = (month >= 7 && month <= 9) || month == 12 || month <= 2;
  if (seasonal) seasonal_peaks_kw_.emplace_back(month_, month_peak_kw_);
  while (!seasonal_peaks_kw_.empty() && seasonal_peaks_kw_.front().first <= month_ - 12) seasonal_peaks_kw_.pop_front();

  double demand_kw = std::max(month_peak_kw_, floor_share_ * contract_kw_);
  for (const auto& [when, peak_kw] : seasonal_peaks_kw_) demand_kw = std::max(demand_kw, peak_kw);
  bill_.billing_demand_kw = demand_kw;
  bill_.demand_krw = demand_kw * rate_krw_per_kw_;
  bill_.fund_krw += demand_kw * rate_fund_krw_per_kw_;
  bill_.vat_krw += demand_kw * rate_vat_krw_per_kw_;
  bill_.total_krw = bill_.demand_krw + bill_.energy_krw + bill_.surcharge_krw + bill_.fund_krw;
  bill_.cost_krw = bill_.total_krw + (vat_is_cost_ ? bill_.vat_krw : 0.0);
  return bill_;
}

}  // namespace dure::sim
