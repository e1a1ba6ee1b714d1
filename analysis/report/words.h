#pragma once
// What the keys in the tables are called, in each language.
#include <string>
#include <string_view>
#include <vector>

#include "analysis/report/format.h"
#include "sim/card_state.h"
#include "sim/unit_words.h"

namespace dure::analysis {

/// Where a state stands in the ledger: a group shares a colour.
enum class StateGroup { kNotOnOffer, kFree, kOverhead, kProductive };

Text state_name(sim::CardState state);
Text state_meaning(sim::CardState state);
StateGroup state_group(sim::CardState state);
Text group_name(StateGroup group);

/// How closely the run simulated its jobs.
Text fidelity_words(const dure::Scenario& scenario);

/// Names of keys that the simulator writes; any other key (a class, a city) stands for itself.
Text word(std::string_view key);

using sim::unit_words;

/// What a metric of summary.json means; empty for one this page does not know.
Text metric_meaning(std::string_view name);

/// The metrics this page knows by name; those by cause of idleness follow patterns and are not among them.
std::vector<std::string> metric_names();

/// What a metric is called in a sentence: its meaning, card-hours of a state by the state's name; its own name if it has neither.
Text metric_label(std::string_view name);

}  // namespace dure::analysis
