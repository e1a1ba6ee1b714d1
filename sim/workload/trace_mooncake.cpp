// Requests to the chat service Kimi (Qin et al., FAST 2025), as published (one JSON object a line) or as a table
// timestamp,input_length,output_length,hash_ids_count. Times are milliseconds from the start of the log.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/workload/trace_requests.h"

namespace dure::sim {
namespace {

constexpr std::string_view kRequired[] = {"timestamp", "input_length", "output_length"};
constexpr std::string_view kOptional[] = {"hash_ids_count"};
constexpr double kSecondsPerMs = 1e-3;

double from_start_s(double timestamp_ms, const TraceLines& at) {
  if (timestamp_ms < 0)
    at.refuse({fmt::format("timestamp {} is negative", timestamp_ms), fmt::format("timestamp {}이(가) 음수입니다", timestamp_ms)}, kCorrectTheRow);
  return timestamp_ms * kSecondsPerMs;
}

void read_table(const std::filesystem::path& file, TraceBook& book, RequestDemand& demand) {
  TraceCsv csv(file, kRequired, kOptional);
  while (csv.next()) {
    book.count_row();
    demand.add(from_start_s(csv.number("timestamp"), csv.lines()), csv.count("input_length"), csv.count("output_length"), csv.lines());
  }
}

void read_json_lines(TraceLines& lines, std::string line, TraceBook& book, RequestDemand& demand) {
  do {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    book.count_row();
    const auto request = nlohmann::json::parse(line, nullptr, false);
    const auto number = [&](const char* name) {
      if (!request.is_object() || !request.contains(name) || !request[name].is_number() || request[name].get<double>() < 0)
        lines.refuse({fmt::format("no JSON object with a number of 0 or more for {}", name), fmt::format("{}에 0 이상의 수가 있는 JSON 객체가 아닙니다", name)}, kCorrectTheRow);
      return request[name].get<double>();
    };
    const double time_s = from_start_s(number("timestamp"), lines), prompt_tokens = number("input_length"), output_tokens = number("output_length");
    demand.add(time_s, prompt_tokens, output_tokens, lines);
  } while (lines.next(line));
}

}  // namespace

TraceJobs read_mooncake(const std::filesystem::path& file, const RequestRate& rate) {
  TraceLines lines(file);
  TraceBook book("mooncake", lines.name());
  RequestDemand demand(book, rate);
  book.assume({"second 0 is the start of the log; times are rounded to 3 s by the publisher", "0초는 기록의 시작이며, 시각은 발행자가 3초 단위로 묶은 값입니다"});
  std::string first;
  if (lines.next(first) && first.starts_with('{')) read_json_lines(lines, std::move(first), book, demand);
  else read_table(file, book, demand);
  return demand.finish(service_name(file));
}

}  // namespace dure::sim
