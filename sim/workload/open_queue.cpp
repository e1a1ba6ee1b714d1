#include "sim/workload/open_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/workload/tenants.h"

namespace dure::sim {
namespace {

[[noreturn]] void refuse(const std::string& field, Text sentence, Text remedy) {
  throw ScenarioError("workload.open_queue." + field, std::move(sentence), std::move(remedy));
}

void check_size(const std::string& field, int cards, int largest) {
  if (cards > largest)
    refuse(field,
           {fmt::format("a job of {} cards fits no site: the largest pool has {}", cards, largest),
            fmt::format("카드 {}장 작업이 들어갈 센터가 없습니다: 가장 큰 풀이 {}장입니다", cards, largest)},
           {"list smaller sizes, or enlarge a site", "더 작은 크기를 적거나 센터를 키우십시오"});
}

}  // namespace

OpenQueue::OpenQueue(const ::dure::OpenQueue& config, Seed seed, const Calendar& calendar, double horizon_s,
                     const std::function<int(JobClassId)>& largest_job_cards, std::span<const double> region_share, Population& population)
    : horizon_s_(horizon_s),
      run_limit_s_(config.run_limit_s()),
      estimate_excess_(config.estimate_excess()),
      day_sigma_(std::sqrt(std::log(1 + config.day_cv() * config.day_cv()))),
      quiet_share_(config.quiet_hour_share()),
      quiet_pace_(config.quiet_hour_pace()),
      pace_((config.hour_weight_size() == 0 || config.hour_weight_size() == 24) && (config.weekday_weight_size() == 0 || config.weekday_weight_size() == 7)
                  ? HourlyPace(calendar, config.hour_weight(), config.weekday_weight())
                  : throw ScenarioError("workload.open_queue.hour_weight",
                                        {"hour_weight needs 24 values and weekday_weight 7, or none", "hour_weight는 24개, weekday_weight는 7개이거나 없어야 합니다"},
                                        {"give all of them, or leave the field out", "모두 적거나 필드를 빼십시오"})),
      arrivals_(seed, "workload/open_queue/arrivals"),
      days_(seed, "workload/open_queue/days"),
      hours_(seed, "workload/open_queue/hours"),
      jobs_(seed, "workload/open_queue/jobs") {
  const std::vector<double> zipf = zipf_shares(config.tenants(), config.tenant_exponent());
  std::vector<double> tenant_card_s(zipf.size(), 0.0);  // expected a second, for the regions
  std::vector<double> bursts;
  double shares = 0, open_card_s = 0;
  for (const ::dure::OpenClass& row : config.class_()) {
    const std::string field = fmt::format("class[{}]", row.class_());
    Class made;
    made.job_class = job_class_named(population, row.job_class(), "workload.open_queue." + field + ".job_class");
    made.burst_probability = row.burst_probability();
    made.burst_jobs = row.burst_jobs();
    made.burst_gap_s = row.burst_gap_s();
    made.gap_median_s = row.gap_median_s();
    made.gap_sigma = row.gap_sigma();
    const int largest = largest_job_cards(made.job_class);

    std::vector<double> weights;
    double all = 0, mean_cards = 0, mean_run_s = 0;
    for (const ::dure::SizeWeight& size : row.size()) {
      check_size(fmt::format("{}.size[{}]", field, size.cards()), size.cards(), largest);
      made.cards.push_back(size.cards());
      weights.push_back(size.weight());
      all += size.weight();
      mean_cards += size.weight() * size.cards();
    }
    if (row.share() > 0 && !(all > 0))
      refuse(field, {fmt::format("class {} has a share of the submissions but no size", row.class_()), fmt::format("class {}에 제출 비중은 있지만 크기가 없습니다", row.class_())},
             {"add size { cards: 1 }", "size { cards: 1 }을 더하십시오"});
    if (all > 0) {
      made.pick_cards = Pick(weights.begin(), weights.end());
      mean_cards /= all;
    }
    weights.clear();
    all = 0;
    for (const ::dure::RunPart& part : row.run()) {
      if (part.cancelled() + part.failed() > 1)
        refuse(field + ".run", {fmt::format("cancelled and failed of a run part of class {} sum to more than 1", row.class_()),
                                fmt::format("class {}의 run 성분에서 cancelled와 failed의 합이 1을 넘습니다", row.class_())},
               {"lower one of them", "둘 중 하나를 낮추십시오"});
      made.parts.push_back({part.median_s(), part.sigma(), part.cancelled(), part.failed()});
      weights.push_back(part.weight());
      all += part.weight();
      mean_run_s += part.weight() * std::min(run_limit_s_, part.median_s() * std::exp(part.sigma() * part.sigma() / 2));
    }
    if (!(all > 0))
      refuse(field, {fmt::format("class {} has no run time", row.class_()), fmt::format("class {}에 실행 시간이 없습니다", row.class_())},
             {"add run { median_s: 600 }", "run { median_s: 600 }을 더하십시오"});
    made.pick_part = Pick(weights.begin(), weights.end());
    mean_run_s /= all;
    bursts.push_back(row.share() / (1 - row.burst_probability() + row.burst_probability() * row.burst_jobs()));
    shares += row.share();
    open_card_s += row.share() * mean_cards * mean_run_s;

    int line_number = 0;
    for (const ::dure::OpenLine& line : row.line()) {
      check_size(field + ".line", line.cards(), largest);
      for (int i = 0; i < line.count(); ++i) {
        const int rank = line.tenant() + (line.spread() ? i : 0);
        if (rank > config.tenants())
          refuse(field + ".line", {fmt::format("a line of class {} belongs to tenant {} of {}", row.class_(), rank, config.tenants()),
                                   fmt::format("class {}의 연속 실행이 기관 {}개 중 {}번째에 속합니다", row.class_(), config.tenants(), rank)},
                 {"raise tenants, or name a smaller rank", "tenants를 늘리거나 더 앞 순위를 적으십시오"});
        tenant_card_s[std::size_t(rank - 1)] += line.cards();
        lines_.push_back({classes_.size(), line.cards(), std::uint32_t(rank - 1),
                          Random(seed, fmt::format("workload/open_queue/line/{}-{}", row.class_(), ++line_number))});
      }
    }
    classes_.push_back(std::move(made));
  }
  if (!(shares > 0) && lines_.empty())
    refuse("class", {"there is no class of jobs with a share or a line, so nothing would be submitted", "share나 line이 있는 class가 없어 제출될 작업이 없습니다"},
           {"add rows of class { ... }, as scenarios/llm-cluster.txtpb does", "scenarios/llm-cluster.txtpb처럼 class { ... }를 더하십시오"});
  if (shares > 0) {
    double bursts_per_job = 0;
    for (const double weight : bursts) bursts_per_job += weight / shares;
    bursts_per_s_ = config.jobs_per_day() / kDay_s * bursts_per_job;
    pick_class_ = Pick(bursts.begin(), bursts.end());
    for (std::size_t i = 0; i < zipf.size(); ++i) tenant_card_s[i] += zipf[i] * config.jobs_per_day() / kDay_s * open_card_s / shares;
  }
  pick_tenant_ = Pick(zipf.begin(), zipf.end());
  tenant_region_ = regions_by_share(tenant_card_s, region_share);
  first_tenant_ = std::uint32_t(population.tenants.size());
  for (std::size_t i = 0; i < zipf.size(); ++i) population.tenants.push_back({fmt::format("tenant-{}", i + 1), TenantKind::kOther, tenant_region_[i]});

  for (std::size_t i = 0; i < lines_.size(); ++i) push_next_of(i, 0);
  find_next_burst();
}

void OpenQueue::push(Job job, std::optional<std::size_t> line) {
  if (job.submit_s < horizon_s_) pending_.push({job.submit_s, drawn_++, job, line});
}

void OpenQueue::draw_run(Class& row, Random& random, Job& job) {
  const Part& part = row.parts[std::size_t(row.pick_part(random))];
  job.work_s = std::min(run_limit_s_, part.median_s * std::exp(random.normal(0, part.sigma)));
  job.outcome = outcome_of(random.uniform(), part.cancelled, part.failed);
  job.estimate_s = std::max(1.0, job.work_s * (1 + estimate_excess_ * random.uniform()));
  job.job_class = row.job_class;
  job.region = tenant_region_[index(job.tenant)];
  job.tenant = TenantId{first_tenant_ + std::uint32_t(job.tenant)};
}

void OpenQueue::push_next_of(std::size_t line, double after_s) {
  LineState& state = lines_[line];
  Class& row = classes_[state.row];
  Job job;
  job.project = kNoProject;
  job.tenant = TenantId{state.tenant};
  job.cards = state.cards;
  job.submit_s = pace_.after_pause_s(after_s, row.gap_median_s * std::exp(state.random.normal(0, row.gap_sigma)));
  job.card_type = kAnyCardType;
  draw_run(row, state.random, job);
  push(job, line);
}

void OpenQueue::find_next_burst() {
  double left = arrivals_.exponential_s(1.0);
  while (next_burst_s_ < horizon_s_) {
    if (bursts_per_s_ <= 0) {
      next_burst_s_ = horizon_s_;
      return;
    }
    if (next_burst_s_ >= day_end_s_) {
      day_factor_ = std::exp(days_.normal(-0.5 * day_sigma_ * day_sigma_, day_sigma_));
      day_end_s_ += kDay_s;
    }
    const double end_s = HourlyPace::next_hour_s(next_burst_s_);
    if (end_s > hour_end_s_) {
      hour_factor_ = (hours_.chance(quiet_share_) ? quiet_pace_ : 1.0) / (1 - quiet_share_ + quiet_share_ * quiet_pace_);
      hour_end_s_ = end_s;
    }
    const double rate = bursts_per_s_ * pace_.hour(next_burst_s_) * pace_.weekday(next_burst_s_) * day_factor_ * hour_factor_;
    if (left < rate * (end_s - next_burst_s_)) {
      next_burst_s_ += left / rate;
      return;
    }
    left -= rate * (end_s - next_burst_s_);
    next_burst_s_ = end_s;
  }
}

void OpenQueue::draw_burst() {
  Class& row = classes_[std::size_t(pick_class_(jobs_))];
  const auto tenant = std::uint32_t(pick_tenant_(jobs_));
  Job job;
  job.project = kNoProject;
  job.cards = row.cards[std::size_t(row.pick_cards(jobs_))];
  job.card_type = kAnyCardType;
  job.submit_s = next_burst_s_;
  int jobs = 1;  // geometric on 1, 2, ...: P(more) = 1 - 1/mean
  if (jobs_.chance(row.burst_probability) && row.burst_jobs > 1)
    jobs += int(std::log(1 - jobs_.uniform()) / std::log(1 - 1 / row.burst_jobs));
  for (; jobs > 0; --jobs) {
    job.tenant = TenantId{tenant};
    draw_run(row, jobs_, job);
    push(job, std::nullopt);
    if (jobs > 1 && row.burst_gap_s > 0) job.submit_s += jobs_.exponential_s(row.burst_gap_s);
  }
}

bool OpenQueue::next(Job& job) {
  while (next_burst_s_ < horizon_s_ && (pending_.empty() || pending_.top().submit_s >= next_burst_s_)) {
    draw_burst();
    find_next_burst();
  }
  if (pending_.empty()) return false;
  const Pending first = pending_.top();
  pending_.pop();
  job = first.job;
  if (first.line) push_next_of(*first.line, job.submit_s + job.work_s);
  return true;
}

}  // namespace dure::sim
