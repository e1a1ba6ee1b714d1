#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/says.h"
#include "tests/support/content.h"
#include "tests/support/temp_folder.h"
#include "tests/support/third_party.h"

using dure::test::content, dure::test::dure_says, dure::test::Said, dure::test::TempFolder;

namespace {

const std::string kTraces = "tests/workload/data/";

std::string written(const TempFolder& temp, const std::string& text, const std::string& name = "log.csv") {
  const std::filesystem::path file = temp / name;
  std::ofstream(file, std::ios::binary) << text;
  return file.string();
}

}  // namespace

TEST_CASE("import: a log becomes our columns, and the report says what was kept, dropped, noted and assumed") {
  const TempFolder temp;
  const std::string out = (temp / "trace.csv").string();
  const Said said = dure_says({"import", "pai", kTraces + "pai_tasks.csv", "-o", out});
  CHECK(said.exit == 0);
  CHECK(content(out) == R"(job_id,tenant,submit_s,duration_s,cards,card_type,class,outcome
job_b/tensorflow,pai,32800,60,0.25,,,failed
job_a/worker,pai,118800,3600,2,,,completed
job_c/tensorflow,pai,128800,100,16,,,completed
)");
  for (const char* word : {"rows            8", "kept            3", "no GPU: a CPU job", "several instances", "assumed\n", "second 0        1970-01-01 00:00", out.c_str()})
    CHECK_MESSAGE(said.out.find(word) != std::string::npos, word, " in\n", said.out);
  const Said korean = dure_says({"import", "pai", kTraces + "pai_tasks.csv", "-o", out, "--force"}, "", "ko_KR.UTF-8");
  CHECK(korean.exit == 0);
  for (const char* word : {"GPU를 쓰지 않는 CPU 작업", "가정", "카드시간"}) CHECK_MESSAGE(korean.out.find(word) != std::string::npos, word);
}

TEST_CASE("import: every format makes a file that the format own reads back to the same bytes") {
  const TempFolder temp;
  const std::pair<const char*, const char*> logs[] = {{"philly", "philly.csv"}, {"swf", "packed.swf.gz"}, {"helios", "helios.csv.gz"}, {"acme", "seren.csv"},      {"acme", "kalos.csv"},
                                                      {"pai", "pai_joined.csv"}, {"openb", "openb.csv"},  {"azure", "azure.csv"},     {"mooncake", "mooncake.csv"}, {"mooncake", "mooncake.jsonl"}, {"own", "own.csv"}};
  for (const auto& [format, log] : logs) {
    INFO(format, " ", log);
    const std::string once = (temp / "once.csv").string(), twice = (temp / "twice.csv").string();
    CHECK(dure_says({"--force", "import", format, kTraces + log, "-o", once}).exit == 0);
    CHECK(dure_says({"--force", "import", "own", once, "-o", twice}).exit == 0);
    CHECK(content(once) == content(twice));
    CHECK(content(once).starts_with(std::string(format) == "swf" ? "job_id,tenant,submit_s,duration_s,cards,card_type,class,outcome,estimate_s\n" : "job_id,tenant,submit_s,duration_s,cards,card_type,class,outcome\n"));
  }
}

TEST_CASE("import: --json holds the figures of the report in both languages; request logs also give their demand") {
  const TempFolder temp;
  const std::string out = (temp / "trace.csv").string(), demand = (temp / "demand.csv").string();
  const Said said = dure_says({"--json", "import", "azure", kTraces + "azure.csv", "-o", out, "--demand", demand, "--request-interval-s", "120"});
  REQUIRE(said.exit == 0);
  const auto report = nlohmann::json::parse(said.out);
  CHECK(report["rows"] == 5);
  CHECK(report["kept"] == 4);
  CHECK(report["jobs"] == 2);
  CHECK(report["tenants"] == 1);
  CHECK(report["first_day"] == "2023-11-16");
  CHECK(report["dropped"][0]["count"] == 1);
  CHECK(report["dropped"][0]["reason"]["ko"] == "토큰이 없는 요청");
  CHECK(report["assumptions"].size() >= 4);
  CHECK(report["written"] == nlohmann::json{out, demand});
  CHECK(content(demand) == "start_s,requests,prompt_tokens,output_tokens,cards\n65760,3,10500,3000,0.05\n65880,1,350000,60000,2\n");
  CHECK(dure_says({"import", "own", kTraces + "own.csv", "-o", out, "--demand", demand}).exit == 2);
}

TEST_CASE("import: what is wrong is refused with file, line and remedy, and nothing is written") {
  const TempFolder temp;
  const std::string out = (temp / "trace.csv").string();
  const std::string bad = written(temp, "name,num_gpu,gpu_milli,pod_phase,creation_time,deletion_time,scheduled_time\np,1,500,Running,0,10,0\nq,1,1500,Running,0,10,0\n");
  const Said share = dure_says({"import", "openb", bad, "-o", out});
  CHECK(share.exit == 3);
  CHECK(share.err == "error[E0200]: gpu_milli 1500 is no share of one card\n  --> " + bad + ":3\n   |\n 3 | q,1,1500,Running,0,10,0\n   = help: write 1 to 1000, thousandths of one card\n");
  const Said korean = dure_says({"import", "openb", bad, "-o", out}, "", "ko_KR.UTF-8");
  CHECK(korean.exit == 3);
  CHECK(korean.err.find("카드 한 장의 일부가 아닙니다") != std::string::npos);
  const Said format = dure_says({"import", "openbb", bad, "-o", out});
  CHECK(format.exit == 3);
  CHECK(format.err.find("did you mean `openb`?") != std::string::npos);
  CHECK(nlohmann::json::parse(dure_says({"--json", "import", "pbs", bad, "-o", out}).out)["errors"][0]["code"] == "E0200");
  CHECK(dure_says({"import", "helios", kTraces + "absent.csv", "-o", out}).exit == 3);
  const Said cut = dure_says({"import", "openb", kTraces + "cut.csv.gz", "-o", out});
  CHECK(cut.exit == 3);
  CHECK(cut.err.find("broken or cut short") != std::string::npos);
  CHECK(dure_says({"import", "own", written(temp, "job_id,submit_s,duration_s,cards\n", "none.csv"), "-o", out}).exit == 3);  // no job is left
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK(dure_says({"import", "openb", bad}).exit == 2);  // no -o
}

TEST_CASE("import: a file that exists is replaced only with --force, and the log itself never") {
  const TempFolder temp;
  const std::string log = written(temp, content(kTraces + "own.csv")), out = (temp / "trace.csv").string();
  CHECK(dure_says({"import", "own", log, "-o", out}).exit == 0);
  const std::string before = content(out);
  CHECK(dure_says({"import", "helios", kTraces + "helios.csv", "-o", out}).exit == 5);
  CHECK(content(out) == before);
  CHECK(dure_says({"--force", "import", "helios", kTraces + "helios.csv", "-o", out}).exit == 0);
  CHECK(content(out) != before);
  CHECK(dure_says({"--force", "import", "own", log, "-o", log}).exit == 5);
  CHECK(content(log) == content(kTraces + "own.csv"));
  CHECK(dure_says({"import", "own", log, "-o", "/proc/trace.csv"}).exit == 5);
}

TEST_CASE("import: the whole openb log through the command line") {
  const auto log = dure::test::third_party("openb/openb_pod_list_default.csv.gz");
  if (!log) return;
  const TempFolder temp;
  const Said said = dure_says({"--json", "import", "openb", log->string(), "-o", (temp / "trace.csv").string()});
  REQUIRE(said.exit == 0);
  CHECK(nlohmann::json::parse(said.out)["rows"] == 8152);
  CHECK(nlohmann::json::parse(said.out)["kept"] == 6203);
}
