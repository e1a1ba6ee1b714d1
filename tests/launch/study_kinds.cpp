// Every kind of study from its file to its answer, by the program itself.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/launch/command.h"
#include "tests/support/content.h"
#include "tests/support/study_text.h"

using namespace dure::sim;
using namespace dure::test;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// `dure study` on a file that says so, results in `folder`/out.
CommandSaid run_study(const TempFolder& folder, const std::string& more, const std::vector<std::string>& words = {}) {
  std::vector<std::string> all = {DURE_PROGRAM, "study", study_file(folder, more), "-o", folder / "out", "-j", "2"};
  all.insert(all.end(), words.begin(), words.end());
  if (words.empty()) all.insert(all.end(), {"--lang", "en"});
  return run_command(all);
}
json summary_of(const TempFolder& folder) { return json::parse(content(folder / "out" / "summary.json")); }
std::size_t plans_in(const TempFolder& folder) {
  std::size_t plans = 0;
  for (const auto& entry : fs::directory_iterator(folder / "out" / "shards")) plans += entry.path().filename().string().starts_with("plan-");
  return plans;
}
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Three wages, and with them three bills that luck does not touch.
const std::string kThreeWages =
    "option { option: \"dear\" set: \"economics.staff_krw_per_year=9e7\" }\noption { option: \"cheap\" set: \"economics.staff_krw_per_year=7e7\" }\n"
    "option { option: \"mid\" set: \"economics.staff_krw_per_year=8e7\" }\ndecision { metric: \"cost_krw.staff\" better: LOWER }\n";

std::string plan(const std::string& more) { return kThreeWages + "plan { limit { metric: \"wait_s.mean\" at_most: 1e9 } probability: 0.8 tolerance: 0.15 first_replicates: 5 " + more + " }"; }

}  // namespace

TEST_CASE("plan: the cheapest option that keeps its limits is chosen, and a study cut short goes on to the same choice") {
  const TempFolder folder;
  const CommandSaid all = run_study(folder, plan("budget_runs: 200"));
  INFO(all.out << all.err);
  REQUIRE(all.exit == 0);
  CHECK(says(all.out, "Choose “cheap”"));
  // Proof takes ln(2 * 3 / 0.05) / ln(0.95 / 0.65) = 12.6 replicates without a break: of three options 5, then 10.
  CHECK(summary_of(folder)["runs"] == 45);
  CHECK(plans_in(folder) == 2);
  CHECK(summary_of(folder)["best"] == "cheap");
  CHECK(summary_of(folder)["recommended"] == true);
  const auto digests = [&] {  // page and workbook open in the language of the command
    json manifest = json::parse(content(folder / "out" / "manifest.json"));
    for (const char* file : {"report.html", "study.xlsx"}) manifest["files"].erase(file);
    return manifest;
  };
  const std::string summary = content(folder / "out" / "summary.json");
  const json manifest = digests();
  fs::remove(folder / "out" / "shards" / "plan-001.json");  // as if it had ended within its first round
  for (const auto& entry : fs::directory_iterator(folder / "out" / "shards"))
    if (const std::string name = entry.path().filename().string(); name == "00003.json" || (name >= "00015.json" && name < "00099.json")) fs::remove(entry.path());
  const CommandSaid again = run_study(folder, plan("budget_runs: 200"), {"--lang", "ko", "--resume"});
  INFO(again.out << again.err);
  CHECK(again.exit == 0);
  CHECK(says(again.out, "‘cheap’ 안을 고르십시오"));
  CHECK(content(folder / "out" / "summary.json") == summary);
  CHECK(digests() == manifest);
}

TEST_CASE("plan: who breaks a limit is out however cheap, and costs no further runs") {
  const TempFolder folder;
  REQUIRE(run_study(folder, plan("budget_runs: 200")).exit == 0);
  const json options = summary_of(folder)["options"];
  const double between = (options["cheap"]["metrics"]["cost_krw.staff"]["mean"].get<double>() + options["mid"]["metrics"]["cost_krw.staff"]["mean"].get<double>()) / 2;
  const TempFolder limited;
  const CommandSaid said = run_study(limited, plan("limit { metric: \"cost_krw.staff\" at_least: " + std::to_string(between) + " } budget_runs: 200"));
  INFO(said.out << said.err);
  CHECK(says(said.out, "Choose “mid”"));
  CHECK(summary_of(limited)["runs"] == 3 * 5 + 2 * 10);
  CHECK(summary_of(limited)["best"] == "mid");
  const TempFolder none;
  CHECK(says(run_study(none, plan("limit { metric: \"cost_krw.staff\" at_most: 0 } budget_runs: 200")).out, "No option was shown to keep the limits in 80 % of futures"));
  CHECK(summary_of(none)["recommended"] == false);
  CHECK_FALSE(summary_of(none).contains("best"));
}

TEST_CASE("plan: never runs more than its budget, and says when that does not suffice") {
  const TempFolder folder;
  const CommandSaid said = run_study(folder, plan("budget_runs: 38"));  // twelve of each are one too few
  CHECK(said.exit == 0);
  CHECK(says(said.out, "No choice at the stated 95 % confidence within the budget of 38 runs. Still in, by staff: “cheap” KRW "));
  CHECK(says(said.out, "(limits held in 12 of 12 replicates, not yet proof)"));
  CHECK(summary_of(folder)["runs"] == 36);
  const TempFolder refused;
  const CommandSaid little = run_study(refused, plan("budget_runs: 14"));
  CHECK(little.exit == 3);
  CHECK(says(little.err, "the first 5 replicates of 3 options take 15 runs, and the budget is 14"));
  CHECK(says(little.err, "study.txtpb:"));
  CHECK_FALSE(fs::exists(refused / "out"));
  CHECK(says(run_study(refused, kThreeWages + "plan { confidence: 0.5 }").err, "a toss of a coin"));
  CHECK(says(run_study(refused, kThreeWages + "plan { probability: 0.05 }").err, "may be limits that never hold"));
  const std::string sure = kThreeWages + "plan { limit { metric: \"wait_s.mean\" at_most: 1e9 } probability: 0.9 tolerance: 0.1 }";
  const CommandSaid always = run_study(refused, sure);
  CHECK(always.exit == 3);
  CHECK(says(always.err, "one break would rule an option out"));
  CHECK(says(always.err, "give a tolerance below 0.1, for example 0.05"));
}

TEST_CASE("plan: without a value there is no choice, and the reason is told") {
  const TempFolder folder;
  const CommandSaid said = run_study(folder, kThreeWages + "plan { limit { metric: \"pue.mean\" at_most: 2 } first_replicates: 5 }");
  INFO(said.out << said.err);
  CHECK(says(said.out, "No choice: “dear” has no pue.mean: no power model in this run."));
  CHECK(summary_of(folder)["runs"] == 15);
  CHECK(summary_of(folder)["recommended"] == false);
}

namespace {

/// A wage, which alone makes the bill for staff, and faults, which do not touch it.
const std::string kWageAndFaults = "decision { metric: \"cost_krw.staff\" better: LOWER }\ninput { input: \"wage\" path: \"economics.staff_krw_per_year\" }\n" + kOneInput;
const std::string kOne = "option { option: \"one\" }\n", kOther = "option { option: \"other\" set: \"scheduler=fcfs\" }\n";

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("sensitivity: of a single option every point is run once") {
  for (const std::string& options : {kOne, kOne + kOther}) {  // a single one, or the baseline of two
    const std::string option = options == kOne ? "" : "option: \"one\" ";
    CAPTURE(option);
    {
      const TempFolder folder;
      const CommandSaid said = run_study(folder, options + kWageAndFaults + "sensitivity { " + option + "base_points: 64 }");
      INFO(said.out << said.err);
      REQUIRE(said.exit == 0);
      CHECK(summary_of(folder)["runs"] == 64 * (2 + 2));
      const std::string answer = summary_of(folder)["answer"]["en"];
      CHECK(says(answer, "of its variance"));
      // All of it is the wage's; the estimate misses by the chance correlation of 64 pairs, 1/8 were the points random.
      CHECK(std::stod(answer.substr(answer.find("most: ") + 6)) == doctest::Approx(100).epsilon(0.125));
    }
    {
      const TempFolder folder;
      const CommandSaid said = run_study(folder, options + kWageAndFaults + "sensitivity { " + option + "method: MORRIS trajectories: 4 }");
      INFO(said.out << said.err);
      REQUIRE(said.exit == 0);
      CHECK(summary_of(folder)["runs"] == 4 * 3);
      CHECK(says(said.out, " moves "));
    }
    {
      const TempFolder folder;
      const CommandSaid said = run_study(folder, options + kWageAndFaults + "sensitivity { " + option + "method: TORNADO }");
      INFO(said.out << said.err);
      REQUIRE(said.exit == 0);
      CHECK(summary_of(folder)["runs"] == 2 * 2 + 1);
      CHECK(times(said.out, "It depends most on") == 1);
    }
  }
}

TEST_CASE("sensitivity: inputs that move nothing are called so, and a run without the metric is told") {
  const std::string faults = "decision { metric: \"cost_krw.staff\" better: LOWER }\n" + kOneInput;
  for (const char* method : {"SOBOL_INDICES base_points: 8", "MORRIS trajectories: 2", "TORNADO"}) {
    CAPTURE(method);
    const TempFolder folder;
    const CommandSaid said = run_study(folder, kOne + faults + "sensitivity { method: " + method + " }");
    CHECK(said.exit == 0);
    CHECK(says(said.out, "None of the inputs moves"));
  }
  const TempFolder folder;
  CHECK(says(run_study(folder, kOne + "decision { metric: \"pue.mean\" better: LOWER }\n" + kOneInput + "sensitivity { base_points: 8 }").out, "No answer: “one” has no pue.mean: no power model in this run."));
}

TEST_CASE("sensitivity: a tornado of nine inputs is refused before anything is made") {
  const TempFolder folder;
  std::string inputs;
  for (int i = 0; i < 9; ++i) inputs += "input { input: \"x" + std::to_string(i) + "\" path: \"economics.staff_krw_per_year\" }\n";
  const CommandSaid said = run_study(folder, kOne + "decision { metric: \"cost_krw.staff\" better: LOWER }\n" + inputs + "sensitivity { method: TORNADO }");
  CHECK(said.exit == 3);
  CHECK(says(said.err, "a tornado of 9 inputs: at most 8"));
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("sensitivity: correlations, which it would not heed, are refused before anything is made") {
  const TempFolder folder;
  const std::string two = kTwoOptions + kOneInput + "input { input: \"staff\" path: \"economics.staff_krw_per_year\" }\ncorrelation { a: \"faults\" b: \"staff\" r: 0.8 }\nreplicates: 2\n";
  const CommandSaid said = run_study(folder, two + "sensitivity { method: MORRIS trajectories: 2 }");
  CAPTURE(said.err);
  CHECK(said.exit == 3);
  CHECK(says(said.err, "a sensitivity study takes its inputs as independent"));
  CHECK(says(said.err, "| correlation {"));
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("design: a Latin hypercube is refused where the number of replicates is not fixed, and fills its strata where it is") {
  const std::string latin = kTwoOptions + kOneInput + "design: LATIN_HYPERCUBE replicates: 3 tornado: false ";
  const TempFolder folder;
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"--lang", "en", "--ci-width", "100"}}) {
    const CommandSaid said = run_study(folder, latin + (words.empty() ? "precision { half_width: 1 most_replicates: 12 }" : ""), words);
    CHECK(said.exit == 3);
    CHECK(says(said.err, "a Latin hypercube is drawn for a fixed number of replicates"));
    CHECK_FALSE(fs::exists(folder / "out"));
  }
  CHECK(run_study(folder, kThreeWages + kOneInput + "design: LATIN_HYPERCUBE plan {}").exit == 3);
  REQUIRE(run_study(folder, latin).exit == 0);
  CHECK(summary_of(folder)["runs"] == 6);
}

TEST_CASE("precision: what was not reached is said in the answer, whoever reads it") {
  const std::string endless = kTwoOptions + "tornado: false replicates: 3 precision { half_width: 1e-6 most_replicates: 5 }";
  const TempFolder folder;
  const CommandSaid en = run_study(folder, endless);
  INFO(en.out << en.err);
  CHECK(en.exit == 0);
  CHECK(says(en.out, "The wanted precision was not reached: the 95 % interval is ± "));
  CHECK(says(en.out, "after 5 paired runs"));
  const json summary = summary_of(folder);
  CHECK(summary["runs"] == 10);
  CHECK(says(summary["answer"]["en"], "not reached"));
  CHECK(says(summary["answer"]["ko"], "이르지 못했습니다"));
  CHECK(summary["precision"]["reached"] == false);
  CHECK(summary["precision"]["wanted_half_width"] == 1e-6);
  CHECK(summary["precision"]["half_width"] > 1e-6);
  const CommandSaid ko = run_study(folder, endless, {"--lang", "ko", "--force"});
  CHECK(says(ko.out, "원한 정밀도에 이르지 못했습니다: 짝지은 실행 5개"));
  const json line = json::parse(run_study(folder, endless, {"--json", "--force"}).out);
  CHECK(line["precision_reached"] == false);
  CHECK(says(line["answer"]["en"], "not reached"));
  const TempFolder wide;
  CHECK_FALSE(says(run_study(wide, kTwoOptions + "tornado: false replicates: 3 precision { half_width: 1e9 most_replicates: 5 }").out, "precision"));
  CHECK(summary_of(wide)["precision"]["reached"] == true);
  CHECK(summary_of(wide)["runs"] == 6);
}

TEST_CASE("precision: a share of a baseline of zero is not reached, unless nothing differs") {
  const std::string metric = "decision { metric: \"wait_s.mean\" better: LOWER }\ntornado: false replicates: 3 precision { relative: 0.05 most_replicates: 5 }";
  const std::string idle = "set: \"workload.steady.offered_load=0.0001\"";  // a job in many days: nobody waits
  const TempFolder folder;
  const CommandSaid said = run_study(folder, "option { option: \"idle\" " + idle + " }\noption { option: \"busy\" set: \"workload.steady.offered_load=2\" }\nset: \"workload.steady.jobs_per_year=100000\"\n" + metric);
  INFO(said.out << said.err);
  CHECK(said.exit == 0);
  CHECK(says(said.out, "The wanted precision was not reached: the baseline's mean is 0"));
  CHECK(summary_of(folder)["runs"] == 10);
  const TempFolder same;
  const CommandSaid alike = run_study(same, "set: \"horizon_s=3600\"\noption { option: \"a\" " + idle + " }\noption { option: \"b\" " + idle + " }\n" + metric);
  INFO(alike.out << alike.err);
  CHECK(alike.exit == 0);
  CHECK(summary_of(same)["precision"]["reached"] == true);
  CHECK(summary_of(same)["runs"] == 6);
}

TEST_CASE("precision: what could never end, or would be ignored, is refused before anything is made") {
  const TempFolder folder;
  const auto refused = [&](const std::string& more, const std::vector<std::string>& words, int exit, const std::string& why) {
    CAPTURE(more);
    const CommandSaid said = run_study(folder, more, words);
    CAPTURE(said.err);
    CHECK(said.exit == exit);
    CHECK(says(said.err, why));
    CHECK_FALSE(fs::exists(folder / "out"));
  };
  refused(kTwoOptions + "precision { half_width: 0 }", {}, 3, "an interval of half-width 0 takes endless replicates");
  refused(kTwoOptions + "precision { relative: 0 }", {"--lang", "ko"}, 3, "절반 폭이 0인 구간은 끝없이 반복해도 얻을 수 없습니다");
  refused(kTwoOptions + "precision { half_width: nan }", {}, 3, "half_width");
  refused(kTwoOptions + "precision { half_width: 1 relative: 0.1 }", {}, 3, "half_width and relative are both given");
  refused(kTwoOptions + "replicates: 1 precision { half_width: 60 }", {}, 3, "one replicate has no interval");
  refused(kTwoOptions + "replicates: 30 precision { half_width: 60 most_replicates: 20 }", {}, 3, "the first round has 30 replicates, and 20 are the most");
  refused(kThreeWages + "precision { half_width: 60 } plan {}", {}, 3, "a plan decides by itself");
  refused(kTwoOptions + kOneInput + "precision { half_width: 60 } sensitivity {}", {}, 3, "a sensitivity study runs its points");
  for (const char* width : {"nan", "inf", "0", "-1"}) refused(kTwoOptions, {"--lang", "en", "--ci-width", width}, 2, "is no width of an interval");
  refused(kTwoOptions + "replicates: 1", {"--lang", "en", "--ci-width", "60"}, 3, "one replicate has no interval");
  refused(kThreeWages + "plan {}", {"--lang", "en", "--ci-width", "60"}, 2, "decides by itself how many it runs");
  refused(kTwoOptions + kOneInput + "sensitivity {}", {"--lang", "ko", "--ci-width", "60"}, 2, "실행 횟수를 스스로 정합니다");
}
