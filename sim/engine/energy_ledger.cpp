#include "sim/engine/energy_ledger.h"

#include "sim/units.h"

namespace dure::sim {

void EnergyLedger::hour(double now_s, const PoolLedger& cards, double pue, double carbon_kg_per_kwh) {
  auto book = [&](std::size_t account, double it_j) {
    if (it_j == 0) return;
    const double it_kwh = kwh_from_j(it_j);
    Energy& energy = energy_[account];
    energy.it_kwh += it_kwh;
    energy.facility_kwh += it_kwh * pue;
    energy.carbon_kg += it_kwh * pue * carbon_kg_per_kwh;
  };
  book(std::size_t(Account::kOwnUse), own_use_.take_j(now_s));
  base_j_ += base_.take_j(now_s);
  if (base_j_ > 0) {  // else no public node was in service and no powered card-time passed, or nodes have no base
    std::array<double, kAccounts> card_s;
    double powered_card_s = 0;
    for (std::size_t account = kPowered; account < kAccounts; ++account) {
      const double so_far_s = cards.card_s_so_far(Account(account), now_s);
      powered_card_s += card_s[account] = so_far_s - card_s_before_[account];
      card_s_before_[account] = so_far_s;
    }
    if (powered_card_s > 0) {
      const double j_per_card_s = base_j_ / powered_card_s;
      for (std::size_t account = kPowered; account < kAccounts; ++account) book(account, j_per_card_s * card_s[account]);
      base_j_ = 0;
    }
  }
  book(std::size_t(Account::kProductive), productive_.take_j(now_s));
  book(std::size_t(Account::kRework), rework_.take_j(now_s));
}

}  // namespace dure::sim
