// The door in for studies: what a file means, and every way it can be wrong.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/study_text.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

LoadedStudy load(const std::string& more, const std::vector<std::string>& sets = {}) {
  const TempFolder folder;
  return load_study(study_file(folder, more), sets);
}

std::string refusal(const std::string& more, const std::vector<std::string>& sets = {}) {
  try {
    load(more, sets);
  } catch (const ScenarioErrors& errors) {
    CHECK(errors.exit_code == Exit::kInvalid);
    for (const Error& error : errors.all) {
      CHECK(error.place.has_value());
      CHECK_FALSE(error.message.ko.empty());
      CHECK_FALSE(error.help.en.empty());
    }
    return errors.message.en;
  }
  return "";
}

const StudyInput& only(const LoadedStudy& study) {
  REQUIRE(study.inputs.size() == 1);
  return study.inputs[0];
}

}  // namespace

TEST_CASE("study: options are scenarios, the first is the baseline, inputs take the schema's range and words") {
  const LoadedStudy study = load(kTwoOptions + kOneInput);
  REQUIRE(study.options.size() == 2);
  CHECK(study.options[0].loaded.scenario.scheduler().has_fcfs());
  CHECK(study.options[1].loaded.scenario.scheduler().has_easy_backfill());
  CHECK(study.options[1].loaded.scenario.horizon_s() == 86400);
  CHECK(study.baseline == 0);
  CHECK(load(kTwoOptions + "baseline: \"easy\"").baseline == 1);
  CHECK(only(study).low == 2);
  CHECK(only(study).mid == 4);
  CHECK(only(study).high == 9);
  CHECK(only(study).unit == "1/1000 node-days");
  CHECK_FALSE(only(study).label.ko.empty());
  CHECK_FALSE(only(study).source.empty());
}

TEST_CASE("study: a sweep is every combination of its axes") {
  const LoadedStudy study = load("decision { metric: \"wait_s.mean\" better: LOWER }\nsweep { axis { axis: \"load\" path: \"workload.steady.offered_load\" value: \"0.5\" value: \"0.8\" } axis { axis: \"jobs\" path: \"workload.steady.jobs_per_year\" value: \"1000\" value: \"2000\" value: \"3000\" } }");
  REQUIRE(study.options.size() == 6);
  CHECK(study.options[0].name == "load=0.5,jobs=1000");
  CHECK(study.options[5].loaded.scenario.workload().steady().offered_load() == 0.8);
  CHECK(study.options[5].loaded.scenario.workload().steady().jobs_per_year() == 3000);
}

TEST_CASE("study: a break-even is wanted along an axis of numbers, a line for every other combination") {
  const std::string axes = "decision { metric: \"wait_s.mean\" better: LOWER }\nsweep { axis { axis: \"load\" title_en: \"load\" title_ko: \"부하\" path: \"workload.steady.offered_load\" value: \"0.5\" value: \"0.8\" } axis { axis: \"policy\" path: \"scheduler\" value: \"fcfs\" value: \"easy_backfill\" } ";
  const LoadedStudy study = load(axes + "break_even: \"load\" }");
  REQUIRE(study.break_even);
  CHECK(study.break_even->title.ko == "부하");
  CHECK(study.break_even->unit == "share");
  REQUIRE(study.options.size() == 4);
  CHECK(study.options[0].along == 0.5);
  CHECK(study.options[3].along == 0.8);
  CHECK(study.options[0].line.en == study.options[2].line.en);
  CHECK(study.options[0].line.en != study.options[1].line.en);
  CHECK_FALSE(load(axes + "}").break_even);
  CHECK(refusal(axes + "break_even: \"price\" }") == "the sweep has no axis `price`");
  CHECK(refusal(axes + "break_even: \"policy\" }").find("is no number, so it has no break-even") != std::string::npos);
}

TEST_CASE("study: inputs are set, or multiply what an option has, in every element of a list; absent parts are passed over") {
  const LoadedStudy study = load(kTwoOptions + "input { input: \"price\" path: \"tranche[*].price_krw_per_card\" factor: true low: 0.5 high: 2 }\ninput { input: \"staff\" path: \"economics.staff_krw_per_year\" }");
  const auto changed = with_inputs(study.options[0], study.inputs, std::vector{0.5, 8e7});
  CHECK(changed.tranche(0).price_krw_per_card() == 35000000);
  CHECK(changed.economics().staff_krw_per_year() == 8e7);
  CHECK(with_inputs(study.options[0], study.inputs, {}).tranche(0).price_krw_per_card() == 70000000);
  // an option without the part runs without the model, input or not
  const LoadedStudy bare = load(kTwoOptions + "option { option: \"no_books\" set: \"economics=none\" }\ninput { input: \"staff\" path: \"economics.staff_krw_per_year\" }");
  CHECK_FALSE(with_inputs(bare.options[2], bare.inputs, std::vector{8e7}).has_economics());
}

TEST_CASE("study: whatever is wrong is said with its place and a remedy") {
  CHECK(refusal(kTwoOptions + "baseline: \"esay\"") == "there is no option `esay`");
  CHECK(refusal("option { option: \"a\" set: \"scheduler=fcsf\" }\noption { option: \"b\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }") == "option `a`: no policy is called `fcsf`");
  CHECK(refusal("option { option: \"a\" set: \"tranche[second].cards=8\" }\noption { option: \"b\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }") == "option `a`: there is no tranche `second`");
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"reliability.fault_rate\" }") == "input `x`: `reliability.fault_rate` is no number of a scenario");
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"power.own_use_activity\" }") == "input `x`: no option has `power.own_use_activity`");
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"workload.steady.offered_load\" }") == "input `x` has no range: `offered_load` documents none");
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"reliability.faults_per_1000_node_days\" high: 12 }") == "input `x`: 2 to 12 goes beyond the documented 2 to 9");
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"reliability.faults_per_1000_node_days\" high: 12 range_source: \"a worse year\" }").empty());
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"reliability.faults_per_1000_node_days\" low: 3 mid: 2.5 high: 9 }") == "input `x`: low 3, mid 2.5, high 9 are out of order");
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"economics.server_life_years\" low: 0 high: 6 range_source: \"none\" }") == "input `x`: 0 is outside what `server_life_years` allows (0.1..30)");
  CHECK(refusal(kTwoOptions + kOneInput + "correlation { a: \"faults\" b: \"fautls\" r: 0.5 }") == "there is no input `fautls`");
  CHECK(refusal("option { option: \"a\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }") == "there is only one option: nothing to compare");
  CHECK(refusal("option { option: \"a\" }\noption { option: \"b\" }") == "the study has no decision metric");
  CHECK(refusal(kTwoOptions + "replicates: 0").find("replicates") != std::string::npos);
  CHECK(refusal(kTwoOptions + kOneInput + "sensitivity { base_points: 100 }") == "base_points 100 is no power of two");
  CHECK(refusal(kTwoOptions + "sensitivity {}") == "no inputs: nothing is varied");
  CHECK(refusal(kTwoOptions + "plan { limit { metric: \"wait_s.mean\" } }") == "the limit on `wait_s.mean` wants one bound");
}

TEST_CASE("study: a factor passes over what an option does not set, and has something to multiply in one of them") {
  const std::string input = "input { input: \"rent\" path: \"tranche[*].rent_krw_per_card_hour\" factor: true low: 0.5 high: 2 }";
  const LoadedStudy study = load("option { option: \"bought\" }\noption { option: \"rented\" set: \"tranche[first].rent_krw_per_card_hour=3000\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }\n" + input);
  CHECK_FALSE(with_inputs(study.options[0], study.inputs, std::vector{0.5}).tranche(0).has_rent_krw_per_card_hour());
  CHECK(with_inputs(study.options[1], study.inputs, std::vector{0.5}).tranche(0).rent_krw_per_card_hour() == 1500);
  CHECK(refusal(kTwoOptions + input) == "input `rent` multiplies `tranche[*].rent_krw_per_card_hour`, which no option sets");
}

TEST_CASE("study: no input leaves the range of a field, whichever of its paths and options it is in") {
  const std::string half = "range_source: \"assumed\" }\n";
  CHECK(refusal(kTwoOptions + "input { input: \"m\" path: \"economics.maintenance_share_per_year\" factor: true low: -5 mid: 1 high: 1.5 " + half).find("input `m`: -5 times `economics.maintenance_share_per_year` of option `fcfs` (") == 0);
  CHECK(refusal(kTwoOptions + "input { input: \"pue\" path: \"site[*].pue\" factor: true low: 0.3 mid: 1 high: 1.1 " + half).find("input `pue`: 0.3 times `site[village].pue` of option `fcfs` (1.3) is 0.39, outside ") == 0);
  CHECK(refusal(kTwoOptions + "input { input: \"n\" path: \"workload.steady.tenants\" factor: true low: 0 mid: 1 high: 2 " + half).find("is 0, outside ") != std::string::npos);
  CHECK(refusal(kTwoOptions + "input { input: \"n\" path: \"workload.steady.tenants\" factor: true low: 1 mid: 2 high: 1e12 " + half).find("outside ") != std::string::npos);
  CHECK(refusal(kTwoOptions + "input { input: \"n\" path: \"workload.steady.tenants\" factor: true low: 0.4 mid: 1 high: 2 " + half).empty());
  CHECK(refusal(kTwoOptions + "input { input: \"x\" path: \"economics.fx_krw_per_usd\" path: \"economics.maintenance_share_per_year\" }").find("is outside what `maintenance_share_per_year` allows (") != std::string::npos);
  const std::string dear = "option { option: \"usual\" }\noption { option: \"high\" set: \"site[village].pue=1.9\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }\n";
  CHECK(refusal(dear + "input { input: \"pue\" path: \"site[village].pue\" factor: true low: 0.9 high: 5 " + half).find("5 times `site[village].pue` of option `") != std::string::npos);
}

TEST_CASE("study: an input does not overwrite what options are compared by, nor another input") {
  const std::string staff = "option { option: \"cheap\" set: \"economics.staff_krw_per_year=7e7\" }\noption { option: \"dear\" set: \"economics.staff_krw_per_year=1.2e8\" }\ndecision { metric: \"cost_krw.staff\" better: LOWER }\n";
  CHECK(refusal(staff + "input { input: \"staff\" path: \"economics.staff_krw_per_year\" }") == "input `staff` overwrites `economics.staff_krw_per_year`, by which option `cheap` is compared");
  CHECK(refusal(staff + "input { input: \"staff\" path: \"economics.staff_krw_per_year\" factor: true low: 0.9 high: 1.1 }").empty());
  CHECK(refusal("set: \"economics.staff_krw_per_year=7e7\"\n" + kTwoOptions + "input { input: \"staff\" path: \"economics.staff_krw_per_year\" }").empty());  // of all options alike
  CHECK(refusal("decision { metric: \"cost_krw.staff\" better: LOWER }\nsweep { axis { axis: \"price\" path: \"tranche[first].price_krw_per_card\" value: \"5e7\" value: \"9e7\" } }\ninput { input: \"price\" path: \"tranche[*].price_krw_per_card\" low: 5e7 high: 9e7 }") ==
        "input `price` overwrites `tranche[first].price_krw_per_card`, by which option `price=5e7` is compared");
  CHECK(refusal(kTwoOptions + "input { input: \"p\" path: \"economics.staff_krw_per_year\" }\ninput { input: \"q\" path: \"economics.staff_krw_per_year\" low: 8e7 high: 9.5e7 }") == "inputs `p` and `q` both change `economics.staff_krw_per_year`");
  CHECK(refusal(kTwoOptions + "input { input: \"p\" path: \"site[*].pue\" path: \"site[village].pue\" low: 1.2 high: 1.4 }") == "input `p` names `site[village].pue` twice");
}

TEST_CASE("study: a --set of the command line does not overwrite what is compared, nor is it overwritten by an input") {
  const std::string axis = "decision { metric: \"wait_s.mean\" better: LOWER }\nsweep { axis { axis: \"load\" path: \"workload.steady.offered_load\" value: \"0.5\" value: \"0.9\" } }";
  CHECK(refusal(kTwoOptions, {"scheduler=fcfs"}) == "`--set scheduler=fcfs` overwrites `scheduler=easy_backfill`, by which option `easy` is compared");
  CHECK(refusal(kTwoOptions, {"scheduler.easy_backfill.depth=5"}) == "`--set scheduler.easy_backfill.depth=5` overwrites `scheduler=fcfs`, by which option `fcfs` is compared");
  CHECK(refusal(axis, {"workload.steady.offered_load=0.7"}) == "`--set workload.steady.offered_load=0.7` overwrites `workload.steady.offered_load=0.5`, by which option `load=0.5` is compared");
  CHECK_FALSE(refusal(axis, {"workload.steady={ offered_load: 0.7 }"}).empty());
  CHECK(refusal(axis, {"workload.steady={ tenants: 9 }", "scheduler=fcfs", "horizon_s=3600"}).empty());
  CHECK_FALSE(refusal("option { option: \"short\" set: \"horizon_s=3600\" }\noption { option: \"long\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }", {"end_date=2026-03-05"}).empty());

  const std::string staff = "input { input: \"staff\" path: \"economics.staff_krw_per_year\" ";
  CHECK(refusal(kTwoOptions + staff + "}", {"economics.staff_krw_per_year=7e7"}) == "`--set` gives `economics.staff_krw_per_year` a value, which input `staff` overwrites in every run");
  CHECK(refusal(kTwoOptions + staff + "}", {"economics={ staff_krw_per_year: 7e7 }"}) == "`--set` gives `economics.staff_krw_per_year` a value, which input `staff` overwrites in every run");
  const LoadedStudy study = load(kTwoOptions + staff + "factor: true low: 0.5 high: 2 }", {"economics.staff_krw_per_year=7e7"});
  CHECK(with_inputs(study.options[0], study.inputs, std::vector{2.0}).economics().staff_krw_per_year() == 1.4e8);
}

TEST_CASE("study: what is wrong with a --set of the command line is said once, at its place there") {
  const TempFolder folder;
  try {
    load_study(study_file(folder, kTwoOptions), {"workload.steady.tenants=9", "workload.steady.offered=1"});
    FAIL("nothing was refused");
  } catch (const ScenarioErrors& errors) {
    REQUIRE(errors.all.size() == 1);
    CHECK(errors.all[0].place->file == "--set");
    CHECK(errors.all[0].place->line == 2);
    CHECK(errors.sources.line("--set", 2) == "workload.steady.offered=1");
  }
}

TEST_CASE("study: options have titles of their own, in either language") {
  const std::string decision = "decision { metric: \"wait_s.mean\" better: LOWER }\n", one = "option { option: \"a\" title_en: \"in order\" title_ko: \"차례대로\" }\n";
  CHECK(refusal(decision + one + "option { option: \"b\" title_en: \"in order\" title_ko: \"빈틈 메움\" }") == "options `a` and `b` have the same title `in order`");
  CHECK(refusal(decision + one + "option { option: \"b\" title_en: \"gaps filled\" title_ko: \"차례대로\" }") == "options `a` and `b` have the same title `차례대로`");
  CHECK(refusal(decision + one + "option { option: \"b\" title_en: \"gaps filled\" title_ko: \"빈틈 메움\" }").empty());
}

TEST_CASE("study: an axis has each value once, and a break-even has a line that the baseline is not on") {
  const std::string decision = "decision { metric: \"cost_krw.staff\" better: LOWER }\n";
  const std::string axis = "axis { axis: \"staff\" path: \"economics.staff_krw_per_year\" value: \"7e7\" value: ";
  CHECK(refusal(decision + "sweep { " + axis + "\"70000000\" value: \"9e7\" } }") == "axis `staff` has the value `70000000` twice");
  CHECK(refusal(decision + "sweep { " + axis + "\"9e7\" } }").empty());
  CHECK(refusal(decision + "sweep { " + axis + "\"9e7\" } break_even: \"staff\" }") == "the baseline `staff=7e7` stands on the axis `staff` itself, and no option is off that line: nothing breaks even with it");
  CHECK(refusal("option { option: \"a\" }\noption { option: \"b\" set: \"economics.maintenance_share_per_year=0.1\" }\n" + decision + "sweep { " + axis + "\"9e7\" } break_even: \"staff\" }").empty());
}

TEST_CASE("study: the fingerprint follows what it says, not where it lies") {
  const TempFolder a, b;
  CHECK(fingerprint(load_study(study_file(a, kTwoOptions))) == fingerprint(load_study(study_file(b, kTwoOptions))));
  CHECK(fingerprint(load(kTwoOptions)) != fingerprint(load(kTwoOptions + kOneInput)));
  CHECK(fingerprint(load(kTwoOptions)) != fingerprint(load(kTwoOptions + "set: \"workload.steady.offered_load=0.7\"")));
}
