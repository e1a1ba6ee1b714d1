#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/network/backbone.h"

namespace dure::sim {

/// Where the scenario's jobs come from, other than from projects (those come with their grants).
std::vector<std::unique_ptr<Source>> make_sources(Facts& facts, const std::string& scenario_folder);

Backbone make_backbone(const Facts& facts);
/// The backbone's lines as lines of the clock, by LineId.
std::vector<Clock::Line> lines_of(RunState& run, const Backbone& backbone);

}  // namespace dure::sim
