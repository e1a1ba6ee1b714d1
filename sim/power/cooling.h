#pragma once
#include <string>

#include "sim/power/power.pb.h"

namespace dure::sim {

/// Where a site's power goes.
struct FacilityPower {
  double it_w = 0;
  double cooling_w = 0;  // chillers, fans, pumps, towers
  double losses_w = 0;   // UPS, transformers, cables, lights and controls
  double facility_w() const { return it_w + cooling_w + losses_w; }
};

/// Power of the plant that feeds and cools a site, from outside wet-bulb T_wb, load and kind of plant.
///
/// Load fraction x = IT / design IT, where design IT = contracted supply / design_pue; x is held between min_load_fraction
/// (below it modules are switched off or serve others) and 1. Per watt of IT:
///
///   losses   l = ups_fixed / x + ups_proportional + building_fixed / x
///   heat     q = 1 + ups_fixed / x + ups_proportional
///   chiller  COP = min(max_cop, g T_e / (T_c - T_e)) in kelvin; g = carnot_fraction,
///            T_e = chilled water - evaporator approach, T_c = T_wb + tower approach + condenser approach
///
///   air_chiller     c = fans + (q + fans)(1/COP + tower)                       water-cooled chillers all year
///   air_economiser  c = fans + (q + fans)(1 - f)(1/COP + tower)                indirect evaporative air first;
///                   f = (supply + range - (T_wb + approach)) / range in [0, 1]: the share of the air's rise that it removes
///   liquid          share s of the IT heat to warm water: c_s = pumps + (1 - f)/COP, f as above for water against the tower;
///                   the rest by fans and chillers as air_chiller
///   deep_water      c = fans + (q + fans) pumps                                 cold lake water, no chiller
///
///   PUE = 1 + l + c
///
/// Valid for T_wb of -25 to 32 degC. Winter economisers lose nothing to humidification here, and water use is not counted.
/// Source: steady heat balance; shares and approaches are fields of Cooling with their source and range.
class Cooling {
 public:
  /// `site` names the site in errors. Throws ScenarioError for an unknown plant.
  Cooling(const ::dure::Cooling& config, const std::string& plant, double design_it_w, const std::string& site);

  double pue(double wet_bulb_c, double it_w) const;
  FacilityPower split(double wet_bulb_c, double it_w) const;
  double chiller_cop(double wet_bulb_c) const;

 private:
  enum class Plant { kAirChiller, kAirEconomiser, kLiquid, kDeepWater };
  struct Shares {
    double losses;
    double cooling;
  };
  Shares shares(double wet_bulb_c, double it_w) const;

  ::dure::Cooling config_;
  Plant plant_;
  double design_it_w_;
};

}  // namespace dure::sim
