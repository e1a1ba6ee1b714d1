#include "sim/engine/ledger_values.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr std::size_t kNotDelivered = std::size_t(Account::kNotDelivered);

/// What each account of a pool carries: the same for every card-hour, but for those of cancelled tranches.
std::array<double, kAccounts> krw_of(const Economics::Carried& carried, const std::array<double, kAccounts>& card_s) {
  std::array<double, kAccounts> krw = card_s;
  krw[kNotDelivered] = std::max(0.0, krw[kNotDelivered] - carried.cancelled_card_s);
  const double sum_s = std::accumulate(krw.begin(), krw.end(), 0.0);
  for (double& account : krw) account *= sum_s > 0 ? carried.krw / sum_s : 0;
  return krw;
}

}  // namespace

void value_ledger(RunState& run, const Meters& meters, const Books& books, Summary& summary) {
  const auto no_energy = meters.why_no_energy(), no_carbon = meters.why_no_carbon(), no_krw = books.why_no_total();
  if (!no_energy) meters.check_closes();
  const std::vector<Economics::Carried> carried = no_krw ? std::vector<Economics::Carried>(run.pools.size()) : books.carried();
  const Energy nothing;
  std::array<double, kCardStates> kwh{}, carbon_kg{}, krw{};
  double carried_krw = 0;
  for (std::size_t p = 0; p < run.pools.size(); ++p) {
    std::array<double, kAccounts> card_s;
    for (std::size_t account = 0; account < kAccounts; ++account) card_s[account] = run.pools[p].ledger.card_s(Account(account), run.now_s);
    const std::array<double, kAccounts> account_krw = krw_of(carried[p], card_s);
    if (carried[p].card_s > 0) carried_krw += carried[p].krw;
    for (std::size_t account = 0; account < kAccounts; ++account) {
      const Energy& energy = no_energy ? nothing : meters.energy(PoolId(p))[Account(account)];
      const std::size_t state = std::size_t(state_of(Account(account)));
      kwh[state] += energy.facility_kwh;
      carbon_kg[state] += energy.carbon_kg;
      krw[state] += account_krw[account];
      if (card_s[account] == 0 || run.recorder->ledger() == nullptr) continue;
      const IdleCause cause = cause_of(Account(account));
      auto unless = [](const std::optional<Text>& reason, double value) { return reason ? std::nullopt : std::optional<double>(value); };
      run.recorder->ledger()->insert(std::string_view(run.names.pool_site[p]), std::string_view(run.names.pool_card[p]), std::string_view(run.names.pool_partition[p]),
                                     kCardStateNames[state], cause == IdleCause::kNone ? std::string_view() : kIdleCauseNames[std::size_t(cause)],
                                     hours_from_s(card_s[account]), unless(no_energy, energy.it_kwh), unless(no_energy, energy.facility_kwh),
                                     unless(no_carbon, energy.carbon_kg), unless(no_krw, account_krw[account]));
    }
  }
  // Each pool's cost was divided by weights that sum to one: some hundred roundings, far below 1e-12.
  const double total_krw = std::accumulate(krw.begin(), krw.end(), 0.0);
  SIM_CHECK(std::abs(total_krw - carried_krw) <= 1e-12 * std::max(1.0, carried_krw), "the ledger in KRW does not close");

  auto add = [&](std::string_view name, const char* unit, const std::array<double, kCardStates>& by_state, const std::optional<Text>& reason) {
    for (std::size_t state = 0; state < kCardStates; ++state)
      summary.metrics.push_back({std::string(name) + std::string(kCardStateNames[state]), unit, reason ? std::nullopt : std::optional<double>(by_state[state]), reason.value_or(Text{})});
  };
  add("ledger_kwh.", "kWh", kwh, no_energy);
  add("ledger_carbon_kg.", "kg", carbon_kg, no_carbon);
  add("ledger_krw.", "KRW", krw, no_krw);
  summary.metrics.push_back({"ledger_krw.total", "KRW", no_krw ? std::nullopt : std::optional<double>(total_krw), no_krw.value_or(Text{})});
}

}  // namespace dure::sim
