#include "sim/programme/capability.h"

#include <fmt/format.h>

#include <cmath>

namespace dure::sim {

Capability::Capability(const dure::Capability& spec, Seed seed)
    : spec_(spec), seed_(seed), law_{spec.floor(), spec.model_scale(), spec.data_scale(), spec.model_power(), spec.data_power()}, job_classes_(spec.job_class().begin(), spec.job_class().end()) {
  if (job_classes_.empty()) job_classes_ = {"pretrain", "training"};
}

double Capability::skill(TenantId tenant, double merit) const {
  const double shown = spec_.merit_shows_skill();
  Random own(seed_, fmt::format("team/{}", index(tenant)));
  return std::exp(spec_.skill_sigma() * (shown * merit + std::sqrt(1 - shown * shown) * own.normal(0, 1)));
}

double Capability::card_efficiency(const std::string& card) const {
  for (const auto& each : spec_.card_efficiency())
    if (each.card() == card) return each.factor();
  return 1;
}

double Capability::flop(double training_flop, double skill) const { return skill * spec_.efficiency() * spec_.into_best() * spec_.mfu() * training_flop; }

double Capability::loss(double flop, double released_flop) const { return flop > 0 ? law_.best(flop + spec_.open_release() * released_flop).loss : 0; }

}  // namespace dure::sim
