#pragma once
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "sim/calendar.h"
#include "sim/power/power.pb.h"
#include "sim/power/surcharges.h"

namespace dure::sim {

/// What electricity costs on one day under one contract.
struct TariffDay {
  std::array<double, 24> energy_krw_per_kwh{};  // of the hour's band, weekend midday discount taken off, regional adder put on
  std::array<bool, 24> sets_demand{};           // mid and peak bands: their peaks count for the billing demand
  double surcharge_krw_per_kwh = 0;             // climate and environment charge + fuel cost adjustment
  double fund_share = 0;                        // power industry fund, of the bill before tax
  double vat_share = 0;                         // of the bill before tax and fund
  double demand_krw_per_kw = 0;                 // a month
  double demand_floor_share = 0;                // billing demand is never below this share of the contracted supply

  /// Cost of one more kWh in that hour, fund included, tax apart.
  double marginal_krw_per_kwh(int hour) const { return (energy_krw_per_kwh[std::size_t(hour)] + surcharge_krw_per_kwh) * (1 + fund_share); }
};

/// A KEPCO contract over time.
///
///   bill = (demand + sum (energy x factor + adder) x kWh + (climate + fuel) x kWh) x (1 + fund), and VAT on the part before the fund
///
/// The energy charge of an hour follows from the date (which table was in force, and which version of the bands went with
/// it), the season (summer 6-8, winter 11-2, else spring_fall), the kind of day (Sundays and public holidays on weekdays are
/// `holiday`; saturday_holiday_is_holiday says what a holiday on a Saturday is) and the hour. Contracts of type industrial_b pay half the
/// energy charge at midday on spring and autumn weekends, in the hours the band table marks and between the dates of
/// weekend_midday_discount. The user's choice of contract is taken as given: no check against the voltage that a load of that size would
/// get. Not modelled: rounding to whole won, power-factor terms, penalty for exceeding the contract, the option to keep the old bands until
/// 2026-09-30. Source: platforms/korea/{tariff,tou_bands,surcharges,holidays}.csv.
class Tariff {
 public:
  /// `field` is where the contract was named, for errors; the adder is the region's (Region.tariff_adder_krw_per_kwh). Throws ScenarioError if
  /// the tables lack the contract or its bands.
  Tariff(const ::dure::Power& power, const std::string& contract, const std::string& field, double adder_krw_per_kwh = 0);

  TariffDay day(Date date) const;
  /// Throws ScenarioError unless rates, surcharges and holidays reach from `first` to `last`.
  void check_covers(Date first, Date last) const;

 private:
  static constexpr int kSeasons = 3;
  static constexpr int kDayTypes = 3;
  static constexpr int kBands = 3;
  struct Hour {
    int band = -1;
    double industrial_b_energy_factor = 1;
  };
  struct Version {  // what holds from one day to another
    std::chrono::sys_days first;
    std::chrono::sys_days last;
    bool industrial_b = false;
    std::string bands_version;
    double demand_krw_per_kw = 0;
    std::array<std::array<double, kBands>, kSeasons> energy_krw_per_kwh{};
    std::array<std::array<std::array<Hour, 24>, kDayTypes>, kSeasons> hours{};
  };
  const Version* version(Date date) const;
  int day_type(Date date) const;
  void read_rates(const ::dure::Power& power, const std::string& field);
  void read_bands(const ::dure::Power& power);

  std::string contract_;
  double adder_krw_per_kwh_;
  std::vector<Version> versions_;  // in order of date
  std::vector<std::chrono::sys_days> holidays_;
  bool saturday_holiday_is_holiday_;
  Surcharges surcharges_;
};

}  // namespace dure::sim
