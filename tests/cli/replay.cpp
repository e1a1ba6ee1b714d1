// `dure run --machines --trace --placements`: who ran where and when, to be compared with other simulators.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "tests/cli/says.h"
#include "tests/support/temp_folder.h"

using namespace dure::test;
namespace fs = std::filesystem;

namespace {

struct Case {
  TempFolder temp;
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(temp / name, std::ios::binary) << text;
    return (temp / name).string();
  }
  Said run(const std::string& machines, const std::string& trace, std::vector<std::string> more = {}, const char* lang = "C.UTF-8") const {
    std::vector<std::string> words = {"run", "--machines", file("machines.csv", machines), "--trace", file("trace.csv", trace), "--placements", "-o", (temp / "out").string(), "--force"};
    words.insert(words.end(), more.begin(), more.end());
    return dure_says(words, "", lang);
  }
  std::string placements() const { return content((temp / "out" / "placements.csv").string()); }
};

/// job_id to start, of placements.csv.
std::map<std::string, double> starts(const std::string& csv) {
  std::map<std::string, double> starts;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string id, submit, start;
    std::getline(cells, id, ',');
    std::getline(cells, submit, ',');
    std::getline(cells, start, ',');
    starts[id] = std::stod(start);
  }
  return starts;
}

struct Plain {
  double submit_s, work_s;
  int cards;
};

/// FCFS and EASY with exact estimates on cards that are all alike, second by event, everything looked at again each time.
std::vector<double> textbook(bool backfill, int cards, const std::vector<Plain>& jobs) {
  std::vector<double> start(jobs.size(), -1);
  const auto ends = [&](std::size_t i) { return start[i] + jobs[i].work_s; };
  const auto running = [&](double now_s) {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < jobs.size(); ++i)
      if (start[i] >= 0 && ends(i) > now_s) all.push_back(i);
    return all;
  };
  std::set<double> events;
  for (const Plain& job : jobs) events.insert(job.submit_s);
  while (!events.empty()) {
    const double now_s = *events.begin();
    events.erase(events.begin());
    int free = cards;
    for (const std::size_t i : running(now_s)) free -= jobs[i].cards;
    bool blocked = false;
    double shadow_s = 0;
    int extra = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (start[i] >= 0 || jobs[i].submit_s > now_s) continue;
      const bool fits = jobs[i].cards <= free;
      if (!blocked && !fits) {
        blocked = true;
        if (!backfill) break;
        auto now_running = running(now_s);
        std::sort(now_running.begin(), now_running.end(), [&](std::size_t a, std::size_t b) { return ends(a) < ends(b); });
        int available = free;
        for (const std::size_t r : now_running) {
          if (available >= jobs[i].cards && ends(r) > shadow_s) break;
          available += jobs[r].cards;
          shadow_s = ends(r);
        }
        extra = available - jobs[i].cards;
        continue;
      }
      if (!fits) continue;
      const bool in_time = now_s + jobs[i].work_s <= shadow_s;
      if (blocked && !in_time && jobs[i].cards > extra) continue;
      if (blocked && !in_time) extra -= jobs[i].cards;
      start[i] = now_s;
      free -= jobs[i].cards;
      events.insert(ends(i));
    }
  }
  return start;
}

}  // namespace

TEST_CASE("replay: start, end and nodes of each job, by hand") {
  // a takes both cards of n1 and n2; b waits for it under FCFS; c wants one card and slips in under EASY, as it ends in time.
  const Case here;
  const char* machines = "node,cards\nn1,1\nn2,1\nn3,1\n";
  const char* trace = "job_id,tenant,submit_s,duration_s,cards,card_type,class,outcome\na,x,0,100,2,,,completed\nb,x,10,50,3,,,failed\nc,y,20,30,1,,,cancelled\n";
  REQUIRE(here.run(machines, trace, {"--scheduler", "fcfs"}).exit == 0);
  CHECK(here.placements() == "job_id,submit_s,start_s,end_s,nodes,cards,outcome\na,0,0,100,n1;n2,1;1,completed\nb,10,100,150,n1;n2;n3,1;1;1,failed\nc,20,150,180,n1,1,cancelled\n");
  REQUIRE(here.run(machines, trace, {"--scheduler", "easy_backfill"}).exit == 0);
  CHECK(here.placements() == "job_id,submit_s,start_s,end_s,nodes,cards,outcome\na,0,0,100,n1;n2,1;1,completed\nb,10,100,150,n1;n2;n3,1;1;1,failed\nc,20,20,50,n3,1,cancelled\n");
  for (const char* file : {"run.json", "summary.json", "results.sqlite", "report.html", "inputs/scenario.txtpb"}) CHECK(fs::exists(here.temp / "out" / file));
  CHECK(nlohmann::json::parse(content((here.temp / "out" / "run.json").string()))["status"] == "complete");
}

TEST_CASE("replay: card types, shares, machines of several sizes, leaves, seconds of the log, and an estimate that holds a job back") {
  const Case here;
  const char* machines = "node,cards,card_type,leaf\nold-1,2,old,l1\nnew-1,4,new,l1\nnew-2,4,new,l2\nnew-3,2,new,l2\n";
  const char* trace =
      "job_id,submit_s,duration_s,cards,card_type,estimate_s\n"
      "whole,1000000,100,8,new,100\n"    // both large machines
      "half,1000000,100,0.5,old,100\n"
      "also,1000000,50,0.5,old,100\n"    // the same card
      "first,1000010,10,8,new,10\n"      // waits for whole, until 1000100
      "liar,1000020,60,4,new,1000\n"     // does not fit beside whole
      "small,1000020,60,2,new,1000\n";   // new-3 is to spare
  REQUIRE(here.run(machines, trace, {"--scheduler", "easy_backfill"}).exit == 0);
  const std::string csv = here.placements();
  CHECK(csv.find("whole,1000000,1000000,1000100,new-1;new-2,4;4,completed\n") != std::string::npos);
  CHECK(csv.find("half,1000000,1000000,1000100,old-1,0.5,completed\nalso,1000000,1000000,1000050,old-1,0.5,completed\n") != std::string::npos);
  CHECK(csv.find("first,1000010,1000100,1000110,new-1;new-2,4;4,completed\n") != std::string::npos);
  CHECK(csv.find("small,1000020,1000020,1000080,new-3,2,completed\n") != std::string::npos);
  CHECK(csv.find("liar,1000020,1000110,1000170,new-1,4,completed\n") != std::string::npos);
}

TEST_CASE("replay: a job that may take one of two card types of three takes the one that is free") {
  const Case here;
  REQUIRE(here.run("node,cards,card_type\na,1,A\nb,1,B\nc,1,C\n",
                   "job_id,submit_s,duration_s,cards,card_type\nj0,0,1000,1,A\nj1,1,100,1,A|B\nj2,2,100,1,B|A\n", {"--scheduler", "fcfs"}).exit == 0);
  CHECK(here.placements().find("j1,1,1,101,b,1,completed\n") != std::string::npos);
  CHECK(starts(here.placements()).at("j2") >= 101);  // c is free, but not for it
}

TEST_CASE("replay: every start as in a textbook's FCFS and EASY") {
  std::mt19937 random(7);
  std::vector<Plain> jobs;
  std::string machines = "node,cards\n", trace = "job_id,submit_s,duration_s,cards\n";
  for (int i = 0; i < 32; ++i) machines += "m" + std::to_string(i) + ",1\n";
  double at_s = 0, waited_s = 0;
  for (int i = 0; i < 500; ++i) {
    at_s += double(random() % 200);
    jobs.push_back({at_s, double(1 + random() % 2000), int(1 + random() % (i % 10 == 0 ? 32 : 5))});
    trace += "j" + std::to_string(i) + "," + std::to_string(int(at_s)) + "," + std::to_string(int(jobs.back().work_s)) + "," + std::to_string(jobs.back().cards) + "\n";
  }
  for (const bool backfill : {false, true}) {
    const Case here;
    REQUIRE(here.run(machines, trace, {"--scheduler", backfill ? "easy_backfill" : "fcfs"}).exit == 0);
    const auto simulated = starts(here.placements());
    const auto expected = textbook(backfill, 32, jobs);
    REQUIRE(simulated.size() == jobs.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      different += simulated.at("j" + std::to_string(i)) != expected[i];
      waited_s += expected[i] - jobs[i].submit_s;
    }
    CHECK(different == 0);
  }
  CHECK(waited_s > 1000 * 500);  // else nothing was tried
}

TEST_CASE("replay: beside a scenario, and placements of an ordinary run") {
  const Case here;
  const std::string trace = here.file("trace.csv", "job_id,submit_s,duration_s,cards\nx,5,60,4\n");
  const std::string machines = here.file("machines.csv", "node,cards\nmine,4\n");
  REQUIRE(dure_says({"run", "-q", "scenarios/tiny.txtpb", "--trace", trace, "--machines", machines, "--placements", "-o", (here.temp / "out").string()}).exit == 0);
  CHECK(here.placements() == "job_id,submit_s,start_s,end_s,nodes,cards,outcome\nx,5,5,66,mine,4,completed\n");  // a second to load: the scenario's class
  const std::string late = here.file("late.csv", "job_id,submit_s,duration_s,cards\nx,5,60,4\ny,604800,60,4\n");  // when the week is over
  REQUIRE(dure_says({"run", "-q", "scenarios/tiny.txtpb", "--trace", late, "--machines", machines, "-o", (here.temp / "late").string()}).exit == 0);
  const auto log = nlohmann::json::parse(content((here.temp / "late" / "trace_report.json").string()));
  CHECK(log["kept"] == 1);
  CHECK(log["rows"] == 2);
  REQUIRE(dure_says({"run", "-q", "scenarios/tiny.txtpb", "--placements", "-o", (here.temp / "tiny").string()}).exit == 0);
  const std::string csv = content((here.temp / "tiny" / "placements.csv").string());
  CHECK(std::count(csv.begin(), csv.end(), '\n') > 250);
  CHECK(csv.find(",first/") != std::string::npos);
  const auto metrics = nlohmann::json::parse(content((here.temp / "tiny" / "summary.json").string()))["metrics"];
  std::set<std::string> ids;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) ids.insert(line.substr(0, line.find(',')));
  CHECK(double(ids.size()) == metrics["jobs.submitted"]["value"].get<double>());
}

TEST_CASE("replay: a broken list or log is refused with its row and what to do, exit 3; too little to run, exit 2") {
  const Case here;
  const std::string machines = "node,cards,card_type\nn1,8,H\n", trace = "job_id,submit_s,duration_s,cards,card_type\na,0,1,8,H\n";
  struct Bad {
    std::string machines, trace, place, en, ko;
  };
  for (const Bad& bad : {Bad{"node,cards\nn1,8\nn1,8\n", trace, "machines.csv:3", "node n1 stands twice", "두 번 나옵니다"},
                         Bad{"node,cards\nn1,0\n", trace, "machines.csv:2", "node n1 has 0 cards", "카드가 0장"},
                         Bad{"node,cards\nn1,x\n", trace, "machines.csv:2", "`x` is no number for cards", "수가 아닙니다"},
                         Bad{"node,cards\n,8\n", trace, "machines.csv:2", "no name", "비어 있습니다"},
                         Bad{"node,cards\n", trace, "machines.csv", "the list has no machines", "목록에 서버가 없습니다"},
                         Bad{"node,gpus\nn1,8\n", trace, "machines.csv:1", "unknown column `gpus`", "알 수 없는 열 `gpus`"},
                         Bad{machines, "job_id,submit_s,duration_s,cards\na,0,1,9\n", "trace.csv:2", "asks for 9 cards", "카드 9장을 요청"},
                         Bad{machines, "job_id,submit_s,duration_s,cards,card_type\na,0,1,8,H\nb,0,1,8,Z\n", "trace.csv:3", "asks for card type Z, which no machine has", "카드 종류 Z"},
                         Bad{machines, "job_id,submit_s,duration_s,cards,estimate_s\na,0,1,8,-5\n", "trace.csv:2", "estimate_s -5 is not above 0", "0보다 크지 않습니다"},
                         Bad{machines, "job_id,duration_s,cards\na,1,8\n", "trace.csv:1", "column `submit_s` is missing", "열 `submit_s`"},
                         Bad{machines, "job_id,submit_s,duration_s,cards\na,0,1,8\nb,2000000000,1,8\n", "trace.csv:3", "job b is submitted 2000000000 s after the first day of the log; a run lasts at most 1000000000 s", "1000000000초까지만"},
                         Bad{machines, "job_id,submit_s,duration_s,cards\na,,1,8\n", "trace.csv:2", "submit_s", "submit_s"}}) {
    CAPTURE(bad.en);
    const Said en = here.run(bad.machines, bad.trace), ko = here.run(bad.machines, bad.trace, {"--lang", "ko"});
    CHECK(en.exit == 3);
    CHECK(ko.exit == 3);
    CHECK_MESSAGE(en.err.find(bad.en) != std::string::npos, en.err);
    CHECK_MESSAGE(en.err.find(bad.place) != std::string::npos, en.err);
    CHECK_MESSAGE(en.err.find("help:") != std::string::npos, en.err);
    CHECK_MESSAGE(ko.err.find(bad.ko) != std::string::npos, ko.err);
    CHECK_FALSE(fs::exists(here.temp / "out"));
  }
  CHECK(dure_says({"run", "--machines", (here.temp / "machines.csv").string()}).exit == 2);
  CHECK(dure_says({"run"}).exit == 2);
  CHECK(dure_says({"run", "--machines", (here.temp / "no.csv").string(), "--trace", (here.temp / "trace.csv").string()}).exit == 3);
  CHECK(here.run(machines, trace, {"--scheduler", "lottery"}).exit == 3);
}
