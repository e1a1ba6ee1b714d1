#include "sim/engine/utilisation.h"

namespace dure::sim {

void Utilisation::book(PoolId pool, Date day, Account account, double card_s) {
  const CardState state = state_of(account);
  if (!is_free(state) && !is_allocated(state)) return;
  by_month_[Calendar::month_index(day)].add(state, card_s);
  by_region_[index(run_.fleet.site(run_.fleet.pool(pool).site).region)].add(state, card_s);
}

void Utilisation::add_metrics(Summary& summary) const {
  const auto add = [&](const std::string& name, const Use& use) {
    summary.metrics.push_back({name, "share", use.share(), use.share() ? Text{} : Text{"no public card was in service", "가동된 공공 카드가 없습니다"}});
  };
  Use all;
  std::map<int, Use> by_year;
  for (const auto& [month, use] : by_month_) {
    all.add(use);
    by_year[int(Calendar::first_of_month(month).year())].add(use);
  }
  add("utilisation.mean", all);
  for (const auto& [year, use] : by_year) add("utilisation." + std::to_string(year), use);
  for (const auto& [month, use] : by_month_) add("utilisation." + to_string(Calendar::first_of_month(month)).substr(0, 7), use);
  for (const std::size_t region : run_.regions_with_cards()) add(at_region("utilisation.mean", run_.names.regions[region]), by_region_[region]);
}

}  // namespace dure::sim
