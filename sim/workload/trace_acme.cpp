// Acme, 2023 (Hu et al., NSDI 2024): trace_seren.csv or trace_kalos.csv, as published in AcmeTrace.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/units.h"
#include "sim/workload/trace_accounting.h"
#include "sim/workload/trace_time.h"

namespace dure::sim {
namespace {

constexpr std::string_view kRequired[] = {"job_id", "user", "gpu_num", "type", "state", "submit_time", "start_time", "end_time", "duration"};
constexpr std::string_view kOptional[] = {"node_num", "cpu_num", "queue", "gpu_time", "mem_per_pod_GB", "shared_mem_per_pod", "fail_time", "stop_time"};
constexpr double kShanghai_s = 8 * kHour_s;  // ahead of UTC

/// Our class for a type of work; empty, the scenario's default, for the rest.
std::string class_of_type(std::string_view type) {
  if (type == "Eval" || type == "Evaluation") return "evaluation";
  if (type == "SFT") return "fine_tune";
  if (type == "MLLM") return "training";
  if (type == "Pretrain") return "pretrain";
  if (type == "Debug") return "notebook";
  return "";
}

}  // namespace

TraceJobs read_acme(const std::filesystem::path& file) {
  TraceCsv csv(file, kRequired, kOptional);
  TraceBook book("acme", csv.lines().name());
  book.assume({"a user is a tenant", "사용자 한 명을 기관 하나로 봅니다"});
  book.assume({"times are put on the clock of Shanghai (UTC+8), where the clusters stand; Kalos writes UTC", "시각은 클러스터가 있는 상하이 시각(UTC+8)으로 맞춥니다. Kalos는 UTC로 적혀 있습니다"});
  book.assume({"types become classes: Eval evaluation, SFT fine_tune, MLLM training, Pretrain pretrain, Debug notebook; others take the scenario's class for the log",
               "유형을 부류로 옮깁니다: Eval은 evaluation, SFT는 fine_tune, MLLM은 training, Pretrain은 pretrain, Debug는 notebook, 그 밖은 시나리오가 정한 부류"});
  book.assume({"TIMEOUT and NODE_FAIL count as failed", "TIMEOUT과 NODE_FAIL은 실패로 봅니다"});
  book.assume(
      {"the log has no owner's estimate: the scheduler is told the true run time", "사용자 예상 시간이 없어 실제 실행 시간을 알려 줍니다"});
  book.assume({"a GPU is a card of any type; CPUs, memory and nodes are left out", "GPU를 종류 무관 카드로 보고, CPU와 메모리, 노드 수는 쓰지 않습니다"});
  while (csv.next()) {
    book.count_row();
    auto job = read_accounting(csv, book, {.ahead_of_utc_s = kShanghai_s, .duration_may_include_queue = true});
    if (!job) continue;
    if (!is_absent(csv.text("gpu_time"))) {
      const double gpu_time_s = csv.number("gpu_time"), product_s = csv.number("duration") * job->cards;
      if (std::abs(gpu_time_s - product_s) > 1e-6 * std::max(1.0, product_s))
        csv.lines().refuse({fmt::format("gpu_time {} is not duration x gpu_num = {}", gpu_time_s, product_s),
                            fmt::format("gpu_time {}이(가) duration x gpu_num = {}과(와) 다릅니다", gpu_time_s, product_s)},
                           kCorrectTheRow);
    }
    job->tenant = book.tenant(csv.text("user"));
    job->job_class = class_of_type(csv.text("type"));
    book.keep(std::move(*job), csv.lines());
  }
  TraceJobs trace = book.finish();
  count_from_first_midnight(trace);
  return trace;
}

}  // namespace dure::sim
