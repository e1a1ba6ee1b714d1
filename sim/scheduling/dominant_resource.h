#pragma once
#include "sim/scheduling/priority_backfill.h"

namespace dure::sim {

/// Dominant resource fairness: the next job is of the tenant whose dominant share is least, its first in line.
///
/// A tenant's dominant share is the largest part of any resource that it holds now. The resources are cards by type, over all
/// sites; memory and processors of the hosts are not modelled. With one card type this is max-min fairness over tenants.
/// A job that does not fit has a reservation, so that large jobs are not overtaken for ever; the paper's tasks are small.
/// Source: Ghodsi et al., "Dominant Resource Fairness", NSDI 2011.
class DominantResource final : public PriorityBackfill {
 public:
  using Config = proto::DominantResource;
  DominantResource(const Config& /*config*/, TenantAccess tenants) : PriorityBackfill(std::move(tenants)) {}

 private:
  double tenant_priority(TenantId tenant, double /*now_s*/) const override { return -book().dominant_share(tenant); }
  double age_priority(double /*waited_s*/) const override { return 0; }
  double size_priority(double /*share_of_all_cards*/) const override { return 0; }
};

}  // namespace dure::sim
