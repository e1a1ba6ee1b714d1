// Microsoft Philly, 2017 (Jeon et al., ATC 2019) as the flat table timestamp,duration,num_gpus,gpu_time,cluster.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/workload/trace_time.h"

namespace dure::sim {
namespace {

constexpr std::string_view kColumns[] = {"timestamp", "duration", "num_gpus", "gpu_time", "cluster"};

}  // namespace

TraceJobs read_philly(const std::filesystem::path& file) {
  TraceCsv csv(file, kColumns, {});
  TraceBook book("philly", csv.lines().name());
  book.assume({"times are local civil time, on the clock of the first row", "시각은 첫 행의 시간대에 맞춘 현지 시각으로 봅니다"});
  book.assume({"the log does not say how jobs ended: all count as completed", "작업이 어떻게 끝났는지 없어 모두 완료로 봅니다"});
  book.assume(
      {"the log has no owner's estimate: the scheduler is told the true run time", "사용자 예상 시간이 없어 실제 실행 시간을 알려 줍니다"});
  book.assume({"a virtual cluster is a tenant; a GPU is a card of any type", "가상 클러스터를 기관으로, GPU를 종류 무관 카드로 봅니다"});
  LogClock clock;
  while (csv.next()) {
    book.count_row();
    TraceJob job;
    job.id = std::to_string(book.trace().report.rows);  // the log has no ids: the row's number
    job.tenant = book.tenant(csv.text("cluster"));
    job.submit_s = clock.civil_s(parse_time(csv, "timestamp"), csv.lines());
    job.duration_s = csv.number("duration");
    job.cards = csv.whole("num_gpus");
    const double gpu_time_s = csv.number("gpu_time");
    if (std::abs(gpu_time_s - job.card_s()) > 1e-6 * std::max(1.0, job.card_s()))
      csv.lines().refuse({fmt::format("gpu_time {} is not duration x num_gpus = {}", gpu_time_s, job.card_s()),
                          fmt::format("gpu_time {}이(가) duration x num_gpus = {}과(와) 다릅니다", gpu_time_s, job.card_s())},
                         kCorrectTheRow);
    book.keep(std::move(job), csv.lines());
  }
  TraceJobs trace = book.finish();
  count_from_first_midnight(trace);
  return trace;
}

}  // namespace dure::sim
