// SenseTime Helios, 2020 (Hu et al., SC 2021): cluster_log.csv of one cluster, as published in HeliosData.
#include "sim/workload/trace_accounting.h"
#include "sim/workload/trace_time.h"

namespace dure::sim {
namespace {

constexpr std::string_view kRequired[] = {"job_id", "vc", "gpu_num", "state", "submit_time", "start_time", "end_time", "duration"};
constexpr std::string_view kOptional[] = {"user", "jobname", "cpu_num", "node_num", "queue"};

}  // namespace

TraceJobs read_helios(const std::filesystem::path& file) {
  TraceCsv csv(file, kRequired, kOptional);
  TraceBook book("helios", csv.lines().name());
  book.assume({"a virtual cluster is a tenant; users inside it are not told apart", "가상 클러스터를 기관으로 보고, 그 안의 사용자는 나누지 않습니다"});
  book.assume({"times are local civil time, on the clock of the first row", "시각은 첫 행의 시간대에 맞춘 현지 시각으로 봅니다"});
  book.assume({"TIMEOUT and NODE_FAIL count as failed", "TIMEOUT과 NODE_FAIL은 실패로 봅니다"});
  book.assume(
      {"the log has no owner's estimate: the scheduler is told the true run time", "사용자 예상 시간이 없어 실제 실행 시간을 알려 줍니다"});
  book.assume({"a GPU is a card of any type; CPUs and nodes are left out", "GPU를 종류 무관 카드로 보고, CPU와 노드 수는 쓰지 않습니다"});
  LogClock clock;
  while (csv.next()) {
    book.count_row();
    auto job = read_accounting(csv, book, {.clock = &clock});
    if (!job) continue;
    job->tenant = book.tenant(csv.text("vc"));
    book.keep(std::move(*job), csv.lines());
  }
  TraceJobs trace = book.finish();
  count_from_first_midnight(trace);
  return trace;
}

}  // namespace dure::sim
