#include "sim/workload/hold_back.h"

#include <algorithm>

namespace dure::sim {

void HoldBack::begin(Job job, std::int64_t milli, double at_s, std::vector<Job>& handed_in) {
  free_milli_ -= milli;
  ends_.push({at_s + job.work_s * (1 + slack_), milli});
  job.submit_s = std::max(job.submit_s, at_s - ahead_s_);
  handed_in.push_back(job);
}

void HoldBack::want(const Job& job, std::vector<Job>& handed_in) {
  advance(job.submit_s, handed_in);
  const std::int64_t milli = job.share_milli > 0 ? job.share_milli : 1000L * job.cards;
  if (milli <= free_milli_) {
    begin(job, milli, job.submit_s, handed_in);
  } else {
    held_milli_.push_back(milli);
    held_.push_back(job);
  }
}

void HoldBack::lose(int cards, int cards_left) {
  free_milli_ -= 1000L * cards;
  for (std::size_t i = held_.size(); i-- > 0;)
    if (held_milli_[i] > 1000L * cards_left) {
      held_.erase(held_.begin() + std::ptrdiff_t(i));
      held_milli_.erase(held_milli_.begin() + std::ptrdiff_t(i));
    }
}

void HoldBack::advance(double until_s, std::vector<Job>& handed_in) {
  while (!ends_.empty() && ends_.top().first <= until_s) {
    const double now_s = ends_.top().first;
    free_milli_ += ends_.top().second;
    ends_.pop();
    auto at = held_milli_.begin();
    while (free_milli_ > 0) {
      at = std::find_if(at, held_milli_.end(), [&](std::int64_t milli) { return milli <= free_milli_; });
      if (at == held_milli_.end()) break;
      const auto job = held_.begin() + (at - held_milli_.begin());
      begin(*job, *at, now_s, handed_in);
      held_.erase(job);
      at = held_milli_.erase(at);
    }
  }
}

}  // namespace dure::sim
