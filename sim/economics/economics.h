#pragma once
// What the cards cost, who pays, when.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/inventory/fleet.h"

namespace dure {
class Economics;
}

namespace dure::sim {

enum class MoneyKind : unsigned char { kCapex, kFacility, kElectricity, kStaff, kMaintenance, kRent, kProgramme, kUserPayments, kOwnUse, kOperatorFee };
inline constexpr std::size_t kMoneyKinds = 10;
inline constexpr std::array<std::string_view, kMoneyKinds> kMoneyKindNames = {"capex", "facility", "electricity", "staff", "maintenance", "rent",
                                                                              "programme", "user_payments", "own_use", "operator_fee"};
/// Does a payment of this kind cost the house (state and operator together)? Income does not, nor what one pays the other.
constexpr bool is_cost(MoneyKind kind) { return kind < MoneyKind::kUserPayments; }

/// One payment: so many won from a payer to a payee. A row of `money`.
struct MoneyEntry {
  double at_s = 0;
  MoneyKind kind = MoneyKind::kCapex;
  std::string payer;   // state, operator, or a tenant
  std::string payee;   // supplier, landlord, utility, staff, provider, state
  std::string reason;  // tranche, site or project
  double krw = 0;
  bool capital = false;  // an investment: enters cost per card-hour through depreciation, not as running cost
};

/// Sums of entries by kind.
struct MoneyTotals {
  std::array<double, kMoneyKinds> krw{};
  double capital_krw = 0;
  void add(const MoneyEntry& entry);
  double of(MoneyKind kind) const { return krw[static_cast<std::size_t>(kind)]; }
  double operator_paid_krw = 0;   // costs that the operator pays
  double cost_krw() const;                                         // kinds that are costs
  double running_krw() const { return cost_krw() - capital_krw; }  // facility rent, electricity, staff, maintenance, rent, support of teams
  double operator_income_krw() const { return of(MoneyKind::kOwnUse) + of(MoneyKind::kOperatorFee); }
};
MoneyTotals money_totals(const std::vector<MoneyEntry>& entries);

/// Costs of a fleet as cash entries, and its depreciation.
///
///   capex        p · cards at delivery; p named by the tranche, else by the year of its order × (contract cards / 1000)^-b
///   facility     colocation: KRW per kW and month × reserved kW; or, where the state owns the building, once, at the first
///                delivery of bought cards: KRW per MW × contracted MW / design PUE
///   electricity  the site's bill × the share of bought cards in the energy of busy nodes in service
///   staff        (fixed per site + per 1,000 cards) × KRW per person and year, while bought cards are in service
///   maintenance  share per year × price of bought cards in service
///   rent         KRW per card-hour from delivery to the end of the term, used or not; it includes building, electricity and people
///   payments     KRW per card-hour × card-hours used
///   own use      KRW per card-hour × share sold × the operator's own cards in service; where economics names an operator
///   fee          KRW per card and year × public bought cards in service, where the operator pays the running costs
///   depreciation price / life per year in service, straight line, to zero; buildings likewise from first delivery
///
/// Rates accrue by the second (a month is a twelfth of 365.25 days), so spans add up however they are cut. Where a contract leaves the
/// operator cards of its own, the operator pays the running costs of that site (own use instead of a fee); elsewhere the state.
/// Sources: korea/costs.csv through the defaults of economics.proto. Not modelled: interest, VAT, warranty, residual value.
class Economics {
 public:
  Economics(const ::dure::Economics& terms, const Fleet& fleet);

  /// Call when a tranche is delivered within the run: what was delivered before it was paid before it, but is still written off.
  /// Rentals cost nothing on that day.
  std::vector<MoneyEntry> on_delivery(TrancheId id) const;

  /// Running costs of a site over [from_s, until_s), booked at until_s. `electricity_krw` is its bill for that span.
  std::vector<MoneyEntry> running_costs(SiteId id, double from_s, double until_s, double electricity_krw) const;

  static MoneyEntry user_payment(double at_s, std::string tenant, std::string project, double card_hours, double krw_per_card_hour);

  static MoneyEntry support(double at_s, std::string tenant, std::string reason, double krw);

  /// Straight-line depreciation over [from_s, until_s) of bought cards in service and of owned buildings.
  double depreciation_krw(double from_s, double until_s) const;

  /// (depreciation in service + running cost) / productive card-hours; none where nothing was productive.
  std::optional<double> krw_per_productive_card_hour(const MoneyTotals& totals, double from_s, double until_s,
                                                     double productive_card_hours) const;

  /// What the nominal cards of a pool carry over a span (docs/ledger.md), and for how many card-seconds.
  struct Carried {
    double krw = 0;
    double card_s = 0;            // nominal, without cancelled tranches
    double cancelled_card_s = 0;  // nominal too, but nobody is paid for them: they carry nothing
  };
  /// Annualised cost by card-hours from the promised day, by PoolId:
  ///
  ///   purchase price / life a year, straight line from the first nominal day (depreciation_krw begins with the first day in service)
  ///   + rent of the pool's rentals
  ///   + the site's part by bought nominal card-time: `running_krw_by_site` (what it was booked in the span, without rent of cards),
  ///     and an owned building / its life a year from the site's first nominal day
  ///
  /// What is booked at a site without bought nominal cards in the span is carried by none.
  std::vector<Carried> carried(double from_s, double until_s, const std::vector<double>& running_krw_by_site) const;

  double price_krw_per_card(TrancheId id) const;

 private:
  double rent_krw(TrancheId id, double from_s, double until_s) const;
  double building_krw(const SiteFacts& site) const;

  const Fleet& fleet_;
  double colocation_krw_per_kw_s_;
  bool colocation_contracted_;
  double reserved_kw_per_busy_kw_;
  double facility_krw_per_mw_;
  double design_pue_;
  double building_life_s_;
  double server_life_s_;
  double maintenance_share_per_s_;
  double staff_fixed_per_site_;
  double staff_per_card_;
  double staff_krw_per_s_;
  std::vector<double> price_krw_per_card_;      // by tranche; 0 for rentals
  std::vector<double> rent_krw_per_card_hour_;  // by tranche; 0 for purchases
  std::vector<double> first_delivery_s_;        // by site, of bought cards; infinity if none
  std::vector<double> first_nominal_s_;         // by site, of bought cards; infinity if none
  std::vector<double> last_day_s_;              // by site, of bought cards
  std::vector<bool> operator_pays_;             // by site
  double own_use_krw_per_card_s_ = 0;
  double fee_krw_per_card_s_ = 0;
};

}  // namespace dure::sim
