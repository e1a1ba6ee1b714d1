#pragma once
#include "sim/scenario_study.h"

namespace dure::sim {

/// Asks what no single field can say: whether the rounds that a study wants can be run, and can end. Throws ScenarioErrors with all
/// mistakes, each with its place. After the command line has had its say (--ci-width).
void check_rounds(const LoadedStudy& study);

}  // namespace dure::sim
