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
  book.assume({"times are taken as local civil time, as they stand", "시각은 적힌 그대로 현지 시각으로 봅니다"});
  while (csv.next()) {
    book.count_row();
    const double time_s = parse_time(csv, "TIMESTAMP").civil_s;
    demand.add(time_s, csv.count("ContextTokens"), csv.count("GeneratedTokens"), csv.lines());
  }
  TraceJobs trace = demand.finish(service_name(file));
  count_from_first_midnight(trace);
  return trace;
}

}  // namespace dure::sim
