#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/network/backbone.h"
#include "sim/workload/model_times.h"

namespace dure::sim {

/// Where the scenario's jobs come from, other than from projects (those come with their grants).
std::vector<std::unique_ptr<Source>> make_sources(Facts& facts, const std::string& scenario_folder);

/// How planning fidelity merges the small jobs of this run.
std::unique_ptr<Batching> make_batching(Facts& facts);

/// Run times of the projects' work on named models; none if there is none. Cards open to projects are those outside partitions.
std::shared_ptr<const ModelTimes> make_model_times(const Facts& facts);

Backbone make_backbone(const Facts& facts);
/// The backbone's lines as lines of the clock, by LineId.
std::vector<Clock::Line> lines_of(RunState& run, const Backbone& backbone);

}  // namespace dure::sim
