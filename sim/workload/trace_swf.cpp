// Standard Workload Format, version 2.2 (Chapin, Feitelson et al. 1999; Parallel Workloads Archive): 18 numbers a row,
// -1 for unknown, comments and header after a semicolon. The header is not believed: cuts keep that of the full log.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sim/units.h"
#include "sim/workload/trace_reader.h"

namespace dure::sim {
namespace {

enum Field {
  kNumber,
  kSubmit,
  kWait,
  kRun,
  kProcessors,
  kCpu,
  kMemory,
  kAskedProcessors,
  kAskedTime,
  kAskedMemory,
  kStatus,
  kUser,
  kFields = 18
};

const Text kPart{"part of a job that has a line of its own (status 2, 3, 4)", "별도 행이 있는 작업의 일부(상태 2, 3, 4)"};
const Text kTwice{"job number seen before", "이미 나온 작업 번호"};
const Text kNoSubmit{"no submit time (-1)", "제출 시각 없음(-1)"};
const Text kNoRun{"no run time (-1)", "실행 시간 없음(-1)"};
const Text kNoProcessors{"no processors (0 or -1), neither used nor requested", "프로세서 수 없음(0 또는 -1)"};

std::array<double, kFields> fields_of(std::string_view line, const TraceLines& at) {
  std::array<double, kFields> fields{};
  std::size_t n = 0;
  for (std::size_t from = line.find_first_not_of(" \t"); from != std::string_view::npos; from = line.find_first_not_of(" \t", from)) {
    const std::size_t to = std::min(line.find_first_of(" \t", from), line.size());
    const std::string_view token = line.substr(from, to - from);
    const auto value = parse_number(token);
    if (!value)
      at.refuse(
          {fmt::format("field {} is `{}`, no number", n + 1, token), fmt::format("{}번째 필드 `{}`은(는) 수가 아닙니다", n + 1, token)},
          {"SWF rows are 18 numbers, -1 for unknown", "SWF 행은 수 18개이며 모르는 값은 -1입니다"});
    if (n < kFields) fields[n] = *value;
    ++n;
    from = to;
  }
  if (n != kFields)
    at.refuse({fmt::format("the row has {} fields; SWF has 18", n), fmt::format("필드가 {}개입니다. SWF는 18개입니다", n)},
              {"complete the row with -1 for unknown, or take it out", "모르는 값을 -1로 채우거나 행을 지우십시오"});
  return fields;
}

}  // namespace

TraceJobs read_swf(const std::filesystem::path& file) {
  TraceLines lines(file);
  TraceBook book("swf", lines.name());
  book.assume({"rows are believed, the header is not, but for UnixStartTime and TimeZone, which date second 0",
               "머리글은 믿지 않고 행을 따르되, 0초의 날짜만 UnixStartTime과 TimeZone에서 얻습니다"});
  book.assume({"a processor is a card: those used, or those requested where that is unknown",
               "프로세서 하나를 카드 한 장으로 보며, 사용 수를 모르면 요청 수를 씁니다"});
  book.assume({"status 0 is failed, 5 cancelled, 1 and unknown completed", "상태 0은 실패, 5는 취소, 1과 미상은 완료로 봅니다"});
  book.assume({"the owner's estimate is the requested time, where known, or the run time if that is longer",
               "사용자 예상 시간은 요청 시간이며, 실행 시간이 더 길면 실행 시간을 씁니다"});
  std::optional<double> start_s, zone_s;
  for (std::string line; lines.next(line);) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    if (line[first] == ';') {
      const auto value_of = [&](std::string_view key) -> std::optional<double> {
        const std::size_t at = line.find(key);
        return at == std::string::npos ? std::nullopt : parse_number(std::string_view(line).substr(at + key.size()));
      };
      if (const auto value = value_of("UnixStartTime:")) start_s = value;
      if (const auto value = value_of("TimeZone:")) zone_s = value;
      continue;
    }
    const auto field = fields_of(line, lines);
    book.count_row();
    TraceJob job;
    job.id = fmt::format("{}", field[kNumber]);
    const double processors = field[kProcessors] > 0 ? field[kProcessors] : field[kAskedProcessors];
    if (field[kStatus] >= 2 && field[kStatus] <= 4) {
      book.drop(kPart);
      continue;
    }
    if (!book.is_new_id(job.id)) {
      book.drop(kTwice);
      continue;
    }
    if (field[kSubmit] == -1) {
      book.drop(kNoSubmit);
      continue;
    }
    if (field[kSubmit] < 0) {
      book.drop(drop_reason::kNegativeSubmit);
      continue;
    }
    if (field[kRun] == -1) {
      book.drop(kNoRun);
      continue;
    }
    if (field[kRun] == 0) {
      book.drop(drop_reason::kZeroRun);
      continue;
    }
    if (processors == 0 || processors == -1) {
      book.drop(kNoProcessors);
      continue;
    }
    if (processors != std::floor(processors) || std::abs(processors) > 1e9)
      lines.refuse(
          {fmt::format("`{}` is no number of processors", processors), fmt::format("`{}`은(는) 프로세서 수가 아닙니다", processors)},
          kCorrectTheRow);
    job.tenant = book.tenant(field[kUser] >= 0 ? fmt::format("user-{}", field[kUser]) : "unknown");
    job.submit_s = field[kSubmit];
    job.duration_s = field[kRun];
    job.cards = int(processors);
    if (field[kAskedTime] > 0) job.estimate_s = std::max(field[kAskedTime], field[kRun]);
    job.outcome = field[kStatus] == 0 ? Outcome::kFailed : field[kStatus] == 5 ? Outcome::kCancelled : Outcome::kCompleted;
    book.keep(std::move(job), lines);
  }
  TraceJobs trace = book.finish();
  if (start_s && *start_s > 0 && *start_s < 1e10 && std::abs(zone_s.value_or(0)) <= kDay_s) {  // else the log has no date
    const Calendar unix_time(std::chrono::year{1970} / 1 / 1);
    const double local_s = *start_s + zone_s.value_or(0);
    trace.first_day = unix_time.date(local_s);
    const double into_day_s = local_s - unix_time.at_s(*trace.first_day);
    for (TraceJob& job : trace.jobs) job.submit_s += into_day_s;
  }
  return trace;
}

}  // namespace dure::sim
