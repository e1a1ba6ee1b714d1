#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/workload/batching.h"

namespace dure::sim {

/// Hourly batches, drawn and merged on a thread of their own some hours ahead of the run: the same jobs in the same order, in two
/// thirds of the time where a core is idle. For a run by itself, since no fork survives the thread, and without projects, whose tenants come while it reads those there are.
/// What fails there is thrown from the next call here.
class DrawnAhead final : public Source {
 public:
  explicit DrawnAhead(std::unique_ptr<HourlyBatches> hours);
  ~DrawnAhead() override;
  DrawnAhead(const DrawnAhead&) = delete;
  DrawnAhead& operator=(const DrawnAhead&) = delete;

  bool next(Job& job) override;

 private:
  struct Drawn {
    std::vector<Job> jobs;
    std::vector<Batch> made;
  };
  static constexpr std::size_t kAhead = 8;      // so many of them at most,
  static constexpr std::size_t kJobs = 1000;    // of so many jobs or a few more
  void draw();

  std::unique_ptr<HourlyBatches> hours_;
  Drawn now_;
  std::size_t at_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Drawn> waiting_;
  std::exception_ptr failure_;
  bool is_all_ = false;
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace dure::sim
