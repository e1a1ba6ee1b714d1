// Logs in a run: quotas of tenants, card types to choose from, requests cut to days.
#include "sim/workload/trace_source.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/scenario.h"
#include "tests/workload/trace_support.h"

using namespace dure::sim;
using dure::test::kTraces;
namespace proto = ::dure;

namespace {

const Calendar kRun(std::chrono::year{2026} / 1 / 1);
const auto kRoomy = [](JobClassId, CardTypeId) { return 1000; };

proto::Trace config_of(const char* format, const char* file) {
  proto::Trace config;
  config.set_file(file);
  config.set_format(format);
  return config;
}

std::vector<QuotaStep> quota_of(const Population& population, const std::string& tenant) {
  const auto at = std::find_if(population.tenants.begin(), population.tenants.end(), [&](const Tenant& each) { return each.name == tenant; });
  REQUIRE(at != population.tenants.end());
  return at->quota;
}

Job second_job(std::vector<std::string> cards, const std::function<int(JobClassId, CardTypeId)>& largest) {
  Population population;
  population.job_classes.push_back({.name = "training"});
  const proto::Trace config = config_of("own", "two.csv");
  const dure::test::TraceFile file("job_id,submit_s,duration_s,cards,card_type\na,0,10,1,\nb,1,10,16,V100M16|V100M32\n");
  TraceSource source(config, read_trace_file("own", file.path), cards, largest, {}, population);
  Job job;
  source.next(job);
  source.next(job);
  return job;
}

}  // namespace

TEST_CASE("trace: tenants of a log carry the quotas that the scenario gives them") {
  const Loaded loaded = load_scenario((kTraces / "quotas.txtpb").string());  // a table: vc1 64, vc9 8
  const proto::Trace& config = loaded.scenario.workload().trace();
  Population population;
  population.job_classes.push_back({.name = "training"});
  TraceSource source(config, read_trace(config, kTraces, kRun), {}, kRoomy, {}, population);
  CHECK(population.tenants.size() == 4);
  REQUIRE(quota_of(population, "vc1").size() == 1);
  CHECK(quota_of(population, "vc1")[0].cards == 64);
  CHECK(quota_of(population, "vc1")[0].from_s < -1e300);  // from the beginning
  CHECK(quota_of(population, "vc2").empty());
  CHECK(quota_of(population, "vc9").at(0).cards == 8);  // the log does not have it
  CHECK(dure::test::counted(source.report().noted, "tenants with a quota that the log does not have: vc9") == 1);
  Job job;
  int jobs = 0;
  while (source.next(job)) {
    CHECK(index(job.tenant) < 3);
    ++jobs;
  }
  CHECK(jobs == 4);
}

TEST_CASE("trace: quotas of a log change by its days, counted on the clock of the run") {
  proto::Trace config = config_of("philly", "philly.csv");
  config.set_submitted_from("2017-10-02");
  const auto add = [&](const char* from, int cards) {
    proto::TenantQuota* quota = config.add_tenant_quota();
    quota->set_tenant("lab");
    quota->set_cards(cards);
    if (*from != 0) quota->set_from(from);
  };
  add("2017-10-04", 16);
  add("2017-10-01", 24);
  add("", 8);
  const auto source = [&] {
    Population population;
    population.job_classes.push_back({.name = "training"});
    const TraceSource made(config, read_trace(config, kTraces, kRun), {}, kRoomy, {}, population);
    return quota_of(population, "lab");
  };
  const auto quota = source();
  REQUIRE(quota.size() == 3);
  CHECK(quota[0].cards == 8);
  CHECK(quota[1].cards == 24);
  CHECK(quota[1].from_s == -86400);
  CHECK(quota[2].cards == 16);
  CHECK(quota[2].from_s == 2 * 86400);
  add("2017-10-04", 17);
  CHECK(dure::test::refusal([&] { source(); }) == "tenant \"lab\" has two quotas from 2017-10-04");

  proto::Trace dateless = config_of("mooncake", "mooncake.csv");
  dateless.add_tenant_quota()->set_from("2024-01-01");
  CHECK(dure::test::refusal([&] { read_trace(dateless, kTraces, kRun); }) == "the log has no dates, so days of it cannot be told apart");
}

TEST_CASE("trace: jobs submitted after the end of the run are dropped and counted, and a log that begins after it is refused") {
  const dure::test::TraceFile file("job_id,submit_s,duration_s,cards\na,10,5,1\nb,86399,5,1\nc,86400,5,1\nd,300000,5,1\n");
  const proto::Trace config = config_of("own", file.path.c_str());
  const TraceJobs day = read_trace(config, "", kRun, 86400);
  CHECK(day.jobs.size() == 2);
  CHECK(day.report.kept == 2);
  CHECK(dure::test::counted(day.report.dropped, "submitted after the end of the run") == 2);
  dure::test::check_books(day.report);
  CHECK(dure::test::refusal([&] { read_trace(config, "", kRun, 10); }) == "the first job of the log comes 10 s after the start of the run, which lasts 10 s");
}

TEST_CASE("trace: of several card types a job takes any if there is no other, else one of those that are large enough") {
  CHECK_FALSE(second_job({"V100M32", "V100M16"}, kRoomy).names_cards());
  const Job either = second_job({"T4", "V100M32", "V100M16"}, kRoomy);
  CHECK(either.names_cards());
  CHECK_FALSE(either.may_run_on(CardTypeId{0}));
  CHECK(either.may_run_on(CardTypeId{1}));
  CHECK(either.may_run_on(CardTypeId{2}));
  CHECK(second_job({"T4", "V100M32", "V100M16"}, [](JobClassId, CardTypeId card) { return index(card) == 2 ? 8 : 1000; }).card_type == CardTypeId{1});
  CHECK(second_job({"T4", "V100M32"}, kRoomy).card_type == CardTypeId{1});
  CHECK(dure::test::refusal([] { second_job({"T4"}, kRoomy); }) == "job b asks for card type \"V100M16|V100M32\", which the scenario does not have");
}

TEST_CASE("trace: requests left out by a window of days are counted as requests") {
  proto::Trace config = config_of("mooncake", "mooncake.csv");
  config.set_log_first_day("2024-01-01");
  CHECK(read_trace(config, kTraces, kRun).report.kept == 3);
  config.set_request_interval_s(86400);
  const TraceJobs day = read_trace(config, kTraces, kRun);
  CHECK(day.report.jobs == 1);
  CHECK(day.report.kept == 3);
  config.set_submitted_from("2024-01-02");
  CHECK(dure::test::refusal([&] { read_trace(config, kTraces, kRun); }) == "no job of the log is left to replay");
}
