// Logs of batch systems and clusters: Helios, Acme, PAI, openb.
#include <doctest/doctest.h>

#include <algorithm>

#include "sim/workload/trace_reader.h"
#include "tests/support/third_party.h"
#include "tests/workload/trace_support.h"

using namespace dure::sim;
using dure::test::check_books, dure::test::counted, dure::test::kTraces, dure::test::refusal;

TEST_CASE("helios: virtual clusters are tenants, waits are no input, CPU jobs and jobs that never ran are counted") {
  for (const char* name : {"helios.csv", "helios.csv.gz"}) {
    const TraceJobs trace = read_trace_file("helios", kTraces / name);
    check_books(trace.report);
    CHECK(trace.report.rows == 8);
    CHECK(trace.report.sorted_rows == 1);
    CHECK(counted(trace.report.dropped, "no GPU") == 1);
    CHECK(counted(trace.report.dropped, "never started") == 1);
    CHECK(counted(trace.report.dropped, "waiting or running") == 1);
    CHECK(counted(trace.report.dropped, "run time 0") == 1);
    REQUIRE(trace.jobs.size() == 4);
    CHECK(to_string(*trace.first_day) == "2020-06-01");
    CHECK(trace.jobs[0].id == "103");
    CHECK(trace.jobs[0].submit_s == 12 * 3600);
    CHECK(trace.jobs[0].duration_s == 40);  // 41 in the log: clocks are rounded
    CHECK(trace.jobs[0].outcome == Outcome::kFailed);
    CHECK(trace.jobs[1].submit_s == (24 + 9) * 3600);
    CHECK(trace.tenants[trace.jobs[1].tenant] == "vc1");
    CHECK(trace.jobs[2].outcome == Outcome::kCancelled);
    CHECK(trace.jobs[2].cards == 16);
    CHECK(trace.jobs[3].outcome == Outcome::kFailed);  // TIMEOUT
    CHECK(trace.report.card_hours == doctest::Approx(8 + 40 / 3600.0 + 16 + 2));
  }
}

TEST_CASE("helios: rows that contradict themselves are refused with their line") {
  const std::string header = "job_id,vc,gpu_num,state,submit_time,start_time,end_time,duration\n";
  const auto row = [&](const std::string& text) { return refusal("helios", header + "1,a,1,COMPLETED,2020-06-01 12:00:00,2020-06-01 12:00:00,2020-06-01 12:01:00,60\n" + text + "\n"); };
  CHECK(row("2,a,1,COMPLETED,,2020-06-01 12:00:00,2020-06-01 12:01:00,60") == "line 3: submit_time is empty");
  CHECK(row("2,a,1,COMPLETED,2020-06-01 12:00:00,2020-06-01 12:02:00,2020-06-01 12:01:00,60") == "line 3: job 2 ended before it started");
  CHECK(row("2,a,1,COMPLETED,2020-06-01 12:00:00,2020-06-01 11:00:00,2020-06-01 12:01:00,60") == "line 3: job 2 started before it was submitted");
  CHECK(row("2,a,1,COMPLETED,2020-06-01 12:00:00,2020-06-01 12:00:00,2020-06-01 12:01:00,90") == "line 3: job 2: duration 90 s, but from start to end it is 60 s");
  CHECK(row("2,a,-4,COMPLETED,2020-06-01 12:00:00,2020-06-01 12:00:00,2020-06-01 12:01:00,60") == "line 3: gpu_num -4 is negative");
  CHECK(row("2,a,1,DONE,2020-06-01 12:00:00,2020-06-01 12:00:00,2020-06-01 12:01:00,60") == "line 3: unknown state `DONE`");
  CHECK(row("1,a,1,COMPLETED,2020-06-01 12:00:00,2020-06-01 12:00:00,2020-06-01 12:01:00,60") == "line 3: job_id 1 stands twice");
  CHECK(refusal("helios", "job_id,vc,gpus\n") == "line 1: unknown column `gpus`");
}

TEST_CASE("acme: types become classes, users tenants, and both clusters' clocks that of Shanghai") {
  const TraceJobs seren = read_trace_file("acme", kTraces / "seren.csv");
  check_books(seren.report);
  CHECK(seren.report.rows == 5);
  CHECK(counted(seren.report.dropped, "no GPU") == 1);
  CHECK(seren.report.noted.empty());
  REQUIRE(seren.jobs.size() == 4);
  CHECK(to_string(*seren.first_day) == "2023-03-02");
  CHECK(seren.jobs[0].submit_s == 10 * 3600);
  CHECK(seren.jobs[0].job_class == "evaluation");
  CHECK(seren.jobs[1].job_class == "fine_tune");
  CHECK(seren.jobs[1].duration_s == 3600);
  CHECK(seren.jobs[2].job_class == "pretrain");
  CHECK(seren.jobs[2].cards == 256);
  CHECK(seren.jobs[3].job_class == "");
  CHECK(seren.jobs[3].outcome == Outcome::kFailed);
  CHECK(seren.report.card_hours == doctest::Approx((28800 + 120 + 9216000 + 4800) / 3600.0));

  const TraceJobs kalos = read_trace_file("acme", kTraces / "kalos.csv");
  check_books(kalos.report);
  REQUIRE(kalos.jobs.size() == 2);
  CHECK(to_string(*kalos.first_day) == "2023-05-18");
  CHECK(kalos.jobs[0].submit_s == 4 * 3600);  // 20:00 UTC
  CHECK(kalos.jobs[0].duration_s == 60);      // 90 from the submission
  CHECK(counted(kalos.report.noted, "duration counts from the submission") == 1);
}

TEST_CASE("acme: a duration that fits neither start nor submission, and card-time that is no product, are refused") {
  const std::string header = "job_id,user,gpu_num,type,state,submit_time,start_time,end_time,duration,gpu_time\n";
  const std::string times = "2023-03-02 10:00:00+08:00,2023-03-02 10:01:00+08:00,2023-03-02 10:02:00+08:00";
  CHECK(refusal("acme", header + "1,u,8,SFT,COMPLETED," + times + ",90,720\n") == "line 2: job 1: duration 90 s, but from start to end it is 60 s");
  CHECK(refusal("acme", header + "1,u,8,SFT,COMPLETED," + times + ",60,60\n") == "line 2: gpu_time 60 is not duration x gpu_num = 480");
  CHECK(refusal("acme", header + "1,u,8,SFT,COMPLETED,2023-03-02 10:00:00+8,2023-03-02 10:01:00,2023-03-02 10:02:00,60,480\n") == "line 2: `2023-03-02 10:00:00+8` is no time");
}

TEST_CASE("pai: a task is a job, shares are of one card, several instances of a share become whole cards") {
  const TraceJobs bare = read_trace_file("pai", kTraces / "pai_tasks.csv");  // as published: no header
  check_books(bare.report);
  CHECK(bare.report.rows == 8);
  CHECK(counted(bare.report.dropped, "no GPU") == 1);
  CHECK(counted(bare.report.dropped, "waiting or running") == 2);
  CHECK(counted(bare.report.dropped, "run time 0") == 1);
  CHECK(counted(bare.report.dropped, "no whole number") == 1);
  CHECK(counted(bare.report.noted, "several instances") == 1);
  REQUIRE(bare.jobs.size() == 3);
  CHECK(bare.jobs[0].id == "job_b/tensorflow");
  CHECK(bare.jobs[0].share_milli == 250);
  CHECK(bare.jobs[0].submit_s == 4000 + 8 * 3600);
  CHECK(bare.jobs[1].cards == 2);  // 4 x 50 %
  CHECK(bare.jobs[1].submit_s == 90000 + 8 * 3600);
  CHECK(bare.jobs[2].cards == 16);  // 2 x 800 %
  CHECK(bare.tenants.size() == 1);

  const TraceJobs joined = read_trace_file("pai", kTraces / "pai_joined.csv");
  check_books(joined.report);
  REQUIRE(joined.jobs.size() == 2);
  CHECK(joined.tenants == std::vector<std::string>{"anna", "bert"});
  CHECK(joined.jobs[1].submit_s == 89000 + 8 * 3600);
  CHECK(joined.jobs[1].duration_s == 3600);
  CHECK(joined.jobs[1].cards == 2);  // 3 x 50 % rounded up
}

TEST_CASE("pai: what contradicts itself is refused with its line") {
  const std::string before = "job_z,worker,1.0,Terminated,10.0,20.0,600.0,29.3,100.0,T4\n";
  CHECK(refusal("pai", before + "job_a,worker,1.0,Terminated,90.0,20.0,600.0,29.3,100.0,T4\n") == "line 2: job job_a/worker ended before it started");
  CHECK(refusal("pai", before + "job_a,worker,1.0,Terminated,10.0,20.0,600.0,29.3,-100.0,T4\n") == "line 2: plan_gpu -100 is negative");
  CHECK(refusal("pai", before + "job_a,worker,0.0,Terminated,10.0,20.0,600.0,29.3,100.0,T4\n") == "line 2: inst_num 0 is below 1");
  CHECK(refusal("pai", before + "job_a,worker,900000.0,Terminated,10.0,20.0,600.0,29.3,800.0,T4\n") == "line 2: job job_a/worker asks for 7200000 cards");
  CHECK(refusal("pai", before + "job_a,worker,1.0,Killed,10.0,20.0,600.0,29.3,100.0,T4\n") == "line 2: unknown status `Killed`");
  CHECK(refusal("pai", "job_name,task_name,colour\n") == "line 1: unknown column `colour`");
  CHECK(refusal("pai", "1,2,3\n") == "line 1: unknown column `1`");
}

TEST_CASE("openb: shares of one card, card types to choose from, pods that were never placed counted") {
  const TraceJobs trace = read_trace_file("openb", kTraces / "openb.csv");
  check_books(trace.report);
  CHECK(trace.report.rows == 6);
  CHECK(trace.report.sorted_rows == 1);
  CHECK(counted(trace.report.dropped, "no GPU") == 1);
  CHECK(counted(trace.report.dropped, "never started") == 1);
  REQUIRE(trace.jobs.size() == 4);
  CHECK(trace.jobs[0].duration_s == 35900);
  CHECK(trace.jobs[0].outcome == Outcome::kCancelled);
  CHECK(trace.jobs[1].share_milli == 250);
  CHECK(trace.jobs[2].share_milli == 460);
  CHECK(trace.jobs[2].card_type == "V100M16|V100M32");
  CHECK(trace.tenants[trace.jobs[2].tenant] == "BE");
  CHECK(trace.jobs[3].cards == 8);
  CHECK(trace.jobs[3].card_type == "G2");
  CHECK_FALSE(trace.first_day);
  CHECK(trace.report.card_hours == doctest::Approx((35900 + 0.25 * 400 + 0.46 * 100 + 8 * 3600) / 3600));
}

TEST_CASE("openb: a share of more than one card and pods out of time are refused with their line") {
  const std::string header = "name,num_gpu,gpu_milli,pod_phase,creation_time,deletion_time,scheduled_time\n";
  CHECK(refusal("openb", header + "p,1,1500,Running,0,10,0\n") == "line 2: gpu_milli 1500 is no share of one card");
  CHECK(refusal("openb", header + "p,2,500,Running,0,10,0\n") == "line 2: gpu_milli 500 with num_gpu 2: a share is of one card");
  CHECK(refusal("openb", header + "p,-1,500,Running,0,10,0\n") == "line 2: num_gpu -1 is negative");
  CHECK(refusal("openb", header + "p,1,500,Running,,10,0\n") == "line 2: creation_time is empty");
  CHECK(refusal("openb", header + "p,1,500,Running,0,10,20\n") == "line 2: pod p was deleted before it was scheduled");
  CHECK(refusal("openb", header + "p,1,500,Running,5,10,2\n") == "line 2: pod p was scheduled before it was created");
  CHECK(refusal("openb", header + "p,1,500,Pending,0,10,2\n") == "line 2: a pod that was placed is in the phase `Pending`");
}

TEST_CASE("openb: a pod created before second 0 is dropped and counted") {
  const dure::test::TraceFile file("name,num_gpu,gpu_milli,pod_phase,creation_time,deletion_time,scheduled_time\np,1,1000,Running,-60,10,0\nq,1,1000,Running,0,10,0\n");
  const TraceJobs trace = read_trace_file("openb", file.path);
  check_books(trace.report);
  CHECK(trace.report.kept == 1);
  CHECK(counted(trace.report.dropped, "submitted before second 0") == 1);
}

TEST_CASE("gzip: what is cut short, is no gzip, or is an archive is refused in every format") {
  for (const std::string_view format : trace_formats()) {
    INFO(format);
    CHECK(refusal([&] { read_trace_file(format, kTraces / "cut.csv.gz"); }).ends_with("the gzip data is broken or cut short"));
    CHECK(refusal(format, "job_id\n1\n", "dure-trace-test.csv.gz") == "line 0: the name ends in .gz but the file holds no gzip data");
    CHECK(refusal(format, "x", "dure-trace-test.tar.gz") == "line 0: this is an archive of files, not a file");
    if (format != "swf") CHECK(refusal(format, "").ends_with("the file is empty"));  // an SWF log may be
  }
}

TEST_CASE("openb, the whole log: 8,152 pods, 27 of them in its first 115 days, 6,203 placed on GPUs") {
  const auto log_file = dure::test::third_party("openb/openb_pod_list_default.csv.gz");
  if (!log_file) return;
  const TraceJobs trace = read_trace_file("openb", *log_file);
  check_books(trace.report);
  CHECK(trace.report.rows == 8152);
  CHECK(trace.report.kept == 6203);
  CHECK(counted(trace.report.dropped, "no GPU") == 1088);
  CHECK(counted(trace.report.dropped, "never started") == 861);
  CHECK(trace.report.sorted_rows == 0);
  CHECK(trace.report.card_hours == doctest::Approx(51470.67).epsilon(1e-7));
  CHECK(std::count_if(trace.jobs.begin(), trace.jobs.end(), [](const TraceJob& job) { return job.share_milli > 0; }) == 2573);
  const auto early = [](const TraceJob& job) { return job.submit_s < 115 * 86400; };
  CHECK(std::count_if(trace.jobs.begin(), trace.jobs.end(), early) == 25);  // and two CPU pods

  constexpr std::string_view kColumns[] = {"name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time", "scheduled_time"};
  TraceCsv csv(*log_file, kColumns, {});
  int pods = 0;
  while (csv.next()) pods += csv.number("creation_time") < 115 * 86400;
  CHECK(pods == 27);
}
