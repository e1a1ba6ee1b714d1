#pragma once
#include <array>

#include "sim/programme/programme.pb.h"
#include "sim/tenant.h"

namespace dure::sim {

/// What users pay for a card-hour: a share of the market price, by group.
class UserPrice {
 public:
  explicit UserPrice(const dure::UserPrice& spec) : market_krw_(spec.market_price_krw_per_card_hour()), share_{spec.academia(), spec.small_firm(), spec.firm()} {}

  double market_krw_per_card_hour() const { return market_krw_; }
  double share(TenantKind kind) const { return share_[std::size_t(group_of(kind))]; }
  double krw_per_card_hour(TenantKind kind) const { return share(kind) * market_krw_; }

 private:
  double market_krw_;
  std::array<double, kTenantGroups> share_;   // by TenantGroup
};

}  // namespace dure::sim
