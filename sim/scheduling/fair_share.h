#pragma once
#include <algorithm>
#include <cmath>

#include "sim/scheduling/priority_backfill.h"
#include "sim/units.h"

namespace dure::sim {

/// Multifactor priority, backfilled behind the first: who has used little lately goes first, then who waits long.
///
///   priority = w_f F + w_a A + w_s S,   all factors 0 to 1
///   F = 2^(-(U / sum U) / (1 / n))      U: the tenant's decayed use (tenant_book.h), n: tenants that ever asked, equal shares
///   A = min(1, waited / max age)
///   S = cards asked / cards in service
///
/// F is 1 for who has used nothing, 1/2 for who has used exactly a fair part.
/// Source: Slurm, "Multifactor Priority Plugin": classic fair-share with dampening 1, one level of accounts.
class FairShare final : public PriorityBackfill {
 public:
  using Config = proto::FairShare;
  FairShare(const Config& config, TenantAccess tenants)
      : PriorityBackfill(std::move(tenants)),
        fair_share_weight_(config.fair_share_weight()),
        age_weight_(config.age_weight()),
        size_weight_(config.size_weight()),
        max_age_s_(config.max_age_days() * kDay_s) {}

 private:
  double tenant_priority(TenantId tenant, double now_s) const override {
    const double all_card_s = book().used_card_s(now_s);
    if (all_card_s <= 0) return fair_share_weight_;
    return fair_share_weight_ * std::exp2(-book().used_card_s(tenant, now_s) / all_card_s * static_cast<double>(book().tenants()));
  }
  double age_priority(double waited_s) const override { return age_weight_ * std::min(1.0, waited_s / max_age_s_); }
  double size_priority(double share_of_all_cards) const override { return size_weight_ * share_of_all_cards; }

  double fair_share_weight_;
  double age_weight_;
  double size_weight_;
  double max_age_s_;
};

}  // namespace dure::sim
