#include "sim/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace dure::sim {
using Clock = std::chrono::steady_clock;

ProgressLine::ProgressLine(const Context& context, std::string what) : context_(context), what_(std::move(what)), begin_(Clock::now()), drawn_(begin_) {
  if (context.progress == "bar") form_ = Form::kBar;
  else if (context.progress == "plain") form_ = Form::kPlain;
  else if (context.progress == "none" || context.verbosity < 0) form_ = Form::kNone;
  else form_ = ::isatty(STDERR_FILENO) != 0 ? Form::kBar : Form::kNone;
}

ProgressLine::~ProgressLine() {
  if (form_ == Form::kBar) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(double share_done, const std::string& date) {
  if (form_ == Form::kNone || share_done <= 0) return;
  const auto now = Clock::now();
  const double spent_s = std::chrono::duration<double>(now - begin_).count();
  const double left_s = spent_s * (1 - share_done) / share_done;
  if (form_ == Form::kPlain) {
    const int tenths = static_cast<int>(share_done * 10);
    if (tenths <= tenths_) return;
    tenths_ = tenths;
    std::fputs(fmt::format("{}  {} %  {}\n", what_, tenths * 10, date).c_str(), stderr);
    return;
  }
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  constexpr int kWidth = 30;
  const int full = static_cast<int>(share_done * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < full ? "█" : "░";
  std::fputs(fmt::format("\r\033[K{}  {}  {:3.0f} %  {}  {} {:.0f} s", what_, bar, share_done * 100, date, context_.say("left", "남은 시간"), left_s).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace dure::sim
