#include "sim/workload/trace_accounting.h"

#include <fmt/format.h>

#include <cmath>

namespace dure::sim {
namespace {

constexpr double kRounding_s = 1;
const Text kCountsFromSubmission{"duration counts from the submission; the run time is taken from start to end",
                                 "duration이 제출 시각부터 센 값이라 시작부터 종료까지를 실행 시간으로 씀"};

/// None for a job that was waiting or running when the log was taken.
std::optional<Outcome> outcome_of_state(const std::string& state, const TraceLines& at) {
  if (state == "COMPLETED") return Outcome::kCompleted;
  if (state.starts_with("CANCELLED")) return Outcome::kCancelled;  // Slurm adds by whom
  for (const std::string_view failed : {"FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE", "PREEMPTED"})
    if (state == failed) return Outcome::kFailed;
  for (const std::string_view going : {"RUNNING", "PENDING", "SUSPENDED", "REQUEUED"})
    if (state == going) return std::nullopt;
  at.refuse({fmt::format("unknown state `{}`", state), fmt::format("알 수 없는 state `{}`", state)},
            {"write COMPLETED, CANCELLED, FAILED, TIMEOUT, NODE_FAIL or RUNNING", "COMPLETED, CANCELLED, FAILED, TIMEOUT, NODE_FAIL, RUNNING 중 하나를 쓰십시오"});
}

}  // namespace

std::optional<TraceJob> read_accounting(const TraceCsv& csv, TraceBook& book, const AccountingRules& rules) {
  const TraceLines& at = csv.lines();
  const auto dropped = [&](const Text& reason) {
    book.drop(reason);
    return std::nullopt;
  };
  TraceJob job;
  job.id = csv.text("job_id");
  book.take_id(job.id, "job_id", at);
  job.cards = csv.count("gpu_num");
  if (job.cards == 0) return dropped(drop_reason::kNoCards);
  const auto outcome = outcome_of_state(csv.text("state"), at);
  if (!outcome) return dropped(drop_reason::kStillGoing);
  job.outcome = *outcome;
  const auto time_s = [&](std::string_view column) { 
    const LoggedTime time = parse_time(csv, column);
    return rules.clock != nullptr ? rules.clock->civil_s(time, at) : time.civil_s_at(rules.ahead_of_utc_s);
  };
  job.submit_s = time_s("submit_time");
  if (is_absent(csv.text("start_time"))) return dropped(drop_reason::kNeverStarted);
  if (is_absent(csv.text("end_time"))) return dropped(drop_reason::kNoEnd);
  const double start_s = time_s("start_time"), end_s = time_s("end_time");
  const auto contradiction = [&](const char* en, const char* ko) {
    at.refuse({fmt::format(fmt::runtime(en), job.id), fmt::format(fmt::runtime(ko), job.id)}, kCorrectTheRow);
  };
  if (start_s < job.submit_s) contradiction("job {} started before it was submitted", "작업 {}이(가) 제출보다 먼저 시작했습니다");
  if (end_s < start_s) contradiction("job {} ended before it started", "작업 {}이(가) 시작보다 먼저 끝났습니다");
  job.duration_s = end_s - start_s;
  const double logged_s = csv.number("duration");
  if (std::abs(logged_s - job.duration_s) > kRounding_s) {
    if (!rules.duration_may_include_queue || std::abs(logged_s - (end_s - job.submit_s)) > kRounding_s)
      at.refuse({fmt::format("job {}: duration {} s, but from start to end it is {} s", job.id, logged_s, job.duration_s),
                 fmt::format("작업 {}: duration은 {}초인데 시작부터 종료까지는 {}초입니다", job.id, logged_s, job.duration_s)},
                kCorrectTheRow);
    book.note(kCountsFromSubmission);
  }
  if (job.duration_s == 0) return dropped(drop_reason::kZeroRun);
  return job;
}

}  // namespace dure::sim
