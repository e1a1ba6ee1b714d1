#pragma once
#include "sim/scenario_study.h"

namespace dure::sim {

/// Builds the models that a scenario names, so that what only they can refuse is refused before a run. Throws ScenarioErrors, with places.
void check_deeply(const Loaded& loaded);

/// The same for every option of a study, as it stands and with its inputs at the ends of their ranges; and whether a run of any option can
/// have the metrics that decide, and the inputs and correlations agree with each other. Throws ScenarioErrors with all that is wrong.
///
/// All inputs go to one end at once, which costs two more looks at an option; only where that is refused, one after another. So a
/// refusal that takes two inputs, one low and one high, is found by the runs alone, and marked there.
void check_study(const LoadedStudy& study);

}  // namespace dure::sim
