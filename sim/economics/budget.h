#pragma once
// The lines of a public budget, in the order in which they are filed.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/economics/money.h"

namespace dure::sim {

enum class BudgetLine : unsigned char {
  kAssets, kConstruction, kRent, kUtilities, kStaff, kMaintenance, kOperation, kSupport, kPenaltyPaid,  // expenditure
  kUserFees, kPenalty, kOwnUse, kOperationFee                                                            // revenue
};
inline constexpr std::size_t kBudgetLines = 13;
constexpr bool is_revenue(BudgetLine line) { return line >= BudgetLine::kUserFees; }

struct BudgetWords {
  std::string_view key, en, ko;
};
inline constexpr std::array<BudgetWords, kBudgetLines> kBudgetWords = {{
    {"assets", "acquisition of assets", "자산취득비"},
    {"construction", "construction", "시설비"},
    {"rent", "rent", "임차료"},
    {"utilities", "public utility charges", "공공요금"},
    {"staff", "personnel", "인건비"},
    {"maintenance", "maintenance", "유지관리비"},
    {"operation", "operation (fee of the operator)", "운영비(민간위탁)"},
    {"support", "support of teams", "지원금(민간보조)"},
    {"penalty_paid", "penalties paid", "위약금 지급"},
    {"user_fees", "user fees", "세입(이용료)"},
    {"penalty", "penalties", "세입(위약금)"},
    {"own_use", "sales of own use", "자체활용 판매 수입"},
    {"operation_fee", "fee from the state", "운영비 수입"},
}};

/// The line on which the payer files an entry, and the one on which the payee does. Memo entries are on none.
BudgetLine expenditure_line(MoneyKind kind, bool capital);
BudgetLine revenue_line(MoneyKind kind);

/// What an account spent or took on a line in a fiscal year (in Korea the calendar year). A row of `budget`.
struct BudgetItem {
  std::string account;  // state or operator
  int fiscal_year = 0;
  BudgetLine line{};
  std::int64_t krw = 0;
};

}  // namespace dure::sim
