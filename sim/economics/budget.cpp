#include "sim/economics/budget.h"

#include "sim/error.h"

namespace dure::sim {

BudgetLine expenditure_line(MoneyKind kind, bool capital) {
  switch (kind) {
    case MoneyKind::kCapex: return BudgetLine::kAssets;
    case MoneyKind::kFacility: return capital ? BudgetLine::kConstruction : BudgetLine::kRent;
    case MoneyKind::kElectricity: return BudgetLine::kUtilities;
    case MoneyKind::kStaff: return BudgetLine::kStaff;
    case MoneyKind::kMaintenance: return BudgetLine::kMaintenance;
    case MoneyKind::kNetwork: return capital ? BudgetLine::kAssets : BudgetLine::kUtilities;  // lines are utilities as telephones are
    case MoneyKind::kRent: return BudgetLine::kRent;
    case MoneyKind::kProgramme: return BudgetLine::kSupport;
    case MoneyKind::kOperatorFee: return BudgetLine::kOperation;
    case MoneyKind::kPenalty: return BudgetLine::kPenaltyPaid;
    default: break;
  }
  SIM_CHECK(false, "state and operator spend nothing of this kind");
  return {};
}

BudgetLine revenue_line(MoneyKind kind) {
  switch (kind) {
    case MoneyKind::kUserPayments: return BudgetLine::kUserFees;
    case MoneyKind::kPenalty: return BudgetLine::kPenalty;
    case MoneyKind::kOwnUse: return BudgetLine::kOwnUse;
    case MoneyKind::kOperatorFee: return BudgetLine::kOperationFee;
    default: break;
  }
  SIM_CHECK(false, "state and operator take nothing of this kind");
  return {};
}

}  // namespace dure::sim
