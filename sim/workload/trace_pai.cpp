// Alibaba PAI, 2020 (Weng et al., NSDI 2022): pai_task_table.csv of cluster-trace-gpu-v2020, one row a task, with or without
// its published header. Columns `user` and `submit_time` (start_time of pai_job_table) may be joined to it on job_name.
#include <fmt/format.h>

#include <cmath>

#include "sim/units.h"
#include "sim/workload/trace_time.h"

namespace dure::sim {
namespace {

constexpr std::string_view kRequired[] = {"job_name", "task_name", "inst_num", "status", "start_time", "end_time", "plan_cpu", "plan_mem", "plan_gpu", "gpu_type"};
constexpr std::string_view kOptional[] = {"user", "submit_time"};
constexpr double kMostCards = 1e6;
constexpr double kAheadOfUtc_s = 8 * kHour_s;  // the publisher's note on times

const Text kOddCards{"an instance asks for more than one card, and for no whole number of them", "인스턴스가 카드 한 장을 넘게, 정수가 아닌 수로 요청"};
const Text kNoInstances{"no number of instances", "인스턴스 수 없음"};
const Text kGang{"several instances of a part of a card: their sum is rounded up to whole cards", "카드 일부를 쓰는 인스턴스가 여럿: 합을 올림해 카드 여러 장으로 봄"};

/// None for a task that was waiting or running when the log was taken.
std::optional<Outcome> outcome_of_status(const std::string& status, const TraceLines& at) {
  if (status == "Terminated") return Outcome::kCompleted;
  if (status == "Failed") return Outcome::kFailed;
  if (status == "Running" || status == "Waiting") return std::nullopt;
  at.refuse({fmt::format("unknown status `{}`", status), fmt::format("알 수 없는 status `{}`", status)},
            {"write Terminated, Failed, Running or Waiting", "Terminated, Failed, Running, Waiting 중 하나를 쓰십시오"});
}

}  // namespace

TraceJobs read_pai(const std::filesystem::path& file) {
  TraceCsv csv(file, kRequired, kOptional, true);
  const TraceLines& at = csv.lines();
  TraceBook book("pai", at.name());
  book.assume({"a task is a job: all instances of a task run at once, the tasks of one job may run apart", "태스크 하나를 작업 하나로 봅니다. 한 태스크의 인스턴스는 함께 실행되고, 같은 작업의 태스크는 따로 실행될 수 있습니다"});
  book.assume({"tenants and submissions come from the columns user and submit_time where they were joined; without them one tenant, submitted when launched",
               "user와 submit_time 열을 합쳐 두었으면 기관과 제출 시각으로 쓰고, 없으면 기관은 하나이며 시작한 순간 제출한 것으로 봅니다"});
  book.assume({"second 0 is 1970-01-01 08:00: dates are made up by the publisher, hour of day and weekday are true", "0초는 1970-01-01 08:00입니다. 날짜는 발행자가 바꾼 것이고 시각과 요일만 맞습니다"});
  book.assume(
      {"the log has no owner's estimate: the scheduler is told the true run time", "사용자 예상 시간이 없어 실제 실행 시간을 알려 줍니다"});
  book.assume({"the GPU's type is what was given, not what was asked: a card of any type", "GPU 종류는 요청이 아니라 배정 결과이므로 종류 무관 카드로 봅니다"});
  while (csv.next()) {
    book.count_row();
    TraceJob job;
    job.id = csv.text("job_name") + "/" + csv.text("task_name");
    book.take_id(job.id, "job_name/task_name", at);
    const double share = is_absent(csv.text("plan_gpu")) ? 0 : csv.number("plan_gpu") / 100;  // of a card, per instance
    if (share < 0)
      at.refuse({fmt::format("plan_gpu {} is negative", share * 100), fmt::format("plan_gpu {}이(가) 음수입니다", share * 100)}, kCorrectTheRow);
    if (share == 0) {
      book.drop(drop_reason::kNoCards);
      continue;
    }
    const auto outcome = outcome_of_status(csv.text("status"), at);
    if (!outcome) {
      book.drop(drop_reason::kStillGoing);
      continue;
    }
    job.outcome = *outcome;
    if (is_absent(csv.text("start_time"))) {
      book.drop(drop_reason::kNeverStarted);
      continue;
    }
    if (is_absent(csv.text("end_time"))) {
      book.drop(drop_reason::kNoEnd);
      continue;
    }
    if (is_absent(csv.text("inst_num"))) {
      book.drop(kNoInstances);
      continue;
    }
    if (share > 1 && share != std::floor(share)) {
      book.drop(kOddCards);
      continue;
    }
    const int instances = csv.whole("inst_num");
    if (instances < 1)
      at.refuse({fmt::format("inst_num {} is below 1", instances), fmt::format("inst_num {}이(가) 1보다 작습니다", instances)}, kCorrectTheRow);
    if (share < 1 && instances == 1) {
      job.share_milli = std::max(1, int(std::lround(share * 1000)));
    } else {
      if (share * instances > kMostCards)
        at.refuse({fmt::format("job {} asks for {} cards", job.id, share * instances), fmt::format("작업 {}이(가) 카드 {}장을 요청했습니다", job.id, share * instances)}, kCorrectTheRow);
      job.cards = int(std::ceil(share * instances - 1e-9));
      if (share < 1) book.note(kGang);
    }
    const double start_s = csv.number("start_time"), end_s = csv.number("end_time");
    const double submit_s = is_absent(csv.text("submit_time")) ? start_s : csv.number("submit_time");
    if (start_s < submit_s)
      at.refuse({fmt::format("job {} started before it was submitted", job.id), fmt::format("작업 {}이(가) 제출보다 먼저 시작했습니다", job.id)}, kCorrectTheRow);
    if (end_s < start_s) at.refuse({fmt::format("job {} ended before it started", job.id), fmt::format("작업 {}이(가) 시작보다 먼저 끝났습니다", job.id)}, kCorrectTheRow);
    if (end_s == start_s) {
      book.drop(drop_reason::kZeroRun);
      continue;
    }
    job.submit_s = submit_s + kAheadOfUtc_s;
    job.duration_s = end_s - start_s;
    job.tenant = book.tenant(is_absent(csv.text("user")) ? "pai" : csv.text("user"));
    book.keep(std::move(job), at);
  }
  TraceJobs trace = book.finish();
  count_from_first_midnight(trace);
  return trace;
}

}  // namespace dure::sim
