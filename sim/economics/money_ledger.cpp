#include "sim/economics/money_ledger.h"

#include <cmath>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {
bool is_house(const std::string& account) { return account == kState || account == kOperator; }
}  // namespace

void MoneyLedger::book(const MoneyEntry& entry) {
  SIM_CHECK(entry.krw > 0, "an entry moves nothing");
  SIM_CHECK(!entry.payer.empty() && !entry.payee.empty() && !entry.reason.empty(), "an entry has no payer, payee or reason");
  SIM_CHECK(entry.payer != entry.payee, "an entry goes back to its payer");
  SIM_CHECK(std::isfinite(entry.at_s) && entry.for_s <= entry.at_s, "an entry has no date, or pays for what is to come");
  totals_.add(entry);
  auto& balance = is_memo(entry.kind) ? memo_krw_ : cash_krw_;
  balance[entry.payer] -= entry.krw;
  balance[entry.payee] += entry.krw;
  if (!is_memo(entry.kind)) {
    const int year = fiscal_year(entry);
    if (is_house(entry.payer)) budget_krw_[{entry.payer, expenditure_line(entry.kind, entry.capital), year}] += entry.krw;
    if (is_house(entry.payee) && !is_cost(entry.kind)) budget_krw_[{entry.payee, revenue_line(entry.kind), year}] += entry.krw;
  }
  const double now_krw = double(entry.krw) * std::pow(1 + discount_rate_per_year_, -entry.at_s / kYear_s);
  if (entry.kind == MoneyKind::kSubsidy) {
    npv_subsidy_krw_ += now_krw;
    return;
  }
  npv_house_krw_ += now_krw * (int(is_house(entry.payee)) - int(is_house(entry.payer)));
  npv_state_krw_ += now_krw * (int(entry.payee == kState) - int(entry.payer == kState));
}

std::vector<BudgetItem> MoneyLedger::budget() const {
  std::vector<BudgetItem> items;
  for (const std::string_view account : {kState, kOperator})
    for (const auto& [place, krw] : budget_krw_)
      if (std::get<0>(place) == account) items.push_back({std::get<0>(place), std::get<2>(place), std::get<1>(place), krw});
  return items;
}

std::int64_t MoneyLedger::cash_balance_krw(const std::string& account) const {
  const auto found = cash_krw_.find(account);
  return found == cash_krw_.end() ? 0 : found->second;
}

void MoneyLedger::check_closes() const {
  for (const auto* balances : {&cash_krw_, &memo_krw_}) {
    std::int64_t sum = 0;
    for (const auto& [account, krw] : *balances) sum += krw;
    SIM_CHECK(sum == 0, "won were made or lost");
  }
  std::int64_t state = 0, of_operator = 0, spent = 0;
  for (const auto& [place, krw] : budget_krw_) {
    const auto& [account, line, year] = place;
    (account == kState ? state : of_operator) += is_revenue(line) ? krw : -krw;
    if (!is_revenue(line)) spent += krw;
  }
  SIM_CHECK(state == cash_balance_krw(std::string(kState)) && of_operator == cash_balance_krw(std::string(kOperator)), "the budget is not the cash of its accounts");
  SIM_CHECK(spent == totals_.cost_krw() + totals_.of(MoneyKind::kOperatorFee) + totals_.of(MoneyKind::kPenalty), "what was spent is not the sum of costs");
}

}  // namespace dure::sim
