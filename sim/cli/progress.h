#pragma once
#include <chrono>
#include <string>

#include "sim/cli/context.h"

namespace dure::sim {

/// A line on standard error that says how far a run is and when it will be done. `bar` redraws one line, `plain` writes a
/// line at every tenth, `none` is silent; `auto` is a bar on a terminal and none elsewhere.
class ProgressLine {
 public:
  ProgressLine(const Context& context, std::string what);
  ~ProgressLine();
  void show(double share_done, const std::string& date);

 private:
  enum class Form { kBar, kPlain, kNone };
  const Context& context_;
  std::string what_;
  Form form_;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point drawn_;
  int tenths_ = 0;
};

}  // namespace dure::sim
