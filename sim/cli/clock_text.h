#pragma once
#include <string>

namespace dure::sim {

std::string utc_now();  // "2026-03-01T12:00:00Z"

}  // namespace dure::sim
