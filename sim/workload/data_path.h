#pragma once
#include <filesystem>
#include <string>

namespace dure::sim {

/// A file named by a scenario in folder `base`: "${DURE_DATA}" in the name is the environment's folder of third-party files.
/// Throws ScenarioError at `field_path` if that is not set.
std::filesystem::path data_path(std::string name, const std::filesystem::path& base, const std::string& field_path);

}  // namespace dure::sim
