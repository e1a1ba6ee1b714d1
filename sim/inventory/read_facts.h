#pragma once
// Rows of the scenario turned into facts, with every check that needs more than one field.
#include <vector>

#include "sim/inventory/fleet.h"

namespace dure::sim {

std::vector<CardFacts> read_cards(const ::dure::Scenario& scenario);
std::vector<SiteFacts> read_sites(const ::dure::Scenario& scenario, const Calendar& calendar, Seed seed);

/// Tranches with their days drawn, nodes not yet built.
std::vector<TrancheFacts> read_tranches(const ::dure::Scenario& scenario, const Calendar& calendar, Seed seed,
                                        const std::vector<CardFacts>& cards, const std::vector<SiteFacts>& sites);

}  // namespace dure::sim
