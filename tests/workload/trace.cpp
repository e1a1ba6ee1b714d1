#include "sim/workload/trace.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "sim/units.h"
#include "sim/workload/trace_source.h"
#include "tests/support/third_party.h"
#include "tests/workload/trace_support.h"

using namespace dure::sim;
namespace proto = ::dure;

namespace {

const std::filesystem::path kData = dure::test::kTraces;
const Calendar kRun(std::chrono::year{2026} / 1 / 1);

const auto kRoomy = [](JobClassId, CardTypeId) { return 1000; };  // every pool is large enough

using dure::test::refusal;
using File = dure::test::TraceFile;
std::size_t dropped(const TraceReport& report, std::string_view word) { return dure::test::counted(report.dropped, word); }

Population with_classes() {
  Population population;
  for (const char* name : {"training", "notebook", "pretrain"}) population.job_classes.push_back({.name = name});
  return population;
}

/// Cards busy on average from..until if nothing ever queues.
double busy_cards(const TraceJobs& trace, double from_s, double until_s, bool submitted_within) {
  double card_s = 0;
  for (const TraceJob& job : trace.jobs)
    if (!submitted_within || (job.submit_s >= from_s && job.submit_s < until_s))
      card_s += std::max(0.0, std::min(until_s, job.submit_s + job.duration_s) - std::max(from_s, job.submit_s)) * job.cards;
  return card_s / (until_s - from_s);
}

}  // namespace

TEST_CASE("philly: rows are sorted and counted, the clusters are tenants, second 0 is midnight of the first day") {
  const TraceJobs trace = read_trace_file("philly", kData / "philly.csv");
  REQUIRE(trace.jobs.size() == 3);
  CHECK(trace.report.rows == 3);
  CHECK(trace.report.kept == 3);
  CHECK(trace.report.sorted_rows == 2);
  CHECK(to_string(*trace.first_day) == "2017-10-01");
  CHECK(trace.jobs[0].submit_s == 12 * 3600);
  CHECK(trace.jobs[1].submit_s == 2 * 86400 - 1);
  CHECK(trace.jobs[2].submit_s == 2 * 86400 + 30);
  CHECK(trace.tenants == std::vector<std::string>{"lab-a", "lab-b"});
  CHECK(trace.tenants[trace.jobs[0].tenant] == "lab-b");
  CHECK(trace.report.card_hours == doctest::Approx((480 + 3600 + 20) / 3600.0));
  CHECK(trace.report.assumptions.size() == 4);
}

TEST_CASE("philly: what makes no sense is refused with its line") {
  const std::string header = "timestamp,duration,num_gpus,gpu_time,cluster\n";
  const std::string good = "2017-10-01 12:00:00,60,1,60,a\n";
  CHECK(refusal("philly", header + good + "2017-10-01 12:00:00,-60,1,-60,a\n") ==
        "line 3: job 2 runs for -60 s; a duration must be above 0");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,60,0,0,a\n") == "line 2: job 1 asks for 0 cards; at least 1 is needed");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,60,4,60,a\n") == "line 2: gpu_time 60 is not duration x num_gpus = 240");
  CHECK(refusal("philly", header + "2017-13-01 12:00:00,60,1,60,a\n") == "line 2: `2017-13-01 12:00:00` is no time");
  CHECK(refusal("philly", header + "2017-10-01 25:00:00,60,1,60,a\n") == "line 2: `2017-10-01 25:00:00` is no time");
  CHECK(refusal("philly", header + "\n\n,60,1,60,a\n") == "line 4: timestamp is empty");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,sixty,1,60,a\n") == "line 2: `sixty` is no number for duration");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,60,1.5,90,a\n") == "line 2: `1.5` is no whole number for num_gpus");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,60,1,60\n") == "line 2: the row has 4 fields where the header has 5");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,60,1,60,\"a\n") == "line 2: a quotation mark is out of place");
  CHECK(refusal("philly", "timestamp,duration\n") == "line 1: column `num_gpus` is missing");
  CHECK(refusal("philly", "") == "line 0: the file is empty");
}

TEST_CASE("philly: zones are put on the clock of the first row; a time without one among those that have one is refused") {
  const std::string header = "timestamp,duration,num_gpus,gpu_time,cluster\n", first = "2017-10-01T12:00:00Z,60,1,60,a\n";
  const dure::test::TraceFile file(header + first + "2017-10-01T21:00:00+09:00,60,1,60,a\n2017-10-01T12:00:00-07:00,60,1,60,a\n");
  const TraceJobs trace = read_trace_file("philly", file.path);
  REQUIRE(trace.jobs.size() == 3);
  CHECK(trace.jobs[0].submit_s == 12 * 3600);
  CHECK(trace.jobs[1].submit_s == 12 * 3600);
  CHECK(trace.jobs[2].submit_s == 19 * 3600);
  CHECK(refusal("philly", header + first + "2017-10-01 12:00:00,60,1,60,a\n") == "line 3: the time has no zone, but those before it have one");
  CHECK(refusal("philly", header + "2017-10-01 12:00:00,60,1,60,a\n" + first) == "line 3: the time has a zone, but those before it have none");
}

TEST_CASE("swf: rows the format is known for are dropped and counted, gzip or not") {
  for (const char* name : {"small.swf", "packed.swf.gz"}) {
    const TraceJobs trace = read_trace_file("swf", kData / name);
    CHECK(trace.report.rows == 9);
    CHECK(trace.report.kept == 3);
    CHECK(dropped(trace.report, "no run time") == 1);
    CHECK(dropped(trace.report, "seen before") == 1);
    CHECK(dropped(trace.report, "no submit") == 1);
    CHECK(dropped(trace.report, "no processors") == 1);
    CHECK(dropped(trace.report, "run time 0") == 1);
    CHECK(dropped(trace.report, "part of a job") == 1);
    CHECK(to_string(*trace.first_day) == "1970-01-02");  // UnixStartTime 86400, +1 h
    REQUIRE(trace.jobs.size() == 3);
    CHECK(trace.jobs[0].submit_s == 3600);
    CHECK(trace.jobs[0].estimate_s == 200);
    CHECK(trace.jobs[1].cards == 16);       // requested, as used is unknown
    CHECK(trace.jobs[1].estimate_s == 30);  // asked 20, ran 30
    CHECK(trace.jobs[1].outcome == Outcome::kFailed);
    CHECK(trace.jobs[2].duration_s == 10.5);
    CHECK(trace.jobs[2].outcome == Outcome::kCancelled);
    CHECK(trace.tenants[trace.jobs[2].tenant] == "unknown");
  }
}

TEST_CASE("swf: a row submitted before second 0 is dropped and counted, so that what import writes can be read") {
  const dure::test::TraceFile file("1 -5 5 100 4 -1 -1 4 200 -1 1 7 1 -1 1 -1 -1 -1\n2 -1 5 100 4 -1 -1 4 200 -1 1 7 1 -1 1 -1 -1 -1\n3 0 5 100 4 -1 -1 4 200 -1 1 7 1 -1 1 -1 -1 -1\n");
  const TraceJobs trace = read_trace_file("swf", file.path);
  CHECK(trace.report.kept == 1);
  CHECK(dropped(trace.report, "submitted before second 0") == 1);
  CHECK(dropped(trace.report, "no submit time") == 1);
}

TEST_CASE("swf: a row of another shape, a negative run time and a broken gzip are refused") {
  CHECK(refusal("swf", "; Version: 2.2\n1 0 5 100 4\n") == "line 2: the row has 5 fields; SWF has 18");
  CHECK(refusal("swf", "1 0 5 -7 4 -1 -1 4 200 -1 1 7 1 -1 1 -1 -1 -1\n") == "line 1: job 1 runs for -7 s; a duration must be above 0");
  CHECK(refusal("swf", "1 0 5 abc 4 -1 -1 4 200 -1 1 7 1 -1 1 -1 -1 -1\n") == "line 1: field 4 is `abc`, no number");
  CHECK(refusal([] { read_trace_file("swf", kData / "cut.swf.gz"); }).ends_with("the gzip data is broken or cut short"));
}

TEST_CASE("own: quoting, shares of a card, classes and outcomes survive a round trip") {
  const TraceJobs trace = read_trace_file("own", kData / "own.csv");
  REQUIRE(trace.jobs.size() == 3);
  CHECK(trace.report.sorted_rows == 1);
  CHECK(trace.tenants[trace.jobs[0].tenant] == "Lab \"One\", Seoul");
  CHECK(trace.jobs[2].id == "b");
  CHECK(trace.jobs[2].share_milli == 125);
  CHECK(trace.jobs[2].card_s() == 2.5 * 0.125);
  std::ostringstream out;
  write_own_csv(out, trace);
  CHECK(out.str() == R"(job_id,tenant,submit_s,duration_s,cards,card_type,class,outcome
a,"Lab ""One"", Seoul",0,10,1,H200,notebook,completed
c,lab-2,20,100,16,,pretrain,cancelled
b,lab-2,30,2.5,0.125,,,failed
)");
  const File file(out.str());
  std::ostringstream again;
  write_own_csv(again, read_trace_file("own", file.path));
  CHECK(again.str() == out.str());
}

TEST_CASE("own: an id twice, a negative duration, an unknown column or outcome are refused with the line") {
  const std::string header = "job_id,submit_s,duration_s,cards,outcome\n";
  CHECK(refusal("own", header + "1,0,5,1,\n1,3,5,1,\n") == "line 3: job_id 1 stands twice");
  CHECK(refusal("own", header + "1,0,-5,1,\n") == "line 2: job 1 runs for -5 s; a duration must be above 0");
  CHECK(refusal("own", header + "1,,5,1,\n") == "line 2: submit_s is empty");
  CHECK(refusal("own", header + "1,-1,5,1,\n") == "line 2: submit_s -1 is negative");
  CHECK(refusal("own", header + "1,nan,5,1,\n") == "line 2: `nan` is no number for submit_s");
  CHECK(refusal("own", header + "1,0,5,0.0005,\n") == "line 2: cards 0.0005 is no number of thousandths of a card");
  CHECK(refusal("own", header + "1,0,5,1,done\n") == "line 2: unknown outcome `done`");
  CHECK(refusal("own", "job_id,submit_s,duration_s,cards,colour\n") == "line 1: unknown column `colour`");
  CHECK(refusal([] { read_trace_file("own", kData / "absent.csv"); }) == "line 0: cannot read the file tests/workload/data/absent.csv");
  CHECK(refusal([] { read_trace_file("pbs", kData / "own.csv"); }) == "unknown format \"pbs\"");
}

TEST_CASE("trace: a window of days keeps whole days, and the run starts at its first midnight") {
  proto::Trace config;
  config.set_file("philly.csv");
  config.set_format("philly");
  config.set_submitted_from("2017-10-02");
  config.set_submitted_until("2017-10-02");
  const TraceJobs day = read_trace(config, kData, kRun);
  REQUIRE(day.jobs.size() == 1);
  CHECK(day.jobs[0].submit_s == 86399);
  CHECK(day.report.kept == 1);
  CHECK(dropped(day.report, "before submitted_from") == 1);
  CHECK(dropped(day.report, "after submitted_until") == 1);
  config.set_clock(proto::FIRST_SUBMIT);
  CHECK(read_trace(config, kData, kRun).jobs[0].submit_s == 0);
  config.set_clock(proto::SAME_DATES);
  CHECK(read_trace(config, kData, Calendar(std::chrono::year{2017} / 10 / 1)).jobs[0].submit_s == 2 * 86400 - 1);
  CHECK(refusal([&] { read_trace(config, kData, kRun); }) == "the log begins on 2017-10-02, before the run does");
  config.set_submitted_until("2017-10-01");
  CHECK(refusal([&] { read_trace(config, kData, kRun); }) == "no job of the log is left to replay");
  config.set_file("own.csv");
  config.set_format("own");
  CHECK(refusal([&] { read_trace(config, kData, kRun); }) == "the log has no dates, so days of it cannot be told apart");
}

TEST_CASE("trace: the source hands on what the rows say, and gives the rest its class") {
  proto::Trace config;
  config.set_file("own.csv");
  Population population = with_classes();
  const std::string cards[] = {"B200", "H200"};
  const double region_share[] = {0.5, 0.5};
  TraceSource source(config, read_trace(config, kData, kRun), cards, kRoomy, region_share, population);
  CHECK(population.tenants.size() == 2);
  Job job;
  REQUIRE(source.next(job));
  CHECK(population.job_classes[index(job.job_class)].name == "notebook");
  CHECK(index(job.card_type) == 1);
  CHECK(job.region != RegionId{0});  // the heavier tenant took region 0
  REQUIRE(source.next(job));
  CHECK(population.job_classes[index(job.job_class)].name == "pretrain");
  CHECK(job.card_type == kAnyCardType);
  CHECK(job.outcome == Outcome::kCancelled);
  CHECK(job.work_s == 100);
  CHECK(job.estimate_s == 100);
  REQUIRE(source.next(job));
  CHECK(population.job_classes[index(job.job_class)].name == "training");
  CHECK(job.share_milli == 125);
  CHECK_FALSE(source.next(job));
  CHECK(refusal([&] { TraceSource(config, read_trace(config, kData, kRun), {}, kRoomy, {}, population); }) ==
        "job a asks for card type \"H200\", which the scenario does not have");
  const auto small = [](JobClassId job_class, CardTypeId) { return index(job_class) == 2 ? 8 : 1000; };
  CHECK(refusal([&] { TraceSource(config, read_trace(config, kData, kRun), cards, small, {}, population); }) ==
        "line 4: job c asks for 16 cards but the largest pool it may use has 8");
}

TEST_CASE("philly, the whole log: 82,247 jobs, 978,078.5 GPU-hours, and the load of its dense eighty days") {
  const auto log_file = dure::test::third_party("philly/philly.csv.gz");
  if (!log_file) return;
  const TraceJobs trace = read_trace_file("philly", *log_file);
  CHECK(trace.report.rows == 82247);
  CHECK(trace.report.kept == 82247);
  CHECK(trace.report.card_hours == doctest::Approx(978078.5).epsilon(1e-7));
  CHECK(trace.report.sorted_rows == 82242);
  CHECK(trace.tenants.size() == 15);
  const Calendar log(*trace.first_day);
  const double from_s = log.at_s(parse_date("2017-09-24"));
  const double until_s = log.at_s(parse_date("2017-12-13"));
  CHECK(until_s - from_s == 80 * kDay_s);
  CHECK(busy_cards(trace, from_s, until_s, false) == doctest::Approx(493.6).epsilon(0.001));
  CHECK(busy_cards(trace, from_s, until_s, true) == doctest::Approx(450.5).epsilon(0.001));

  proto::Trace config;
  config.set_file("${DURE_DATA}/philly/philly.csv.gz");
  config.set_format("philly");
  config.set_submitted_from("2017-09-24");
  config.set_submitted_until("2017-12-12");
  const TraceJobs window = read_trace(config, "scenarios", kRun);
  CHECK(window.report.kept == 80702);
  CHECK(window.report.card_hours / (80 * 24) == doctest::Approx(450.66).epsilon(1e-5));  // offered, in cards
}

TEST_CASE("swf, two logs of the archive: 3,170 rows of which 25 never ran, 228 rows all kept") {
  const auto folder = dure::test::third_party("swf");
  if (!folder) return;
  const TraceJobs hpc2n = read_trace_file("swf", *folder / "hpc2n.swf.gz");
  CHECK(hpc2n.report.rows == 3170);
  CHECK(hpc2n.report.kept == 3145);
  CHECK(dropped(hpc2n.report, "no run time") == 25);
  CHECK(hpc2n.tenants.size() <= 17);
  const TraceJobs nasa = read_trace_file("swf", *folder / "NASA-iPSC-1993-3.swf");
  CHECK(nasa.report.rows == 228);
  CHECK(nasa.report.kept == 228);
}
