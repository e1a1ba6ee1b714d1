#include <string_view>
#include <type_traits>

#include "sim/error.h"
#include "sim/scheduling/conservative_backfill.h"
#include "sim/scheduling/dominant_resource.h"
#include "sim/scheduling/easy_backfill.h"
#include "sim/scheduling/fair_share.h"
#include "sim/scheduling/fcfs.h"
#include "sim/scheduling/scheduler.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

template <class Model>
std::unique_ptr<Scheduler> make(const google::protobuf::Message& config, const TenantAccess& tenants) {
  const auto& mine = static_cast<const typename Model::Config&>(config);
  if constexpr (std::is_constructible_v<Model, const typename Model::Config&, TenantAccess>) {
    return std::make_unique<Model>(mine, tenants);
  } else {
    return std::make_unique<Model>(mine);
  }
}

struct Row {
  std::string_view name;  // in the oneof `policy`
  std::unique_ptr<Scheduler> (*make)(const google::protobuf::Message&, const TenantAccess&);
};
constexpr Row kModels[] = {
    {"fcfs", make<Fcfs>},
    {"easy_backfill", make<EasyBackfill>},
    {"conservative_backfill", make<ConservativeBackfill>},
    {"fair_share", make<FairShare>},
    {"dominant_resource", make<DominantResource>},
};

}  // namespace

std::shared_ptr<TenantBook> make_tenant_book(const proto::Scheduler& config) {
  return std::make_shared<TenantBook>(config.fair_share().half_life_days() * kDay_s);
}

std::unique_ptr<Scheduler> make_scheduler(const proto::Scheduler& config, TenantAccess tenants) {
  if (!tenants.book) tenants.book = make_tenant_book(config);
  const auto* reflection = config.GetReflection();
  const auto* policy = reflection->GetOneofFieldDescriptor(config, config.GetDescriptor()->FindOneofByName("policy"));
  if (policy == nullptr) return std::make_unique<EasyBackfill>(proto::EasyBackfill{});
  for (const Row& row : kModels)
    if (row.name == policy->name()) return row.make(reflection->GetMessage(config, policy), tenants);
  SIM_CHECK(false, "no model is registered for scheduler " + policy->name());
}

Placement make_placement(const proto::Placement& config) {
  switch (config.rule()) {
    case proto::SPREAD: return {config.same_leaf(), PlacementRule::kSpread, config.one_leaf_only()};
    case proto::LEAST_FRAGMENTATION: return {config.same_leaf(), PlacementRule::kLeastFragmentation, config.one_leaf_only()};
    case proto::PACK: break;
  }
  return {config.same_leaf(), PlacementRule::kPack, config.one_leaf_only()};
}

}  // namespace dure::sim
