#include "sim/reliability/reliability_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/quantity_text.h"
#include "sim/reliability/checkpointing.h"
#include "sim/reliability/fleet_figures.h"
#include "sim/reliability/node_faults.h"
#include "sim/reliability/reliability_case.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kWrite_s = 10;  // 10 GB a card, eight cards over the 8 GB/s of a node (platforms/workload/job_classes.csv)
constexpr double kWindow_days = 365;
constexpr double kRepairOfLog_h = 132.8;  // mean of the log that NodeFaults was fitted to

/// "job MTTF 3.09 h" after `word`: the time in seconds.
std::optional<double> time_after(const std::string& text, const char* word) {
  static const std::map<std::string_view, double> kUnits = {{"s", 1}, {"min", kMinute_s}, {"h", kHour_s}, {"d", kDay_s}, {"GPU-h", kHour_s}};
  const auto found = find_quantity(text, {"GPU-h", "min", "s", "h", "d"}, word);
  return found ? std::optional(found->value * kUnits.at(found->unit)) : std::nullopt;
}

}  // namespace

ReliabilityPrediction predict(const ::dure::ReliabilityCase& row, const ::dure::Reliability& spec) {
  ReliabilityPrediction made;
  const std::string& metric = row.metric();
  const auto assume = [&](std::string what) { made.assumed.push_back({what, what}); };
  const auto skip = [&](Text why) {
    made.skipped = std::move(why);
    return made;
  };
  const auto is = [&](std::initializer_list<const char*> names) { return std::find(names.begin(), names.end(), metric) != names.end(); };
  const auto given = [&](double value) {
    made.computed = value;
    return made;
  };
  if (row.scoring() == "input") return skip({"a parameter to feed in, not to predict", "예측 대상이 아니라 입력하는 매개변수입니다"});
  if (is({"gpu_time_share_of_infra_failed_jobs", "large_job_failure_rate_after"}) || metric.starts_with("incident_share_") || metric.starts_with("repair_"))
    return skip({"no model yet: it needs the mix of jobs, or of incidents, that the row does not print", "작업이나 사고의 구성이 행에 없어 아직 계산할 수 없습니다"});

  const auto mttf_text_s = time_after(row.other_inputs(), "MTTF");
  std::optional<double> nodes;
  if (row.has_job_gpus() && row.has_gpus_per_node()) nodes = std::max(1.0, std::round(row.job_gpus() / row.gpus_per_node()));
  else if (row.has_nodes()) nodes = row.nodes();
  else if (row.has_gpus_total() && row.has_gpus_per_node()) nodes = std::max(1.0, std::round(row.gpus_total() / row.gpus_per_node()));
  std::optional<double> rate_s;
  if (row.has_rate_per_1000_node_days()) rate_s = row.rate_per_1000_node_days() / 1000 / kDay_s;
  std::optional<double> mttf_s;
  if (nodes && rate_s) mttf_s = fleet_mttf_s(*nodes, *rate_s);
  else if (mttf_text_s) mttf_s = mttf_text_s;

  if (is({"job_mttf", "node_fault_interarrival_mean"})) return mttf_s ? given(*mttf_s / kHour_s) : skip({"nodes or fault rate missing", "서버 수나 고장률이 없습니다"});
  if (is({"unexpected_interruptions", "restarts", "gpu_failures", "gpu_class_faults"})) {
    if (!mttf_s || !row.has_window_days()) return skip({"nodes, fault rate or window missing", "서버 수, 고장률, 기간 가운데 없는 값이 있습니다"});
    return given(row.window_days() * kDay_s / *mttf_s);
  }
  if (is({"expected_uncorrectable_memory_errors"})) {
    const auto between_s = time_after(row.other_inputs(), "MTBE");
    if (!row.has_window_days()) return skip({"window missing", "기간이 없습니다"});
    if (mttf_s) return given(row.window_days() * kDay_s / *mttf_s);
    if (between_s && row.has_gpus_total()) return given(row.gpus_total() * row.window_days() * kDay_s / *between_s);
    return skip({"time between errors missing", "오류 간격이 없습니다"});
  }
  if (is({"gpu_failures_per_week"})) return mttf_s ? given(7 * kDay_s / *mttf_s) : skip({"nodes or fault rate missing", "서버 수나 고장률이 없습니다"});
  if (is({"annual_failure_rate"})) {
    if (!rate_s || !row.has_gpus_per_node()) return skip({"fault rate or gpus_per_node missing", "고장률이나 서버당 카드 수가 없습니다"});
    return given(100 * *rate_s * kYear_s / row.gpus_per_node());
  }
  if (is({"node_failure_rate"})) {
    if (!nodes || !mttf_text_s) return skip({"nodes or time between failures missing", "서버 수나 고장 간격이 없습니다"});
    return given(1000 * kDay_s / (*nodes * *mttf_text_s));
  }

  std::optional<double> repair_s;
  if (row.has_repair_mean_h()) repair_s = row.repair_mean_h() * kHour_s;
  if (is({"node_unavailability"})) return rate_s && repair_s ? given(100 * node_unavailability(*rate_s, *repair_s)) : skip({"fault rate or mean repair missing", "고장률이나 평균 수리 시간이 없습니다"});
  const bool down = is({"concurrent_down_nodes_p50", "concurrent_down_nodes_p99", "spares_for_99.9pct"});
  if (down || is({"fault_share_of_worst_10pct_nodes"})) {
    if (!nodes || !rate_s) return skip({"nodes or fault rate missing", "서버 수나 고장률이 없습니다"});
    if (!repair_s) {
      repair_s = kRepairOfLog_h * kHour_s;
      assume(fmt::format("repair_mean_h {}", kRepairOfLog_h));
    }
    if (node_unavailability(*rate_s, *repair_s) >= 0.5) return skip({"more than half of the nodes would be down", "서버의 절반 이상이 멈추게 됩니다"});
    const double p = metric.ends_with("p50") ? 0.5 : metric.ends_with("p99") ? 0.99 : 0.999;
    if (down && row.kind() == "analytic") {
      made.assumed.push_back({"independent faults and repairs", "고장과 수리가 서로 독립"});
      return given(independent_down_quantile(*nodes, *rate_s, *repair_s, p));
    }
    if (!row.has_window_days()) assume(fmt::format("window_days {}", kWindow_days));
    const double window_s = (row.has_window_days() ? row.window_days() : kWindow_days) * kDay_s;
    const int replicates = int(std::clamp(2e5 / (*nodes * *rate_s * window_s), 10.0, 400.0));
    const DrawnFleet fleet(mature(spec, *rate_s, *repair_s), {1, 0}, int(*nodes), window_s, replicates);
    return given(down ? fleet.down_quantile(p) : 100 * fleet.worst_tenth_share());
  }

  if (!mttf_s) return skip({"time to failure missing: neither nodes and fault rate nor MTTF are printed", "고장까지의 시간을 알 수 없습니다(서버 수·고장률도 MTTF도 없음)"});
  double write_s = 0;
  if (row.has_ckpt_write_s()) {
    write_s = row.ckpt_write_s();
  } else if (const auto text = time_after(row.other_inputs(), "write")) {
    write_s = *text;
  } else {
    write_s = kWrite_s;
    assume(fmt::format("ckpt_write_s {}", kWrite_s));
  }
  if (is({"optimal_ckpt_interval_young"})) return given(young_interval_s(write_s, *mttf_s));
  if (is({"optimal_ckpt_interval_daly"})) return given(daly_interval_s(write_s, *mttf_s));
  double interval_s = row.ckpt_interval_s();
  if (!row.has_ckpt_interval_s()) {
    interval_s = daly_interval_s(write_s, *mttf_s);
    assume(fmt::format("ckpt_interval_s {:.0f} (Daly)", interval_s));
  }
  if (is({"checkpoint_overhead"})) return given(100 * checkpoint_share(write_s, interval_s));
  if (is({"expected_ettr", "effective_training_time_ratio", "goodput_ratio"})) {
    double restart_s = row.restart_s();
    if (!row.has_restart_s()) {
      restart_s = spec.checkpoint().restart_s();
      assume(fmt::format("restart_s {}", restart_s));
    }
    const double ratio = expected_ettr({interval_s, write_s, restart_s}, *mttf_s);
    if (!(ratio > 0)) return skip({"the closed form does not hold: a failure comes before a restart is paid back", "재시작 손실을 갚기 전에 고장이 나므로 닫힌 식이 성립하지 않습니다"});
    return given(ratio);
  }
  return skip({"no reliability metric is called " + metric, metric + "(이)라는 신뢰도 항목이 없습니다"});
}

}  // namespace dure::sim
