#include "sim/workload/trace_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sim/units.h"
#include "sim/workload/data_path.h"
#include "sim/workload/tenants.h"

namespace dure::sim {
namespace {

struct CardAsk {
  CardTypeId type = kAnyCardType;
  std::uint64_t choice = 0;  // as Job::card_choice
};

/// Of the card types "A|B" that suit a job: any, if the scenario has no other; else one of those it has whose largest pool takes
/// the job, or the first it has.
CardAsk cards_of(const TraceJob& job, std::span<const std::string> card_names, const std::function<int(CardTypeId)>& largest_job_cards) {
  if (job.card_type.empty()) return {};
  std::vector<CardTypeId> known;
  for (std::size_t from = 0; from <= job.card_type.size();) {
    const std::size_t to = std::min(job.card_type.find('|', from), job.card_type.size());
    const auto named = std::find(card_names.begin(), card_names.end(), job.card_type.substr(from, to - from));
    const auto card = CardTypeId(named - card_names.begin());
    if (named != card_names.end() && std::find(known.begin(), known.end(), card) == known.end()) known.push_back(card);
    from = to + 1;
  }
  if (known.empty())
    throw ScenarioError("workload.trace.file",
                        {fmt::format("job {} asks for card type \"{}\", which the scenario does not have", job.id, job.card_type),
                         fmt::format("작업 {}이(가) 요청한 카드 종류 \"{}\"이(가) 시나리오에 없습니다", job.id, job.card_type)},
                        {"add the card type, or empty the column", "카드 종류를 더하거나 열을 비우십시오"});
  if (known.size() > 1 && known.size() == card_names.size()) return {};
  const auto narrow = std::stable_partition(known.begin(), known.end(), [&](CardTypeId card) { return job.cards <= largest_job_cards(card); });
  if (narrow - known.begin() <= 1) return {known.front()};
  CardAsk choice;
  for (auto card = known.begin(); card != narrow; ++card)
    if (index(*card) < kChoosableCardTypes) choice.choice |= std::uint64_t{1} << index(*card);
  return choice.choice == 0 ? CardAsk{known.front()} : choice;
}

}  // namespace

TraceJobs read_trace(const ::dure::Trace& config, const std::filesystem::path& base, const Calendar& calendar, double horizon_s) {
  TraceJobs trace = read_trace_file(config.format(), data_path(config.file(), base, "workload.trace.file"), request_rate(config));
  if (config.has_log_first_day()) trace.first_day = parse_date(config.log_first_day());
  const bool dated_quotas = std::any_of(config.tenant_quota().begin(), config.tenant_quota().end(), [](const ::dure::TenantQuota& quota) { return quota.has_from(); });
  const bool needs_dates = config.has_submitted_from() || config.has_submitted_until() || config.clock() == ::dure::SAME_DATES || dated_quotas;
  if (needs_dates && !trace.first_day)
    throw ScenarioError("workload.trace",
                        {"the log has no dates, so days of it cannot be told apart", "기록에 날짜가 없어 날을 가릴 수 없습니다"},
                        {"set log_first_day to the day of its second 0", "0초가 속한 날을 log_first_day에 적으십시오"});

  const Calendar log(trace.first_day.value_or(calendar.first_day()));
  const double from_s = config.has_submitted_from() ? log.at_s(parse_date(config.submitted_from())) : -1e300;
  const double until_s = config.has_submitted_until() ? log.at_s(parse_date(config.submitted_until())) + kDay_s : 1e300;
  const auto first = std::partition_point(trace.jobs.begin(), trace.jobs.end(), [&](const TraceJob& job) { return job.submit_s < from_s; });
  const auto last = std::partition_point(first, trace.jobs.end(), [&](const TraceJob& job) { return job.submit_s < until_s; });
  TraceReport& report = trace.report;
  const auto rows = [](auto from, auto until) { return std::accumulate(from, until, std::size_t{0}, [](std::size_t sum, const TraceJob& job) { return sum + job.rows; }); };
  if (first != trace.jobs.begin())
    report.dropped.push_back({{"submitted before submitted_from", "submitted_from 이전 제출"}, rows(trace.jobs.begin(), first)});
  if (last != trace.jobs.end())
    report.dropped.push_back({{"submitted after submitted_until", "submitted_until 이후 제출"}, rows(last, trace.jobs.end())});
  trace.jobs.erase(last, trace.jobs.end());
  trace.jobs.erase(trace.jobs.begin(), first);
  if (trace.jobs.empty())
    throw ScenarioError("workload.trace", {"no job of the log is left to replay", "재생할 작업이 없습니다"},
                        {"widen submitted_from .. submitted_until, or look at the file",
                         "submitted_from과 submitted_until을 넓히거나 파일을 확인하십시오"});

  double zero_s = 0;  // of the run, in the log's seconds
  switch (config.clock()) {
    case ::dure::FIRST_DAY:
      zero_s = config.has_submitted_from() ? from_s : std::floor(trace.jobs.front().submit_s / kDay_s) * kDay_s;
      break;
    case ::dure::FIRST_SUBMIT:
      zero_s = trace.jobs.front().submit_s;
      break;
    case ::dure::SAME_DATES:
      zero_s = log.at_s(calendar.first_day());
      break;
  }
  for (TraceJob& job : trace.jobs) job.submit_s -= zero_s;
  trace.run_zero_s = zero_s;
  if (trace.jobs.front().submit_s < 0)
    throw ScenarioError(
        "workload.trace.clock",
        {fmt::format("the log begins on {}, before the run does", to_string(log.date(trace.jobs.front().submit_s + zero_s))),
         fmt::format("기록이 실행 시작 전인 {}에 시작합니다", to_string(log.date(trace.jobs.front().submit_s + zero_s)))},
        {fmt::format("set submitted_from: \"{}\", or another clock", to_string(calendar.first_day())),
         fmt::format("submitted_from: \"{}\"로 하거나 clock을 바꾸십시오", to_string(calendar.first_day()))});
  const auto late = std::partition_point(trace.jobs.begin(), trace.jobs.end(), [&](const TraceJob& job) { return job.submit_s < horizon_s; });
  if (late == trace.jobs.begin())
    throw ScenarioError("workload.trace.clock",
                        {fmt::format("the first job of the log comes {:.6g} s after the start of the run, which lasts {:.6g} s", trace.jobs.front().submit_s, horizon_s),
                         fmt::format("기록의 첫 작업이 실행 시작 {:.6g}초 뒤에 제출되는데 실행은 {:.6g}초 만에 끝납니다", trace.jobs.front().submit_s, horizon_s)},
                        {"set end_date or horizon_s later, or clock: FIRST_SUBMIT", "end_date나 horizon_s를 늦추거나 clock: FIRST_SUBMIT으로 하십시오"});
  if (late != trace.jobs.end())
    report.dropped.push_back({{"submitted after the end of the run", "실행이 끝난 뒤 제출"}, rows(late, trace.jobs.end())});
  trace.jobs.erase(late, trace.jobs.end());
  sum_up(trace);
  return trace;
}

RequestRate request_rate(const ::dure::Trace& config) { return {config.request_interval_s(), config.prompt_tokens_per_card_s(), config.output_tokens_per_card_s()}; }
RequestRate default_request_rate() { return request_rate(::dure::Trace::default_instance()); }

TraceSource::TraceSource(const ::dure::Trace& config, TraceJobs trace, std::span<const std::string> card_names,
                         const std::function<int(JobClassId, CardTypeId)>& largest_job_cards, std::span<const double> region_share, Population& population)
    : trace_(std::move(trace)) {
  std::vector<double> card_s(trace_.tenants.size(), 0.0);
  const JobClassId other = job_class_named(population, config.job_class(), "workload.trace.job_class");
  for (const TraceJob& job : trace_.jobs) {
    card_s[job.tenant] += job.card_s();
    job_class_.push_back(job.job_class.empty() ? other : job_class_named(population, job.job_class, "workload.trace.file"));
    const CardAsk cards = cards_of(job, card_names, [&](CardTypeId card) { return largest_job_cards(job_class_.back(), card); });
    card_type_.push_back(cards.type);
    card_choice_.push_back(cards.choice);
    if (const int largest = largest_job_cards(job_class_.back(), card_type_.back()); job.cards > largest)
      throw ScenarioError(Text{fmt::format("job {} asks for {} cards but the largest pool it may use has {}", job.id, job.cards, largest),
                               fmt::format("작업 {}이(가) 카드 {}장을 요청했지만 쓸 수 있는 가장 큰 풀은 {}장입니다", job.id, job.cards, largest)},
                          Place{trace_.report.file, job.line}, Text{"enlarge a site, or take the row out", "센터를 키우거나 행을 지우십시오"});
  }
  tenant_region_ = regions_by_share(card_s, region_share);
  first_tenant_ = std::uint32_t(population.tenants.size());
  for (std::size_t i = 0; i < card_s.size(); ++i) population.tenants.push_back({trace_.tenants[i], TenantKind::kOther, tenant_region_[i]});
  set_quotas(config, population);
}

void TraceSource::set_quotas(const ::dure::Trace& config, Population& population) {
  std::size_t strangers = 0;
  std::string names;
  for (int i = 0; i < config.tenant_quota_size(); ++i) {
    const ::dure::TenantQuota& quota = config.tenant_quota(i);
    const auto first = population.tenants.begin() + first_tenant_;
    auto tenant = std::find_if(first, population.tenants.end(), [&](const Tenant& each) { return each.name == quota.tenant(); });
    if (tenant == population.tenants.end()) {
      population.tenants.push_back({quota.tenant(), TenantKind::kOther, RegionId{0}});
      ++strangers;
      (names += names.empty() ? "" : ", ") += quota.tenant();
      tenant = std::prev(population.tenants.end());
    }
    const double from_s = quota.has_from() ? Calendar(trace_.first_day.value()).at_s(parse_date(quota.from())) - trace_.run_zero_s
                                           : -std::numeric_limits<double>::infinity();
    const auto at = std::lower_bound(tenant->quota.begin(), tenant->quota.end(), from_s, [](const QuotaStep& step, double s) { return step.from_s < s; });
    if (at != tenant->quota.end() && at->from_s == from_s)
      throw ScenarioError(fmt::format("workload.trace.tenant_quota[{}]", i),
                          quota.has_from() ? Text{fmt::format("tenant \"{}\" has two quotas from {}", quota.tenant(), quota.from()),
                                                  fmt::format("기관 \"{}\"에 {}부터의 쿼터가 둘 있습니다", quota.tenant(), quota.from())}
                                           : Text{fmt::format("tenant \"{}\" has two quotas from the beginning", quota.tenant()),
                                                  fmt::format("기관 \"{}\"에 처음부터의 쿼터가 둘 있습니다", quota.tenant())},
                          {"keep one row, or give `from` a day", "한 행만 남기거나 from에 날짜를 적으십시오"});
    tenant->quota.insert(at, {from_s, quota.cards()});
  }
  if (strangers > 0)
    trace_.report.noted.push_back({{"tenants with a quota that the log does not have: " + names, "쿼터는 있지만 기록에 없는 기관: " + names}, strangers});
}

bool TraceSource::next(Job& job) {
  if (at_ == trace_.jobs.size()) return false;
  const TraceJob& row = trace_.jobs[at_];
  job.tenant = TenantId{first_tenant_ + std::uint32_t(row.tenant)};
  job.project = kNoProject;
  job.job_class = job_class_[at_];
  job.region = tenant_region_[row.tenant];
  job.submit_s = row.submit_s;
  job.work_s = row.duration_s;
  job.estimate_s = std::max(1.0, row.estimate_s > 0 ? row.estimate_s : row.duration_s);
  job.cards = row.cards;
  job.share_milli = row.share_milli;
  job.card_type = card_type_[at_];
  job.card_choice = card_choice_[at_];
  job.outcome = row.outcome;
  job.may_spill = true;
  ++at_;
  return true;
}

}  // namespace dure::sim
