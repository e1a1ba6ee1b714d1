#include "analysis/study/sobol_indices.h"

#include <numeric>

#include "analysis/study/bootstrap.h"
#include "analysis/study/designs.h"
#include "sim/error.h"

namespace dure::analysis {

namespace {

/// What one base point adds to each mean.
struct Terms {
  double sum = 0, squares = 0;         // of f(a), f(b)
  std::vector<double> first, total;    // of each input
};

struct Estimate {
  double mean = 0, variance = 0;
  std::vector<double> first, total;
};

Estimate estimate(const std::vector<Terms>& terms, const Picks& picks) {
  const std::size_t inputs = terms[0].first.size();
  Estimate out{.mean = 0, .variance = 0, .first = std::vector<double>(inputs), .total = std::vector<double>(inputs)};
  const double n = double(picks.size());
  double squares = 0;
  for (const std::size_t j : picks) {
    const Terms& term = terms[j];
    out.mean += term.sum;
    squares += term.squares;
    for (std::size_t i = 0; i < inputs; ++i) {
      out.first[i] += term.first[i];
      out.total[i] += term.total[i];
    }
  }
  out.mean /= 2 * n;
  out.variance = squares / (2 * n) - out.mean * out.mean;
  for (std::size_t i = 0; i < inputs; ++i) {
    out.first[i] = out.variance > 0 ? out.first[i] / n / out.variance : 0;
    out.total[i] = out.variance > 0 ? out.total[i] / (2 * n) / out.variance : 0;
  }
  return out;
}

}  // namespace

Eigen::MatrixXd sobol_index_points(int inputs, std::uint64_t first, Eigen::Index count, sim::Seed seed) {
  const Eigen::MatrixXd base = SobolPoints(2 * inputs, seed).points(first, count);
  Eigen::MatrixXd out(count * (inputs + 2), inputs);
  for (Eigen::Index j = 0; j < count; ++j) {
    const Eigen::Index row = j * (inputs + 2);
    for (Eigen::Index r = 0; r < inputs + 2; ++r) out.row(row + r) = base.row(j).head(inputs);
    out.row(row + 1) = base.row(j).tail(inputs);
    for (Eigen::Index i = 0; i < inputs; ++i) out(row + 2 + i, i) = base(j, inputs + i);
  }
  return out;
}

SobolIndices sobol_indices(const Eigen::VectorXd& values, int inputs, sim::Seed seed, int resamples) {
  const Eigen::Index runs = inputs + 2, count = values.size() / runs;
  SIM_CHECK(inputs > 0 && count >= 2 && count * runs == values.size(), "k + 2 values of each of at least two base points");
  double centre = 0;
  for (Eigen::Index j = 0; j < count; ++j) centre += (values(j * runs) + values(j * runs + 1)) / (2 * double(count));

  std::vector<Terms> terms;
  for (Eigen::Index j = 0; j < count; ++j) {
    const double a = values(j * runs) - centre, b = values(j * runs + 1) - centre;
    Terms& term = terms.emplace_back(Terms{.sum = a + b, .squares = a * a + b * b, .first = {}, .total = {}});
    for (Eigen::Index i = 0; i < inputs; ++i) {
      const double ab = values(j * runs + 2 + i) - centre;
      term.first.push_back(b * (ab - a));
      term.total.push_back((a - ab) * (a - ab));
    }
  }
  Picks all(terms.size());
  std::iota(all.begin(), all.end(), 0);
  const Estimate whole = estimate(terms, all);
  const auto intervals = bootstrap(Resamples(all.size(), seed, "study/sobol-intervals"), resamples, [&](const Picks& picks) {
    Estimate each = estimate(terms, picks);
    each.first.insert(each.first.end(), each.total.begin(), each.total.end());
    return each.first;
  });
  SobolIndices out{.mean = centre + whole.mean, .variance = whole.variance, .inputs = {}};
  for (std::size_t i = 0; i < whole.first.size(); ++i)
    out.inputs.push_back({.first = whole.first[i], .total = whole.total[i], .first_interval = intervals[i], .total_interval = intervals[whole.first.size() + i]});
  return out;
}

}  // namespace dure::analysis
