#pragma once
#include <string>

#include "sim/cli/context.h"
#include "sim/results.h"

namespace dure::sim {

/// About ten figures of a run for the terminal, in the reader's language.
std::string headlines(const Summary& summary, const Context& context);

}  // namespace dure::sim
