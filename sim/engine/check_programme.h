#pragma once
#include "sim/inventory/fleet.h"
#include "sim/programme/programme.h"
#include "sim/workload/projects.h"

namespace dure {
class Scenario;
}

namespace dure::sim {

/// What a programme, the fleet and a workload must agree on. Throws ScenarioError.
void check_programme(const ::dure::Scenario& scenario, const Fleet& fleet);
void check_applicants(const ::dure::Scenario& scenario, const Applicants& applicants, const Programme& programme);

}  // namespace dure::sim
