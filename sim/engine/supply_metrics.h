#pragma once
// Which of the promised cards were there, since when, and how far they stand in one place.
#include "sim/engine/run_state.h"

namespace dure::sim {

/// Over the whole run and, where it has several regions, for each region with cards (NAME@REGION):
///
///   availability.mean            in service / nominal card-time: what is neither undelivered, being installed, without power nor down
///   time_to_power_months.mean    from request to supply, mean over the cards of sites that asked (Scenario.grid)
///   time_to_first_card_months    from the first day of the run to the first public card in service
///   concentration.largest_site   share of the nominal card-time at the site that has most: what one site can take away
///
/// A month is a twelfth of 365.25 days. What has not come by the end of the run counts with the time so far.
void add_supply_metrics(RunState& run, Summary& summary);

}  // namespace dure::sim
