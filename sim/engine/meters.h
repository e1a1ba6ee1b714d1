#pragma once
#include <memory>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/integral.h"

namespace dure::sim {
