#include "sim/economics/money.h"

namespace dure::sim {

std::int64_t MoneyTotals::cost_krw() const {
  std::int64_t sum = 0;
  for (std::size_t kind = 0; kind < kMoneyKinds; ++kind)
    if (is_cost(static_cast<MoneyKind>(kind))) sum += krw[kind];
  return sum;
}

void MoneyTotals::add(const MoneyEntry& entry) {
  krw[static_cast<std::size_t>(entry.kind)] += entry.krw;
  if (entry.capital) capital_krw += entry.krw;
  if (is_cost(entry.kind) && entry.payer == kOperator) operator_paid_krw += entry.krw;
}

MoneyTotals money_totals(const std::vector<MoneyEntry>& entries) {
  MoneyTotals totals;
  for (const MoneyEntry& entry : entries) totals.add(entry);
  return totals;
}

}  // namespace dure::sim
