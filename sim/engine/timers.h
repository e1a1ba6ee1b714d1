#pragma once
#include <cstdint>
#include <queue>
#include <vector>

namespace dure::sim {

/// What happens at one instant happens in this order; then the schedulers decide, once.
enum class Event : std::uint8_t {
  kPhaseEnd, kGrantEnd, kRepair, kNodeArrives, kNodeFault, kSoftwareFault, kTrancheChange, kLineCut, kLineMend,
  kSendOn, kCall, kGrantStart, kArrival, kQuarterHour, kMonth, kDay
};

/// A binary heap of what is only time: job ends, faults, arrivals, tariff hours. SimGrid keeps the flows.
class Timers {
 public:
  struct Timer {
    double at_s;
    std::uint64_t order;  // event kind, then order of setting
    std::uint32_t what;   // index of the thing: job slot, node, project ...
    std::uint32_t tag;    // generation of the thing: a timer of an older generation is void
    Event event() const { return static_cast<Event>(order >> 56); }
  };
  void set(double at_s, Event event, std::uint32_t what, std::uint32_t tag = 0) {
    heap_.push({at_s, (std::uint64_t(event) << 56) | sequence_++, what, tag});
  }
  bool empty() const { return heap_.empty(); }
  const Timer& next() const { return heap_.top(); }
  void pop() { heap_.pop(); }
  std::size_t size() const { return heap_.size(); }

 private:
  struct Later {
    bool operator()(const Timer& a, const Timer& b) const { return a.at_s != b.at_s ? a.at_s > b.at_s : a.order > b.order; }
  };
  std::priority_queue<Timer, std::vector<Timer>, Later> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace dure::sim
