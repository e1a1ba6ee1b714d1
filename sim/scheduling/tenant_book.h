#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <vector>

#include "sim/ids.h"

namespace dure::sim {

/// What the schedulers of a run know of tenants: cards held by type, and past use that is slowly forgotten.
///
/// Use of a tenant that holds c cards, with half-life h:   dU/dt = c - U ln 2 / h   (card-seconds), so over a time d in which
/// c does not change   U <- U 2^(-d/h) + c h / ln 2 (1 - 2^(-d/h)).
/// All pools share one book: use at any site and of any card type counts alike.
class TenantBook {
 public:
  explicit TenantBook(double half_life_s) : half_life_s_(half_life_s) {}

  void known(TenantId tenant) {
    if (index(tenant) >= uses_.size()) uses_.resize(index(tenant) + 1);
    if (uses_[index(tenant)].is_known) return;
    uses_[index(tenant)].is_known = true;
    ++tenants_;
  }
  void holds(TenantId tenant, CardTypeId card, std::int64_t change_milli, double now_s) {
    known(tenant);
    Use& use = uses_[index(tenant)];
    for (Use* each : {&use, &all_}) {
      each->used_card_s = used_card_s(*each, now_s);
      each->at_s = now_s;
      each->held_milli += change_milli;
    }
    if (use.by_card_milli.size() <= index(card)) use.by_card_milli.resize(index(card) + 1);
    use.by_card_milli[index(card)] += change_milli;
  }
  void in_service(CardTypeId card, int change_cards) {
    if (cards_in_service_.size() <= index(card)) cards_in_service_.resize(index(card) + 1);
    cards_in_service_[index(card)] += change_cards;
  }

  std::size_t tenants() const { return tenants_; }  // who ever asked
  double used_card_s(TenantId tenant, double now_s) const {
    return index(tenant) < uses_.size() ? used_card_s(uses_[index(tenant)], now_s) : 0;
  }
  double used_card_s(double now_s) const { return used_card_s(all_, now_s); }  // by all

  /// The largest share of the cards of one type, over all sites, that the tenant holds now.
  double dominant_share(TenantId tenant) const {
    double share = 0;
    if (index(tenant) >= uses_.size()) return share;
    const auto& held_milli = uses_[index(tenant)].by_card_milli;
    for (std::size_t card = 0; card < held_milli.size(); ++card)
      if (held_milli[card] > 0 && card < cards_in_service_.size())
        share = std::max(share, static_cast<double>(held_milli[card]) / (1000.0 * std::max(1, cards_in_service_[card])));
    return share;
  }

 private:
  struct Use {
    double used_card_s = 0;
    double at_s = 0;
    std::int64_t held_milli = 0;
    std::vector<std::int64_t> by_card_milli;
    bool is_known = false;
  };
  double used_card_s(const Use& use, double now_s) const {
    const double kept = std::exp2(-(now_s - use.at_s) / half_life_s_);
    return use.used_card_s * kept + static_cast<double>(use.held_milli) * 1e-3 * half_life_s_ / std::numbers::ln2 * (1 - kept);
  }

  double half_life_s_;
  std::vector<Use> uses_;
  Use all_;
  std::size_t tenants_ = 0;
  std::vector<int> cards_in_service_;  // by card type
};

/// For which pool a scheduler is made: its card type, and the book it shares with the other pools of the run.
struct TenantAccess {
  std::shared_ptr<TenantBook> book;
  CardTypeId card{};
};

}  // namespace dure::sim
