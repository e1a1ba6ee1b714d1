#pragma once
// What the cards cost, who pays, when.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/economics/money.h"
#include "sim/economics/payments.h"
#include "sim/inventory/fleet.h"

namespace dure {
class Economics;
}

namespace dure::sim {

/// Costs of a fleet as cash entries, and its depreciation.
///
///   capex        p · cards, in the parts and on the days of its payment schedule; p named by the tranche (KRW, or USD · exchange rate), else
///                by the year of its order × (contract cards / 1000)^-b
///   network      bought with servers whose price covers servers alone: share · p · cards, on the same days; and lines, KRW per site
///                and month from the first delivery of bought cards until the last of them goes
///   facility     colocation: KRW per kW and month × reserved kW; or, where the state owns the building, once, at the first
///                delivery of bought cards: KRW per MW × contracted MW / design PUE
///   electricity  the site's bill × the share of bought cards in the energy of busy nodes in service
///   staff        (fixed per site + per 1,000 cards) × KRW per person and year, while bought cards are in service
///   maintenance  share per year × price of bought cards in service
///   rent         KRW per card-hour from delivery to the end of the term, used or not; it includes building, electricity and people.
///                Named by the rental (KRW or USD), else the market's for its card type, else one for all. Of rentals paid when
///                used: × card-hours that jobs held, divided over a pool's tranches by their public cards in service
///   payments     KRW per card-hour × card-hours used
///   own use      KRW per card-hour × share sold × the operator's own cards in service; where economics names an operator
///   fee          KRW per card and year × public bought cards in service, where the operator pays the running costs
///   penalty      KRW per card-hour × max(0, agreed availability · S − (S − D)); S public bought card-hours in service, D of them down,
///                site by site over the span booked (a month); where the operator pays the running costs
///   depreciation price / life per year in service, straight line, to zero; buildings likewise from first delivery
///
/// Amounts are whole won, rounded once. Rates accrue by the second (a month is a twelfth of 365.25 days), so spans add up however they are
/// cut, but for that rounding. Where a contract leaves the operator cards of its own, the operator pays the running costs of that site (own
/// use instead of a fee); elsewhere the state.
/// Sources: korea/costs.csv through the defaults of economics.proto. Not modelled: interest, VAT, warranty.
/// Throws ScenarioError for payment schedules and market rents that cannot be.
class Economics {
 public:
  Economics(const ::dure::Economics& terms, const Fleet& fleet);

  /// What is paid for a tranche, whether within the run or not: its parts, and at the first bought tranche of an owned building that.
  /// Nothing for rentals and what is never delivered.
  std::vector<MoneyEntry> purchase(TrancheId id) const;

  /// Running costs of a site over [from_s, until_s), booked at until_s. `electricity_krw` is its bill for that span, `public_down_card_s`
  /// what of its public bought cards was down, `held_card_s` what jobs held of each of its pools: only rentals paid when used ask for it.
  std::vector<MoneyEntry> running_costs(SiteId id, double from_s, double until_s, double electricity_krw, double public_down_card_s = 0,
                                        std::span<const double> held_card_s = {}) const;

  static MoneyEntry user_payment(double at_s, std::string tenant, std::string project, double card_hours, double krw_per_card_hour);

  /// The market price of card-hours less what was paid for them.
  static MoneyEntry subsidy(double at_s, std::string tenant, std::string project, double card_hours, double krw_per_card_hour_not_paid);

  static MoneyEntry support(double at_s, std::string tenant, std::string reason, double krw);

  /// What the cards of a tranche are worth when they go, or at until_s if they stay longer: of each card
  /// p · (1 − (1 − r) · min(1, age / life)), its age from the promised day (or delivery, if earlier): a card that is late is worth no
  /// more for it; of a building straight line to zero over its life; times the share of the
  /// price that was paid within the run. `paid` are the entries of purchase() that were booked.
  std::vector<MoneyEntry> residual(TrancheId id, const std::vector<MoneyEntry>& paid, double until_s) const;

  /// Straight-line depreciation over [from_s, until_s) of bought cards in service and of owned buildings.
  double depreciation_krw(double from_s, double until_s) const;

  /// Depreciation in service + running cost: the numerator of every unit cost.
  double annualised_krw(const MoneyTotals& totals, double from_s, double until_s) const { return depreciation_krw(from_s, until_s) + double(totals.running_krw()); }

  /// annualised_krw / productive card-hours; none where nothing was productive.
  std::optional<double> krw_per_productive_card_hour(const MoneyTotals& totals, double from_s, double until_s,
                                                     double productive_card_hours) const;

  /// What owning the bought cards of a type cost over a span, and their card-seconds in service.
  struct Owned {
    double krw = 0;
    double card_s = 0;
  };
  /// By CardTypeId: depreciation in service + the site's running costs (`running_krw_by_site`, without rent of cards) and its building by
  /// bought card-seconds in service. What is booked at a site where none served is in no type.
  std::vector<Owned> owned(double from_s, double until_s, const std::vector<double>& running_krw_by_site) const;

  /// Σ cost of owning / Σ rent of the same card-hours in service, over the card types that have a market rent: used more than this, owning
  /// is cheaper than renting what is used. None where no owned type has a market rent.
  std::optional<double> break_even_utilisation(const std::vector<Owned>& by_type) const;

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
  std::vector<Carried> carried(double from_s, double until_s, const std::vector<double>& running_krw_by_site, std::span<const double> held_card_s_by_pool = {}) const;

  /// With network and storage, where the price covers servers alone.
  double price_krw_per_card(TrancheId id) const;
  double rent_krw_per_card_hour(TrancheId id) const { return rent_krw_per_card_hour_[index(id)]; }
  std::optional<double> market_rent_krw_per_card_hour(CardTypeId id) const { return market_rent_krw_per_card_hour_[index(id)]; }

 private:
  double rent_krw(TrancheId id, double from_s, double until_s, double held_card_s) const;
  std::size_t pool_of(const TrancheFacts& tranche) const;
  double building_krw(const SiteFacts& site) const;
  double building_depreciation_krw(std::size_t site, double from_s, double until_s) const;
  double node_depreciation_krw(const NodeFacts& node, double from_s, double until_s) const;
  bool brings_building(TrancheId id) const;

  const Fleet& fleet_;
  double colocation_krw_per_kw_s_;
  bool colocation_contracted_;
  double reserved_kw_per_busy_kw_;
  double facility_krw_per_mw_;
  double design_pue_;
  double building_life_s_;
  double server_life_s_;
  double residual_value_share_;
  double maintenance_share_per_s_;
  double staff_fixed_per_site_;
  double staff_per_card_;
  double staff_krw_per_s_;
  double network_share_;
  double network_krw_per_site_s_;
  std::vector<double> price_krw_per_card_;      // by tranche, with network where it comes on top; 0 for rentals
  std::vector<double> rent_krw_per_card_hour_;  // by tranche; 0 for purchases
  std::vector<std::optional<double>> market_rent_krw_per_card_hour_;  // by card type
  std::vector<std::vector<DuePart>> plan_;      // by tranche
  std::vector<double> first_delivery_s_;        // by site, of bought cards; infinity if none
  std::vector<double> first_nominal_s_;         // by site, of bought cards; infinity if none
  std::vector<double> last_day_s_;              // by site, of bought cards
  std::vector<bool> operator_pays_;             // by site
  double own_use_krw_per_card_s_ = 0;
  double fee_krw_per_card_s_ = 0;
  double availability_ = 0;
  double penalty_krw_per_card_s_ = 0;
};

}  // namespace dure::sim
