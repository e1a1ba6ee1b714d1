#pragma once
// One payment: kinds, entries, sums.
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dure::sim {

enum class MoneyKind : unsigned char {
  kCapex, kFacility, kElectricity, kStaff, kMaintenance, kNetwork, kRent, kProgramme, kUserPayments, kOwnUse, kOperatorFee, kPenalty, kSubsidy, kResidualValue
};
inline constexpr std::size_t kMoneyKinds = 14;
inline constexpr std::array<std::string_view, kMoneyKinds> kMoneyKindNames = {
    "capex", "facility", "electricity", "staff", "maintenance", "network", "rent", "programme", "user_payments", "own_use", "operator_fee", "penalty", "subsidy", "residual_value"};
/// Does a payment of this kind cost the house (state and operator together)? Income does not, nor what one pays the other.
constexpr bool is_cost(MoneyKind kind) { return kind < MoneyKind::kUserPayments; }
/// Moves no cash: what users do not pay of the market price, and what the things bought are still worth.
constexpr bool is_memo(MoneyKind kind) { return kind >= MoneyKind::kSubsidy; }

inline constexpr std::string_view kState = "state";
inline constexpr std::string_view kOperator = "operator";

/// One payment: so many whole won from a payer to a payee. A row of `money`.
struct MoneyEntry {
  double at_s = 0;
  MoneyKind kind = MoneyKind::kCapex;
  std::string payer;   // state, operator, tenant, customers, market
  std::string payee;   // state, operator, tenant, supplier, landlord, builder, utility, staff, carrier, provider
  std::string reason;  // tranche, site or project
  std::int64_t krw = 0;
  bool capital = false;  // an investment: enters cost per card-hour through depreciation, not as running cost
  double for_s = 0;      // when the service that it pays for begins; of single payments at_s
};

/// The only place where won are made whole.
inline std::int64_t whole_krw(double krw) { return std::llround(krw); }

/// Sums of entries by kind.
struct MoneyTotals {
  std::array<std::int64_t, kMoneyKinds> krw{};
  std::int64_t capital_krw = 0;
  std::int64_t operator_paid_krw = 0;  // costs that the operator pays
  void add(const MoneyEntry& entry);
  std::int64_t of(MoneyKind kind) const { return krw[static_cast<std::size_t>(kind)]; }
  std::int64_t cost_krw() const;                                         // kinds that are costs
  std::int64_t running_krw() const { return cost_krw() - capital_krw; }  // facility rent, electricity, staff, maintenance, lines, rent, support of teams
  std::int64_t operator_income_krw() const { return of(MoneyKind::kOwnUse) + of(MoneyKind::kOperatorFee); }
};
MoneyTotals money_totals(const std::vector<MoneyEntry>& entries);

}  // namespace dure::sim
