#include "sim/results_writer.h"

#include <csignal>

namespace dure::sim {

RowWriter::~RowWriter() {
  {
    const std::lock_guard lock(mutex_);
    dropping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RowWriter::hand_over(RowStore& store, RowBatch& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kAhead || failure_; });
  if (failure_) std::rethrow_exception(failure_);
  RowBatch empty;
  if (!spare_.empty()) {
    empty = std::move(spare_.back());
    spare_.pop_back();
  }
  waiting_.emplace_back(&store, std::exchange(batch, std::move(empty)));
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  lock.unlock();
  changed_.notify_all();
}

void RowWriter::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

void RowWriter::work() {
  sigset_t all;  // signals are for the main thread
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return !waiting_.empty() || finishing_ || dropping_; });
    if (dropping_ || waiting_.empty()) return;
    auto [store, batch] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    std::exception_ptr failure;
    try {
      store->store(batch);
    } catch (...) {
      failure = std::current_exception();
    }
    batch.rows = 0;
    batch.texts.clear();
    lock.lock();
    spare_.push_back(std::move(batch));
    failure_ = failure;
    changed_.notify_all();
    if (failure) return;
  }
}

}  // namespace dure::sim
