// Which pool a job outside projects queues at.
#include "sim/engine/job_walk.h"

namespace dure::sim {

/// The pools are looked at as they stand now, nearest first; those of the home region, where one that has room decides, before all.
std::optional<PoolId> JobWalk::choose_pool(const ActiveJob& active) {
  const Job& job = active.job;
  const Ask ask{job.cards, job.share_milli};
  const auto may_use = [&](PoolId id) {
    return !gone_[index(id)] && run_.may_use(job.job_class, id) && job.may_run_on(run_.fleet.pool(id).card);
  };
  const auto fits_now = [&](PoolId id) { return run_.pool(id).cards.queue().empty() && run_.pool(id).cards.free().fits(ask); };
  const auto could_hold = [&](PoolId id) { return job.cards <= run_.largest_job_cards(id) && within_cap(active, id); };
  if (region_choice_.takes_home_at_once())
    for (const PoolId id : pools_of_region_[index(job.region)])
      if (may_use(id) && fits_now(id) && could_hold(id)) return id;
  choices_.clear();
  for (const PoolId id : outlook_.nearest(job.region)) {
    if (!may_use(id)) continue;
    const PoolFacts& facts = run_.fleet.pool(id);
    const Pool& pool = run_.pool(id).cards;
    choices_.push_back({id, run_.fleet.site(facts.site).region, fits_now(id), could_hold(id), pool.queue().cards(), pool.free().cards_in_service(), 0});
    if (!region_choice_.asks_any()) continue;
    PoolChoice& choice = choices_.back();
    outlook_.describe(choice, job.region, 1);
    if (region_choice_.asks_wait()) choice.wait_s = pool.expected_wait_s(ask, run_.now_s);
    if (region_choice_.asks_run()) choice.run_s = active.estimate_left_s() / active.run_factor * outlook_.run_factor(facts.card, job.job_class);
  }
  return region_choice_.for_job(job.region, job.may_spill, choices_);
}

/// May the job ever start there, whatever else runs?
bool JobWalk::within_cap(const ActiveJob& active, PoolId id) const {
  const PowerCap* const cap = meters_.cap(run_.fleet.pool(id).site);
  return cap == nullptr || cap->could_hold(meters_.draw_mw(run_.population.job_classes[index(active.job.job_class)], active.cards, id));
}

void JobWalk::go_to(ActiveJob& active, PoolId pool) {
  active.pool = pool;
  if (!outlook_.has_run_factors()) return;
  const double factor = outlook_.run_factor(run_.fleet.pool(pool).card, active.job.job_class);
  const double by = factor / active.run_factor;
  active.run_factor = factor;
  active.job.work_s *= by;
  active.job.estimate_s *= by;
  active.progress.stretch(by);
}

}  // namespace dure::sim
