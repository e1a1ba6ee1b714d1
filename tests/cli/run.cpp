// What `dure run` leaves behind.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/says.h"
#include "tests/support/temp_folder.h"

using namespace dure::test;
namespace fs = std::filesystem;

namespace {

/// Every file below `folder`, by its name from there.
std::map<std::string, std::string> files(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[entry.path().lexically_relative(folder).string()] = content(entry.path().string());
  return all;
}

}  // namespace

TEST_CASE("run: two runs of one scenario and seed leave the same bytes, wherever the checkout and the results lie, but for run.json") {
  const TempFolder temp;
  fs::create_directories(temp / "elsewhere");
  for (const char* folder : {"scenarios", "platforms"}) fs::copy(folder, temp / "elsewhere" / folder, fs::copy_options::recursive);
  for (const std::string name : {"tiny", "regional"}) {
    CAPTURE(name);
    const std::string week = name == "tiny" ? "seed=1" : "end_date=2025-01-08";  // before the first call, before most cards
    REQUIRE(dure_says({"run", "-q", "scenarios/" + name + ".txtpb", "--set", week, "-o", temp / name}).exit == 0);
    const auto move = [&] { fs::current_path(temp / "elsewhere" / "scenarios"); };
    REQUIRE(dure_says({"run", "-q", name + ".txtpb", "--set", week, "-o", "../../again/" + name}, "", "C.UTF-8", move).exit == 0);
    auto first = files(temp / name), second = files(temp / "again" / name);
    CHECK(first.size() >= 7);
    CHECK(first["run.json"] != second["run.json"]);  // the clock on the wall
    first.erase("run.json");
    second.erase("run.json");
    REQUIRE(first.size() == second.size());
    for (const auto& [file, bytes] : first) {
      CAPTURE(file);
      CHECK((second[file] == bytes));
    }
  }
}

TEST_CASE("run: an output folder that exists is left as it is, exit 5; --force replaces it only if a run wrote it") {
  const TempFolder temp;
  const std::string out = temp / "out";
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"run", "-q", "scenarios/tiny.txtpb", "-o", out});
    return dure_says(more);
  };
  fs::create_directories(out);
  std::ofstream(out + "/diary.txt") << "not a run";
  for (const auto& force : {std::vector<std::string>{}, {"--force"}}) {
    const Said said = run(force);
    CHECK(said.exit == 5);
    CHECK(said.err.find("error[E0502]") == 0);
    CHECK(files(out) == std::map<std::string, std::string>{{"diary.txt", "not a run"}});
  }
  fs::remove_all(out);
  REQUIRE(run({}).exit == 0);
  const auto first = files(out);
  CHECK(run({"--seed", "2"}).exit == 5);
  CHECK(files(out) == first);
  CHECK(run({"--seed", "2", "--force"}).exit == 0);
  CHECK(files(out)["summary.json"] != first.at("summary.json"));
  CHECK(std::distance(fs::directory_iterator(fs::path(out).parent_path()), {}) == 1);  // nothing half-done beside it
}

TEST_CASE("run: what a killed run left beside OUT goes with the next run into OUT; what lives, and what is called otherwise, stays") {
  const TempFolder temp;
  const std::string alive = ".out." + std::to_string(getpid());
  for (const std::string& name : {std::string(".out.999999999"), alive, std::string(".out.999999999.old"), std::string(".other.999999999"), std::string(".out.x")})
    fs::create_directories(temp / name / "inputs");
  REQUIRE(dure_says({"run", "-q", "scenarios/tiny.txtpb", "-o", temp / "out"}).exit == 0);
  CHECK_FALSE(fs::exists(temp / ".out.999999999"));
  for (const std::string& name : {alive, std::string(".out.999999999.old"), std::string(".other.999999999"), std::string(".out.x")}) CHECK(fs::exists(temp / name));
}

TEST_CASE("run: a disk that fills up ends the run with exit 5, leaves nothing half-written and earlier results untouched") {
  const TempFolder temp;
  const std::string out = temp / "out";
  REQUIRE(dure_says({"run", "-q", "scenarios/tiny.txtpb", "-o", out}).exit == 0);
  const auto before = files(out);
  for (const rlim_t bytes : {rlim_t{20000}, rlim_t{100}}) {  // the rows do not fit; not even the scenario does
    CAPTURE(bytes);
    const auto small_disk = [&] {
      signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit fails, as on a full disk
      const rlimit limit{bytes, bytes};
      setrlimit(RLIMIT_FSIZE, &limit);
    };
    const Said said = dure_says({"run", "-q", "scenarios/tiny.txtpb", "-o", out, "--force"}, "", "C.UTF-8", small_disk);
    CHECK(said.exit == 5);
    CHECK(said.err.find("error[E0501]") == 0);
    CHECK(files(out) == before);
    CHECK(std::distance(fs::directory_iterator(fs::path(out).parent_path()), {}) == 1);
  }
}

TEST_CASE("run: Ctrl-C ends at the next midnight, keeps what was done and marks it, exit 130; SIGTERM the same with 143") {
  for (const auto& [signal_number, exit] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    CAPTURE(exit);
    const TempFolder temp;
    const auto interrupt = [&, number = signal_number] {
      const pid_t run = getpid();
      if (fork() != 0) return;
      for (int wait = 0; wait < 600 && !fs::exists(temp / (".out." + std::to_string(run)) / "results.sqlite"); ++wait) usleep(50000);
      usleep(300000);
      kill(run, number);
      _exit(0);
    };
    const Said said = dure_says({"run", "scenarios/regional.txtpb", "-o", temp / "out"}, "", "C.UTF-8", interrupt);
    CHECK(said.exit == exit);
    CHECK(said.out.find("interrupted: ") == 0);
    CHECK(said.out.find("--force") != std::string::npos);
    auto left = files(temp / "out");
    REQUIRE(left.contains("run.json"));
    const auto record = nlohmann::json::parse(left["run.json"]);
    CHECK(record["status"] == "partial");
    CHECK(record["simulated_s"] > 0);
    CHECK(record["simulated_s"] < 4 * 365 * 86400);
    CHECK(nlohmann::json::parse(left["summary.json"])["metrics"]["card_hours.nominal"]["value"] > 0);
    CHECK(left["report.html"].find("This run is not complete") != std::string::npos);
    if (signal_number == SIGTERM) continue;
    // With --force too: what was there stays, what was cut short goes beside it.
    const Said again = dure_says({"run", "scenarios/regional.txtpb", "-o", temp / "out", "--force"}, "", "C.UTF-8", interrupt);
    CHECK(again.exit == exit);
    CHECK(again.out.find("the earlier results in ") != std::string::npos);
    CHECK(files(temp / "out") == left);
    REQUIRE(files(temp / "out.partial").contains("run.json"));
    CHECK(nlohmann::json::parse(files(temp / "out.partial")["run.json"])["status"] == "partial");
  }
}

TEST_CASE("run -n: Ctrl-C keeps the replicates that ended") {
  const TempFolder temp;
  const auto interrupt = [&] {
    const pid_t run = getpid();
    if (fork() != 0) return;
    const fs::path shards = temp / (".out." + std::to_string(run)) / "shards";
    for (int wait = 0; wait < 1200 && !fs::exists(shards / "00002.json"); ++wait) usleep(10000);
    kill(run, SIGINT);
    _exit(0);
  };
  const Said said = dure_says({"run", "scenarios/tiny.txtpb", "-n", "100000", "-j", "2", "-o", temp / "out"}, "", "C.UTF-8", interrupt);
  CHECK(said.exit == 130);
  CHECK(said.out.find("interrupted: ") == 0);
  auto left = files(temp / "out");
  REQUIRE(left.contains("run.json"));
  CHECK(left.contains("replicates.nc"));
  const auto record = nlohmann::json::parse(left["run.json"]);
  CHECK(record["status"] == "partial");
  CHECK(record["replicates"] >= 1);
  CHECK(nlohmann::json::parse(left["summary.json"])["metrics"]["card_hours.nominal"]["n"] == record["replicates"]);
}
