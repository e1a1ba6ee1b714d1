#include "analysis/study/ranks.h"

#include <algorithm>
#include <vector>

#include "analysis/study/bootstrap.h"
#include "sim/error.h"

namespace dure::analysis {

namespace {

/// Adds the ranks of one replicate; the smallest score comes first.
void add_ranks(const std::vector<double>& scores, Eigen::MatrixXd& sum) {
  for (std::size_t option = 0; option < scores.size(); ++option) {
    const auto before = std::count_if(scores.begin(), scores.end(), [&](double s) { return s < scores[option]; });
    const auto same = std::count(scores.begin(), scores.end(), scores[option]);
    for (auto rank = before; rank < before + same; ++rank) sum(Eigen::Index(option), rank) += 1 / double(same);
  }
}

}  // namespace

Ranks ranks(const Eigen::MatrixXd& values, Better better, sim::Seed seed, int resamples) {
  SIM_CHECK(values.rows() > 0 && values.cols() > 0, "ranks of nothing");
  const auto n = static_cast<std::size_t>(values.rows()), options = static_cast<std::size_t>(values.cols());
  const double sign = better == Better::kLower ? 1 : -1;
  std::vector<std::vector<double>> scores(n, std::vector<double>(options));  // replicate x option, lower is better
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t o = 0; o < options; ++o) scores[r][o] = sign * values(Eigen::Index(r), Eigen::Index(o));

  Ranks out{.probability = Eigen::MatrixXd::Zero(values.cols(), values.cols()), .best_mean = {}};
  for (const auto& replicate : scores) add_ranks(replicate, out.probability);
  out.probability /= double(n);
  if (n < 2) return out;

  Eigen::VectorXd best = Eigen::VectorXd::Zero(values.cols());
  Resamples resample(n, seed, "study/ranks");
  for (int i = 0; i < resamples; ++i) {
    std::vector<double> sums(options, 0.0);
    for (const std::size_t pick : resample.next())
      for (std::size_t o = 0; o < options; ++o) sums[o] += scores[pick][o];
    const double least = *std::min_element(sums.begin(), sums.end());
    const auto first = std::count(sums.begin(), sums.end(), least);
    for (std::size_t o = 0; o < options; ++o)
      if (sums[o] == least) best(Eigen::Index(o)) += 1 / double(first);
  }
  out.best_mean = best / resamples;
  return out;
}

}  // namespace dure::analysis
