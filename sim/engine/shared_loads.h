#pragma once
#include <algorithm>
#include <queue>
#include <utility>
#include <vector>

namespace dure::sim {

/// The loads under way at one site's storage, for planning fidelity: no flows, and no event when a load ends.
///
///   rate = own min(1, storage / sum of own over the loads under way, this one included)        bytes/s
///
/// A load keeps the rate it began with, and counts until the end it was given then.
class SharedLoads {
 public:
  /// Of a load of `bytes` that begins now and would go at `own_bytes_per_s` alone.
  double rate(double now_s, double bytes, double own_bytes_per_s, double storage_bytes_per_s) {
    while (!under_way_.empty() && under_way_.top().first <= now_s) {
      wanted_bytes_per_s_ -= under_way_.top().second;
      under_way_.pop();
    }
    if (under_way_.empty()) wanted_bytes_per_s_ = 0;
    wanted_bytes_per_s_ += own_bytes_per_s;
    const double rate = own_bytes_per_s * std::min(1.0, storage_bytes_per_s / wanted_bytes_per_s_);
    under_way_.emplace(now_s + bytes / rate, own_bytes_per_s);
    return rate;
  }

 private:
  using Load = std::pair<double, double>;  // its end, what it would take alone
  std::priority_queue<Load, std::vector<Load>, std::greater<>> under_way_;
  double wanted_bytes_per_s_ = 0;
};

}  // namespace dure::sim
