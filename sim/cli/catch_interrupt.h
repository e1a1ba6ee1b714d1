#pragma once
#include <csignal>

namespace dure::sim {

/// While it lives, the first Ctrl-C (or SIGTERM) is only noted, so that work can end in order; a second one kills as usual.
class CatchInterrupt {
 public:
  CatchInterrupt();
  ~CatchInterrupt();
  static int caught();  // the signal, or 0
};

}  // namespace dure::sim
