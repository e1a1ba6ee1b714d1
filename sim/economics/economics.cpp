#include "sim/economics/economics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/economics/economics.pb.h"
#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr std::string_view kOperator = "operator";

/// What stood at a site over a span.
struct Stock {
  double bought_card_s = 0;       // in service
  double own_use_card_s = 0;      // in service
  double bought_price_krw_s = 0;  // price of bought cards in service × seconds
  double bought_kw_s = 0;         // busy kW of bought nodes in service × seconds
  double rented_kw_s = 0;
  double delivered_bought_kw_s = 0;  // busy kW of bought nodes delivered, in service or not, × seconds
};

}  // namespace

double MoneyTotals::cost_krw() const {
  double sum = 0;
  for (std::size_t kind = 0; kind < kMoneyKinds; ++kind)
    if (is_cost(static_cast<MoneyKind>(kind))) sum += krw[kind];
  return sum;
}

MoneyTotals money_totals(const std::vector<MoneyEntry>& entries) {
  MoneyTotals totals;
  for (const MoneyEntry& entry : entries) totals.add(entry);
  return totals;
}

void MoneyTotals::add(const MoneyEntry& entry) {
  krw[static_cast<std::size_t>(entry.kind)] += entry.krw;
  if (entry.capital) capital_krw += entry.krw;
  if (is_cost(entry.kind) && entry.payer == kOperator) operator_paid_krw += entry.krw;
}

Economics::Economics(const ::dure::Economics& terms, const Fleet& fleet)
    : fleet_(fleet),
      colocation_krw_per_kw_s_(terms.colocation_krw_per_kw_month() * 12 / kYear_s),
      colocation_contracted_(terms.colocation_basis() == ::dure::Economics::contracted),
      reserved_kw_per_busy_kw_(terms.reserved_kw_per_busy_kw()),
      facility_krw_per_mw_(terms.facility_capex_krw_per_mw()),
      design_pue_(terms.design_pue()),
      building_life_s_(terms.building_life_years() * kYear_s),
      server_life_s_(terms.server_life_years() * kYear_s),
      maintenance_share_per_s_(terms.maintenance_share_per_year() / kYear_s),
      staff_fixed_per_site_(terms.staff_fixed_per_site()),
      staff_per_card_(terms.staff_per_1000_cards() / 1000),
      staff_krw_per_s_(terms.staff_krw_per_year() / kYear_s),
      first_delivery_s_(fleet.sites().size(), std::numeric_limits<double>::infinity()),
      first_nominal_s_(first_delivery_s_),
      last_day_s_(fleet.sites().size(), -std::numeric_limits<double>::infinity()),
      operator_pays_(fleet.sites().size(), false),
      own_use_krw_per_card_s_(terms.has_operator_() ? terms.operator_().krw_per_card_hour() * terms.operator_().sold_share() / kHour_s : 0),
      fee_krw_per_card_s_(terms.has_operator_() ? terms.operator_().fee_krw_per_card_year() / kYear_s : 0) {
  for (const TrancheFacts& tranche : fleet.tranches()) {
    const double by_year = tranche.order_year <= 2025 ? terms.price_krw_per_card_to_2025() : terms.price_krw_per_card_from_2026();
    const double bulk = std::pow(tranche.contract_cards / 1000.0, -terms.bulk_exponent());
    price_krw_per_card_.push_back(tranche.rental ? 0 : tranche.price_krw_per_card.value_or(by_year * bulk));
    rent_krw_per_card_hour_.push_back(tranche.rental ? tranche.rent_krw_per_card_hour.value_or(terms.rent_krw_per_card_hour()) : 0);
    if (tranche.rental || tranche.cancelled) continue;
    const std::size_t site = index(tranche.site);
    first_delivery_s_[site] = std::min(first_delivery_s_[site], tranche.delivered_s);
    first_nominal_s_[site] = std::min(first_nominal_s_[site], tranche.nominal_from_s);
    last_day_s_[site] = std::max(last_day_s_[site], tranche.nominal_until_s);
    if (tranche.government_use_cards < tranche.cards) operator_pays_[site] = true;
  }
}

double Economics::price_krw_per_card(TrancheId id) const { return price_krw_per_card_[index(id)]; }

double Economics::building_krw(const SiteFacts& site) const {
  return site.owned_building ? facility_krw_per_mw_ * site.contracted_kw / 1e3 / design_pue_ : 0;
}

std::vector<MoneyEntry> Economics::on_delivery(TrancheId id) const {
  const TrancheFacts& tranche = fleet_.tranche(id);
  std::vector<MoneyEntry> entries;
  if (tranche.rental || tranche.cancelled) return entries;
  entries.push_back(
      {tranche.delivered_s, MoneyKind::kCapex, "state", "supplier", tranche.name, price_krw_per_card(id) * tranche.cards, true});
  // the building is paid with the first of its bought tranches; of equals, with the first in the scenario
  const SiteFacts& site = fleet_.site(tranche.site);
  if (!site.owned_building || tranche.delivered_s > first_delivery_s_[index(tranche.site)]) return entries;
  for (std::size_t t = 0; t < index(id); ++t) {
    const TrancheFacts& other = fleet_.tranches()[t];
    if (other.site == tranche.site && !other.rental && other.delivered_s == tranche.delivered_s) return entries;
  }
  entries.push_back({tranche.delivered_s, MoneyKind::kFacility, "state", "builder", site.name, building_krw(site), true});
  return entries;
}

std::vector<MoneyEntry> Economics::running_costs(SiteId id, double from_s, double until_s, double electricity_krw) const {
  const SiteFacts& site = fleet_.site(id);
  Stock stock;
  std::vector<MoneyEntry> entries;
  for (std::size_t p = site.pool_begin; p < site.pool_end; ++p) {
    const PoolFacts& pool = fleet_.pools()[p];
    const CardFacts& card = fleet_.card(pool.card);
    const double kw_per_card = card.node_busy_w / card.cards_per_node / 1e3;
    for (std::size_t n = pool.node_begin; n < pool.node_end; ++n) {
      const NodeFacts& node = fleet_.nodes()[n];
      const bool rental = fleet_.tranche(node.tranche).rental;
      const double in_service_s = overlap_s(node.in_service_s, node.retire_s, from_s, until_s);
      (rental ? stock.rented_kw_s : stock.bought_kw_s) += node.cards * kw_per_card * in_service_s;
      if (node.own_use) stock.own_use_card_s += node.cards * in_service_s;
      if (rental) continue;
      stock.bought_card_s += node.cards * in_service_s;
      stock.bought_price_krw_s += node.cards * price_krw_per_card(node.tranche) * in_service_s;
      stock.delivered_bought_kw_s += node.cards * kw_per_card * overlap_s(node.delivered_s, node.retire_s, from_s, until_s);
    }
  }
  const std::string payer(operator_pays_[index(id)] ? kOperator : "state");
  const auto book = [&](MoneyKind kind, const char* payee, double krw) {
    if (krw > 0) entries.push_back({until_s, kind, payer, payee, site.name, krw, false});
  };
  if (!site.owned_building) {
    const double kw_s = colocation_contracted_ ? site.contracted_kw / design_pue_ *
                                                     overlap_s(first_delivery_s_[index(id)], last_day_s_[index(id)], from_s, until_s)
                                               : stock.delivered_bought_kw_s * reserved_kw_per_busy_kw_;
    book(MoneyKind::kFacility, "landlord", colocation_krw_per_kw_s_ * kw_s);
  }
  const double kw_s = stock.bought_kw_s + stock.rented_kw_s;
  book(MoneyKind::kElectricity, "utility",
       electricity_krw * (kw_s > 0                                 ? stock.bought_kw_s / kw_s
                          : first_delivery_s_[index(id)] < until_s ? 1
                                                                   : 0));
  double first_service_s = std::numeric_limits<double>::infinity();
  for (const TrancheFacts& tranche : fleet_.tranches())
    if (tranche.site == id && !tranche.rental && !tranche.cancelled) first_service_s = std::min(first_service_s, tranche.burn_in_from_s);
  const double open_s = overlap_s(first_service_s, last_day_s_[index(id)], from_s, until_s);
  book(MoneyKind::kStaff, "staff", staff_krw_per_s_ * (staff_fixed_per_site_ * open_s + staff_per_card_ * stock.bought_card_s));
  book(MoneyKind::kMaintenance, "supplier", maintenance_share_per_s_ * stock.bought_price_krw_s);
  const auto earn = [&](MoneyKind kind, const char* from, double krw) {
    if (krw > 0) entries.push_back({until_s, kind, from, std::string(kOperator), site.name, krw, false});
  };
  earn(MoneyKind::kOwnUse, "customers", own_use_krw_per_card_s_ * stock.own_use_card_s);
  if (operator_pays_[index(id)]) earn(MoneyKind::kOperatorFee, "state", fee_krw_per_card_s_ * (stock.bought_card_s - stock.own_use_card_s));
  for (std::size_t t = 0; t < fleet_.tranches().size(); ++t) {
    const TrancheFacts& tranche = fleet_.tranches()[t];
    if (tranche.site != id || !tranche.rental || tranche.cancelled) continue;
    const double krw = rent_krw(TrancheId(t), from_s, until_s);
    if (krw > 0) entries.push_back({until_s, MoneyKind::kRent, "state", "provider", tranche.name, krw, false});
  }
  return entries;
}

double Economics::rent_krw(TrancheId id, double from_s, double until_s) const {
  const TrancheFacts& tranche = fleet_.tranche(id);
  return rent_krw_per_card_hour_[index(id)] * tranche.cards * hours_from_s(overlap_s(tranche.delivered_s, tranche.nominal_until_s, from_s, until_s));
}

MoneyEntry Economics::user_payment(double at_s, std::string tenant, std::string project, double card_hours, double krw_per_card_hour) {
  return {at_s, MoneyKind::kUserPayments, std::move(tenant), "state", std::move(project), card_hours * krw_per_card_hour, false};
}

double Economics::depreciation_krw(double from_s, double until_s) const {
  double krw = 0;
  for (const NodeFacts& node : fleet_.nodes()) {
    const double price_krw = node.cards * price_krw_per_card(node.tranche);
    const double written_off_s = std::min(node.retire_s, node.in_service_s + server_life_s_);
    krw += price_krw * overlap_s(node.in_service_s, written_off_s, from_s, until_s) / server_life_s_;
  }
  for (std::size_t s = 0; s < fleet_.sites().size(); ++s)
    krw += building_krw(fleet_.sites()[s]) * overlap_s(first_delivery_s_[s], first_delivery_s_[s] + building_life_s_, from_s, until_s) /
           building_life_s_;
  return krw;
}

std::vector<Economics::Carried> Economics::carried(double from_s, double until_s, const std::vector<double>& running_krw_by_site) const {
  std::vector<Carried> pools(fleet_.pools().size());
  std::vector<double> bought_card_s(pools.size(), 0);
  const auto pool_of = [&](const TrancheFacts& tranche) {
    const SiteFacts& site = fleet_.site(tranche.site);
    std::size_t p = site.pool_begin;
    while (p < site.pool_end && !(fleet_.pools()[p].card == tranche.card && fleet_.partitions()[index(fleet_.pools()[p].partition)] == tranche.partition)) ++p;
    SIM_CHECK(p < site.pool_end, "a tranche has no pool");
    return p;
  };
  for (std::size_t t = 0; t < fleet_.tranches().size(); ++t) {
    const TrancheFacts& tranche = fleet_.tranches()[t];
    const double card_s = tranche.cards * overlap_s(tranche.nominal_from_s, tranche.nominal_until_s, from_s, until_s);
    const std::size_t p = pool_of(tranche);
    if (tranche.cancelled) {
      pools[p].cancelled_card_s += card_s;
      continue;
    }
    pools[p].card_s += card_s;
    if (tranche.rental) {
      pools[p].krw += rent_krw(TrancheId(t), from_s, until_s);
      continue;
    }
    bought_card_s[p] += card_s;
    const double written_off_s = std::min(tranche.nominal_until_s, tranche.nominal_from_s + server_life_s_);
    pools[p].krw += tranche.cards * price_krw_per_card(TrancheId(t)) * overlap_s(tranche.nominal_from_s, written_off_s, from_s, until_s) / server_life_s_;
  }
  for (std::size_t s = 0; s < fleet_.sites().size(); ++s) {
    const SiteFacts& site = fleet_.sites()[s];
    double site_card_s = 0;
    for (std::size_t p = site.pool_begin; p < site.pool_end; ++p) site_card_s += bought_card_s[p];
    if (site_card_s <= 0) continue;
    const double building = building_krw(site) * overlap_s(first_nominal_s_[s], first_nominal_s_[s] + building_life_s_, from_s, until_s) / building_life_s_;
    for (std::size_t p = site.pool_begin; p < site.pool_end; ++p)
      pools[p].krw += (running_krw_by_site[s] + building) * bought_card_s[p] / site_card_s;
  }
  return pools;
}

MoneyEntry Economics::support(double at_s, std::string tenant, std::string reason, double krw) {
  return {at_s, MoneyKind::kProgramme, "state", std::move(tenant), std::move(reason), krw, false};
}

std::optional<double> Economics::krw_per_productive_card_hour(const MoneyTotals& totals, double from_s, double until_s,
                                                              double productive_card_hours) const {
  if (productive_card_hours <= 0) return std::nullopt;
  return (depreciation_krw(from_s, until_s) + totals.running_krw()) / productive_card_hours;
}

}  // namespace dure::sim
