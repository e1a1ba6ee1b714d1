#include "sim/economics/economics.h"
#include "sim/engine/calls.h"
#include "sim/engine/check_programme.h"
#include "sim/engine/meters.h"
#include "sim/engine/rules.h"
#include "sim/engine/outlook.h"
#include "sim/engine/run.h"
#include "sim/engine/sources.h"
#include "sim/power/site_power.h"
#include "sim/scenario.pb.h"

namespace dure::sim {
namespace proto = ::dure;

void check_models(const proto::Scenario& scenario, const std::string& scenario_folder) {
  Facts facts(scenario, {scenario.seed(), 0});
  const Backbone backbone = make_backbone(facts);
  check_region_choice(facts);
  const auto programme = make_programme(scenario.programme(), facts.calendar, facts.horizon_s, facts.names.regions);
  check_programme(scenario, facts.fleet);
  const auto scheduler = make_scheduler(scenario.scheduler());
  if (scenario.has_reliability()) {
    const Checkpointing checkpointing(scenario.reliability());
    const NodeFaults faults(scenario.reliability(), facts.seed);
    const SoftwareFaults software(scenario.reliability(), facts.seed);
  }
  if (scenario.has_power())
    for (int i = 0; i < scenario.site_size(); ++i) {
      const proto::Region& region = scenario.region(int(facts.fleet.sites()[std::size_t(i)].region));
      const SitePower power(scenario.power(), scenario.site(i), region.climate_city().empty() ? region.city() : region.climate_city(),
                            facts.fleet.sites()[std::size_t(i)].contracted_kw, facts.calendar, facts.seed, facts.horizon_s, region.tariff_adder_krw_per_kwh());
    }
  power_rooms(facts);
  if (scenario.has_economics()) const Economics economics(scenario.economics(), facts.fleet);
  if (scenario.workload().has_projects())
    check_applicants(scenario, Applicants(scenario.workload().projects(), facts.population, demand_regions(scenario), facts.seed, facts.calendar, make_model_times(facts)), *programme);
  make_sources(facts, scenario_folder);
  check_call_quotas(facts);
  plan_reservations(facts);
  make_quotas(facts);
}

}  // namespace dure::sim
