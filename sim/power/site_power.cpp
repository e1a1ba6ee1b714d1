#include "sim/power/site_power.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/units.h"

namespace dure::sim {
namespace {
namespace proto = ::dure;

std::optional<Weather> make_weather(const proto::Power& power, const proto::Site& site, const std::string& city, const Calendar& calendar,
                                    Seed seed) {
  const bool known =
      std::any_of(power.climate_normal().begin(), power.climate_normal().end(), [&](const auto& row) { return row.city() == city; });
  if (site.has_pue() && !known) return {};
  return Weather(power, city, calendar, seed);
}

}  // namespace

SitePower::SitePower(const proto::Power& power, const proto::Site& site, const std::string& climate_city, double contract_kw,
                     const Calendar& calendar, Seed seed, double horizon_s, double tariff_adder_krw_per_kwh)
    : calendar_(calendar),
      cooling_(power.cooling(), site.cooling(), contract_kw * 1000.0 / power.cooling().design_pue(), site.site()),
      weather_(make_weather(power, site, climate_city, calendar, seed)),
      surcharges_(power) {
  if (site.has_pue()) fixed_pue_ = site.pue();
  const Date last = calendar.date(std::max(0.0, horizon_s - 1));
  if (power.tariff_row_size() > 0) {
    Tariff tariff(power, site.tariff(), fmt::format("site[{}].tariff", site.site()), tariff_adder_krw_per_kwh);
    tariff.check_covers(calendar.first_day(), last);
    meter_.emplace(std::move(tariff), calendar, contract_kw, power.vat_is_cost());
  }
  surcharges_.check_covers("grid_emission_factor", calendar.first_day(), last);
}

double SitePower::pue(double now_s, double it_w) { return fixed_pue_ ? *fixed_pue_ : cooling_.pue(weather_->at(now_s).wet_bulb_c, it_w); }

FacilityPower SitePower::split(double now_s, double it_w) {
  if (fixed_pue_) return {it_w, it_w * (*fixed_pue_ - 1), 0};
  return cooling_.split(weather_->at(now_s).wet_bulb_c, it_w);
}

std::optional<Air> SitePower::air(double now_s) {
  if (!weather_) return {};
  return weather_->at(now_s);
}

std::optional<double> SitePower::marginal_krw_per_kwh(double now_s) {
  if (!meter_) return {};
  return meter_->marginal_krw_per_kwh(now_s);
}

std::optional<double> SitePower::carbon_kg_per_kwh(double now_s) {
  const long day = long(std::floor(now_s / kDay_s));
  if (day != carbon_day_) {
    carbon_day_ = day;
    carbon_kg_per_kwh_ = dure::sim::carbon_kg_per_kwh(surcharges_, calendar_.date(now_s));
  }
  return carbon_kg_per_kwh_;
}

std::optional<MonthBill> SitePower::hour(double hour_start_s, double facility_kwh, const std::array<double, 4>& quarter_kw) {
  if (!meter_) return {};
  return meter_->hour(hour_start_s, facility_kwh, quarter_kw);
}

std::optional<MonthBill> SitePower::close() {
  if (!meter_) return {};
  return meter_->close();
}

std::optional<Text> no_price_reason(const proto::Power& power) {
  if (power.tariff_row_size() > 0) return {};
  return Text{"the scenario gives no tariff table (power.tariff)", "시나리오에 전기요금표(power.tariff)가 없습니다"};
}

std::optional<Text> no_carbon_reason(const proto::Power& power) {
  for (const auto& row : power.surcharge())
    if (row.item() == "grid_emission_factor") return {};
  return Text{"the scenario gives no grid_emission_factor (power.surcharges)",
              "시나리오에 전력배출계수 grid_emission_factor(power.surcharges)가 없습니다"};
}

}  // namespace dure::sim
