#pragma once

namespace dure {
class Scenario;
}

namespace dure::sim {

/// What a programme and a workload must agree on. Throws ScenarioError.
void check_programme(const ::dure::Scenario& scenario);

}  // namespace dure::sim
