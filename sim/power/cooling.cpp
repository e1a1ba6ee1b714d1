#include "sim/power/cooling.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.h"

namespace dure::sim {
namespace {

constexpr double kZeroCelsius_k = 273.15;

/// Share of a stream's temperature rise that water or air of `free_c` takes out when it must come back at `supply_c`.
double free_share(double supply_c, double range_k, double free_c) { return std::clamp((supply_c + range_k - free_c) / range_k, 0.0, 1.0); }

/// COP between two temperatures, a fraction of the ideal one and no higher than the machine allows.
double cop(double evaporating_c, double condensing_c, double carnot_fraction, double max_cop) {
  const double lift_k = condensing_c - evaporating_c;
  return lift_k <= 0 ? max_cop : std::min(max_cop, carnot_fraction * (evaporating_c + kZeroCelsius_k) / lift_k);
}

}  // namespace

Cooling::Cooling(const ::dure::Cooling& config, const std::string& plant, double design_it_w, const std::string& site)
    : config_(config), plant_(Plant::kAirChiller), design_it_w_(design_it_w) {
  if (plant == "air_chiller")
    plant_ = Plant::kAirChiller;
  else if (plant == "air_economiser")
    plant_ = Plant::kAirEconomiser;
  else if (plant == "liquid")
    plant_ = Plant::kLiquid;
  else if (plant == "deep_water")
    plant_ = Plant::kDeepWater;
  else
    throw ScenarioError(fmt::format("site[{}].cooling", site),
                        {fmt::format("unknown cooling plant \"{}\"", plant), fmt::format("알 수 없는 냉각 방식 \"{}\"입니다", plant)},
                        {"write air_chiller, air_economiser, liquid or deep_water",
                         "air_chiller, air_economiser, liquid, deep_water 가운데 하나를 쓰십시오"});
}

double Cooling::chiller_cop(double wet_bulb_c) const {
  return cop(config_.chilled_water_c() - config_.evaporator_approach_k(),
             wet_bulb_c + config_.tower_approach_k() + config_.condenser_approach_k(), config_.carnot_fraction(), config_.max_cop());
}

Cooling::Shares Cooling::shares(double wet_bulb_c, double it_w) const {
  const double load = design_it_w_ > 0 ? std::clamp(it_w / design_it_w_, config_.min_load_fraction(), 1.0) : 1.0;
  const double ups = config_.ups_fixed_share() / load + config_.ups_proportional_share();
  const double losses = ups + config_.building_fixed_share() / load;
  const double heat = 1.0 + ups;
  const double chilled = 1.0 / chiller_cop(wet_bulb_c) + config_.tower_share();  // per watt of heat through the chillers
  const double room_fans = config_.room_fan_share();
  switch (plant_) {
    case Plant::kAirChiller:
      return {losses, room_fans + (heat + room_fans) * chilled};
    case Plant::kAirEconomiser: {
      const double fans = config_.economiser_fan_share();
      const double free = free_share(config_.supply_air_c(), config_.air_range_k(), wet_bulb_c + config_.economiser_approach_k());
      return {losses, fans + (heat + fans) * (1.0 - free) * chilled};
    }
    case Plant::kLiquid: {
      const double water_c = wet_bulb_c + config_.tower_approach_k() + config_.liquid_exchanger_k();
      const double free = free_share(config_.liquid_supply_c(), config_.liquid_range_k(), water_c);
      const double warm_cop =
          cop(config_.liquid_supply_c() - config_.evaporator_approach_k(),
              wet_bulb_c + config_.tower_approach_k() + config_.condenser_approach_k(), config_.carnot_fraction(), config_.max_cop());
      const double wet = config_.liquid_share();
      const double fans = room_fans * (heat - wet);
      return {losses, wet * (config_.liquid_pump_share() + (1.0 - free) / warm_cop) + fans + (heat - wet + fans) * chilled};
    }
    case Plant::kDeepWater:
      return {losses, room_fans + (heat + room_fans) * config_.deep_water_pump_share()};
  }
  SIM_CHECK(false, "a cooling plant without an equation");
}

double Cooling::pue(double wet_bulb_c, double it_w) const {
  const Shares share = shares(wet_bulb_c, it_w);
  return 1.0 + share.losses + share.cooling;
}

FacilityPower Cooling::split(double wet_bulb_c, double it_w) const {
  const Shares share = shares(wet_bulb_c, it_w);
  return {it_w, it_w * share.cooling, it_w * share.losses};
}

}  // namespace dure::sim
