// Quotas and reservations in the walk of jobs: who stands aside, who is let in, who borrows.
#include <algorithm>

#include "sim/engine/job_walk.h"
#include "sim/engine/rules.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

void JobWalk::keep_rules() {
  const ReservationPlan plan = plan_reservations(run_);
  owner_groups_ = plan.owners;
  for (const PoolReservation& each : plan.reservations) {
    run_.pool(each.pool).cards.reserve(each.kept);
    for (const double at_s : {each.kept.from_s, each.kept.until_s})
      if (at_s > 0 && at_s < run_.horizon_s) run_.timers.set(at_s, Event::kRuleChange, 0);
  }
  for (std::size_t i = 0; i < run_.fleet.sites().size(); ++i) {
    PowerCap* const cap = meters_.cap(SiteId(i));
    if (cap == nullptr) continue;
    const SiteFacts& site = run_.fleet.sites()[i];
    for (std::size_t pool = site.pool_begin; pool < site.pool_end; ++pool) run_.pools[pool].cards.cap_power(*cap);
    cap->draw_mw = [this](JobId id) {
      const ActiveJob& active = run_.jobs[std::uint32_t(id)];
      return meters_.draw_mw(run_.population.job_classes[index(active.job.job_class)], active.cards, active.pool);
    };
    cap->loosened = [this, &site] {
      for (std::size_t pool = site.pool_begin; pool < site.pool_end; ++pool) run_.touch(PoolId(pool));
      power_loosened_ = true;
    };
  }
  quotas_ = make_quotas(run_);
  if (!quotas_) return;
  for (const double at_s : quotas_->changes_s())
    if (at_s < run_.horizon_s) run_.timers.set(at_s, Event::kRuleChange, 0);
  quotas_->advance(0);
  in_service_.assign(run_.pools.size(), 0);
  const proto::Quotas& config = run_.scenario.scheduler().quotas();
  lends_ = config.lending() == proto::Quotas::IDLE;
  if (lends_ && config.recall() == proto::Quotas::PREEMPT)
    for (PoolState& pool : run_.pools) pool.cards.allow_recall([this](TenantId tenant) { return quotas_->over_milli(tenant); });
}

void JobWalk::on_rule_change(std::uint32_t what) {
  if (what > 0) return run_.touch(PoolId(what - 1));
  if (quotas_) quotas_->advance(run_.now_s);
  for (std::size_t i = 0; i < run_.pools.size(); ++i) run_.touch(PoolId(i));
}

std::uint16_t JobWalk::owner_marks(const Job& job) const {
  const auto has = [](const auto& list, const auto& value) { return std::find(list.begin(), list.end(), value) != list.end(); };
  unsigned marks = 0;
  for (std::size_t i = 0; i < owner_groups_.size(); ++i)
    if (has(owner_groups_[i].classes, job.job_class) || has(owner_groups_[i].tenants, run_.population.tenants[index(job.tenant)].name)) marks |= 1U << i;
  return std::uint16_t(marks);
}

void JobWalk::stand_aside(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  active.aside = true;
  run_.pool(active.pool).aside.push(active.line());
  quotas_->wait(active.line());
  run_.touch(active.pool);
}

void JobWalk::let_in() {
  int cards = 0;
  for (const PoolId id : run_.touched) in_service_[index(id)] = run_.pool(id).cards.free().cards_in_service();
  for (const int each : in_service_) cards += each;
  quotas_->in_service(cards, run_.now_s);
  while (const auto job = quotas_->let_in()) {
    const auto slot = std::uint32_t(job->id);
    ActiveJob& active = run_.jobs[slot];
    run_.pool(active.pool).aside.remove(active.line());
    run_.touch(active.pool);
    active.aside = false;
    active.counts = true;
    if (standing(active.job.project) == nullptr)
      if (const auto pool = choose_pool(active)) go_to(active, *pool);  // the site is chosen when it is let in
    join_queue(slot);
  }
}

void JobWalk::lend(PoolState& pool) {
  while (const auto job = pool.cards.next_to_borrow(pool.aside, run_.now_s)) {
    const auto slot = std::uint32_t(job->id);
    ActiveJob& active = run_.jobs[slot];
    pool.aside.remove(*job);
    quotas_->withdraw(*job);
    quotas_->borrows(*job);
    active.aside = false;
    active.counts = active.borrows = true;
    if (active.job.names_cards()) pool.typed += active.cards;
    Pool::Start next = pool.cards.borrow(*job, run_.now_s);
    start(next);
  }
}

void JobWalk::count_no_more(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  if (active.counts) quotas_->gives_back(active.job.tenant, {active.job.cards, active.job.share_milli});
  active.counts = active.borrows = false;
}

void JobWalk::add_rule_metrics(Summary& summary) const {
  const Text no_quotas{"quotas are not in the run (scheduler.quotas)", "쿼터(scheduler.quotas)를 적용하지 않았습니다"};
  const auto add = [&](const char* name, const char* unit, double value) {
    summary.metrics.push_back({name, unit, quotas_ ? std::optional(value) : std::nullopt, quotas_ ? Text{} : no_quotas});
  };
  add("quotas.borrowed_card_hours", "card-hours", quotas_ ? hours_from_s(quotas_->borrowed_card_s(run_.now_s)) : 0);
  add("quotas.recalled_jobs", "jobs", double(recalled_));
}

}  // namespace dure::sim
