#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace dure::sim {

/// A server with its processors and memory, all free. `card_type` is a number below 64.
struct Host {
  int cpu_milli = 0;   // thousandths of a processor
  int memory_mib = 0;
  int cards = 0;
  int card_type = 0;
};

/// What a pod wants of one host: processors, memory, and whole cards or a share of one.
struct HostAsk {
  static constexpr std::uint64_t kAnyType = std::numeric_limits<std::uint64_t>::max();
  int cpu_milli = 0;
  int memory_mib = 0;
  int cards = 0;                         // whole cards, 0 to all of the host; 1 when `share_milli` is set
  int share_milli = 0;                   // k of k/1000 of one card; 0: whole cards
  std::uint64_t card_types = kAnyType;   // bit t: may use cards of type t
  int card_milli() const { return share_milli > 0 ? share_milli : cards * 1000; }
  bool operator==(const HostAsk&) const = default;
};

enum class PackingRule : std::uint8_t { kFirstFit, kBestFit, kFragmentationGradient, kLeastFragmentation };

/// Pods placed one after another on hosts of different kinds, none leaves: how full do the cards get before nothing fits?
///
/// A pod fits a host of a card type it may use, with the processors, the memory and, on single cards, the room that it asks.
///   first fit            the first such host; a share goes to the first card with room
///   best fit             the host on which least is left, as a sum of processors, memory and cards over those of the largest
///                        host; a share goes to the fullest card
///   fragmentation        the host and the card where expected fragmentation grows least, best fit among equals:
///
///     F(host) = sum over asks m of p_m F_m(host),   p_m: the share of ask m among the `typical` asks
///
///     gradient      F_m = the free parts of cards too small for m, if the host can take one m; else all free cards of the host
///     least         as before, but no less than the free cards that processors and memory cannot serve, were all asks like m:
///                   free - c_m min(cpu free / cpu_m, memory free / memory_m),   c_m: cards of m
///
/// For a pod without cards all free cards are of no use. The gradient is blind until a host is nearly full, for it asks
/// whether one more pod fits; the second form sees from the first pod on that one with many processors a card strands cards
/// on a host with few.
/// Source: gradient: Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient
/// Descent", USENIX ATC 2023, section 3; as there, the typical asks are those of the workload placed. The second form is ours.
class Packing {
 public:
  Packing(std::vector<Host> hosts, PackingRule rule, std::span<const HostAsk> typical = {});

  struct Place {
    std::size_t host = 0;
    std::uint64_t cards = 0;  // bit c: holds card c, or the share of it
  };
  /// Places a pod, or leaves it out: none if it fits nowhere.
  std::optional<Place> place(const HostAsk& ask);

  double cards() const { return static_cast<double>(card_milli_) / 1000; }
  double cards_allocated() const { return static_cast<double>(allocated_milli_) / 1000; }
  double allocated_share() const { return card_milli_ == 0 ? 0 : static_cast<double>(allocated_milli_) / static_cast<double>(card_milli_); }
  double fragmented_cards() const;  // expected, over the typical asks

 private:
  struct Free {
    int cpu_milli = 0;
    int memory_mib = 0;
    int card_type = 0;
    std::vector<std::int16_t> room_milli;  // by card
    std::uint32_t changes = 0;
  };
  struct Typical {
    HostAsk ask;
    double part = 0;
  };
  struct Choice {
    double growth = 0;  // of fragmentation
    int card = -1;      // for a share
    std::uint32_t changes = std::numeric_limits<std::uint32_t>::max();  // of the host when it was worked out
  };

  static bool fits(const Free& host, const HostAsk& ask);
  double unserved_milli(const Free& host, const HostAsk& ask, int free_milli) const;
  static std::uint64_t cards_for(const Free& host, const HostAsk& ask, int card);
  static void take(Free& host, const HostAsk& ask, std::uint64_t cards);
  double left_over(const Free& host, const HostAsk& ask) const;
  double fragmentation(const Free& host) const;
  Choice least_growth(const Free& host, const HostAsk& ask) const;
  int card_by_rule(const Free& host, const HostAsk& ask) const;
  std::size_t number_of(const HostAsk& ask);

  PackingRule rule_;
  std::vector<Free> hosts_;
  std::vector<double> fragmentation_;  // by host
  std::vector<Typical> typical_;
  Host largest_;
  std::vector<HostAsk> asks_;                 // distinct asks seen, and for each
  std::vector<std::vector<Choice>> choices_;  // by host
  std::int64_t card_milli_ = 0;
  std::int64_t allocated_milli_ = 0;
};

}  // namespace dure::sim
