#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace dure::sim {

/// What happens at one instant happens in this order; then the schedulers decide, once.
enum class Event : std::uint8_t {
  kPhaseEnd, kGrantEnd, kRepair, kNodeArrives, kNodeFault, kSoftwareFault, kTrancheChange, kBudgetGap, kLineCut, kLineMend,
  kSendOn, kCall, kGrantStart, kRuleChange, kArrival, kQuarterHour, kMonth, kDay
};

/// A heap of what is only time: job ends, faults, arrivals, tariff hours. SimGrid keeps the flows.
class Timers {
 public:
  struct Timer {
    double at_s;
    std::uint64_t order;  // event kind, then order of setting
    std::uint32_t what;   // index of the thing: job slot, node, project ...
    std::uint32_t tag;    // generation of the thing: a timer of an older generation is void
    Event event() const { return static_cast<Event>(order >> 56); }
  };
  void set(double at_s, Event event, std::uint32_t what, std::uint32_t tag = 0) { set(at_s, turn(event), what, tag); }
  /// A turn among what happens at one instant, for a timer that is set now or perhaps later.
  std::uint64_t turn(Event event) { return (std::uint64_t(event) << 56) | sequence_++; }
  void set(double at_s, std::uint64_t turn, std::uint32_t what, std::uint32_t tag) {
    const Timer timer{at_s, turn, what, tag};
    std::size_t i = heap_.size();
    heap_.emplace_back();
    for (; i > 0 && earlier(timer, heap_[(i - 1) / kChildren]); i = (i - 1) / kChildren) heap_[i] = heap_[(i - 1) / kChildren];
    heap_[i] = timer;
  }
  bool empty() const { return heap_.empty(); }
  const Timer& next() const { return heap_.front(); }
  void pop() {
    const Timer last = heap_.back();
    heap_.pop_back();
    const std::size_t size = heap_.size();
    if (size == 0) return;
    std::size_t i = 0;
    for (std::size_t child; (child = i * kChildren + 1) < size;) {
      const std::size_t end = std::min(child + kChildren, size);
      std::size_t first = child;
      while (++child < end)
        if (earlier(heap_[child], heap_[first])) first = child;
      if (!earlier(heap_[first], last)) break;
      heap_[i] = heap_[first];
      i = first;
    }
    heap_[i] = last;
  }
  std::size_t size() const { return heap_.size(); }
  template <class Which>
  void drop_if(Which which) {
    std::erase_if(heap_, which);
    std::sort(heap_.begin(), heap_.end(), earlier);  // sorted is a heap
  }

 private:
  static constexpr std::size_t kChildren = 4;  // side by side in memory: half the levels, half the cache misses of a binary heap
  /// Which comes first is a coin toss to the processor: no branch to guess wrong. No time is below zero, so its bits sort as it does.
  static unsigned __int128 key(const Timer& timer) { return (static_cast<unsigned __int128>(std::bit_cast<std::uint64_t>(timer.at_s)) << 64) | timer.order; }
  static bool earlier(const Timer& a, const Timer& b) { return key(a) < key(b); }
  std::vector<Timer> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace dure::sim
