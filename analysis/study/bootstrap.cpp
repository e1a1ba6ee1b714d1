#include "analysis/study/bootstrap.h"

namespace dure::analysis {

const Picks& Resamples::next() {
  const double n = double(picks_.size());
  for (std::size_t& pick : picks_) pick = static_cast<std::size_t>(chance_.uniform() * n);
  return picks_;
}

std::vector<Interval> bootstrap(Resamples resamples, int times, const std::function<std::vector<double>(const Picks&)>& statistics) {
  std::vector<std::vector<double>> found;  // statistic x resample
  for (int i = 0; i < times; ++i) {
    const std::vector<double> values = statistics(resamples.next());
    found.resize(values.size());
    for (std::size_t s = 0; s < values.size(); ++s) found[s].push_back(values[s]);
  }
  std::vector<Interval> out;
  for (const auto& each : found) out.push_back({quantile(each, 0.025), quantile(each, 0.975)});
  return out;
}

}  // namespace dure::analysis
