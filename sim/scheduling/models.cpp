#include <string_view>

#include "sim/error.h"
#include "sim/scheduling/conservative_backfill.h"
#include "sim/scheduling/easy_backfill.h"
#include "sim/scheduling/fcfs.h"
#include "sim/scheduling/scheduler.h"

namespace dure::sim {
namespace {

template <class Model>
std::unique_ptr<Scheduler> make(const google::protobuf::Message& config) {
  return std::make_unique<Model>(static_cast<const typename Model::Config&>(config));
}

struct Row {
  std::string_view name;  // in the oneof `policy`
  std::unique_ptr<Scheduler> (*make)(const google::protobuf::Message&);
};
constexpr Row kModels[] = {
    {"fcfs", make<Fcfs>},
    {"easy_backfill", make<EasyBackfill>},
    {"conservative_backfill", make<ConservativeBackfill>},
};

}  // namespace

std::unique_ptr<Scheduler> make_scheduler(const proto::Scheduler& config) {
  const auto* reflection = config.GetReflection();
  const auto* policy = reflection->GetOneofFieldDescriptor(config, config.GetDescriptor()->FindOneofByName("policy"));
  if (policy == nullptr) return std::make_unique<EasyBackfill>(proto::EasyBackfill{});
  for (const Row& row : kModels)
    if (row.name == policy->name()) return row.make(reflection->GetMessage(config, policy));
  SIM_CHECK(false, "no model is registered for scheduler " + policy->name());
}

Placement make_placement(const proto::Placement& config) {
  switch (config.rule()) {
    case proto::SPREAD: return {config.same_leaf(), PlacementRule::kSpread};
    case proto::LEAST_FRAGMENTATION: return {config.same_leaf(), PlacementRule::kLeastFragmentation};
    case proto::PACK: break;
  }
  return {config.same_leaf(), PlacementRule::kPack};
}

}  // namespace dure::sim
