#pragma once
// A fleet small enough for paper, from text.
#include <google/protobuf/text_format.h>

#include <stdexcept>
#include <string>

#include "sim/economics/economics.h"
#include "sim/economics/economics.pb.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::test {

inline ::dure::Scenario parsed(const std::string& text) {
  ::dure::Scenario scenario;
  if (!google::protobuf::TextFormat::ParseFromString(text, &scenario)) throw std::runtime_error("not a scenario: " + text);
  return scenario;
}

/// A site of 1,000 H at 100 M KRW from the first day of 2025 on, ordered on the first of October before; `tranche` and `economics` go in.
inline ::dure::Scenario thousand(const std::string& tranche, const std::string& economics) {
  return parsed(R"(
    card { card: "H" } node { card: "H" cards_per_node: 8 idle_w: 2400 busy_w: 8000 }
    region { region: "honam" city: "Gwangju" }
    site { site: "alpha" region: "honam" peak_power_mw: 14 }
    tranche { tranche: "bought" site: "alpha" card: "H" cards: 1000 government_use_cards: 1000 promised: "2025-03-01" delivered_mid: "2025-03-01"
              ordered: "2025-01-01" installed: true )" + tranche + R"( }
    commissioning { draw_delivery: false }
    economics { )" + economics + " }");
}

struct Case {
  explicit Case(::dure::Scenario text)
      : scenario(std::move(text)), fleet(scenario, sim::Calendar(sim::parse_date("2025-01-01")), sim::Seed{}), economics(scenario.economics(), fleet) {}
  ::dure::Scenario scenario;
  sim::Fleet fleet;
  sim::Economics economics;
};

/// What the economics of a scenario are refused with.
inline sim::ScenarioError refusal(const ::dure::Scenario& scenario) {
  try {
    const Case c(scenario);
  } catch (const sim::ScenarioError& error) {
    return error;
  }
  throw std::runtime_error("nothing was refused");
}

}  // namespace dure::test
