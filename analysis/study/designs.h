#pragma once
// Points of the unit cube, one row a point: where a study looks at its uncertain inputs.
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/random.h"

namespace dure::analysis {

/// Sobol's sequence in [0,1)^k: every block of 2^m points that begins at a multiple of 2^m has one point in each of 2^m equal strata of each
/// input. Point n is the same however many are asked for, so a study can be extended.
///
/// Point 0 is the corner 0 (Boost's generator begins at point 1: without the corner no block is balanced). With `shift`, each input's bits are
/// exclusive-ored with random bits of its own stream (digital shift): still balanced, no longer in the corner, and unbiased.
/// Sources: Sobol 1967, direction numbers of Joe and Kuo 2008 (Boost.Random); Owen 2020 on the first point; L'Ecuyer and Lemieux 2002.
class SobolPoints {
 public:
  explicit SobolPoints(int inputs, std::optional<sim::Seed> shift = {});
  Eigen::MatrixXd points(std::uint64_t first, Eigen::Index count) const;

 private:
  int inputs_;
  std::vector<std::uint64_t> shift_;
};

/// Latin hypercube: n points in [0,1)^k, in each input one point in each of n equal strata, at a random place within it. Strata are paired at
/// random. Cannot be extended. Each input has its own stream. Source: McKay, Beckman and Conover 1979.
Eigen::MatrixXd latin_hypercube(Eigen::Index points, int inputs, sim::Seed seed);

}  // namespace dure::analysis
