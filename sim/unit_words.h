#pragma once
#include <string_view>

#include "sim/error.h"

namespace dure::sim {

/// A unit of a parameter, a column or a metric in words: "cards" is "장" in Korean. Units that are the same everywhere stay.
Text unit_words(std::string_view unit);

}  // namespace dure::sim
