#include "sim/cli/catch_interrupt.h"

#include <signal.h>

namespace dure::sim {
namespace {
volatile std::sig_atomic_t interrupted = 0;
}

CatchInterrupt::CatchInterrupt() {
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = [](int signal) { interrupted = signal; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

CatchInterrupt::~CatchInterrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int CatchInterrupt::caught() { return interrupted; }

}  // namespace dure::sim
