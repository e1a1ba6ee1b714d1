// `dure study`, `worker`, `merge` and `run -n` as a user calls them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/cli/program.h"
#include "tests/cli/says.h"
#include "tests/support/study_text.h"

using namespace dure::test;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

json summary_of(const fs::path& out) { return json::parse(content(out / "summary.json")); }

}  // namespace

TEST_CASE("study: answers its question with a figure and an interval, and leaves its files") {
  const TempFolder folder;
  const fs::path out = folder / "out";
  const Said said = dure_says({"study", study_file(folder, kTwoOptions + kOneInput + "question_en: \"Is it quicker?\" question_ko: \"더 빠른가?\" replicates: 6"), "-o", out, "-j", "2", "--lang", "en"});
  INFO(said.err);
  REQUIRE(said.exit == 0);
  CHECK(said.out.find("Is it quicker?") != std::string::npos);
  CHECK(said.out.find("95 % interval") != std::string::npos);
  for (const char* file : {"run.json", "summary.json", "compare.csv", "report.html", "manifest.json", "inputs/study.txtpb", "inputs/option-0.txtpb", "shards/plan-000.json", "shards/plan-001.json"}) CHECK(fs::exists(out / file));
  const json summary = summary_of(out);
  CHECK(summary["runs"] == 12 + 6);
  CHECK(summary["options"]["easy"]["metrics"]["wait_s.mean"]["n"] == 6);
  REQUIRE(summary["differences"].size() == 1);
  CHECK(summary["differences"][0]["ci95_low"] < summary["differences"][0]["ci95_high"]);
  const double low = summary["options"]["fcfs"]["metrics"]["card_hours.nominal"]["p05"], high = summary["options"]["fcfs"]["metrics"]["card_hours.nominal"]["p95"];
  CHECK(low == doctest::Approx(high));
  CHECK(content(out / "report.html").find("tornado") != std::string::npos);

  CHECK(dure_says({"study", folder / "study.txtpb", "-o", out, "-q"}).exit == 5);
  const std::string before = content(out / "summary.json");
  const Said again = dure_says({"study", folder / "study.txtpb", "-o", out, "-q", "--resume"});
  CHECK(again.exit == 0);
  CHECK(content(out / "summary.json") == before);
  fs::remove(out / "shards" / "00003.json");
  CHECK(dure_says({"merge", out, "-q"}).exit == 4);
  CHECK(dure_says({"worker", out, "--shard", "3", "-q"}).exit == 0);
  CHECK(dure_says({"merge", out, "-q"}).exit == 0);
  CHECK(content(out / "summary.json") == before);
  CHECK(dure_says({"worker", out, "--shard", "99", "-q"}).exit == 2);
  study_file(folder, kTwoOptions + "replicates: 5");  // the file has changed since
  CHECK(dure_says({"study", folder / "study.txtpb", "-o", out, "-q", "--resume"}).exit == 5);
  CHECK(dure_says({"worker", out, "--shard", "3", "-q"}).exit == 5);
  CHECK(content(out / "summary.json") == before);
}

TEST_CASE("study: --ci-width runs until the interval is as narrow, and a resumed study remembers it") {
  const TempFolder folder;
  const std::string file = study_file(folder, kTwoOptions + "replicates: 10 precision { half_width: 1 most_replicates: 40 }");
  const fs::path out = folder / "out";
  REQUIRE(dure_says({"study", file, "-o", out, "-q", "--ci-width", "1e9"}).exit == 0);
  CHECK(summary_of(out)["runs"] == 20);  // wide enough at once
  const std::string before = content(out / "summary.json");
  fs::remove(out / "shards" / "00003.json");
  CHECK(dure_says({"study", file, "-o", out, "-q", "--resume"}).exit == 0);
  CHECK(content(out / "summary.json") == before);
  CHECK(dure_says({"merge", out, "-q"}).exit == 0);
  REQUIRE(dure_says({"study", file, "-o", folder / "narrow", "-q", "--ci-width", "1e-9"}).exit == 0);
  CHECK(summary_of(folder / "narrow")["runs"] == 80);  // never, so it ends at its limit
  CHECK(dure_says({"study", file, "-o", folder / "none", "--ci-width", "0"}).exit == 2);
}

TEST_CASE("study: a folder without a run.json that can be read is refused in a sentence and left as it is") {
  const TempFolder folder;
  const std::string file = study_file(folder, kTwoOptions + "replicates: 2");
  const fs::path out = folder / "out";
  const auto put = [&](const std::string& name, const std::string& text) { std::ofstream(out / name) << text; };
  const auto refused = [&](const std::vector<std::string>& words, int exit, const std::string& sentence) {
    CAPTURE(words);
    const Said said = dure_says(words, "", "ko_KR.UTF-8");
    CHECK(said.exit == exit);
    CHECK(said.err.find(sentence) != std::string::npos);
  };
  fs::create_directories(out);
  put("x", "");
  refused({"study", file, "-o", out, "--lang", "en"}, 5, "exists");
  refused({"study", file, "-o", out, "--force", "--lang", "en"}, 5, "holds no run.json");
  refused({"study", file, "-o", out, "--resume", "--lang", "ko"}, 5, "이어 갈 연구가 없습니다");
  refused({"worker", out, "--shard", "0", "--lang", "en"}, 3, "holds no study");
  refused({"merge", out, "--lang", "ko"}, 3, "연구가 없습니다");
  for (const char* text : {"{\"kind\": \"stu", "[]", "{\"kind\": \"study\", \"file\": 3}"}) {
    CAPTURE(text);
    put("run.json", text);
    refused({"study", file, "-o", out, "--lang", "en"}, 5, "exists");
    refused({"study", fs::path(file).parent_path().string(), "-o", out, "--lang", "en"}, 5, "holds the results of one run or study");
    refused({"study", file, "-o", out, "--resume", "--lang", "en"}, 5, "run.json is damaged");
    refused({"worker", out, "--shard", "0", "--lang", "en"}, 5, "run.json is damaged");
    refused({"merge", out, "--lang", "ko"}, 5, "run.json 파일이 손상되었습니다");
  }
  CHECK(fs::exists(out / "x"));
  CHECK(dure_says({"study", file, "-o", out, "-q", "--force"}).exit == 0);
  CHECK_FALSE(fs::exists(out / "x"));
}

TEST_CASE("study: a study that another program is running is neither replaced nor resumed") {
  const TempFolder folder;
  const std::string file = study_file(folder, kTwoOptions + "replicates: 2");
  const fs::path out = folder / "out";
  REQUIRE(dure_says({"study", file, "-o", out, "-q"}).exit == 0);
  const std::string summary = content(out / "summary.json"), record = content(out / "run.json");
  const int held = ::open(out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
  for (const char* word : {"--force", "--resume"}) {
    const Said said = dure_says({"study", file, "-o", out, word, "--lang", "en"});
    CHECK(said.exit == 5);
    CHECK(said.err.find("another program is running the study in") != std::string::npos);
    CHECK(content(out / "summary.json") == summary);
    CHECK(content(out / "run.json") == record);
  }
  ::close(held);
  CHECK(dure_says({"study", file, "-o", out, "-q", "--force"}).exit == 0);
  CHECK(content(out / "summary.json") == summary);
}

TEST_CASE("study: --resume remembers --seed, --set and --ci-width, and refuses others") {
  const TempFolder folder;
  const std::string file = study_file(folder, kTwoOptions + "replicates: 4");
  const fs::path out = folder / "out";
  REQUIRE(dure_says({"study", file, "-o", out, "-q", "--seed", "3", "--set", "horizon_s=43200"}).exit == 0);
  const std::string summary = content(out / "summary.json");
  const auto resume = [&](std::vector<std::string> more, const char* lang = "en") {
    std::vector<std::string> words = {"study", file, "-o", out, "-q", "--resume", "--lang", lang};
    words.insert(words.end(), more.begin(), more.end());
    return dure_says(words);
  };
  fs::remove(out / "shards" / "00003.json");
  CHECK(resume({}).exit == 0);
  CHECK(content(out / "summary.json") == summary);
  CHECK(resume({"--seed", "3", "--set", "horizon_s=43200"}).exit == 0);
  CHECK(content(out / "summary.json") == summary);
  const std::string place = "the study in " + out.string() + " began with ";
  const auto refused = [&](const Said& said, const std::string& sentence) {
    CAPTURE(sentence);
    CHECK(said.exit == 5);
    CHECK(said.err.find(sentence) != std::string::npos);
  };
  refused(resume({"--seed", "4"}), place + "--seed 3, not with --seed 4");
  refused(resume({"--set", "horizon_s=21600"}), place + "--set horizon_s=43200, not with --set horizon_s=21600");
  refused(resume({"--ci-width", "2.5"}), place + "no --ci-width, not with --ci-width 2.5");
  refused(resume({"--ci-width", "2.5"}, "ko"), "시작할 때(--ci-width 없음)와 지금(--ci-width 2.5)이 다릅니다");
  CHECK(content(out / "summary.json") == summary);
}

TEST_CASE("study: shards of a program built from other sources are neither resumed nor merged") {
  const TempFolder folder;
  const std::string file = study_file(folder, kTwoOptions + "replicates: 2");
  const fs::path out = folder / "out", plan = out / "shards/plan-000.json";
  REQUIRE(dure_says({"study", file, "-o", out, "-q"}).exit == 0);
  std::string text = content(plan);
  const std::string built_from = dure::sim::kBuiltFrom;
  const std::size_t at = text.find(built_from);
  REQUIRE(at != std::string::npos);
  std::ofstream(plan) << text.replace(at, built_from.size(), "0.1.0 (commit 5d41402abc4b2a76b9719d911017c5925d414029)");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"study", file, "-o", out, "--resume", "--lang", "en"}, {"merge", out, "--lang", "en"}, {"worker", out, "--shard", "0", "--lang", "en"}}) {
    CAPTURE(words);
    const Said said = dure_says(words);
    CHECK(said.exit == 5);
    CHECK(said.err.find("these are shards of version 0.1.0 (commit 5d41402abc4b2a76b9719d911017c5925d414029), this is " + built_from) != std::string::npos);
  }
}

TEST_CASE("study: a metric that nobody computes is refused before anything runs") {
  const TempFolder folder;
  const Said said = dure_says({"study", study_file(folder, kTwoOptions + "decision { metric: \"wait_s.meen\" better: LOWER }"), "-o", folder / "out", "--lang", "en"});
  CHECK(said.exit == 3);
  CHECK(said.err.find("no run computes a metric `wait_s.meen`") != std::string::npos);
  CHECK(said.err.find("did you mean `wait_s.mean`?") != std::string::npos);
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("study: a run that a model refuses is marked with its cause and leaves its pair out, exit 4") {
  const TempFolder folder;
  // a quarter of the replicates has both the large jobs and the small pool: either alone would run
  const std::string inputs =
      "input { input: \"job\" path: \"workload.steady.size[3].cards\" law: LEVELS level: 8 level: 24 range_source: \"made up\" }\n"
      "input { input: \"pool\" path: \"tranche[first].cards\" path: \"tranche[first].government_use_cards\" law: LEVELS level: 16 level: 32 range_source: \"made up\" }\n";
  const Said said = dure_says({"study", study_file(folder, "option { option: \"a\" }\noption { option: \"b\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }\n" + inputs + "replicates: 4\ntornado: false"), "-o", folder / "out", "--lang", "en"});
  INFO(said.err);
  CHECK(said.exit == 4);
  CHECK(said.out.find("2 of 8 runs were refused by a model; their replicates are left out\n  the first, a ") != std::string::npos);
  const json run = json::parse(content(folder / "out" / "run.json"));
  CHECK(run["status"] == "partial");
  CHECK(run["refused"] == 2);
  CHECK(summary_of(folder / "out")["options"]["a"]["metrics"]["wait_s.mean"]["n"] == 3);
}

TEST_CASE("study: what the models refuse of an option, or of an input at an end of its range, is refused before anything runs") {
  const TempFolder folder;
  const auto refused = [&](const std::string& more) {
    const std::string file = study_file(folder, more);
    const Said said = dure_says({"study", file, "-o", folder / "out", "--lang", "en"});
    CHECK(said.exit == 3);
    CHECK_FALSE(fs::exists(folder / "out"));
    CHECK(dure_says({"check", file, "--lang", "en"}).err == said.err);
    CHECK(said.err.find("study.txtpb:") != std::string::npos);
    CHECK(said.err.find("help:") != std::string::npos);
    return said.err;
  };
  const std::string two = "option { option: \"a\" }\noption { option: \"b\" set: \"workload.steady.size[3].cards=64\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }\n";
  CHECK(refused(two).find("option `b`: ") != std::string::npos);
  const std::string job = "input { input: \"job\" path: \"workload.steady.size[3].cards\" law: LEVELS level: 8 level: 64 range_source: \"made up\" }\n";
  const std::string said = refused(kTwoOptions + kOneInput + job);
  CHECK(said.find("input `job` at 64, option `fcfs`: ") != std::string::npos);
  CHECK(said.find("`faults`") == std::string::npos);
  CHECK(said.find("1 error\n") != std::string::npos);
  const std::string of_words = dure_says({"check", study_file(folder, kTwoOptions), "--set", "workload.steady.tenants=9", "--set", "workload.steady.size[3].cards=64"}).err;
  CHECK(of_words.find("--> --set:2:") != std::string::npos);
  CHECK(of_words.find("workload.steady.size[3].cards=64\n") != std::string::npos);
}

TEST_CASE("study: a metric of a cause or a month that no run has is refused") {
  const TempFolder folder;
  const auto check = [&](const std::string& metric) { return dure_says({"check", study_file(folder, kTwoOptions + "decision { metric: \"" + metric + "\" better: LOWER }"), "--lang", "en"}); };
  for (const char* metric : {"withheld_card_hours.quota", "idle_fragmented_card_hours.size", "utilisation.2026-03", "utilisation.2026", "card_hours.rework", "ledger_krw.rework"}) {
    INFO(metric);
    CHECK(check(metric).exit == 0);
  }
  CHECK(check("withheld_card_hours.bogus").err.find("no run computes a metric `withheld_card_hours.bogus`") != std::string::npos);
  CHECK(check("utilisation.2099-07").err.find("no option runs in 2099-07, which `utilisation.2099-07` asks for") != std::string::npos);
  CHECK(check("utilisation.2026-13").exit == 3);
  CHECK(check("utilisation.2027").exit == 3);
}

TEST_CASE("study: inputs and correlations that contradict each other are refused at their line, in a folder before the first study runs") {
  const TempFolder folder;
  const auto check = [&](const std::string& more) {
    const Said said = dure_says({"check", study_file(folder, kTwoOptions + more), "--lang", "en"});
    CHECK(said.exit == 3);
    return said.err;
  };
  const std::string three = kOneInput + "input { input: \"staff\" path: \"economics.staff_krw_per_year\" }\ninput { input: \"life\" path: \"economics.server_life_years\" }\n";
  const std::string contrary = three + "correlation { a: \"faults\" b: \"staff\" r: 0.9 }\ncorrelation { a: \"staff\" b: \"life\" r: 0.9 }\ncorrelation { a: \"faults\" b: \"life\" r: -0.9 }\n";
  const std::string said = check(contrary);
  CHECK(said.find("the correlations contradict each other") != std::string::npos);
  CHECK(said.find("| correlation {") != std::string::npos);
  CHECK(check("input { input: \"x\" path: \"economics.staff_krw_per_year\" low: 9e7 mid: 9e7 high: 9e7 }").find("| input { input: \"x\"") != std::string::npos);

  fs::create_directories(folder / "many");
  fs::rename(folder / "study.txtpb", folder / "many/02-bad.txtpb");
  study_file(folder, kTwoOptions + "replicates: 2");
  fs::rename(folder / "study.txtpb", folder / "many/01-good.txtpb");
  CHECK(dure_says({"study", folder / "many", "-o", folder / "out", "-q"}).exit == 3);
  CHECK_FALSE(fs::exists(folder / "out"));

  fs::remove(folder / "many/02-bad.txtpb");
  study_file(folder, kTwoOptions + "replicates: 2");
  fs::rename(folder / "study.txtpb", folder / "many/02-good.txtpb");
  fs::create_directories(folder / "out/02-good/earlier");
  CHECK(dure_says({"study", folder / "many", "-o", folder / "out", "-q"}).exit == 5);
  CHECK_FALSE(fs::exists(folder / "out/01-good"));
}

TEST_CASE("run -n: means with intervals, the first replicate as it is alone") {
  const TempFolder folder;
  REQUIRE(dure_says({"run", "scenarios/tiny.txtpb", "-o", folder / "one", "-q"}).exit == 0);
  const Said said = dure_says({"run", "scenarios/tiny.txtpb", "-o", folder / "five", "-n", "5", "-j", "2", "--lang", "en"});
  REQUIRE(said.exit == 0);
  CHECK(said.out.find("mean of 5 runs [its 95 % interval]") != std::string::npos);
  CHECK(said.out.find(" of nominal) [") != std::string::npos);
  CHECK(content(folder / "one" / "results.sqlite") == content(folder / "five" / "results.sqlite"));
  const json one = summary_of(folder / "one")["metrics"], five = summary_of(folder / "five")["metrics"];
  CHECK(five["wait_s.mean"]["n"] == 5);
  CHECK(five["wait_s.mean"]["ci95_low"] < five["wait_s.mean"]["value"]);
  CHECK(five["wait_s.mean"]["value"] == five["wait_s.mean"]["mean"]);
  for (const auto& [name, metric] : five.items())
    if (metric.contains("ci95_low") && metric["ci95_low"].is_number() && metric["unit"].get<std::string>().find("KRW") == std::string::npos) CHECK_MESSAGE(metric["ci95_low"] >= 0, name);
  const std::string page = content(folder / "five" / "report.html");   // the waterfall is of all runs, as its parts are
  CHECK(page.find(fmt::format("{:.1f}", five["card_hours.productive"]["value"].get<double>()).substr(1)) != std::string::npos);
  CHECK(page.find("Means of 5 runs") != std::string::npos);
  CHECK(one["wait_s.mean"]["value"] >= five["wait_s.mean"]["p05"].get<double>() - 1e-9);
  CHECK(json::parse(content(folder / "five" / "run.json"))["replicates"] == 5);
  CHECK_FALSE(fs::exists(folder / "five" / "shards"));
  CHECK(dure_says({"run", "scenarios/tiny.txtpb", "-n", "0"}).exit == 2);
  CHECK(dure_says({"run", "scenarios/tiny.txtpb", "-n", "0", "--lang", "ko"}).err.find("--replicates 값은 1부터 100000까지인데 0입니다") != std::string::npos);
}

TEST_CASE("compare: runs under the same luck are paired, others are refused") {
  const TempFolder folder;
  for (const char* scheduler : {"fcfs", "easy_backfill"}) REQUIRE(dure_says({"run", "scenarios/tiny.txtpb", "--scheduler", scheduler, "-o", folder / scheduler, "-q", "-n", "6"}).exit == 0);
  const Said said = dure_says({"compare", folder / "fcfs", folder / "easy_backfill", "--lower", "wait_s.mean", "--json"});
  INFO(said.err);
  REQUIRE(said.exit == 0);
  const json found = json::parse(said.out);
  REQUIRE(found["differences"].size() == 1);
  CHECK(found["differences"][0]["n"] == 6);
  CHECK(found["differences"][0]["difference"].get<double>() < 0);
  const double mean = summary_of(folder / "easy_backfill")["metrics"]["wait_s.mean"]["value"];
  CHECK(found["differences"][0]["mean"] == doctest::Approx(mean));
  CHECK(dure_says({"compare", folder / "fcfs", folder / "easy_backfill", "--lang", "ko"}).out.find("짝 6개") != std::string::npos);
  REQUIRE(dure_says({"run", "scenarios/tiny.txtpb", "--seed", "2", "-o", folder / "other", "-q", "-n", "2"}).exit == 0);
  CHECK(dure_says({"compare", folder / "fcfs", folder / "other"}).exit == 3);
  CHECK(dure_says({"compare", folder / "fcfs", folder / "absent"}).exit == 3);
  CHECK(dure_says({"compare", folder / "fcfs", folder / "easy_backfill", "--lower", "wait_s.meen"}).exit == 3);
}

TEST_CASE("compare: replicates are paired only where their inputs are the same, drawn or not") {
  const TempFolder folder;
  const auto run = [&](const std::string& more, const char* out) { REQUIRE(dure_says({"study", study_file(folder, kTwoOptions + more), "-o", folder / out, "-q"}).exit == 0); };
  const std::string faults = "input { input: \"faults\" path: \"reliability.faults_per_1000_node_days\" ";
  run("replicates: 3 " + faults + "}", "drawn");
  run("replicates: 4 " + faults + "}", "more");
  run("replicates: 3 " + faults + "low: 2 mid: 3 high: 5 }", "narrow");
  run("replicates: 3", "plain");
  const auto against = [&](const char* out) { return dure_says({"compare", folder / "drawn", folder / out, "--lower", "wait_s.mean"}); };
  CHECK(against("more").exit == 0);
  for (const char* other : {"narrow", "plain"}) {
    CHECK(against(other).exit == 3);
    CHECK(against(other).err.find("their inputs differ") != std::string::npos);
  }
  CHECK(dure_says({"compare", folder / "plain", folder / "drawn"}).exit == 3);
}

TEST_CASE("compare: a metric named twice counts once, and a folder without replicates is called what it is") {
  const TempFolder folder;
  REQUIRE(dure_says({"study", study_file(folder, kTwoOptions + "replicates: 3"), "-o", folder / "pairs", "-q"}).exit == 0);
  const auto asked = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"compare", folder / "pairs", "--json"});
    return dure_says(words);
  };
  CHECK(json::parse(asked({"--lower", "wait_s.mean", "--lower", "wait_s.mean"}).out)["differences"].size() == 1);
  CHECK(asked({"--lower", "wait_s.mean", "--higher", "wait_s.mean"}).exit == 2);

  const auto refused = [&](const std::string& out, const std::string& why) {
    const Said said = dure_says({"compare", folder / "pairs", folder / out});
    CAPTURE(said.err);
    CHECK(said.exit == 3);
    CHECK(said.err.find(why) != std::string::npos);
  };
  refused("absent", "does not exist");
  REQUIRE(dure_says({"run", "scenarios/tiny.txtpb", "--set", "horizon_s=3600", "-o", folder / "once", "-q"}).exit == 0);
  refused("once", "it was run once");
  REQUIRE(dure_says({"study", study_file(folder, kTwoOptions + kOneInput + "sensitivity { method: MORRIS trajectories: 2 }"), "-o", folder / "which", "-q"}).exit == 0);
  refused("which", "it is a sensitivity study");
  fs::remove(folder / "which/replicates.nc");
  refused("which", "has not come to its end");
}

TEST_CASE("report: of a study's folder it names the command that makes its page") {
  const TempFolder folder;
  REQUIRE(dure_says({"study", study_file(folder, kTwoOptions + "replicates: 2"), "-o", folder / "out", "-q"}).exit == 0);
  const Said said = dure_says({"report", folder / "out"});
  CHECK(said.exit == 3);
  CHECK(said.err.find("`dure merge " + std::string(folder / "out") + "`") != std::string::npos);
}
