#pragma once
#include "sim/engine/books.h"
#include "sim/engine/meters.h"
#include "sim/engine/run_state.h"

namespace dure::sim {

/// The ledger in kWh, kg of CO2 and KRW (docs/ledger.md), at the end of a run: the rows of the table `ledger`, and the metrics
/// ledger_kwh, ledger_carbon_kg and ledger_krw by state. Checks that each closes.
void value_ledger(RunState& run, const Meters& meters, const Books& books, Summary& summary);

}  // namespace dure::sim
