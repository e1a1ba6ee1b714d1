#pragma once

namespace dure::sim {

/// A quantity that flows at a piecewise constant rate: settle the past at the old rate, then take the new one.
class Integral {
 public:
  void set(double now_s, double rate) { settle(now_s); rate_ = rate; }
  void add(double now_s, double change) { settle(now_s); rate_ += change; }
  void settle(double now_s) { total_ += rate_ * (now_s - since_s_); since_s_ = now_s; }
  double rate() const { return rate_; }
  double total() const { return total_; }  // up to the last settlement

 private:
  double total_ = 0;
  double rate_ = 0;
  double since_s_ = 0;
};

}  // namespace dure::sim
