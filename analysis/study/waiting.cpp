#include "analysis/study/waiting.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <functional>
#include <numeric>

#include "analysis/study/bootstrap.h"
#include "sim/error.h"

namespace dure::analysis {

namespace {

constexpr std::size_t kFolds = 10;
constexpr Eigen::Index kCubicFrom = 40;  // replicates; below, a straight line

using Rows = std::vector<std::vector<double>>;

Rows rows_of(const Eigen::MatrixXd& matrix) {
  Rows out(static_cast<std::size_t>(matrix.rows()), std::vector<double>(static_cast<std::size_t>(matrix.cols())));
  for (std::size_t r = 0; r < out.size(); ++r)
    for (std::size_t c = 0; c < out[r].size(); ++c) out[r][c] = matrix(Eigen::Index(r), Eigen::Index(c));
  return out;
}

std::size_t least(const std::vector<double>& values) { return std::size_t(std::min_element(values.begin(), values.end()) - values.begin()); }

std::vector<double> sums(const Rows& costs, const Picks& picks) {
  std::vector<double> out(costs[0].size(), 0.0);
  for (const std::size_t r : picks)
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += costs[r][i];
  return out;
}

double best_mean(const Rows& costs, const Picks& picks) {
  const auto all = sums(costs, picks);
  return *std::min_element(all.begin(), all.end()) / double(picks.size());
}

/// 1 and the Legendre polynomials of each input's rank; equal inputs share the mean of their ranks.
Rows basis_of(const Eigen::MatrixXd& known) {
  Rows out(static_cast<std::size_t>(known.rows()), std::vector<double>{1.0});
  std::vector<std::size_t> order(out.size());
  for (Eigen::Index input = 0; input < known.cols(); ++input) {
    const auto x = [&](std::size_t at) { return known(Eigen::Index(order[at]), input); };
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return known(Eigen::Index(a), input) < known(Eigen::Index(b), input); });
    for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
      while (to < order.size() && x(to) == x(from)) ++to;
      const double u = double(from + to) / double(order.size()) - 1;  // middle of the ties, in -1 … 1
      for (std::size_t at = from; at < to; ++at) {
        out[order[at]].push_back(u);
        if (known.rows() >= kCubicFrom) out[order[at]].insert(out[order[at]].end(), {(3 * u * u - 1) / 2, (5 * u * u * u - 3 * u) / 2});
      }
    }
  }
  return out;
}

/// Sums of least squares over some of the replicates.
struct Normal {
  Eigen::MatrixXd gram, moments;  // basis x basis, basis x option
};

/// What is paid, on average, when each replicate is decided by the regression on the folds to which it does not belong.
double paid_knowing(const Rows& costs, const Rows& basis, const Picks& picks) {
  const std::size_t terms = basis[0].size(), options = costs[0].size();
  const Normal none{Eigen::MatrixXd::Zero(Eigen::Index(terms), Eigen::Index(terms)), Eigen::MatrixXd::Zero(Eigen::Index(terms), Eigen::Index(options))};
  std::vector<Normal> folds(kFolds, none);
  for (const std::size_t r : picks) {  // a replicate picked twice stays in one fold
    double *gram = folds[r % kFolds].gram.data(), *moments = folds[r % kFolds].moments.data();
    for (std::size_t a = 0; a < terms; ++a) {
      for (std::size_t b = 0; b < terms; ++b) gram[a * terms + b] += basis[r][a] * basis[r][b];
      for (std::size_t i = 0; i < options; ++i) moments[i * terms + a] += basis[r][a] * costs[r][i];
    }
  }
  Normal all = none;
  for (const Normal& fold : folds) {
    all.gram += fold.gram;
    all.moments += fold.moments;
  }
  std::vector<Eigen::MatrixXd> fits;  // basis x option, made without the fold
  for (const Normal& fold : folds) fits.push_back(Eigen::LDLT<Eigen::MatrixXd>(all.gram - fold.gram).solve(all.moments - fold.moments));

  double sum = 0;
  std::vector<double> expected(options);
  for (const std::size_t r : picks) {
    const double* fit = fits[r % kFolds].data();
    for (std::size_t i = 0; i < options; ++i) {
      expected[i] = 0;
      for (std::size_t a = 0; a < terms; ++a) expected[i] += fit[i * terms + a] * basis[r][a];
    }
    sum += costs[r][least(expected)];
  }
  return sum / double(picks.size());
}

Worth worth(std::size_t n, sim::Seed seed, int resamples, const std::function<double(const Picks&)>& value) {
  SIM_CHECK(n >= 2, "a value of information from at least two replicates");
  Picks all(n);
  std::iota(all.begin(), all.end(), 0);
  return {value(all), bootstrap(Resamples(n, seed, "study/waiting"), resamples, [&](const Picks& picks) { return std::vector<double>{value(picks)}; })[0]};
}

Eigen::MatrixXd columns(const Eigen::MatrixXd& matrix, const std::vector<Eigen::Index>& which) {
  SIM_CHECK(!which.empty(), "an option now, and one later");
  return matrix(Eigen::all, which);
}

}  // namespace

Worth perfect_information(const Eigen::MatrixXd& costs, sim::Seed seed, int resamples) {
  const Rows rows = rows_of(costs);
  return worth(rows.size(), seed, resamples, [&](const Picks& picks) {
    double oracle = 0;
    for (const std::size_t r : picks) oracle += rows[r][least(rows[r])];
    return std::max(0.0, best_mean(rows, picks) - oracle / double(picks.size()));
  });
}

Worth information_on(const Eigen::MatrixXd& known, const Eigen::MatrixXd& costs, sim::Seed seed, int resamples) {
  SIM_CHECK(known.rows() == costs.rows() && known.cols() > 0, "the inputs of every replicate");
  const Rows rows = rows_of(costs), basis = basis_of(known);
  return worth(rows.size(), seed, resamples, [&](const Picks& picks) {
    return std::max(0.0, best_mean(rows, picks) - paid_knowing(rows, basis, picks));
  });
}

Worth waiting(const Eigen::MatrixXd& costs, const std::vector<Eigen::Index>& now, const std::vector<Eigen::Index>& later, const Eigen::MatrixXd& known, sim::Seed seed, int resamples) {
  SIM_CHECK(known.cols() == 0 || known.rows() == costs.rows(), "the inputs of every replicate");
  const Rows first = rows_of(columns(costs, now)), then = rows_of(columns(costs, later));
  const Rows basis = known.cols() > 0 ? basis_of(known) : Rows{};
  return worth(first.size(), seed, resamples, [&](const Picks& picks) {
    return best_mean(first, picks) - (basis.empty() ? best_mean(then, picks) : paid_knowing(then, basis, picks));
  });
}

}  // namespace dure::analysis
