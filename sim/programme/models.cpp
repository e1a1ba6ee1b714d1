// The models of this room: one row each, by the name of its message in the `oneof` of Programme.
#include <array>
#include <utility>

#include "sim/error.h"
#include "sim/programme/call_rounds.h"
#include "sim/programme/equal_share.h"
#include "sim/programme/open_queue.h"
#include "sim/programme/parts.h"
#include "sim/programme/priced.h"
#include "sim/programme/tournament.h"

namespace dure::sim {
namespace {

using Regions = std::span<const std::string>;
using Message = google::protobuf::Message;

/// What rules are made of.
struct Setting {
  const Calendar& calendar;
  double horizon_s;
  Regions regions;
  UserPrice price;
};
using Make = std::unique_ptr<Programme> (*)(const Message&, const Setting&, const std::string& path);

std::unique_ptr<Programme> make_rule(const Message& holder, const Setting& setting, const std::string& path);

constexpr std::array<std::pair<std::string_view, Make>, 6> kModels = {{
    {"open_queue", [](const Message&, const Setting&, const std::string&) -> std::unique_ptr<Programme> { return std::make_unique<OpenQueueProgramme>(); }},
    {"call_rounds",
     [](const Message& spec, const Setting& is, const std::string& path) -> std::unique_ptr<Programme> {
       return std::make_unique<CallRoundsProgramme>(static_cast<const dure::CallRounds&>(spec), is.price, is.calendar, is.horizon_s, is.regions, path);
     }},
    {"equal_share",
     [](const Message& spec, const Setting& is, const std::string& path) -> std::unique_ptr<Programme> {
       return std::make_unique<EqualShareProgramme>(static_cast<const dure::EqualShare&>(spec), is.calendar, is.horizon_s, path);
     }},
    {"tournament",
     [](const Message& spec, const Setting& is, const std::string& path) -> std::unique_ptr<Programme> {
       return std::make_unique<TournamentProgramme>(static_cast<const dure::Tournament&>(spec), is.calendar, is.horizon_s, path);
     }},
    {"priced",
     [](const Message& spec, const Setting& is, const std::string& path) -> std::unique_ptr<Programme> {
       return std::make_unique<PricedProgramme>(static_cast<const dure::Priced&>(spec), is.price, is.calendar, is.horizon_s, path);
     }},
    {"parts",
     [](const Message& spec, const Setting& is, const std::string& path) -> std::unique_ptr<Programme> {
       std::vector<PartsProgramme::Part> parts;
       for (const auto& part : static_cast<const dure::Parts&>(spec).part()) parts.push_back({part.part(), part.share(), part.borrows(), make_rule(part, is, path + ".part[" + part.part() + "]")});
       return std::make_unique<PartsProgramme>(std::move(parts));
     }},
}};

/// The rule that the `oneof rule` of `holder` names; without one the queue is open.
std::unique_ptr<Programme> make_rule(const Message& holder, const Setting& setting, const std::string& path) {
  const auto* chosen = holder.GetReflection()->GetOneofFieldDescriptor(holder, holder.GetDescriptor()->FindOneofByName("rule"));
  if (chosen == nullptr) {
    if (path != "programme") throw ScenarioError(path, {"the part has no rule", "구성에 방식이 없습니다"}, {"give it call_rounds, equal_share, tournament or priced", "call_rounds, equal_share, tournament, priced 가운데 하나를 쓰십시오"});
    return std::make_unique<OpenQueueProgramme>();
  }
  for (const auto& [known, make] : kModels)
    if (known == chosen->name()) return make(holder.GetReflection()->GetMessage(holder, chosen), setting, path + "." + chosen->name());
  check_failed("known == name", __FILE__, __LINE__, "a programme of the schema has no row in the table of models");
}

}  // namespace

std::unique_ptr<Programme> make_programme(const dure::Programme& spec, const Calendar& calendar, double horizon_s, Regions regions) {
  return make_rule(spec, {calendar, horizon_s, regions, UserPrice(spec.user_price())}, "programme");
}

std::vector<std::string_view> programme_models() {
  std::vector<std::string_view> names;
  for (const auto& [name, make] : kModels) names.push_back(name);
  return names;
}

}  // namespace dure::sim
