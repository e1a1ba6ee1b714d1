#pragma once
#include "sim/programme/programme.h"

namespace dure::sim {

/// Everyone may submit and start; the scheduler alone decides.
class OpenQueueProgramme final : public Programme {
 public:
  int rounds_after_end() const override { return 0; }
  bool admits(const Job&, int, double) const override { return true; }
};

}  // namespace dure::sim
