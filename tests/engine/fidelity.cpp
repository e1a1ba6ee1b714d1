// Planning fidelity against full: what must agree, and what does not.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

using Scenario = dure::Scenario;

Scenario loaded(const std::string& file, std::vector<std::string> sets) { return dure::sim::load_scenario(file, sets).scenario; }

/// Mean of each metric over seeds, without rows, as a study runs it.
std::map<std::string, double> means(Scenario scenario, Scenario::Fidelity fidelity, int seeds) {
  scenario.set_fidelity(fidelity);
  std::map<std::string, double> sum;
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto text = dure::sim::in_child([&] {
      dure::sim::RunOptions options;
      options.seed = dure::sim::Seed{std::uint64_t(seed)};
      options.scenario_folder = "scenarios";
      return to_json(run_scenario(scenario, options).summary);
    });
    const auto summary = nlohmann::json::parse(text);
    CHECK((summary.value("fidelity", "full") == (fidelity == Scenario::PLANNING ? "planning" : "full")));
    for (const auto& [name, metric] : summary["metrics"].items())
      if (!metric["value"].is_null()) sum[name] += metric["value"].get<double>() / seeds;
  }
  return sum;
}

/// Headlines within 2 %, other states of cards within 2 % of nominal, both as means over seeds. What differs more, with its measured difference, is in
/// docs/decisions/planning-fidelity.md: waits (up to 27 % of the mean here, held to 35 %), and what grants withhold: for which of two reasons a free card is idle
/// is chaotic (4 % of nominal in a single run), how many are free is not.
void compare(const Scenario& scenario, int seeds, const std::map<std::string, double>& wider = {{"wait_s.mean", 0.35}}) {
  auto full = means(scenario, Scenario::FULL, seeds), planning = means(scenario, Scenario::PLANNING, seeds);
  const double nominal = full["card_hours.nominal"];
  CHECK(planning["card_hours.nominal"] == doctest::Approx(nominal).epsilon(1e-12));
  for (auto* each : {&full, &planning}) {
    double allocated = 0;
    (*each)["card_hours.free"] = (*each)["card_hours.withheld"] + (*each)["card_hours.idle_fragmented"] + (*each)["card_hours.idle_no_demand"];
    for (const char* state : {"staging", "checkpointing", "restarting", "throttled", "held_idle", "rework", "productive"}) allocated += (*each)[std::string("card_hours.") + state];
    (*each)["allocated"] = allocated;
  }
  for (const auto& [name, value] : full) {
    static const std::vector<std::string> headline = {"allocated", "card_hours.productive", "energy_kwh.it", "energy_kwh.facility", "peak_kw.facility", "carbon_kg.total", "cost_krw.total", "cost_krw_per_productive_card_hour",
                                                      "jobs.submitted", "jobs.completed", "jobs.cancelled", "jobs.failed", "productive_card_hours.completed", "productive_card_hours.cancelled", "productive_card_hours.failed",
                                                      "faults.node", "projects.applied", "projects.granted", "projects.finished", "capability.models", "capability.best_loss", "fairness.gini_card_hours", "ettr.mean"};
    double tolerance = std::find(headline.begin(), headline.end(), name) != headline.end() ? 0.02 : 0;
    if (const auto found = wider.find(name); found != wider.end()) tolerance = found->second;
    const double other = planning[name];
    if (tolerance > 0) CHECK_MESSAGE(std::abs(other - value) <= tolerance * std::abs(value), name << ": full " << value << ", planning " << other << ", " << 100 * (other / value - 1) << " %");
    else if (name.starts_with("card_hours.")) CHECK_MESSAGE(std::abs(other - value) <= (name == "card_hours.withheld" || name == "card_hours.idle_no_demand" ? 0.04 : 0.02) * nominal, name << ": full " << value << ", planning " << other << " of " << nominal);
  }
}

}  // namespace

TEST_CASE("planning fidelity: a steady stream on seven sites has the headlines of full fidelity within 2 %") {
  compare(loaded("scenarios/national-year.txtpb", {"end_date=2026-02-15"}), 3);
}

TEST_CASE("planning fidelity: a national centre of projects has the headlines of full fidelity within 2 %") {
  compare(loaded("scenarios/questions/01-share.txtpb", {"end_date=2026-07-01"}), 3);
}

TEST_CASE("planning fidelity: an open LLM cluster has the headlines of full fidelity within 2 %") {
  compare(loaded("scenarios/llm-cluster.txtpb", {"horizon_s=2592000"}), 3);
}
