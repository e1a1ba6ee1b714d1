// Requests to two language services of Azure, 2023 (Patel et al., ISCA 2024): TIMESTAMP,ContextTokens,GeneratedTokens.
#include "sim/workload/trace_requests.h"
#include "sim/workload/trace_time.h"

namespace dure::sim {
namespace {
constexpr std::string_view kColumns[] = {"TIMESTAMP", "ContextTokens", "GeneratedTokens"};
}

TraceJobs read_azure(const std::filesystem::path& file, const RequestRate& rate) {
  TraceCsv csv(file, kColumns, {});
  TraceBook book("azure", csv.lines().name());
  RequestDemand demand(book, rate);
  book.assume({"times are local civil time, on the clock of the first row", "시각은 첫 행의 시간대에 맞춘 현지 시각으로 봅니다"});
  LogClock clock;
  while (csv.next()) {
    book.count_row();
    const double time_s = clock.civil_s(parse_time(csv, "TIMESTAMP"), csv.lines());
    demand.add(time_s, csv.count("ContextTokens"), csv.count("GeneratedTokens"), csv.lines());
  }
  TraceJobs trace = demand.finish(service_name(file));
  count_from_first_midnight(trace);
  return trace;
}

}  // namespace dure::sim
