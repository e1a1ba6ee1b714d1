#include "sim/economics/economics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/economics/economics.pb.h"
#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

/// What stood at a site over a span.
struct Stock {
  double bought_card_s = 0;       // in service
  double own_use_card_s = 0;      // in service
  double public_bought_card_s = 0;  // in service
  double bought_price_krw_s = 0;  // price of bought cards in service × seconds
  double bought_kw_s = 0;         // busy kW of bought nodes in service × seconds
  double rented_kw_s = 0;
  double delivered_bought_kw_s = 0;  // busy kW of bought nodes delivered, in service or not, × seconds
};

/// By card type; none where no rent is named.
std::vector<std::optional<double>> market_rents(const ::dure::Economics& terms, const Fleet& fleet) {
  std::vector<std::optional<double>> rents(fleet.cards().size());
  for (const auto& row : terms.market_rent()) {
    if (row.has_usd_per_card_hour() == row.has_krw_per_card_hour())
      throw ScenarioError(fmt::format("economics.market_rent[{}]", row.card()),
                          {fmt::format("the market rent of \"{}\" is named {}", row.card(), row.has_krw_per_card_hour() ? "in USD and in KRW" : "in no currency"),
                           fmt::format("\"{}\"의 시장 임차료가 {}", row.card(), row.has_krw_per_card_hour() ? "달러와 원화 양쪽으로 적혀 있습니다" : "적혀 있지 않습니다")},
                          {"give either usd_per_card_hour or krw_per_card_hour", "usd_per_card_hour나 krw_per_card_hour 가운데 하나를 적으십시오"});
    if (const auto card = fleet.find_card(row.card()))
      rents[index(*card)] = row.has_krw_per_card_hour() ? row.krw_per_card_hour() : row.usd_per_card_hour() * terms.fx_krw_per_usd();
  }
  return rents;
}

}  // namespace

Economics::Economics(const ::dure::Economics& terms, const Fleet& fleet)
    : fleet_(fleet),
      colocation_krw_per_kw_s_(terms.colocation_krw_per_kw_month() * 12 / kYear_s),
      colocation_contracted_(terms.colocation_basis() == ::dure::Economics::contracted),
      reserved_kw_per_busy_kw_(terms.reserved_kw_per_busy_kw()),
      facility_krw_per_mw_(terms.facility_capex_krw_per_mw()),
      design_pue_(terms.design_pue()),
      building_life_s_(terms.building_life_years() * kYear_s),
      server_life_s_(terms.server_life_years() * kYear_s),
      residual_value_share_(terms.residual_value_share()),
      maintenance_share_per_s_(terms.maintenance_share_per_year() / kYear_s),
      staff_fixed_per_site_(terms.staff_fixed_per_site()),
      staff_per_card_(terms.staff_per_1000_cards() / 1000),
      staff_krw_per_s_(terms.staff_krw_per_year() / kYear_s),
      network_share_(terms.network_share_of_server_price()),
      network_krw_per_site_s_(terms.network_krw_per_site_month() * 12 / kYear_s),
      market_rent_krw_per_card_hour_(market_rents(terms, fleet)),
      plan_(payment_plan(terms, fleet)),
      first_delivery_s_(fleet.sites().size(), std::numeric_limits<double>::infinity()),
      first_nominal_s_(first_delivery_s_),
      last_day_s_(fleet.sites().size(), -std::numeric_limits<double>::infinity()),
      operator_pays_(fleet.sites().size(), false),
      own_use_krw_per_card_s_(terms.has_operator_() ? terms.operator_().krw_per_card_hour() * terms.operator_().sold_share() / kHour_s : 0),
      fee_krw_per_card_s_(terms.has_operator_() ? terms.operator_().fee_krw_per_card_year() / kYear_s : 0),
      availability_(terms.operator_().availability()),
      penalty_krw_per_card_s_(terms.has_operator_() ? terms.operator_().penalty_krw_per_card_hour() / kHour_s : 0) {
  for (const TrancheFacts& tranche : fleet.tranches()) {
    const double by_year = tranche.order_year <= 2025 ? terms.price_krw_per_card_to_2025() : terms.price_krw_per_card_from_2026();
    const double bulk = std::pow(tranche.contract_cards / 1000.0, -terms.bulk_exponent());
    const std::optional<double> price = named_price_krw(tranche, terms.fx_krw_per_usd());
    price_krw_per_card_.push_back(tranche.rental ? 0 : price.value_or(by_year * bulk) * (tranche.server_price ? 1 + network_share_ : 1));
    std::optional<double> rent = tranche.rent_krw_per_card_hour;
    if (tranche.rent_usd_per_card_hour) rent = *tranche.rent_usd_per_card_hour * terms.fx_krw_per_usd();
    if (!rent) rent = market_rent_krw_per_card_hour_[index(tranche.card)];
    rent_krw_per_card_hour_.push_back(tranche.rental ? rent.value_or(terms.rent_krw_per_card_hour()) : 0);
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

/// The building is paid with the first of its bought tranches; of equals, with the first in the scenario.
bool Economics::brings_building(TrancheId id) const {
  const TrancheFacts& tranche = fleet_.tranche(id);
  if (tranche.rental || tranche.cancelled || !fleet_.site(tranche.site).owned_building) return false;
  if (tranche.delivered_s > first_delivery_s_[index(tranche.site)]) return false;
  for (std::size_t t = 0; t < index(id); ++t) {
    const TrancheFacts& other = fleet_.tranches()[t];
    if (other.site == tranche.site && !other.rental && other.delivered_s == tranche.delivered_s) return false;
  }
  return true;
}

std::vector<MoneyEntry> Economics::purchase(TrancheId id) const {
  const TrancheFacts& tranche = fleet_.tranche(id);
  const std::vector<DuePart>& parts = plan_[index(id)];
  std::vector<MoneyEntry> entries;
  const auto pay = [&](double at_s, MoneyKind kind, const char* payee, const std::string& reason, std::int64_t krw) {
    if (krw > 0) entries.push_back({at_s, kind, std::string(kState), payee, reason, krw, true, at_s});
  };
  const std::int64_t price_krw = whole_krw(price_krw_per_card(id) * tranche.cards);
  const std::int64_t server_krw = tranche.server_price ? whole_krw(price_krw_per_card(id) / (1 + network_share_) * tranche.cards) : price_krw;
  const std::vector<std::int64_t> server_parts = divide_krw(server_krw, parts), network_parts = divide_krw(price_krw - server_krw, parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    pay(parts[i].at_s, MoneyKind::kCapex, "supplier", tranche.name, server_parts[i]);
    pay(parts[i].at_s, MoneyKind::kNetwork, "supplier", tranche.name, network_parts[i]);
  }
  const SiteFacts& site = fleet_.site(tranche.site);
  if (brings_building(id)) pay(tranche.delivered_s, MoneyKind::kFacility, "builder", site.name, whole_krw(building_krw(site)));
  return entries;
}

std::vector<MoneyEntry> Economics::residual(TrancheId id, const std::vector<MoneyEntry>& paid, double until_s) const {
  const TrancheFacts& tranche = fleet_.tranche(id);
  const double at_s = std::min(tranche.nominal_until_s, until_s);
  double price_krw = 0, paid_krw = 0;
  for (std::size_t n = tranche.node_begin; n < tranche.node_end; ++n) price_krw += fleet_.nodes()[n].cards * price_krw_per_card(id);
  const double age = std::clamp((at_s - tranche.nominal_from_s) / server_life_s_, 0.0, 1.0);
  const double worth_krw = price_krw * (1 - (1 - residual_value_share_) * age);
  std::vector<MoneyEntry> entries;
  const auto keep = [&](double when_s, const std::string& reason, double krw) {
    if (whole_krw(krw) > 0) entries.push_back({when_s, MoneyKind::kResidualValue, "market", std::string(kState), reason, whole_krw(krw), false, when_s});
  };
  for (const MoneyEntry& entry : paid) {
    if (entry.kind != MoneyKind::kFacility) paid_krw += double(entry.krw);
    else keep(until_s, entry.reason, double(entry.krw) * std::max(0.0, 1 - (until_s - entry.at_s) / building_life_s_));
  }
  if (price_krw > 0) keep(at_s, tranche.name, worth_krw * std::min(1.0, paid_krw / price_krw));
  return entries;
}

std::vector<MoneyEntry> Economics::running_costs(SiteId id, double from_s, double until_s, double electricity_krw, double public_down_card_s,
                                                 std::span<const double> held_card_s) const {
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
      const double in_service_s = fleet_.serving_s(node, from_s, until_s);
      (rental ? stock.rented_kw_s : stock.bought_kw_s) += node.cards * kw_per_card * in_service_s;
      if (node.own_use) stock.own_use_card_s += node.cards * in_service_s;
      if (rental) continue;
      stock.bought_card_s += node.cards * in_service_s;
      if (!node.own_use) stock.public_bought_card_s += node.cards * in_service_s;
      stock.bought_price_krw_s += node.cards * price_krw_per_card(node.tranche) * in_service_s;
      stock.delivered_bought_kw_s += node.cards * kw_per_card * overlap_s(node.delivered_s, node.retire_s, from_s, until_s);
    }
  }
  const std::string payer(operator_pays_[index(id)] ? kOperator : kState);
  const auto move = [&](MoneyKind kind, const std::string& from, const std::string& to, const std::string& reason, double krw) {
    if (whole_krw(krw) > 0) entries.push_back({until_s, kind, from, to, reason, whole_krw(krw), false, from_s});
  };
  const auto book = [&](MoneyKind kind, const char* payee, double krw) { move(kind, payer, payee, site.name, krw); };
  const double stands_s = overlap_s(first_delivery_s_[index(id)], last_day_s_[index(id)], from_s, until_s);  // bought cards, from the first to the last
  if (!site.owned_building) {
    const double kw_s = colocation_contracted_ ? site.contracted_kw / design_pue_ * stands_s
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
  book(MoneyKind::kNetwork, "carrier", network_krw_per_site_s_ * stands_s);
  const std::string state(kState), the_operator(kOperator);
  move(MoneyKind::kOwnUse, "customers", the_operator, site.name, own_use_krw_per_card_s_ * stock.own_use_card_s);
  if (operator_pays_[index(id)]) {
    move(MoneyKind::kOperatorFee, state, the_operator, site.name, fee_krw_per_card_s_ * stock.public_bought_card_s);
    const double up_card_s = stock.public_bought_card_s - public_down_card_s;
    move(MoneyKind::kPenalty, the_operator, state, site.name, penalty_krw_per_card_s_ * (availability_ * stock.public_bought_card_s - up_card_s));
  }
  for (std::size_t t = 0; t < fleet_.tranches().size(); ++t) {
    const TrancheFacts& tranche = fleet_.tranches()[t];
    if (tranche.site != id || !tranche.rental || tranche.cancelled) continue;
    const std::size_t pool = pool_of(tranche) - site.pool_begin;
    move(MoneyKind::kRent, state, "provider", tranche.name, rent_krw(TrancheId(t), from_s, until_s, pool < held_card_s.size() ? held_card_s[pool] : 0));
  }
  return entries;
}

std::size_t Economics::pool_of(const TrancheFacts& tranche) const {
  const SiteFacts& site = fleet_.site(tranche.site);
  std::size_t p = site.pool_begin;
  while (p < site.pool_end && !(fleet_.pools()[p].card == tranche.card && fleet_.partitions()[index(fleet_.pools()[p].partition)] == tranche.partition)) ++p;
  SIM_CHECK(p < site.pool_end, "a tranche has no pool");
  return p;
}

double Economics::rent_krw(TrancheId id, double from_s, double until_s, double held_card_s) const {
  const TrancheFacts& tranche = fleet_.tranche(id);
  if (tranche.rent_when_used) {
    const PoolFacts& pool = fleet_.pools()[pool_of(tranche)];
    double its_card_s = 0, all_card_s = 0;  // that could be held
    for (std::size_t n = pool.node_begin; n < pool.node_end; ++n) {
      const NodeFacts& node = fleet_.nodes()[n];
      if (node.own_use) continue;
      const double card_s = node.cards * fleet_.serving_s(node, from_s, until_s);
      all_card_s += card_s;
      if (node.tranche == id) its_card_s += card_s;
    }
    return all_card_s > 0 ? rent_krw_per_card_hour_[index(id)] * hours_from_s(held_card_s) * its_card_s / all_card_s : 0;
  }
  return rent_krw_per_card_hour_[index(id)] * tranche.cards * hours_from_s(overlap_s(tranche.delivered_s, tranche.nominal_until_s, from_s, until_s));
}

MoneyEntry Economics::user_payment(double at_s, std::string tenant, std::string project, double card_hours, double krw_per_card_hour) {
  return {at_s, MoneyKind::kUserPayments, std::move(tenant), std::string(kState), std::move(project), whole_krw(card_hours * krw_per_card_hour), false, at_s};
}

MoneyEntry Economics::subsidy(double at_s, std::string tenant, std::string project, double card_hours, double krw_per_card_hour_not_paid) {
  return {at_s, MoneyKind::kSubsidy, std::string(kState), std::move(tenant), std::move(project), whole_krw(card_hours * krw_per_card_hour_not_paid), false, at_s};
}

double Economics::node_depreciation_krw(const NodeFacts& node, double from_s, double until_s) const {
  const double written_off_s = std::min(node.retire_s, node.in_service_s + server_life_s_);
  return node.cards * price_krw_per_card(node.tranche) * overlap_s(node.in_service_s, written_off_s, from_s, until_s) / server_life_s_;
}

double Economics::building_depreciation_krw(std::size_t site, double from_s, double until_s) const {
  return building_krw(fleet_.sites()[site]) * overlap_s(first_delivery_s_[site], first_delivery_s_[site] + building_life_s_, from_s, until_s) / building_life_s_;
}

double Economics::depreciation_krw(double from_s, double until_s) const {
  double krw = 0;
  for (const NodeFacts& node : fleet_.nodes()) krw += node_depreciation_krw(node, from_s, until_s);
  for (std::size_t s = 0; s < fleet_.sites().size(); ++s) krw += building_depreciation_krw(s, from_s, until_s);
  return krw;
}

std::vector<Economics::Owned> Economics::owned(double from_s, double until_s, const std::vector<double>& running_krw_by_site) const {
  std::vector<Owned> by_type(fleet_.cards().size());
  for (std::size_t s = 0; s < fleet_.sites().size(); ++s) {
    const SiteFacts& site = fleet_.sites()[s];
    std::vector<double> card_s(by_type.size(), 0);
    double all_card_s = 0;
    for (std::size_t p = site.pool_begin; p < site.pool_end; ++p) {
      const PoolFacts& pool = fleet_.pools()[p];
      for (std::size_t n = pool.node_begin; n < pool.node_end; ++n) {
        const NodeFacts& node = fleet_.nodes()[n];
        if (fleet_.tranche(node.tranche).rental) continue;
        by_type[index(pool.card)].krw += node_depreciation_krw(node, from_s, until_s);
        card_s[index(pool.card)] += node.cards * fleet_.serving_s(node, from_s, until_s);
      }
    }
    for (const double each : card_s) all_card_s += each;
    if (all_card_s <= 0) continue;
    const double shared_krw = running_krw_by_site[s] + building_depreciation_krw(s, from_s, until_s);
    for (std::size_t type = 0; type < by_type.size(); ++type) {
      by_type[type].card_s += card_s[type];
      by_type[type].krw += shared_krw * card_s[type] / all_card_s;
    }
  }
  return by_type;
}

std::optional<double> Economics::break_even_utilisation(const std::vector<Owned>& by_type) const {
  double owning_krw = 0, renting_krw = 0;
  for (std::size_t type = 0; type < by_type.size(); ++type) {
    const auto& rent = market_rent_krw_per_card_hour_[type];
    if (!rent) continue;
    owning_krw += by_type[type].krw;
    renting_krw += *rent * hours_from_s(by_type[type].card_s);
  }
  return renting_krw > 0 ? std::optional(owning_krw / renting_krw) : std::nullopt;
}

std::vector<Economics::Carried> Economics::carried(double from_s, double until_s, const std::vector<double>& running_krw_by_site,
                                                   std::span<const double> held_card_s_by_pool) const {
  std::vector<Carried> pools(fleet_.pools().size());
  std::vector<double> bought_card_s(pools.size(), 0);
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
      pools[p].krw += rent_krw(TrancheId(t), from_s, until_s, p < held_card_s_by_pool.size() ? held_card_s_by_pool[p] : 0);
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
  return {at_s, MoneyKind::kProgramme, std::string(kState), std::move(tenant), std::move(reason), whole_krw(krw), false, at_s};
}

std::optional<double> Economics::krw_per_productive_card_hour(const MoneyTotals& totals, double from_s, double until_s,
                                                              double productive_card_hours) const {
  if (productive_card_hours <= 0) return std::nullopt;
  return annualised_krw(totals, from_s, until_s) / productive_card_hours;
}

}  // namespace dure::sim
