#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/calendar.h"
#include "sim/power/power.pb.h"

namespace dure::sim {

/// Charges, shares and factors that hold between two dates (platforms/korea/surcharges.csv).
class Surcharges {
 public:
  /// Throws ScenarioError where two rows of an item overlap.
  explicit Surcharges(const ::dure::Power& power);

  bool has(const std::string& item) const { return items_.contains(item); }
  /// The value on that day; nothing outside the dates of the table.
  std::optional<double> value(const std::string& item, Date date) const;
  /// Throws ScenarioError if the item is in the table, but not on each day from `first` to `last`.
  void check_covers(const std::string& item, Date first, Date last) const;

 private:
  struct Span {
    std::chrono::sys_days first;
    std::chrono::sys_days last;
    double value;
  };
  std::map<std::string, std::vector<Span>> items_;  // in order of date
};

/// Kilograms of CO2 behind a kWh at the meter: the yearly national factor of the consumption end, in
/// tCO2e/MWh = kg/kWh, from the day it was published. An hourly shape is not modelled.
/// Nothing if the table has no factor on that day. Source: grid_emission_factor in platforms/korea/surcharges.csv.
inline std::optional<double> carbon_kg_per_kwh(const Surcharges& surcharges, Date date) {
  return surcharges.value("grid_emission_factor", date);
}

}  // namespace dure::sim
