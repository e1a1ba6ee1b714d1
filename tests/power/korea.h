#pragma once
#include "sim/power/power.pb.h"
#include "tests/support/table.h"

namespace dure::test {

/// The Korean tables, read once.
inline const Power& korea() {
  static const Power power = [] {
    Power made;
    load_table(made, "climate_normal", "platforms/korea/climate_normals.csv");
    load_table(made, "climate_hour", "platforms/korea/climate_hourly.csv");
    load_table(made, "tariff_row", "platforms/korea/tariff.csv");
    load_table(made, "tou_band", "platforms/korea/tou_bands.csv");
    load_table(made, "surcharge", "platforms/korea/surcharges.csv");
    load_table(made, "holiday", "platforms/korea/holidays.csv");
    return made;
  }();
  return power;
}

}  // namespace dure::test
