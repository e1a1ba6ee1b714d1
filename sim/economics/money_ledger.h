#pragma once
// Every won of a run: who lost it, who gained it, in which fiscal year, and what it is worth on the first day.
#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "sim/calendar.h"
#include "sim/economics/budget.h"
#include "sim/economics/money.h"

namespace dure::sim {

/// Books entries and keeps their sums.
///
///   balance of an account = Σ received − Σ paid; over all accounts 0, always
///   net present value     Σ (received − paid) · (1 + d)^(−t / year), t from the first second of the run, a year of 365.25 days;
///                         of the house: what state and operator receive from others less what they pay others; of the state
///                         alone: what it receives and pays, the operator included. The worth of what is left counts as received,
///                         subsidies (market price not paid) do not count. The net benefit is that of the house with them: what
///                         users used is worth its market price.
///   fiscal year           calendar year in which the service begins that an entry pays for
///
/// An entry that moves nothing, or has no payer, payee or reason, is a mistake of ours (SIM_CHECK).
class MoneyLedger {
 public:
  MoneyLedger(double discount_rate_per_year, const Calendar& calendar, double end_s) : discount_rate_per_year_(discount_rate_per_year), calendar_(calendar), end_s_(end_s) {}

  void book(const MoneyEntry& entry);

  const MoneyTotals& totals() const { return totals_; }
  int fiscal_year(const MoneyEntry& entry) const { return int(calendar_.date(std::min(entry.for_s, end_s_ - 1)).year()); }  // the last instant is of the last day
  /// The state first, by line as it is filed, then by year.
  std::vector<BudgetItem> budget() const;
  /// Of cash alone; 0 for an account that is not in the ledger.
  std::int64_t cash_balance_krw(const std::string& account) const;
  double npv_house_krw() const { return npv_house_krw_; }
  double npv_state_krw() const { return npv_state_krw_; }
  double npv_net_benefit_krw() const { return npv_house_krw_ + npv_subsidy_krw_; }

  /// Balances sum to zero, the budget of state and operator is their cash, and what they spent is the sum of costs.
  void check_closes() const;

 private:
  double discount_rate_per_year_;
  Calendar calendar_;
  double end_s_;
  MoneyTotals totals_;
  std::map<std::string, std::int64_t> cash_krw_, memo_krw_;  // by account
  std::map<std::tuple<std::string, BudgetLine, int>, std::int64_t> budget_krw_;
  double npv_house_krw_ = 0;
  double npv_state_krw_ = 0;
  double npv_subsidy_krw_ = 0;
};

}  // namespace dure::sim
