#include "sim/workload/drawn_ahead.h"

#include <csignal>
#include <utility>

namespace dure::sim {

DrawnAhead::DrawnAhead(std::unique_ptr<HourlyBatches> hours) : hours_(std::move(hours)) {
  thread_ = std::thread([this] { draw(); });
}

DrawnAhead::~DrawnAhead() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void DrawnAhead::draw() {
  sigset_t all;  // signals are for the main thread
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::exception_ptr failure;
  try {
    for (bool more = true; more;) {
      Drawn drawn;
      while (more && drawn.jobs.size() < kJobs) more = hours_->next_hour(drawn.jobs, drawn.made);
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stops_ || waiting_.size() < kAhead; });
      if (stops_) return;
      waiting_.push_back(std::move(drawn));
      lock.unlock();
      changed_.notify_all();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    is_all_ = true;
    failure_ = failure;
  }
  changed_.notify_all();
}

bool DrawnAhead::next(Job& job) {
  while (at_ == now_.jobs.size()) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_all_ || !waiting_.empty(); });
    if (waiting_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return false;
    }
    now_ = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    changed_.notify_all();
    at_ = 0;
    hours_->batching().hand_in(now_.jobs, now_.made);
  }
  job = now_.jobs[at_++];
  return true;
}

}  // namespace dure::sim
