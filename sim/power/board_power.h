#pragma once
// Power of an accelerator board, and what power over time comes to.

namespace dure::sim {

/// Board of an accelerator, as its own meter reads it.
///
///   P = P_idle + (P_rated - P_idle) a,    P_idle = 0.13 P_rated
///
/// a: activity as of a node (NodePowerModel). Idle share: A100 62 of 400 W (Acme, power_cases.csv P-D09), H100 about 70 of 700 W
/// (from memory, medium); their middle. That a board at activity 1 draws its rating: 8xH100 of 10.2 kW nameplate train at 7.0 kW, of which
/// 5.4 kW boards at 0.95 and the rest host and losses. Good to a tenth; caps and clocks are not modelled.
inline constexpr double kBoardIdleShare = 0.13;
constexpr double board_w(double rated_w, double activity) { return rated_w * (kBoardIdleShare + (1 - kBoardIdleShare) * activity); }

/// Share of AC power that servers hand on as DC: 6,953 of 7,157 W (0.971, Sustainable Metal Cloud) and 0.94 (Lenovo); their middle.
inline constexpr double kSupplyEfficiency = 0.955;

/// Energy in kWh of `hours` at `power_w`, at the meter of the site: P t PUE / 1000. PUE 1: before cooling and losses.
constexpr double energy_kwh(double power_w, double hours, double pue = 1) { return power_w * hours * pue / 1000; }
/// Tonnes of CO2: kWh x kg/kWh / 1000.
constexpr double carbon_t(double energy_kwh, double carbon_kg_per_kwh) { return energy_kwh * carbon_kg_per_kwh / 1000; }

}  // namespace dure::sim
