// The models of this room: one row each, by the name of its message in the `oneof` of Programme.
#include <array>
#include <utility>

#include "sim/error.h"
#include "sim/programme/call_rounds.h"
#include "sim/programme/open_queue.h"

namespace dure::sim {
namespace {

using Regions = std::span<const std::string>;
using Make = std::unique_ptr<Programme> (*)(const dure::Programme&, const Calendar&, double horizon_s, Regions);

constexpr std::array<std::pair<std::string_view, Make>, 2> kModels = {{
    {"open_queue",
     [](const dure::Programme&, const Calendar&, double, Regions) -> std::unique_ptr<Programme> {
       return std::make_unique<OpenQueueProgramme>();
     }},
    {"call_rounds",
     [](const dure::Programme& spec, const Calendar& calendar, double horizon_s, Regions regions) -> std::unique_ptr<Programme> {
       return std::make_unique<CallRoundsProgramme>(spec.call_rounds(), calendar, horizon_s, regions);
     }},
}};

}  // namespace

std::unique_ptr<Programme> make_programme(const dure::Programme& spec, const Calendar& calendar, double horizon_s, Regions regions) {
  const auto* chosen = spec.GetReflection()->GetOneofFieldDescriptor(spec, dure::Programme::descriptor()->FindOneofByName("rule"));
  const std::string_view name = chosen ? std::string_view(chosen->name()) : "open_queue";
  for (const auto& [known, make] : kModels)
    if (known == name) return make(spec, calendar, horizon_s, regions);
  check_failed("known == name", __FILE__, __LINE__, "a programme of the schema has no row in the table of models");
}

std::vector<std::string_view> programme_models() {
  std::vector<std::string_view> names;
  for (const auto& [name, make] : kModels) names.push_back(name);
  return names;
}

}  // namespace dure::sim
