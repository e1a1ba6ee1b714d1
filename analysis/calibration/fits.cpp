#include "analysis/calibration/fits.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/calibration/least_squares.h"

namespace dure::analysis {
namespace {

/// Fits all points from the best of several starts, then each point from the others.
struct FittedCurve {
  std::vector<double> values;
  Errors errors;
};
FittedCurve fit(const std::vector<std::vector<Constant>>& starts, std::size_t count, const std::function<double(const std::vector<double>&, std::size_t)>& computed,
                const std::function<double(std::size_t)>& measured) {
  const Residual residual = [&](const std::vector<double>& values, std::size_t point) { return std::log(computed(values, point) / measured(point)); };
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  Solution best;
  for (std::size_t s = 0; s < starts.size(); ++s) {
    const Solution solution = least_squares(starts[s], all, residual);
    if (s == 0 || solution.sum_of_squares < best.sum_of_squares) best = solution;
  }
  FittedCurve curve{best.values, {}};
  const auto error = [&](const std::vector<double>& values, std::size_t point) { return std::fabs(computed(values, point) / measured(point) - 1); };
  std::vector<Constant> from_best = starts.at(0);
  for (std::size_t i = 0; i < from_best.size(); ++i) from_best[i].start = best.values[i];
  for (std::size_t point = 0; point < count; ++point) {
    curve.errors.fitted.push_back(error(best.values, point));
    std::vector<std::size_t> others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(point));
    curve.errors.left_out.push_back(error(least_squares(from_best, others, residual, 6).values, point));
  }
  return curve;
}

/// Each point's time from the four nearest others in (ln m, ln n, ln k, ln count): their rates, weighted by 1 / distance^2.
double interpolated_median(const std::vector<GemmMeasurement>& points) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const GemmMeasurement& a = points[i];
    std::vector<std::pair<double, double>> near;  // distance^2, ln rate
    for (std::size_t j = 0; j < points.size(); ++j) {
      if (j == i) continue;
      const GemmMeasurement& b = points[j];
      const auto apart = [](double x, double y) { return std::pow(std::log(x / y), 2); };
      near.emplace_back(apart(a.m, b.m) + apart(a.n, b.n) + apart(a.k, b.k) + apart(a.count, b.count) + 1e-9, std::log(b.m * b.n * b.k * b.count / b.time_s));
    }
    const std::size_t taken = std::min<std::size_t>(4, near.size());
    std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(taken), near.end());
    double sum = 0, weight = 0;
    for (std::size_t j = 0; j < taken; ++j) {
      sum += near[j].second / near[j].first;
      weight += 1 / near[j].first;
    }
    if (weight > 0) errors.push_back(std::fabs(a.m * a.n * a.k * a.count / std::exp(sum / weight) / a.time_s - 1));
  }
  return percentile(errors, 0.5);
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

::dure::FitQuality quality(const Errors& errors) {
  ::dure::FitQuality made;
  made.set_points(static_cast<int>(errors.fitted.size()));
  made.set_median_pct(100 * percentile(errors.fitted, 0.5));
  made.set_p90_pct(100 * percentile(errors.fitted, 0.9));
  made.set_worst_pct(100 * percentile(errors.fitted, 1));
  made.set_left_out_median_pct(100 * percentile(errors.left_out, 0.5));
  made.set_left_out_p90_pct(100 * percentile(errors.left_out, 0.9));
  return made;
}

FittedGemm fit_gemm(const std::vector<GemmMeasurement>& points, const sim::GemmConstants& known, double most_bytes_per_s) {
  const auto with = [&](const std::vector<double>& v) {
    sim::GemmConstants c = known;
    c.rate_flop_per_s = v[0];
    c.tile_cost = v[1];
    c.wave_share = v[2];
    c.ramp_k = v[3];
    c.memory_bytes_per_s = v[4] * most_bytes_per_s;
    c.start_s = v[5];
    return c;
  };
  double rate = 0, bytes_per_s = 0, shortest_s = 1e300;
  for (const GemmMeasurement& p : points) {
    rate = std::max(rate, 2 * p.m * p.n * p.k * p.count / p.time_s);
    bytes_per_s = std::max(bytes_per_s, p.count * (known.in_bytes * (p.m + p.n) * p.k + known.out_bytes * p.m * p.n) / p.time_s);
    shortest_s = std::min(shortest_s, p.time_s);
  }
  using Range = Constant::Range;
  std::vector<std::vector<Constant>> starts;
  for (const double tile_cost : {0.05, 0.3})
    for (const double wave_share : {0.3, 0.8})
      starts.push_back({{1.05 * rate}, {tile_cost}, {wave_share, Range::kShare}, {64}, {std::min(0.95, bytes_per_s / most_bytes_per_s), Range::kShare}, {0.5 * shortest_s}});
  const FittedCurve curve = fit(
      starts, points.size(), [&](const std::vector<double>& v, std::size_t i) { return sim::GemmTime(with(v)).time_s(points[i].m, points[i].n, points[i].k, points[i].count); },
      [&](std::size_t i) { return points[i].time_s; });
  return {with(curve.values), curve.errors, interpolated_median(points)};
}

FittedRate fit_rate(const std::vector<RateMeasurement>& points) {
  double rate = 0, shortest_s = 1e300;
  for (const RateMeasurement& p : points) {
    rate = std::max(rate, p.bytes / p.time_s);
    shortest_s = std::min(shortest_s, p.time_s);
  }
  const FittedCurve curve = fit({{{0.2 * shortest_s}, {rate}}, {{0.9 * shortest_s}, {1.2 * rate}}}, points.size(),
                                [&](const std::vector<double>& v, std::size_t i) { return v[0] + points[i].bytes / v[1]; }, [&](std::size_t i) { return points[i].time_s; });
  return {curve.values[0], curve.values[1], curve.errors};
}

FittedAttention fit_attention(const std::vector<AttentionMeasurement>& points) {
  double rate = 0, longest = 0;
  for (const AttentionMeasurement& p : points) {
    rate = std::max(rate, p.flop / p.time_s);
    longest = std::max(longest, p.length);
  }
  const FittedCurve curve = fit({{{rate}, {0.01 * longest}}, {{1.5 * rate}, {0.3 * longest}}}, points.size(),
                                [&](const std::vector<double>& v, std::size_t i) { return points[i].flop * (1 + v[1] / points[i].length) / v[0]; },
                                [&](std::size_t i) { return points[i].time_s; });
  return {curve.values[0], curve.values[1], curve.errors};
}

FittedPower fit_power(const std::vector<PowerMeasurement>& points) {
  double least_w = 1e300, most_w = 0;
  for (const PowerMeasurement& p : points) {
    least_w = std::min(least_w, p.power_w);
    most_w = std::max(most_w, p.power_w);
  }
  const FittedCurve curve = fit({{{least_w}, {most_w - 0.9 * least_w}, {1}}, {{least_w}, {most_w - 0.9 * least_w}, {0.5}}}, points.size(),
                                [&](const std::vector<double>& v, std::size_t i) { return v[0] + v[1] * std::pow(points[i].duty, v[2]); },
                                [&](std::size_t i) { return points[i].power_w; });
  return {curve.values[0], curve.values[0] + curve.values[1], curve.values[2], curve.errors};
}

}  // namespace dure::analysis
