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

std::optional<int> quota_of(const Population& population, const std::string& tenant) {
  const auto at = std::find_if(population.tenants.begin(), population.tenants.end(), [&](const Tenant& each) { return each.name == tenant; });
  REQUIRE(at != population.tenants.end());
  return at->quota_cards;
}

CardTypeId second_asks_for(std::vector<std::string> cards, const std::function<int(JobClassId, CardTypeId)>& largest) {
  Population population;
  population.job_classes.push_back({.name = "training"});
  const proto::Trace config = config_of("own", "two.csv");
  const dure::test::TraceFile file("job_id,submit_s,duration_s,cards,card_type\na,0,10,1,\nb,1,10,16,V100M16|V100M32\n");
  TraceSource source(config, read_trace_file("own", file.path), cards, largest, {}, population);
  Job job;
  source.next(job);
  source.next(job);
  return job.card_type;
}

}  // namespace

TEST_CASE("trace: tenants of a log carry the quotas that the scenario gives them") {
  const Loaded loaded = load_scenario((kTraces / "quotas.txtpb").string());  // a table: vc1 64, vc9 8
  const proto::Trace& config = loaded.scenario.workload().trace();
  Population population;
  population.job_classes.push_back({.name = "training"});
  TraceSource source(config, read_trace(config, kTraces, kRun), {}, kRoomy, {}, population);
  CHECK(population.tenants.size() == 4);
  CHECK(quota_of(population, "vc1") == 64);
  CHECK(quota_of(population, "vc2") == std::nullopt);
  CHECK(quota_of(population, "vc9") == 8);  // submits nothing, but cards are kept for it
  Job job;
  int jobs = 0;
  while (source.next(job)) {
    CHECK(index(job.tenant) < 3);
    ++jobs;
  }
  CHECK(jobs == 4);
}

TEST_CASE("trace: of several card types a job takes any if there is no other, else the first that is large enough") {
  CHECK(second_asks_for({"V100M32", "V100M16"}, kRoomy) == kAnyCardType);
  CHECK(second_asks_for({"T4", "V100M32", "V100M16"}, kRoomy) == CardTypeId{2});
  CHECK(second_asks_for({"T4", "V100M32", "V100M16"}, [](JobClassId, CardTypeId card) { return index(card) == 2 ? 8 : 1000; }) == CardTypeId{1});
  CHECK(second_asks_for({"T4", "V100M32"}, kRoomy) == CardTypeId{1});
  CHECK(dure::test::refusal([] { second_asks_for({"T4"}, kRoomy); }) == "job b asks for card type \"V100M16|V100M32\", which the scenario does not have");
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
