#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "sim/ids.h"
#include "sim/scheduling/ask.h"
#include "sim/scheduling/sorted_blocks.h"

namespace dure::sim {

/// A job in line. `order` is its place: lower goes first, no two alike; a job that was interrupted comes back with its old one.
struct WaitingJob {
  JobId id{};
  Ask ask;
  double estimate_s = 0;
  std::uint64_t order = 0;
  TenantId tenant{};
  double submit_s = 0;
  int rank = 0;  // of its class, for preemption
  std::uint16_t marks = 0;
};
inline constexpr std::uint16_t kRecalls = 0x8000;  // waits within its quota: may have lent cards called back
inline constexpr int kOwnerGroups = 15;            // the bits below: it is for one of the owners of this number (reservations.h)
inline constexpr int kBorrowedRank = -1;           // of a job above its quota: below all others

/// Jobs of a pool waiting for cards, in order.
///
/// One line for each distinct ask, in order, with the shortest estimate of each block of 64 jobs. What fits is "all asks
/// up to a size" (free_cards.h), so a decision looks at one number for each distinct ask and then into one line:
/// its cost does not grow with the length of the queue until something starts.
class WaitingQueue {
 public:
  void push(const WaitingJob& job);
  void remove(const WaitingJob& job);  // the same ask and order as pushed

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  double card_s() const { return card_s_; }  // cards x estimate, of all that wait
  double cards() const { return static_cast<double>(milli_) / 1000; }  // asked by all that wait

  /// The first job in order, or the first whose ask is not above `limit_milli`.
  std::optional<WaitingJob> front(std::int32_t limit_milli = std::numeric_limits<std::int32_t>::max()) const;

  /// Cards asked by waiting jobs that would fit now, and by those that would not, whatever the rules say.
  struct Demand {
    double fits_cards = 0;
    double fits_not_cards = 0;
  };
  Demand demand(std::int32_t largest_fit_milli) const;

  /// The order of the job `behind` places behind the one with this order; the largest number if there are fewer.
  std::uint64_t order_behind(std::uint64_t order, std::size_t behind) const;

  /// The distinct asks waiting, smallest first, for schedulers.
  std::size_t asks() const { return asks_milli_.size(); }
  Ask ask(std::size_t a) const { return Ask::of_milli(asks_milli_[a]); }
  std::int32_t ask_milli(std::size_t a) const { return asks_milli_[a]; }
  std::uint64_t front_order(std::size_t a) const { return front_orders_[a]; }
  double shortest_estimate_s(std::size_t a) const { return shortest_s_[a]; }
  WaitingJob front_of(std::size_t a) const;
  /// The first job of this ask, of those from the order given on, that is expected to end by `end_s` if it starts now:
  /// now + estimate <= end.
  std::optional<WaitingJob> first_to_end_by(std::size_t a, double now_s, double end_s, std::uint64_t from_order = 0) const;

 private:
  struct Entry {
    JobId id{};
    double estimate_s = 0;
    double submit_s = 0;
    TenantId tenant{};
    std::int16_t rank = 0;
    std::uint16_t marks = 0;
  };
  struct Shortest {
    double estimate_s = std::numeric_limits<double>::infinity();
    void add(const Entry& entry) {
      if (entry.estimate_s < estimate_s) estimate_s = entry.estimate_s;
    }
    bool remove(const Entry& entry) const { return entry.estimate_s > estimate_s; }
  };
  struct Line {
    Ask ask;
    SortedBlocks<std::uint64_t, Entry, Shortest> jobs;
    std::size_t size = 0;
  };
  struct Nothing {};
  struct Count {
    std::size_t jobs = 0;
    void add(Nothing) { ++jobs; }
    bool remove(Nothing) {
      --jobs;
      return true;
    }
  };
  std::size_t line_of(Ask ask);
  std::size_t position(std::int32_t milli) const;  // in asks_milli_
  static double shortest(const Line& line, double not_below_s);
  static WaitingJob job_at(const Line& line, std::size_t block, std::size_t place);

  std::vector<Line> lines_;                   // every ask ever seen
  std::vector<std::uint32_t> line_by_share_;  // [share_milli], [cards] -> number of the line plus one
  std::vector<std::uint32_t> line_by_cards_;
  std::vector<std::int32_t> asks_milli_;  // the asks with jobs, smallest first, and for each:
  std::vector<std::uint32_t> line_numbers_;
  std::vector<std::uint64_t> front_orders_;
  std::vector<double> shortest_s_;
  std::size_t size_ = 0;
  std::int64_t milli_ = 0;
  double card_s_ = 0;
  mutable bool ranked_ = false;  // ranks are kept from the first time somebody asks
  mutable SortedBlocks<std::uint64_t, Nothing, Count> ranks_;
};

}  // namespace dure::sim
