// openb: pods of an Alibaba cluster that shares GPUs, 2023 (Weng et al., ATC 2023): openb_pod_list_*.csv of cluster-trace-gpu-v2023.
#include <fmt/format.h>

#include "sim/workload/trace_reader.h"

namespace dure::sim {
namespace {

constexpr std::string_view kRequired[] = {"name", "num_gpu", "gpu_milli", "pod_phase", "creation_time", "deletion_time", "scheduled_time"};
constexpr std::string_view kOptional[] = {"cpu_milli", "memory_mib", "gpu_spec", "qos"};

Outcome outcome_of_phase(const std::string& phase, const TraceLines& at) {
  if (phase == "Succeeded") return Outcome::kCompleted;
  if (phase == "Failed") return Outcome::kFailed;
  if (phase == "Running") return Outcome::kCancelled;
  at.refuse({fmt::format("a pod that was placed is in the phase `{}`", phase), fmt::format("배치된 파드의 pod_phase가 `{}`입니다", phase)},
            {"write Running, Succeeded or Failed, or empty scheduled_time", "Running, Succeeded, Failed 중 하나를 쓰거나 scheduled_time을 비우십시오"});
}

}  // namespace

TraceJobs read_openb(const std::filesystem::path& file) {
  TraceCsv csv(file, kRequired, kOptional);
  const TraceLines& at = csv.lines();
  TraceBook book("openb", at.name());
  book.assume({"the log has no users: the quality of service of a pod (LS, BE, Burstable, Guaranteed) stands in as its tenant", "사용자가 없어 파드의 서비스 등급(LS, BE, Burstable, Guaranteed)을 기관으로 씁니다"});
  book.assume({"a pod removed while it ran was cancelled by its owner; those that outlive the log end with it", "실행 중 삭제된 파드는 사용자가 취소한 것으로 보고, 기록보다 오래 산 파드는 기록과 함께 끝납니다"});
  book.assume({"run time is from scheduled_time to deletion_time, submission is creation_time", "실행 시간은 scheduled_time부터 deletion_time까지, 제출은 creation_time으로 봅니다"});
  book.assume(
      {"the log has no owner's estimate: the scheduler is told the true run time", "사용자 예상 시간이 없어 실제 실행 시간을 알려 줍니다"});
  book.assume({"GPU models of gpu_spec are card types, several a choice; no gpu_spec: any card. CPUs and memory are left out", "gpu_spec의 GPU 모델은 카드 종류이며 여럿이면 그중 하나, 없으면 종류 무관입니다. CPU와 메모리는 쓰지 않습니다"});
  while (csv.next()) {
    book.count_row();
    TraceJob job;
    job.id = csv.text("name");
    book.take_id(job.id, "name", at);
    job.cards = csv.count("num_gpu");
    if (job.cards == 0) {
      book.drop(drop_reason::kNoCards);
      continue;
    }
    const int milli = csv.whole("gpu_milli");
    if (milli < 1 || milli > 1000)
      at.refuse({fmt::format("gpu_milli {} is no share of one card", milli), fmt::format("gpu_milli {}은(는) 카드 한 장의 일부가 아닙니다", milli)},
                {"write 1 to 1000, thousandths of one card", "카드 한 장의 1/1000 단위로 1부터 1000까지 적으십시오"});
    if (milli < 1000 && job.cards > 1)
      at.refuse({fmt::format("gpu_milli {} with num_gpu {}: a share is of one card", milli, job.cards), fmt::format("num_gpu {1}에 gpu_milli {0}: 일부만 쓰는 것은 카드 한 장일 때뿐입니다", milli, job.cards)},
                {"write 1000 for whole cards, or num_gpu 1", "카드를 통째로 쓰면 1000으로, 아니면 num_gpu를 1로 적으십시오"});
    if (milli < 1000) job.share_milli = milli;
    job.submit_s = csv.number("creation_time");
    if (job.submit_s < 0) {
      book.drop(drop_reason::kNegativeSubmit);
      continue;
    }
    if (is_absent(csv.text("scheduled_time"))) {
      book.drop(drop_reason::kNeverStarted);
      continue;
    }
    if (is_absent(csv.text("deletion_time"))) {
      book.drop(drop_reason::kNoEnd);
      continue;
    }
    const double start_s = csv.number("scheduled_time"), end_s = csv.number("deletion_time");
    if (start_s < job.submit_s)
      at.refuse({fmt::format("pod {} was scheduled before it was created", job.id), fmt::format("파드 {}이(가) 생성보다 먼저 배치되었습니다", job.id)}, kCorrectTheRow);
    if (end_s < start_s)
      at.refuse({fmt::format("pod {} was deleted before it was scheduled", job.id), fmt::format("파드 {}이(가) 배치보다 먼저 삭제되었습니다", job.id)}, kCorrectTheRow);
    job.outcome = outcome_of_phase(csv.text("pod_phase"), at);
    if (end_s == start_s) {
      book.drop(drop_reason::kZeroRun);
      continue;
    }
    job.duration_s = end_s - start_s;
    job.card_type = is_absent(csv.text("gpu_spec")) ? "" : csv.text("gpu_spec");
    job.tenant = book.tenant(is_absent(csv.text("qos")) ? "openb" : csv.text("qos"));
    book.keep(std::move(job), at);
  }
  return book.finish();
}

}  // namespace dure::sim
