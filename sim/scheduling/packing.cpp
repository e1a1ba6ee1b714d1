#include "sim/scheduling/packing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "sim/error.h"

namespace dure::sim {

namespace {
constexpr int kWhole_milli = 1000;

int least_room(const HostAsk& ask) { return ask.share_milli > 0 ? ask.share_milli : kWhole_milli; }
}  // namespace

Packing::Packing(std::vector<Host> hosts, PackingRule rule, std::span<const HostAsk> typical) : rule_(rule) {
  for (const Host& host : hosts) {
    SIM_CHECK(host.cards <= 64 && host.card_type >= 0 && host.card_type < 64, "a host of more than 64 cards, or more than 64 card types");
    hosts_.push_back({host.cpu_milli, host.memory_mib, host.card_type, std::vector<std::int16_t>(static_cast<std::size_t>(host.cards), kWhole_milli)});
    card_milli_ += host.cards * kWhole_milli;
    largest_ = {std::max(largest_.cpu_milli, host.cpu_milli), std::max(largest_.memory_mib, host.memory_mib), std::max(largest_.cards, host.cards)};
  }
  for (const HostAsk& ask : typical) {
    const auto known = std::find_if(typical_.begin(), typical_.end(), [&](const Typical& each) { return each.ask == ask; });
    if (known == typical_.end()) typical_.push_back({ask, 1});
    else ++known->part;
  }
  for (Typical& each : typical_) each.part /= static_cast<double>(typical.size());
  for (const Free& host : hosts_) fragmentation_.push_back(fragmentation(host));
}

bool Packing::fits(const Free& host, const HostAsk& ask) {
  if (host.cpu_milli < ask.cpu_milli || host.memory_mib < ask.memory_mib) return false;
  if (ask.cards == 0) return true;
  if ((ask.card_types >> host.card_type & 1) == 0) return false;
  int enough = 0;
  for (const std::int16_t room : host.room_milli) enough += room >= least_room(ask);
  return enough >= ask.cards;
}

/// The cards a pod gets: the one chosen for a share, else the first that are whole.
std::uint64_t Packing::cards_for(const Free& host, const HostAsk& ask, int card) {
  if (ask.share_milli > 0) return std::uint64_t{1} << card;
  std::uint64_t cards = 0;
  int left = ask.cards;
  for (std::size_t c = 0; left > 0; ++c)
    if (host.room_milli[c] == kWhole_milli) {
      cards |= std::uint64_t{1} << c;
      --left;
    }
  return cards;
}

void Packing::take(Free& host, const HostAsk& ask, std::uint64_t cards) {
  host.cpu_milli -= ask.cpu_milli;
  host.memory_mib -= ask.memory_mib;
  for (std::size_t c = 0; c < host.room_milli.size(); ++c)
    if (cards >> c & 1) host.room_milli[c] = static_cast<std::int16_t>(host.room_milli[c] - least_room(ask));
}

/// Free cards left over when the host's processors or memory have gone to asks like this one.
double Packing::unserved_milli(const Free& host, const HostAsk& ask, int free_milli) const {
  if (rule_ != PackingRule::kLeastFragmentation) return 0;
  double asks = std::numeric_limits<double>::infinity();
  if (ask.cpu_milli > 0) asks = std::min(asks, static_cast<double>(host.cpu_milli) / ask.cpu_milli);
  if (ask.memory_mib > 0) asks = std::min(asks, static_cast<double>(host.memory_mib) / ask.memory_mib);
  return free_milli - asks * ask.card_milli();
}

double Packing::fragmentation(const Free& host) const {
  const int free_milli = std::accumulate(host.room_milli.begin(), host.room_milli.end(), 0);
  if (free_milli == 0) return 0;
  double milli = 0;
  for (const Typical& each : typical_) {
    double useless = free_milli;
    if (each.ask.cards > 0 && fits(host, each.ask)) {
      useless = 0;
      for (const std::int16_t room : host.room_milli)
        if (room < least_room(each.ask)) useless += room;
      useless = std::max(useless, unserved_milli(host, each.ask, free_milli));
    }
    milli += each.part * useless;
  }
  return milli / kWhole_milli;
}

double Packing::fragmented_cards() const { return std::accumulate(fragmentation_.begin(), fragmentation_.end(), 0.0); }

/// Of a host that fits. For a share every card with room is tried, of cards with the same room the first.
Packing::Choice Packing::least_growth(const Free& host, const HostAsk& ask) const {
  const double now = fragmentation(host);
  Choice best{std::numeric_limits<double>::infinity(), -1, host.changes};
  const auto consider = [&](int card) {
    Free after = host;
    take(after, ask, cards_for(host, ask, card));
    const double growth = std::round((fragmentation(after) - now) * 1e6) / 1e6;  // sums of the same parts in another order are equals
    if (growth < best.growth) best.growth = growth, best.card = card;
  };
  if (ask.share_milli == 0) {
    consider(-1);
    return best;
  }
  for (auto room = host.room_milli.begin(); room != host.room_milli.end(); ++room)
    if (*room >= ask.share_milli && std::find(host.room_milli.begin(), room, *room) == room) consider(static_cast<int>(room - host.room_milli.begin()));
  return best;
}

int Packing::card_by_rule(const Free& host, const HostAsk& ask) const {
  int best = -1;
  for (std::size_t c = 0; c < host.room_milli.size(); ++c) {
    if (host.room_milli[c] < ask.share_milli) continue;
    if (best < 0 || host.room_milli[c] < host.room_milli[static_cast<std::size_t>(best)]) best = static_cast<int>(c);
    if (rule_ == PackingRule::kFirstFit) break;
  }
  return best;
}

double Packing::left_over(const Free& host, const HostAsk& ask) const {
  const auto part = [](double left, double of) { return of > 0 ? left / of : 0; };
  const int free_milli = std::accumulate(host.room_milli.begin(), host.room_milli.end(), 0);
  return part(host.cpu_milli - ask.cpu_milli, largest_.cpu_milli) + part(host.memory_mib - ask.memory_mib, largest_.memory_mib) +
         part(free_milli - ask.card_milli(), largest_.cards * kWhole_milli);
}

std::size_t Packing::number_of(const HostAsk& ask) {
  const auto known = std::find(asks_.begin(), asks_.end(), ask);
  const auto number = static_cast<std::size_t>(known - asks_.begin());
  if (known == asks_.end()) {
    asks_.push_back(ask);
    choices_.emplace_back(hosts_.size());
  }
  return number;
}

std::optional<Packing::Place> Packing::place(const HostAsk& ask) {
  std::optional<std::size_t> best;
  std::tuple<double, double> least;
  int card = -1;
  std::vector<Choice>* choices = rule_ >= PackingRule::kFragmentationGradient ? &choices_[number_of(ask)] : nullptr;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const Free& host = hosts_[i];
    if (!fits(host, ask)) continue;
    if (rule_ == PackingRule::kFirstFit) {
      best = i;
      break;
    }
    double growth = 0;
    if (choices != nullptr) {
      Choice& choice = (*choices)[i];
      if (choice.changes != host.changes) choice = least_growth(host, ask);
      growth = choice.growth;
    }
    const std::tuple measure{growth, left_over(host, ask)};
    if (best && measure >= least) continue;
    best = i;
    least = measure;
  }
  if (!best) return {};
  Free& host = hosts_[*best];
  if (ask.share_milli > 0) card = choices != nullptr ? (*choices)[*best].card : card_by_rule(host, ask);
  const Place place{*best, cards_for(host, ask, card)};
  take(host, ask, place.cards);
  ++host.changes;
  allocated_milli_ += ask.card_milli();
  fragmentation_[*best] = fragmentation(host);
  return place;
}

}  // namespace dure::sim
