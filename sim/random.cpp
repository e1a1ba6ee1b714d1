#include "sim/random.h"

#include <Random123/philox.h>

#include <cmath>

namespace dure::sim {

std::uint64_t stream_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  return mix64(hash);
}

std::uint64_t mix64(std::uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

Random::Random(Seed seed, std::string_view stream) : Random(seed, stream_hash(stream)) {}

Random::Random(Seed seed, std::uint64_t family_hash, std::uint64_t number)
    : Random(seed, mix64(family_hash + (number + 1) * 0x9e3779b97f4a7c15ULL)) {}

Random::Random(Seed seed, std::uint64_t name) {
  key_[0] = static_cast<std::uint32_t>(seed.seed);
  key_[1] = static_cast<std::uint32_t>(seed.seed >> 32);
  counter_[0] = 0;
  counter_[1] = seed.replicate;
  counter_[2] = static_cast<std::uint32_t>(name);
  counter_[3] = static_cast<std::uint32_t>(name >> 32);
}

void Random::refill() {
  const r123::Philox4x32::ctr_type counter = {{counter_[0], counter_[1], counter_[2], counter_[3]}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto block = r123::Philox4x32()(counter, key);
  for (int i = 0; i < 4; ++i) block_[i] = block[static_cast<std::size_t>(i)];
  ++counter_[0];
  left_ = 2;
}

Random::result_type Random::operator()() {
  if (left_ == 0) refill();
  --left_;
  const int at = left_ * 2;
  return (std::uint64_t(block_[at]) << 32) | block_[at + 1];
}

double Random::lognormal(double median, double sigma) {
  return boost::random::lognormal_distribution<double>(std::log(median), sigma)(*this);
}

double Random::triangular(double low, double mode, double high) {
  if (high <= low) return low;
  const double u = uniform();
  const double split = (mode - low) / (high - low);
  return u < split ? low + std::sqrt(u * (high - low) * (mode - low)) : high - std::sqrt((1 - u) * (high - low) * (high - mode));
}

}  // namespace dure::sim
