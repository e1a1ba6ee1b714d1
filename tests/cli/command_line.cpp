#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "sim/cli/catalogue.h"
#include "tests/cli/says.h"
#include "tests/support/temp_folder.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

const std::string kBase = "tests/doors/data/base.txtpb";

}  // namespace

TEST_CASE("cli: check tells good from bad by exit code") {
  const Said good = dure_says({"check", kBase, "tests/doors/data/derived.txtpb"});
  CHECK(good.exit == 0);
  CHECK(good.out == "tests/doors/data/base.txtpb: good\ntests/doors/data/derived.txtpb: good\n");
  const Said bad = dure_says({"check", "tests/broken/unknown_field.txtpb"});
  CHECK(bad.exit == 3);
  CHECK(bad.out.empty());
  CHECK(bad.err == content("tests/broken/unknown_field.en.txt"));
  CHECK(dure_says({"check", kBase, "tests/broken/study.txtpb"}).exit == 3);
  CHECK(dure_says({"check", kBase, "--set", "pue"}).exit == 2);
  CHECK(dure_says({"check", kBase, "--set", "horizon_s=-1"}).exit == 3);
}

TEST_CASE("cli: the language comes from --lang, else from the environment") {
  const std::string korean = content("tests/broken/unknown_field.ko.txt");
  CHECK(dure_says({"--lang", "ko", "check", "tests/broken/unknown_field.txtpb"}).err == korean);
  CHECK(dure_says({"check", "--lang=ko", "tests/broken/unknown_field.txtpb"}).err == korean);
  CHECK(dure_says({"check", "tests/broken/unknown_field.txtpb"}, "", "ko_KR.UTF-8").err == korean);
}

TEST_CASE("cli: with --json there is one object on standard output and nothing else") {
  const Said bad = dure_says({"--json", "check", kBase, "tests/broken/two_choices.txtpb"});
  CHECK(bad.exit == 3);
  CHECK(bad.err.empty());
  const auto answer = nlohmann::json::parse(bad.out);
  CHECK(answer["ok"] == false);
  CHECK(answer["files"][0]["ok"] == true);
  CHECK(answer["files"][1]["errors"][0]["code"] == "E0106");
  CHECK(answer["files"][1]["errors"][0]["line"] == 3);
  CHECK(nlohmann::json::parse(dure_says({"--json", "chek"}).out)["errors"][0]["code"] == "E0001");
  CHECK(nlohmann::json::parse(dure_says({"--json", "show", kBase}).out)["scenario"]["name"] == "base");
  CHECK(nlohmann::json::parse(dure_says({"--json", "models", "easy_backfill"}).out)["models"][0]["fields"][0]["field"] == "depth");
  CHECK(nlohmann::json::parse(dure_says({"--json", "doctor"}).out)["findings"].size() > 5);
}

TEST_CASE("cli: a mistake on the command line is one sentence and a remedy, exit 2") {
  CHECK(dure_says({"chek", "x"}).err == "error[E0001]: unknown command `chek`\n  = help: did you mean `check`?\n");
  CHECK(dure_says({"--lang", "ko", "chek"}).err ==
        "오류[E0001]: `chek`(이)라는 명령은 없습니다\n  = 도움말: `check`을(를) 뜻하셨습니까?\n");
  CHECK(dure_says({"show", "--defalts", "x"}).err == "error[E0002]: unknown option `--defalts`\n  = help: did you mean `--defaults`?\n");
  CHECK(dure_says({"study", "x", "--seed", "-3"}).err.find("--seed is -3, but must be from 0 to 18446744073709551615") != std::string::npos);
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"chek"},
                                                                 {"check"},
                                                                 {"check", "--set"},
                                                                 {"check", "x", "--strict"},
                                                                 {"--lang", "fr", "doctor"},
                                                                 {"explain"},
                                                                 {"explain", "pu"},
                                                                 {"models", "lottery"},
                                                                 {"study", "x", "--seed", "-3"},
                                                                 {"run", "x", "--seed=-3"},
                                                                 {"worker", "x", "--shard", "-1"},
                                                                 {"show", "a", "b"}}) {
    const Said said = dure_says(words);
    CHECK(said.exit == 2);
    CHECK(said.out.empty());
    CHECK(said.err.find("error[E00") == 0);
    CHECK(said.err.find("help: ") != std::string::npos);
  }
}

TEST_CASE("cli: help and explanations are in the language asked for") {
  CHECK(dure_says({"--help"}).out.find("check scenario and study files") != std::string::npos);
  CHECK(dure_says({"--help", "--lang", "ko"}).out.find("사용법: dure") != std::string::npos);
  const std::string pue = dure_says({"explain", "site.pue"}).out;
  CHECK(pue.find("Site.pue\n") == 0);
  CHECK(pue.find("range         1..4") != std::string::npos);
  CHECK(pue.find("고정 PUE") != std::string::npos);
  CHECK(dure_says({"explain", "pue"}).out.find("PowerRow.pue") != std::string::npos);
  CHECK(dure_says({"explain", "Site"}).out.find("peak_power_mw") != std::string::npos);
  CHECK(dure_says({"explain", "E0103"}).out.find("peak_powr_mw") != std::string::npos);
  CHECK(dure_says({"models"}).out.find("*scheduler.easy_backfill") != std::string::npos);
  CHECK(dure_says({"models", "h200"}).err.find("`H200-SXM-141`") != std::string::npos);
}

TEST_CASE("cli: a full disk and a reader that left lose no error") {
  CHECK(dure_says({"show", kBase}, "/dev/full").exit == 5);
  CHECK(dure_says({"show", kBase}, "/dev/full").err.find("error[E0301]") == 0);
  const Said bad = dure_says({"--json", "check", "tests/broken/unknown_field.txtpb"}, "/dev/full");
  CHECK(bad.exit == 3);
  CHECK(bad.err.find("error[E0103]") == 0);
}

TEST_CASE("cli: show prints a scenario that can be read again") {
  const std::string file = "/tmp/dure-cli-test." + std::to_string(getpid()) + ".txtpb";
  const Said shown = dure_says({"show", kBase, "--set", "site[honam].pue=1.2", "--defaults"});
  CHECK(shown.out.find("pue: 1.2") != std::string::npos);
  CHECK(shown.out.find("# --set:1:17") != std::string::npos);
  CHECK(shown.out.find("# default") != std::string::npos);
  std::ofstream(file) << shown.out;
  CHECK(dure_says({"check", file}).exit == 0);
  std::remove(file.c_str());
}

TEST_CASE("cli: the program says its version and the commit of its sources, in --version, in doctor and in run.json") {
  const std::string version = dure_says({"--version"}).out;
  const std::string commit = version.substr(version.find('(') + 1, version.rfind(')') - version.find('(') - 1);
  CHECK((commit == "unknown" || (commit.size() == 40 && commit.find_first_not_of("0123456789abcdef") == std::string::npos)));
  CHECK(dure_says({"doctor"}).out.find(commit) != std::string::npos);
  const TempFolder temp;
  REQUIRE(dure_says({"run", "-q", "scenarios/tiny.txtpb", "-o", temp / "out"}).exit == 0);
  CHECK(nlohmann::json::parse(content(temp / "out" / "run.json"))["commit"] == commit);
}

TEST_CASE("cli: the committed reference pages are those of the schema") {
  const bool fresh = content("docs/reference/fields.md") == fields_page() && content("docs/reference/errors.md") == errors_page();
  CHECK_MESSAGE(fresh, "run `dure explain --reference docs/reference` and commit what it writes");
}

TEST_CASE("bench: every row of the speed table says what was measured beside how fast it was") {
  const Said said = dure_says({"bench", "--quick", "--json"});
  REQUIRE_MESSAGE(said.exit == 0, said.err);
  const auto table = nlohmann::json::parse(said.out);
  CHECK(table.at("quick") == true);
  std::vector<std::string> names;
  for (const auto& row : table.at("rows")) {
    names.push_back(row.at("row"));
    CAPTURE(names.back());
    CHECK(row.at("about").at("ko") != row.at("about").at("en"));
    CHECK(row.at("jobs") > 0);
    CHECK(row.at("events") >= (names.back() == "planning" ? 0.5 : 2) * row.at("jobs").get<int>());  // at least an arrival and an end; in planning of batches, of at most four jobs on average
    CHECK((row.at("offered_load") > 0.7 && row.at("offered_load") < 1.3));
    CHECK((row.at("utilisation") > 0 && row.at("utilisation") <= 1));
    CHECK(row.at("largest_queue_jobs").get<double>() >= row.at("mean_queue_jobs").get<double>());
    for (const char* name : {"wall_s", "cpu_s", "jobs_per_s", "jobs_per_cpu_s", "peak_memory_mb", "heap_floor_s"}) CHECK(row.at(name).get<double>() > 0);
  }
  CHECK(names == std::vector<std::string>{"national-year", "year-no-rows", "planning", "easy", "more-jobs", "more-nodes", "conservative", "year-fcfs", "year-conservative", "year-fair-share", "year-dominant"});
  CHECK(table.at("growth").size() == 2);

  const Said wrong = dure_says({"bench", "--rows", "fastest"});
  CHECK(wrong.exit == 2);
  CHECK(wrong.err.find("national-year") != std::string::npos);
}

TEST_CASE("cli: validate prints measured against computed, and exit 6 says a criterion was not met") {
  const Said json = dure_says({"validate", "--json", "platforms/cases/training_cases.csv"});
  CHECK(json.exit == 0);
  const auto object = nlohmann::json::parse(json.out);
  for (const char* key : {"id", "metric", "published", "computed", "error_pct", "within_tolerance", "assumed", "skipped"}) CHECK(object["cases"][0].contains(key));
  for (const char* key : {"n", "skipped", "median_abs_error_pct", "p90_abs_error_pct", "worst_abs_error_pct", "bias_pct"}) {
    CHECK(object["summary"].contains(key));
    CHECK(object["summary_other"].contains(key));
  }
  CHECK(dure_says({"validate", "--max-median-error", "50"}).exit == 0);
  CHECK(dure_says({"validate", "--max-median-error", "0.01"}).exit == 6);
  CHECK(dure_says({"validate", "nowhere.csv"}).exit == 3);
}
