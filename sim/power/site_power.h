#pragma once
#include <array>
#include <optional>
#include <string>

#include "sim/calendar.h"
#include "sim/error.h"
#include "sim/inventory/inventory.pb.h"
#include "sim/power/cooling.h"
#include "sim/power/meter.h"
#include "sim/power/power.pb.h"
#include "sim/power/surcharges.h"
#include "sim/power/weather.h"
#include "sim/random.h"

namespace dure::sim {

/// Everything electrical of one site: hand it IT power, it answers with facility power, bills and carbon.
///
/// Facility power = IT power x PUE, where PUE is the site's fixed `pue` or follows from weather, load and plant (Cooling).
/// Call it in the order of time, hour by hour; each call of `hour` books one hour.
class SitePower {
 public:
  /// `climate_city` and the adder on the energy charge are the region's; `contract_kw` the contracted supply; `horizon_s` the end of the run, up to which tables
  /// must reach. Throws ScenarioError for what the tables lack.
  SitePower(const ::dure::Power& power, const ::dure::Site& site, const std::string& climate_city, double contract_kw,
            const Calendar& calendar, Seed seed, double horizon_s, double tariff_adder_krw_per_kwh = 0);

  double pue(double now_s, double it_w);
  FacilityPower split(double now_s, double it_w);  // with a fixed pue, all that is not IT counts as cooling
  std::optional<Air> air(double now_s);            // none if the pue is fixed and the tables lack the city

  bool has_price() const { return meter_.has_value(); }
  std::optional<double> marginal_krw_per_kwh(double now_s);  // one more kWh now, fund included, demand charge apart
  std::optional<double> carbon_kg_per_kwh(double now_s);

  /// Books an hour at the meter (a whole hour of the run and its four quarter-hour means); gives the bill of the month before
  /// when a month begins. Without a tariff there is no bill.
  std::optional<MonthBill> hour(double hour_start_s, double facility_kwh, const std::array<double, 4>& quarter_kw);
  std::optional<MonthBill> close();  // the open month, at the end of the run

 private:
  Calendar calendar_;
  std::optional<double> fixed_pue_;
  Cooling cooling_;
  std::optional<Weather> weather_;
  Surcharges surcharges_;
  std::optional<Meter> meter_;
  long carbon_day_ = -1;
  std::optional<double> carbon_kg_per_kwh_;
};

/// Why electricity has no cost in this run; nothing if it has.
std::optional<Text> no_price_reason(const ::dure::Power& power);
/// Why there is no carbon in this run; nothing if there is.
std::optional<Text> no_carbon_reason(const ::dure::Power& power);

}  // namespace dure::sim
