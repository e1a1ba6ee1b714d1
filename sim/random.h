#pragma once
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/lognormal_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cstdint>
#include <limits>
#include <string_view>

namespace dure::sim {

/// What chance depends on in one run.
struct Seed {
  std::uint64_t seed = 1;
  std::uint32_t replicate = 0;
};

/// A named stream of random numbers.
///
/// Philox4x32-10 (Salmon et al. 2011, Random123): key = seed, counter = (draw, replicate, stream). A stream belongs to
/// a thing ("fault/node-17"), so adding a model moves no other number, and two options compared under one seed see the
/// same faults and the same demand. Fits the standard's UniformRandomBitGenerator; use Boost.Random distributions with it
/// (the standard library's differ between implementations).
class Random {
 public:
  using result_type = std::uint64_t;
  Random(Seed seed, std::string_view stream);
  /// The stream of thing `number` of a family; `family_hash` is stream_hash("fault/software"), taken once. No text is built.
  Random(Seed seed, std::uint64_t family_hash, std::uint64_t number);
  /// Goes on from block `block` (two draws each): the same draws for event k whatever was drawn for the events before.
  void seek(std::uint32_t block) { counter_[0] = block; left_ = 0; }
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()();

  double uniform() { return boost::random::uniform_01<double>()(*this); }  // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double exponential_s(double mean_s) { return boost::random::exponential_distribution<double>(1.0 / mean_s)(*this); }
  double normal(double mean, double sd) { return boost::random::normal_distribution<double>(mean, sd)(*this); }
  /// Log-normal with the given median and sigma of ln x.
  double lognormal(double median, double sigma);
  /// Triangular between low and high with the given mode.
  double triangular(double low, double mode, double high);
  bool chance(double probability) { return uniform() < probability; }

 private:
  Random(Seed seed, std::uint64_t name);
  void refill();
  std::uint32_t key_[2];
  std::uint32_t counter_[4];
  std::uint32_t block_[4];
  int left_ = 0;
};

/// The 64-bit name of a stream: FNV-1a, then the SplitMix64 finaliser.
std::uint64_t stream_hash(std::string_view name);
std::uint64_t mix64(std::uint64_t value);  // the SplitMix64 finaliser

}  // namespace dure::sim
