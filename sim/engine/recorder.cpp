#include "sim/engine/recorder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/results.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {
constexpr std::array<std::string_view, 6> kEndingNames = {"completed", "cancelled", "failed", "running", "waiting", "rejected"};

std::optional<double> from(double value, bool is_there) { return is_there ? std::optional<double>(value) : std::nullopt; }
}  // namespace

std::string_view Recorder::name(Ending ending) { return kEndingNames[std::size_t(ending)]; }

Recorder::Recorder(ResultsFile* file, const Names& names, const Population& population, double horizon_s, bool planning)
    : names_(names), population_(population), planning_(planning), region_wait_s_(names.regions.size()), region_jobs_(names.regions.size()), workload_(horizon_s, horizon_s > 10 * kDay_s ? 5 * kDay_s : 0) {
  if (file == nullptr) return;
  jobs_ = file->table(proto::JobsRow::descriptor(), "jobs");
  card_hours_ = file->table(proto::CardHoursRow::descriptor(), "card_hours");
  ledger_ = file->table(proto::LedgerRow::descriptor(), "ledger");
  power_ = file->table(proto::PowerRow::descriptor(), "power");
  faults_ = file->table(proto::FaultsRow::descriptor(), "faults");
  tranches_ = file->table(proto::TranchesRow::descriptor(), "tranches");
  grants_ = file->table(proto::GrantsRow::descriptor(), "grants");
  money_ = file->table(proto::MoneyRow::descriptor(), "money");
  budget_ = file->table(proto::BudgetRow::descriptor(), "budget");
  flows_ = file->table(proto::FlowsRow::descriptor(), "flows");
}

void Recorder::job(const ActiveJob& active, Ending ending, double now_s) {
  const Job& job = active.job;
  const bool started = active.first_start_s >= 0;
  const bool ended = ending == Ending::kCompleted || ending == Ending::kCancelled || ending == Ending::kFailed;
  const double wait_s = (started ? active.first_start_s : now_s) - job.submit_s - active.data_wait_s;
  const std::int64_t jobs = jobs_in(job);
  count_ending(active, ending);
  if (ending != Ending::kRejected) {
    waits_s_.push_back(wait_s);
    if (planning_) waiting_jobs_.push_back(std::int32_t(jobs));
    data_waits_s_.push_back(active.data_wait_s);
    const std::size_t region = index(population_.tenants[index(job.tenant)].region);
    region_wait_s_[region] += wait_s * double(jobs);
    region_jobs_[region] += jobs;
    if (job.project != kNoProject) {
      const auto group = std::size_t(group_of(population_.tenants[index(job.tenant)].kind));
      group_wait_s_[group] += wait_s * double(jobs);
      group_jobs_[group] += jobs;
    }
  }
  const double cards = double(active.cards) * 1e-9;
  const JobClass& job_class = population_.job_classes[index(job.job_class)];
  lost_card_s_ += active.progress.lost_s() * cards * job_class.active_fraction;
  if (ended && started && !planning_) workload_.ended(job, Outcome(ending), wait_s, active.allocated_card_s / cards, job_class.active_fraction);
  if (active.nodes > 1) {
    ettr_productive_card_s_ += active.productive_card_s;
    ettr_allocated_card_s_ += active.allocated_card_s + active.requeued_s * cards;
  }
  if (jobs_ == nullptr) return;
  const Tenant& tenant = population_.tenants[index(job.tenant)];
  const std::string_view nothing{};
  const bool placed = active.pool != PoolId{0xffffffff};
  const bool one_tenant = job.batch == 0 || population_.batches[job.batch].one_tenant;
  jobs_->insert(std::int64_t(job.id), one_tenant ? std::string_view(tenant.name) : nothing, kTenantKindNames[std::size_t(tenant.kind)], std::string_view(names_.regions[index(tenant.region)]),
                job.project == kNoProject ? std::optional<std::int64_t>() : std::optional<std::int64_t>(std::int64_t(job.project)),
                std::string_view(job_class.name), placed ? std::string_view(names_.pool_site[index(active.pool)]) : nothing,
                placed ? std::string_view(names_.pool_card[index(active.pool)]) : nothing, cards, job.submit_s, active.data_wait_s,
                from(active.first_start_s, started), from(now_s, ended), wait_s, job.work_s, kEndingNames[std::size_t(ending)],
                std::int64_t(active.interruptions), hours_from_s(active.productive_card_s), hours_from_s(active.rework_card_s), std::int64_t(active.nodes), jobs);
}

/// How its jobs ended, and what of its productive time was whose. A batch that is cut short at the share x of its work T has jobs under
/// way, on average half done: at_once of them by number, job_s / T of its card-time. Those end as it does, and so do those to come; the
/// rest have ended as they would. Parts of jobs are carried to the next batch.
void Recorder::count_ending(const ActiveJob& active, Ending ending) {
  const std::size_t outcome = std::min<std::size_t>(std::size_t(ending), 3);  // waiting and rejected: productive before an interruption counts as running
  if (active.job.batch == 0) {
    ++endings_[std::size_t(ending)];
    productive_card_s_[outcome] += active.productive_card_s;
    return;
  }
  const Batch& batch = population_.batches[active.job.batch];
  const Progress& progress = active.progress;
  const double done = progress.best_s / progress.work_s;
  double jobs_over = 1, card_s_over = 1;   // shares of the whole batch
  if (!progress.finished()) {
    jobs_over = std::max(0.0, done - double(batch.at_once) / 2 / batch.size());
    card_s_over = std::max(0.0, done - double(batch.job_s) * active.run_factor / 2 / progress.work_s);
  }
  std::int64_t left = batch.size();
  double productive_left_s = active.productive_card_s;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    carried_jobs_[i] += jobs_over * batch.jobs[i];
    const auto over = std::clamp<std::int64_t>(std::int64_t(carried_jobs_[i] + 1e-9), 0, batch.jobs[i]);
    carried_jobs_[i] -= double(over);
    endings_[i] += over;
    left -= over;
    const double productive_s = done > 0 ? active.productive_card_s * card_s_over / done * double(batch.card_s_share[i]) : 0.0;
    productive_card_s_[i] += productive_s;
    productive_left_s -= productive_s;
  }
  endings_[std::size_t(ending)] += left;
  productive_card_s_[progress.finished() ? std::size_t(active.job.outcome) : outcome] += productive_left_s;
}

/// As quantile(), each wait as often as jobs waited so long. Most wait for nothing, and those need no sorting.
std::vector<double> Recorder::wait_quantiles(std::vector<double>& waits_s, std::initializer_list<double> shares) {
  std::vector<double> quantiles_s;
  if (!planning_) {
    for (const double q : shares) quantiles_s.push_back(quantile(waits_s, q));
    return quantiles_s;
  }
  std::vector<std::pair<double, std::int32_t>> waits;
  double jobs = 0, at_once = 0;
  for (std::size_t i = 0; i < waits_s.size(); ++i) {
    jobs += waiting_jobs_[i];
    if (waits_s[i] <= 0) at_once += waiting_jobs_[i];
    else waits.emplace_back(waits_s[i], waiting_jobs_[i]);
  }
  std::sort(waits.begin(), waits.end());
  for (const double q : shares) {
    double below = at_once, wait_s = 0;
    for (auto each = waits.begin(); below < q * jobs && each != waits.end(); ++each) {
      wait_s = each->first;
      below += each->second;
    }
    quantiles_s.push_back(wait_s);
  }
  return quantiles_s;
}

void Recorder::fault(double at_s, PoolId pool, std::optional<std::int64_t> node, std::string_view cause, double repair_s, double jobs_hit) {
  if (node) ++node_faults_;
  interruptions_ += jobs_hit;
  if (faults_ != nullptr)
    faults_->insert(at_s, std::string_view(names_.pool_site[index(pool)]), std::string_view(names_.pool_card[index(pool)]), node, cause,
                    from(repair_s, node.has_value()), std::int64_t(std::llround(jobs_hit)));
}

void Recorder::flow(double start_s, std::optional<double> end_s, std::string_view kind, std::string_view from_name, std::string_view to, double bytes,
                    std::optional<std::int64_t> project) {
  if (flows_ != nullptr) flows_->insert(start_s, end_s, kind, from_name, to, bytes / kGB_bytes, project);
}

double Recorder::productive_card_s() const { return std::accumulate(productive_card_s_.begin(), productive_card_s_.end(), 0.0); }

void Recorder::add_metrics(Summary& summary, bool has_reliability, bool has_projects) {
  auto add = [&](std::string name, std::string unit, std::optional<double> value, Text reason = {}) {
    summary.metrics.push_back({std::move(name), std::move(unit), value, std::move(reason)});
  };
  add("memo_card_hours.lost_not_redone", "card-hours", hours_from_s(lost_card_s_));
  for (std::size_t outcome = 0; outcome < 4; ++outcome)
    add("productive_card_hours." + std::string(kOutcomeNames[outcome]), "card-hours", hours_from_s(productive_card_s_[outcome]));
  add("jobs.submitted", "jobs", double(submitted_));
  add("jobs.rejected", "jobs", double(endings_[std::size_t(Ending::kRejected)]));
  for (const Ending ending : {Ending::kCompleted, Ending::kCancelled, Ending::kFailed, Ending::kRunning, Ending::kWaiting})
    add("jobs." + std::string(kEndingNames[std::size_t(ending)]), "jobs", double(endings_[std::size_t(ending)]));
  const Text no_jobs = {"no job was submitted", "제출된 작업이 없습니다"};
  const bool any = !waits_s_.empty();
  double waited_s = 0, waited_jobs = planning_ ? 0 : double(waits_s_.size());
  if (planning_)
    for (std::size_t i = 0; i < waits_s_.size(); ++i) {
      waited_s += waits_s_[i] * waiting_jobs_[i];
      waited_jobs += waiting_jobs_[i];
    }
  else waited_s = std::accumulate(waits_s_.begin(), waits_s_.end(), 0.0);
  const double mean = any ? waited_s / waited_jobs : 0;
  add("wait_s.mean", "s", from(mean, any), no_jobs);
  const std::vector<double> quantiles_s = any ? wait_quantiles(waits_s_, {0.5, 0.9, 0.99}) : std::vector<double>(3);
  add("wait_s.p50", "s", from(quantiles_s[0], any), no_jobs);
  add("wait_s.p90", "s", from(quantiles_s[1], any), no_jobs);
  add("wait_s.p99", "s", from(quantiles_s[2], any), no_jobs);
  for (std::size_t group = 0; group < kTenantGroups; ++group)
    add("wait_s.mean." + std::string(kTenantGroupNames[group]), "s", from(group_wait_s_[group] / double(std::max<std::int64_t>(1, group_jobs_[group])), group_jobs_[group] > 0),
        has_projects ? Text{"no project of this group submitted a job", "이 집단의 과제가 낸 작업이 없습니다"} : Text{"no projects in this run", "과제가 없는 실행입니다"});
  for (std::size_t region = 0; region < region_jobs_.size() && region_jobs_.size() > 1; ++region)
    add(at_region("wait_s.mean", names_.regions[region]), "s", from(region_wait_s_[region] / double(std::max<std::int64_t>(1, region_jobs_[region])), region_jobs_[region] > 0),
        {"nobody of this region submitted a job", "이 권역에서 제출한 작업이 없습니다"});
  add("data_wait_s.p50", "s", from(any && has_projects ? wait_quantiles(data_waits_s_, {0.5}).front() : 0, any && has_projects),
      has_projects ? no_jobs : Text{"no data sets travel in this run: its jobs belong to no project", "과제가 없는 실행이라 데이터 전송이 없습니다"});
  const Text no_faults = {"no reliability model in this run", "이 실행에는 고장 모형이 없습니다"};
  add("faults.node", "faults", from(double(node_faults_), has_reliability), no_faults);
  add("interruptions.job", "interruptions", from(std::round(interruptions_), has_reliability), no_faults);
  const bool gangs = ettr_allocated_card_s_ > 0;
  add("ettr.mean", "share", from(gangs ? ettr_productive_card_s_ / ettr_allocated_card_s_ : 0, gangs),
      {"no job of several nodes ran", "여러 서버를 쓰는 작업이 없었습니다"});
}

void Recorder::add_workload_facts(Summary& facts) const {
  const Text reason = planning_ ? Text{"planning fidelity merges the small jobs (fidelity)", "계획용 정밀도에서는 작은 작업을 묶어 모의합니다(fidelity)"}
                                : Text{"too few jobs ended", "끝난 작업이 너무 적습니다"};
  auto add = [&](const char* name, const char* unit, double value) {
    const bool known = workload_.jobs() > 1 && std::isfinite(value);
    facts.metrics.push_back({std::string("workload.") + name, unit, from(value, known), known ? Text{} : reason});
  };
  add("busy_cards", "cards", workload_.mean_busy_cards());
  add("one_card_share_of_jobs", "share", workload_.one_card_share_of_jobs());
  add("card_time_share.8_cards_or_more", "share", workload_.node_share_of_card_time());
  add("run_s.p50", "s", workload_.median_run_s());
  add("queue_s.p50", "s", workload_.median_queue_s());
  for (const Outcome outcome : {Outcome::kCompleted, Outcome::kCancelled, Outcome::kFailed})
    add(("card_time_share." + std::string(kOutcomeNames[std::size_t(outcome)])).c_str(), "share", workload_.outcome_share_of_card_time(outcome));
  add("hourly_arrivals.variance_over_mean", "jobs", workload_.hourly_variance_over_mean());
  add("gap.cv", "ratio", workload_.gap_cv());
  add("gap.within_10_s", "share", workload_.gaps_within_10_s());
  add("submissions.peak_over_trough", "ratio", workload_.submissions_peak_over_trough());
  add("busy_cards.peak_over_trough", "ratio", workload_.busy_peak_over_trough());
  add("card_time_share.largest_tenant", "share", workload_.largest_tenants_share(1));
  add("card_time_share.largest_five_tenants", "share", workload_.largest_tenants_share(5));
  add("idle_share_inside_allocations", "share", workload_.idle_share_inside_allocations());
}

double quantile(std::vector<double>& values, double q) {
  const auto at = std::min(values.size() - 1, std::size_t(std::max(0.0, std::ceil(q * double(values.size())) - 1)));
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(at), values.end());
  return values[at];
}

double gini(std::vector<double>& amounts) {
  std::sort(amounts.begin(), amounts.end());
  double sum = 0, weighted = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    sum += amounts[i];
    weighted += amounts[i] * double(i + 1);
  }
  const double n = double(amounts.size());
  return sum > 0 ? 2 * weighted / (n * sum) - (n + 1) / n : 0;
}

}  // namespace dure::sim
