// What a study found beyond its differences, in the files that programs read: summary.json, results.sqlite, study.xlsx, manifest.json.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/report/database.h"
#include "sim/results.h"
#include "tests/cli/says.h"
#include "tests/support/study_text.h"

using namespace dure::test;
namespace fs = std::filesystem;
using dure::analysis::Database;
using nlohmann::json;

namespace {

json summary_in(const fs::path& out) { return json::parse(content(out / "summary.json")); }

/// Sheets of a workbook: its zip names each as xl/worksheets/sheetN.xml, in the local header and in the directory.
std::size_t sheets(const fs::path& file) {
  const std::string bytes = content(file), name = "xl/worksheets/sheet";
  std::size_t found = 0;
  for (std::size_t at = bytes.find(name); at != std::string::npos; at = bytes.find(name, at + 1)) ++found;
  return found / 2;
}
constexpr std::size_t kPlainSheets = 4;  // answer, differences, metrics, inputs

const std::string kStaffAndLife = "input { input: \"staff\" path: \"economics.staff_krw_per_year\" }\ninput { input: \"share\" path: \"economics.maintenance_share_per_year\" }\n";
const std::string kMoney = "option { option: \"one\" }\noption { option: \"more\" set: \"economics.staff_fixed_per_site=30\" }\ndecision { metric: \"cost_krw.staff\" better: LOWER }\n";

}  // namespace

TEST_CASE("study findings: tornado, a precision that was not reached, and the digest of every file") {
  const TempFolder folder;
  const fs::path out = folder / "out";
  REQUIRE(dure_says({"study", study_file(folder, kTwoOptions + kOneInput + "replicates: 3 precision { half_width: 1e-9 most_replicates: 6 }"), "-o", out, "-q"}).exit == 0);
  const json summary = summary_in(out);
  CHECK(summary["precision"]["reached"] == false);
  CHECK(summary["precision"]["half_width"] > summary["precision"]["wanted_half_width"]);
  REQUIRE(summary["tornado"]["bars"].size() == 1);
  const json bar = summary["tornado"]["bars"][0];
  CHECK(bar["input"] == "faults");
  CHECK(summary["tornado"]["option"] == "easy");
  CHECK(summary["tornado"]["baseline"] == "fcfs");
  REQUIRE(summary["beside_best"].size() == 1);
  CHECK(summary["differences"][0]["p_beats_baseline"].get<double>() + summary["differences"][0]["p_ties"].get<double>() <= 1);
  CHECK(summary["differences"][0]["p_beats_low"] < summary["differences"][0]["p_beats_high"]);

  const Database database(out / "results.sqlite");
  auto tornado = database.rows("SELECT at_low, at_high, swing, base FROM tornado");
  REQUIRE(tornado.next());
  CHECK(tornado.number(0) == bar["at_low"].get<double>());
  CHECK(tornado.number(1) == bar["at_high"].get<double>());
  CHECK(tornado.number(2) == bar["swing"].get<double>());
  CHECK_FALSE(tornado.next());
  auto precision = database.rows("SELECT outcome, half_width FROM precision");
  REQUIRE(precision.next());
  CHECK(precision.text(0) == "not reached");
  auto ties = database.rows("SELECT p_beats_baseline, p_beats_low, p_beats_high, p_ties FROM differences");
  REQUIRE(ties.next());
  CHECK(ties.number(0) == summary["differences"][0]["p_beats_baseline"].get<double>());
  CHECK(sheets(out / "study.xlsx") == kPlainSheets + 1);
  const std::string page = content(out / "report.html");  // a probability has its interval beside it, and ties apart
  for (const char* column : {"P(lower)", "확률의 95 % 하한", "확률의 95 % 상한", "P(the same)"}) CHECK(page.find(column) != std::string::npos);

  const json files = json::parse(content(out / "manifest.json"))["files"];
  CHECK(files.size() == 6);
  for (const char* file : {"summary.json", "compare.csv", "report.html", "replicates.nc", "results.sqlite", "study.xlsx"}) CHECK(files[file] == dure::sim::digest(content(out / file)));
}

TEST_CASE("study findings: Sobol indices and Morris effects of each input, with their intervals") {
  for (const std::string how : {"SOBOL_INDICES base_points: 8", "MORRIS trajectories: 4"}) {
    CAPTURE(how);
    const TempFolder folder;
    const fs::path out = folder / "out";
    REQUIRE(dure_says({"study", study_file(folder, kMoney + kStaffAndLife + "sensitivity { method: " + how + " }"), "-o", out, "-q"}).exit == 0);
    const bool sobol = how.starts_with("SOBOL");
    const json inputs = summary_in(out)["sensitivity"]["inputs"];
    const json of = inputs["staff"][sobol ? "total" : "mu_star"], none = inputs["share"][sobol ? "total" : "mu_star"];
    CHECK(of["value"] > 0);  // staff is paid at it; maintenance has no part in it
    CHECK(none["value"].get<double>() == doctest::Approx(0));
    CHECK(of["ci95_low"] <= of["value"]);
    const Database database(out / "results.sqlite");
    auto rows = database.rows("SELECT COUNT(*), (SELECT value FROM sensitivities WHERE input = 'staff' AND measure = '" + std::string(sobol ? "total" : "mu_star") + "'), SUM(ci95_low IS NOT NULL AND ci95_high IS NOT NULL) FROM sensitivities");
    REQUIRE(rows.next());
    CHECK(rows.integer(0) == 2 * (sobol ? 2 : 3));
    CHECK(rows.number(1) == of["value"].get<double>());
    CHECK(rows.integer(2) == rows.integer(0));
    CHECK(sheets(out / "study.xlsx") == kPlainSheets + 1);
  }
}

TEST_CASE("study findings: what waiting and knowing are worth") {
  const TempFolder folder;
  const fs::path out = folder / "out";
  REQUIRE(dure_says({"study", study_file(folder, kMoney + kStaffAndLife + "replicates: 6 tornado: false wait_or_buy { wait: \"more\" }"), "-o", out, "-q"}).exit == 0);
  const json worth = summary_in(out)["information"];
  CHECK(worth["waiting"]["option"] == "more");
  CHECK(worth["waiting"]["value"] < 0);  // more people cost more
  CHECK(worth["everything"]["value"] == 0);
  CHECK(worth["inputs"]["staff"].contains("ci95_high"));
  const std::string en = summary_in(out)["answer"]["en"], ko = summary_in(out)["answer"]["ko"];
  CHECK(en.find("Waiting (“more”) is worth −KRW ") != std::string::npos);
  CHECK(en.find(", so it costs more than it saves; knowing everything beforehand, luck included, would be worth KRW 0 (95 % interval KRW 0 to KRW 0).") != std::string::npos);
  CHECK(ko.find("기다림(‘more’ 안)의 가치는 −") != std::string::npos);
  CHECK(ko.find("우연까지 모두 미리 아는 것의 가치는 0 원(95 % 구간 0 원~0 원)입니다.") != std::string::npos);
  const Database database(out / "results.sqlite");
  auto rows = database.rows("SELECT COUNT(*), (SELECT value FROM worths WHERE what = 'waiting' AND name = 'more') FROM worths");
  REQUIRE(rows.next());
  CHECK(rows.integer(0) == 4);
  CHECK(rows.number(1) == worth["waiting"]["value"].get<double>());
  CHECK(sheets(out / "study.xlsx") == kPlainSheets + 1);
}

TEST_CASE("study findings: one replicate tells nothing of waiting, and is refused") {
  const TempFolder folder;
  const auto said = dure_says({"study", study_file(folder, kMoney + kStaffAndLife + "replicates: 1 tornado: false wait_or_buy { wait: \"more\" }"), "-o", folder / "out", "-q", "--lang", "en"});
  CHECK(said.exit == 3);
  CHECK(said.err.find("one replicate cannot tell what waiting or knowing more is worth") != std::string::npos);
  CHECK(said.err.find("give 2 or more") != std::string::npos);
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("study findings: options along a number answer with the number at which the metric comes to the mark") {
  const TempFolder folder;
  const fs::path out = folder / "out";
  const std::string options = "option { option: \"low\" set: \"economics.staff_krw_per_year=6e7\" at: 0.6 }\noption { option: \"high\" set: \"economics.staff_krw_per_year=9e7\" at: 0.9 }\ndecision { metric: \"cost_krw.staff\" better: LOWER }\nreplicates: 3\n";
  REQUIRE(dure_says({"study", study_file(folder, options + "break_even { title_en: \"pay\" title_ko: \"인건비\" number_unit: \"share\" mark: 1500000 }"), "-o", out, "-q"}).exit == 0);
  const json summary = summary_in(out);
  // staff costs are in proportion to pay
  const double expected = 0.6 * 1500000 / summary["options"]["low"]["metrics"]["cost_krw.staff"]["value"].get<double>();
  REQUIRE(summary["break_even"].size() == 1);
  CHECK(summary["break_even_mark"] == 1500000);
  CHECK(summary["break_even"][0]["value"].get<double>() == doctest::Approx(expected).epsilon(1e-6));  // whole won
  CHECK(summary["answer"]["en"].get<std::string>().find("comes to KRW 1.5 million; less below that, more above.") != std::string::npos);
  CHECK(summary["answer"]["ko"].get<std::string>().find("에 이르며, 그보다 작으면 못 미치고 크면 넘습니다.") != std::string::npos);
  CHECK(summary["answer"]["en"].get<std::string>().find("the best of") == std::string::npos);
  const Database database(out / "results.sqlite");
  auto rows = database.rows("SELECT value, line_ko FROM break_evens");
  REQUIRE(rows.next());
  CHECK(rows.number(0) == summary["break_even"][0]["value"].get<double>());
  CHECK(rows.text(1) == "인건비");

  const auto refused = [&](const std::string& more) { return dure_says({"check", study_file(folder, more), "--lang", "en"}).err; };
  CHECK(refused(options).find("options say where they stand, but the study has no `break_even`") != std::string::npos);
  CHECK(refused(kTwoOptions + "break_even { title_en: \"pay\" }").find("fewer than two options say where they stand") != std::string::npos);
  CHECK(refused(options + "option { option: \"third\" at: 0.9 }\nbreak_even { title_en: \"pay\" }").find("two options stand at 0.9") != std::string::npos);
}
