// Logs of requests: what interval of serving they ask for.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "sim/workload/trace_source.h"
#include "tests/support/third_party.h"
#include "tests/workload/trace_support.h"

using namespace dure::sim;
using dure::test::check_books, dure::test::counted, dure::test::kTraces, dure::test::refusal;

namespace {

const RequestRate kRate{60, 3500, 1000};

double sum(const TraceJobs& trace, double TraceJob::*figure) {
  return std::accumulate(trace.jobs.begin(), trace.jobs.end(), 0.0, [&](double so_far, const TraceJob& job) { return so_far + job.*figure; });
}

}  // namespace

TEST_CASE("azure: the requests of a minute are one serving job with the cards their tokens need") {
  const TraceJobs trace = read_trace_file("azure", kTraces / "azure.csv", kRate);
  check_books(trace.report);
  CHECK(trace.report.rows == 5);
  CHECK(trace.report.kept == 4);
  CHECK(trace.report.jobs == 2);
  CHECK(trace.report.sorted_rows == 1);
  CHECK(counted(trace.report.dropped, "without tokens") == 1);
  REQUIRE(trace.jobs.size() == 2);
  CHECK(to_string(*trace.first_day) == "2023-11-16");
  CHECK(trace.tenants == std::vector<std::string>{"azure"});
  const TraceJob& first = trace.jobs[0];
  CHECK(first.submit_s == 18 * 3600 + 17 * 60);
  CHECK(first.duration_s == 60);
  CHECK(first.rows == 3);
  CHECK(first.prompt_tokens == 10500);
  CHECK(first.output_tokens == 3000);
  CHECK(first.share_milli == 100);  // (10500 / 3500 + 3000 / 1000) / 60
  const TraceJob& second = trace.jobs[1];
  CHECK(second.submit_s == 18 * 3600 + 19 * 60);
  CHECK(second.cards == 3);  // (350000 / 3500 + 60000 / 1000) / 60 = 2.67
  CHECK(second.share_milli == 0);
  CHECK(trace.report.card_hours == doctest::Approx((0.1 + 3) / 60));

  std::ostringstream demand;
  write_demand_csv(demand, trace);
  CHECK(demand.str() == "start_s,requests,prompt_tokens,output_tokens,cards\n65820,3,10500,3000,0.1\n65940,1,350000,60000,3\n");
}

TEST_CASE("requests: a slower card or a shorter interval asks for more cards, and a whole number of cards is not rounded up") {
  CHECK(read_trace_file("azure", kTraces / "azure.csv", {60, 350, 100}).jobs[0].cards == 1);  // ten times 0.1
  const TraceJobs quick = read_trace_file("azure", kTraces / "azure.csv", {1, 3500, 1000});
  CHECK(quick.jobs.size() == 4);
  CHECK(quick.jobs[3].cards == 160);
}

TEST_CASE("mooncake: the published lines and their table are the same") {
  const TraceJobs table = read_trace_file("mooncake", kTraces / "mooncake.csv", kRate);
  const TraceJobs lines = read_trace_file("mooncake", kTraces / "mooncake.jsonl", kRate);
  for (const TraceJobs* trace : {&table, &lines}) {
    check_books(trace->report);
    CHECK(trace->report.rows == 3);
    CHECK_FALSE(trace->first_day);
    REQUIRE(trace->jobs.size() == 2);
    CHECK(trace->jobs[0].share_milli == 50);  // (7000 / 3500 + 1) / 60
    CHECK(trace->jobs[1].submit_s == 60);
    CHECK(trace->jobs[1].share_milli == 100);
  }
}

TEST_CASE("requests: what makes no sense is refused with its line") {
  CHECK(refusal("azure", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,-1,5\n") == "line 2: ContextTokens -1 is negative");
  CHECK(refusal("azure", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,1,5\n2023-11-16 18:17:03Z,1,5\n") == "line 3: the time has a zone, but those before it have none");
  CHECK(refusal("azure", "TIMESTAMP,ContextTokens,GeneratedTokens\n,1,5\n") == "line 2: TIMESTAMP is empty");
  CHECK(refusal("azure", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.,1,5\n") == "line 2: `2023-11-16 18:17:03.` is no time");
  CHECK(refusal("azure", "TIMESTAMP,ContextTokens,Model\n") == "line 1: unknown column `Model`");
  CHECK(refusal("mooncake", "timestamp,input_length,output_length\n-3,1,1\n") == "line 2: timestamp -3 is negative");
  CHECK(refusal("mooncake", "timestamp,input_length,output_length\n,1,1\n") == "line 2: timestamp is empty");
  CHECK(refusal("mooncake", "{\"timestamp\": 0, \"input_length\": 4, \"output_length\": 1}\n{\"timestamp\": 0}\n") == "line 2: no JSON object with a number of 0 or more for input_length");
  CHECK(refusal("mooncake", "{\"timestamp\": 0, \"input\n") == "line 1: no JSON object with a number of 0 or more for timestamp");
}

TEST_CASE("requests: a rate that would take more than a million cards is refused") {
  CHECK(refusal([] { read_trace_file("azure", kTraces / "azure.csv", {1, 0.001, 0.001}); }) == "line 2: the requests of one interval, from this line on, need 4500000 cards");
}

TEST_CASE("azure, the whole logs: 8,819 and 19,366 requests; their tokens and their card-time are kept") {
  const auto folder = dure::test::third_party("azure-llm-2023");
  if (!folder) return;
  const TraceJobs code = read_trace_file("azure", *folder / "AzureLLMInferenceTrace_code.csv.gz", kRate);
  check_books(code.report);
  CHECK(code.report.rows == 8819);
  CHECK(code.report.kept == 8819);
  CHECK(code.report.jobs == 45);  // minutes with a request
  CHECK(sum(code, &TraceJob::prompt_tokens) == 18059974);
  CHECK(sum(code, &TraceJob::output_tokens) == 245896);
  CHECK(code.tenants == std::vector<std::string>{"AzureLLMInferenceTrace_code"});
  const TraceJobs conversation = read_trace_file("azure", *folder / "AzureLLMInferenceTrace_conv.csv.gz", kRate);
  check_books(conversation.report);
  CHECK(conversation.report.rows == 19366);
  CHECK(conversation.report.kept == 19366);
  CHECK(conversation.report.jobs == 60);
  CHECK(sum(conversation, &TraceJob::prompt_tokens) == 22361870);
  CHECK(sum(conversation, &TraceJob::output_tokens) == 4088665);
  const double work_h = (22361870 / 3500.0 + 4088665 / 1000.0) / 3600;
  CHECK(conversation.report.card_hours >= work_h);
  CHECK(conversation.report.card_hours <= work_h + 1);  // less than a card in each of 60 minutes
}

TEST_CASE("mooncake, the whole log: 12,031 requests in 59 minutes") {
  const auto log_file = dure::test::third_party("mooncake/conversation_trace.csv.gz");
  if (!log_file) return;
  const TraceJobs trace = read_trace_file("mooncake", *log_file, kRate);
  check_books(trace.report);
  CHECK(trace.report.rows == 12031);
  CHECK(trace.report.kept == 12031);
  CHECK(trace.report.jobs == 59);
  CHECK(sum(trace, &TraceJob::prompt_tokens) == 144793823);
  CHECK(sum(trace, &TraceJob::output_tokens) == 4122048);
}
