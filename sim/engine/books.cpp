#include "sim/engine/books.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/economics/economics.pb.h"
#include "sim/engine/futures.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

Books::Books(RunState& run)
    : run_(run), scenario_(run.futures != nullptr ? run.futures->now().scenario : &run.scenario), fleet_(run.futures != nullptr ? &run.futures->now().facts.fleet : &run.fleet) {
  begin();
  if (!economics_) return;
  const int month = run.calendar.month_index(0) + 1;
  run.timers.set(run.calendar.at_s(Calendar::first_of_month(month)) + kHour_s, Event::kMonth, 0);
}

void Books::begin() {
  due_.clear();
  paid_so_far_ = 0;
  paid_.assign(fleet_->tranches().size(), {});
  for (auto* by_site : {&booked_until_s_, &electricity_krw_, &electricity_paid_krw_, &down_booked_card_s_, &running_krw_}) by_site->assign(fleet_->sites().size(), 0);
  held_booked_card_s_.assign(fleet_->pools().size(), 0);
  if (!scenario_->has_economics()) return;
  economics_ = std::make_unique<Economics>(scenario_->economics(), *fleet_);
  ledger_ = std::make_unique<MoneyLedger>(scenario_->economics().discount_rate_per_year(), run_.calendar, run_.horizon_s);
  has_electricity_ = scenario_->has_power() && !no_price_reason(scenario_->power());
  for (std::size_t t = 0; t < paid_.size(); ++t) {
    const TrancheFacts& tranche = fleet_->tranches()[t];
    if (tranche.nominal_until_s <= 0 || tranche.nominal_from_s >= tranche.nominal_until_s) continue;
    for (const MoneyEntry& entry : economics_->purchase(TrancheId(t)))
      if (entry.at_s >= 0) due_.push_back({TrancheId(t), entry});
  }
  std::stable_sort(due_.begin(), due_.end(), [](const Due& a, const Due& b) { return a.entry.at_s < b.entry.at_s; });
}

/// Payments of a day stand after bills and grants of its first instant, and before the month's end.
void Books::pay_until(double at_s, Event event) {
  for (; paid_so_far_ < due_.size(); ++paid_so_far_) {
    const Due& due = due_[paid_so_far_];
    if (due.entry.at_s >= run_.horizon_s || due.entry.at_s > at_s || (due.entry.at_s == at_s && event < Event::kMonth)) return;
    book(due.entry);
    paid_[index(due.tranche)].push_back(due.entry);
  }
}

void Books::become(const proto::Scenario& scenario, const Fleet& fleet) {
  scenario_ = &scenario;
  fleet_ = &fleet;
  if (!economics_) return;
  begin();
  again_ = true;
  for (const Noted& each : noted_) {
    pay_until(each.at_s, each.event);
    if (each.entry) book(*each.entry);
    else if (each.event == Event::kMonth) book_site(each.site, each.down_card_s, each.held_card_s, each.at_s);
    else electricity_krw_[index(each.site)] += each.bill_krw;
  }
  again_ = false;
}

void Books::book(const MoneyEntry& entry) {
  if (entry.krw == 0) return;  // less than half a won
  ledger_->book(entry);
  if (again_ || run_.recorder->money() == nullptr) return;
  const std::string date = to_string(run_.calendar.date(std::min(entry.at_s, run_.horizon_s - 1)));
  run_.recorder->money()->insert(entry.at_s, std::string_view(date), kMoneyKindNames[std::size_t(entry.kind)], std::string_view(entry.payer),
                                 std::string_view(entry.payee), std::string_view(entry.reason), entry.krw, std::int64_t(ledger_->fiscal_year(entry)), std::int64_t(is_memo(entry.kind)));
}

void Books::on_bill(SiteId site, const MonthBill& bill) {
  noted_.push_back({.at_s = run_.now_s, .event = run_.event, .site = site, .bill_krw = bill.cost_krw});
  electricity_krw_[index(site)] += bill.cost_krw;
}

void Books::on_month() {
  if (!economics_) return;
  pay_until(run_.now_s, Event::kMonth);
  for (std::size_t site = 0; site < booked_until_s_.size(); ++site) {
    const Noted& noted = noted_.emplace_back(Noted{.at_s = run_.now_s, .event = Event::kMonth, .site = SiteId(site), .down_card_s = public_down_card_s(SiteId(site)), .held_card_s = held_so_far_card_s(SiteId(site))});
    book_site(SiteId(site), noted.down_card_s, noted.held_card_s, run_.now_s);
  }
  const int month = run_.calendar.month_index(run_.now_s) + 1;
  run_.timers.set(run_.calendar.at_s(Calendar::first_of_month(month)) + kHour_s, Event::kMonth, 0);
}

std::vector<double> Books::held_so_far_card_s(SiteId id) const {
  std::vector<double> by_pool;
  for (std::size_t pool = fleet_->site(id).pool_begin; pool < fleet_->site(id).pool_end; ++pool) {
    double& card_s = by_pool.emplace_back(0);
    for (std::size_t account = std::size_t(Account::kStaging); account < kAccounts; ++account) card_s += run_.pools[pool].ledger.card_s_so_far(Account(account), run_.now_s);
  }
  return by_pool;
}

void Books::book_site(SiteId id, double down_card_s, const std::vector<double>& held_card_s, double until_s) {
  const std::size_t site = index(id), pool_begin = fleet_->site(id).pool_begin;
  std::vector<double> held_since_card_s;
  for (std::size_t pool = 0; pool < held_card_s.size(); ++pool) {
    held_since_card_s.push_back(held_card_s[pool] - held_booked_card_s_[pool_begin + pool]);
    held_booked_card_s_[pool_begin + pool] = held_card_s[pool];
  }
  for (const MoneyEntry& entry : economics_->running_costs(id, booked_until_s_[site], until_s, electricity_krw_[site], down_card_s - down_booked_card_s_[site], held_since_card_s)) {
    if (is_cost(entry.kind) && entry.kind != MoneyKind::kRent) running_krw_[site] += double(entry.krw);
    if (entry.kind == MoneyKind::kElectricity) electricity_paid_krw_[site] += double(entry.krw);
    book(entry);
  }
  booked_until_s_[site] = until_s;
  electricity_krw_[site] = 0;
  down_booked_card_s_[site] = down_card_s;
}

void Books::note(const MoneyEntry& entry) {
  pay_until(run_.now_s, run_.event);
  noted_.push_back({.at_s = run_.now_s, .event = run_.event, .entry = entry});
  book(entry);
}

void Books::on_grant_used(const Grant& grant, const std::string& tenant, double used_card_s) {
  if (!economics_ || used_card_s <= 0) return;
  const double market_krw = run_.scenario.programme().user_price().market_price_krw_per_card_hour(), price_krw = grant.user_price_krw_per_card_hour;
  const std::string project = fmt::format("project {}", index(grant.project));
  note(Economics::user_payment(run_.now_s, tenant, project, used_card_s / kHour_s, price_krw));
  note(Economics::subsidy(run_.now_s, tenant, project, used_card_s / kHour_s, std::max(0.0, market_krw - price_krw)));
}

void Books::on_support(const std::string& tenant, const char* reason, double krw) {
  if (economics_) note(Economics::support(run_.now_s, tenant, reason, krw));
}

void Books::close() {
  if (!economics_) return;
  pay_until(run_.now_s, Event::kDay);
  for (std::size_t site = 0; site < booked_until_s_.size(); ++site)
    if (run_.now_s > booked_until_s_[site]) book_site(SiteId(site), public_down_card_s(SiteId(site)), held_so_far_card_s(SiteId(site)), run_.now_s);
  for (std::size_t t = 0; t < paid_.size(); ++t)
    if (!paid_[t].empty())
      for (const MoneyEntry& entry : economics_->residual(TrancheId(t), paid_[t], run_.now_s)) book(entry);
  ledger_->check_closes();
  if (run_.recorder->budget() == nullptr) return;
  for (const BudgetItem& item : ledger_->budget()) {
    const BudgetWords& words = kBudgetWords[std::size_t(item.line)];
    run_.recorder->budget()->insert(std::string_view(item.account), std::int64_t(item.fiscal_year), std::string_view(is_revenue(item.line) ? "revenue" : "expenditure"), words.key,
                                    words.ko, words.en, item.krw, double(item.krw) / 1e6);
  }
}

std::vector<Economics::Carried> Books::carried() const { return economics_->carried(0, run_.now_s, running_krw_, held_booked_card_s_); }

std::optional<Text> Books::why_no_total() const {
  if (economics_ == nullptr) return Text{"no economics model in this run", "이 실행에는 비용 모형이 없습니다"};
  if (!has_electricity_) return Text{"electricity has no price in this run, so there is no total", "전기요금을 계산하지 않아 합계를 낼 수 없습니다"};
  return {};
}

void Books::add_metrics(Summary& summary, double productive_card_hours) const {
  const bool on = economics_ != nullptr;
  const Text absent = {"no economics model in this run", "이 실행에는 비용 모형이 없습니다"};
  const Text no_price = {"electricity has no price in this run: it has no power model or no tariff table", "전력 모형이나 요금표가 없어 전기요금을 계산하지 않았습니다"};
  auto add = [&](std::string name, const char* unit, std::optional<double> value, const Text& reason) {
    summary.metrics.push_back({std::move(name), unit, value, value ? Text{} : reason});
  };
  const MoneyTotals totals = on ? ledger_->totals() : MoneyTotals{};
  auto krw = [](std::int64_t amount) { return std::optional<double>(double(amount)); };
  const std::optional<double> none;
  auto of = [&](MoneyKind kind) { return on ? krw(totals.of(kind)) : none; };
  add("cost_krw.capex", "KRW", of(MoneyKind::kCapex), absent);
  add("cost_krw.facility", "KRW", of(MoneyKind::kFacility), absent);
  add("cost_krw.electricity", "KRW", has_electricity_ ? of(MoneyKind::kElectricity) : none, on ? no_price : absent);
  for (const std::size_t region : run_.regions_with_cards()) {
    double krw_here = 0;
    for (std::size_t site = 0; site < electricity_paid_krw_.size(); ++site)
      if (index(fleet_->sites()[site].region) == region) krw_here += electricity_paid_krw_[site];
    add(at_region("cost_krw.electricity", run_.names.regions[region]), "KRW", has_electricity_ ? std::optional(krw_here) : none, on ? no_price : absent);
  }
  add("cost_krw.staff", "KRW", of(MoneyKind::kStaff), absent);
  add("cost_krw.maintenance", "KRW", of(MoneyKind::kMaintenance), absent);
  add("cost_krw.network", "KRW", of(MoneyKind::kNetwork), absent);
  add("cost_krw.rent", "KRW", of(MoneyKind::kRent), absent);
  add("cost_krw.programme", "KRW", of(MoneyKind::kProgramme), absent);
  const Text no_total = why_no_total().value_or(Text{});
  const bool whole = !why_no_total();
  add("cost_krw.total", "KRW", whole ? krw(totals.cost_krw()) : none, no_total);
  add("income_krw.user_payments", "KRW", of(MoneyKind::kUserPayments), absent);
  const bool has_operator = on && scenario_->economics().has_operator_();
  const Text no_operator = on ? Text{"what the operator earns is not looked at in this run", "이 실행에서는 운영사 수입을 보지 않습니다"} : absent;
  const std::int64_t earned = totals.operator_income_krw(), penalty = totals.of(MoneyKind::kPenalty);
  add("operator_krw.income", "KRW", has_operator ? krw(earned) : none, no_operator);
  add("operator_krw.penalty", "KRW", has_operator ? krw(penalty) : none, no_operator);
  add("operator_krw.cost", "KRW", has_operator && has_electricity_ ? krw(totals.operator_paid_krw) : none, has_operator ? no_price : no_operator);
  add("operator_krw.margin", "KRW", has_operator && has_electricity_ ? krw(earned - penalty - totals.operator_paid_krw) : none, has_operator ? no_price : no_operator);
  add("cost_krw_per_productive_card_hour", "KRW/card-hour", whole ? economics_->krw_per_productive_card_hour(totals, 0, run_.now_s, productive_card_hours) : none,
      whole ? Text{"no card-hour was productive", "유효 카드시간이 없습니다"} : no_total);

  const Text no_grants = {"no user of this run has a grant, so nothing is given below the market price", "배정받은 이용자가 없는 실행이라 시장 가격보다 싸게 준 것이 없습니다"};
  const std::int64_t paid = totals.of(MoneyKind::kUserPayments), given = totals.of(MoneyKind::kSubsidy);
  const bool granted = on && run_.scenario.workload().has_projects();
  add("memo_krw.subsidy", "KRW", granted ? krw(given) : none, on ? no_grants : absent);
  add("subsidised_share", "share", granted && paid + given > 0 ? std::optional(double(given) / double(paid + given)) : none, on ? no_grants : absent);
  std::int64_t unpaid = 0;
  for (const Due& due : due_)
    if (due.entry.at_s >= run_.now_s && (!paid_[index(due.tranche)].empty() || fleet_->tranche(due.tranche).delivered_s < run_.now_s)) unpaid += due.entry.krw;
  add("memo_krw.unpaid", "KRW", on ? krw(unpaid) : none, absent);
  add("residual_krw", "KRW", of(MoneyKind::kResidualValue), absent);
  add("npv_krw.total", "KRW", whole ? std::optional(ledger_->npv_house_krw()) : none, no_total);
  add("npv_krw.state", "KRW", whole ? std::optional(ledger_->npv_state_krw()) : none, no_total);
  add("npv_krw.net_benefit", "KRW", whole && granted ? std::optional(ledger_->npv_net_benefit_krw()) : none, whole ? no_grants : no_total);
  std::vector<Economics::Owned> owned;
  if (whole) owned = economics_->owned(0, run_.now_s, running_krw_);
  double owning_krw = 0, owned_card_s = 0;
  for (const Economics::Owned& type : owned) {
    owning_krw += type.krw;
    owned_card_s += type.card_s;
  }
  const Text none_owned = {"no bought card came into service", "가동된 구매 카드가 없습니다"};
  add("cost_krw.annual_per_owned_card", "KRW/card/year", owned_card_s > 0 ? std::optional(owning_krw / owned_card_s * kYear_s) : none, whole ? none_owned : no_total);
  add("break_even_utilisation", "share", whole ? economics_->break_even_utilisation(owned) : none,
      !whole             ? no_total
      : owned_card_s > 0 ? Text{"no card type that was bought has a rent in economics.market_rent", "구매한 카드 종류의 시장 임차료가 economics.market_rent에 없습니다"}
                         : none_owned);
}

void Books::add_unit_costs(Summary& summary) const {
  const std::optional<Text> no_total = why_no_total();
  auto add = [&](const char* name, const char* unit, const char* per, const Text& none_of_them) {
    const Metric* count = summary.find(per);
    std::optional<double> value;
    if (!no_total && count != nullptr && count->value && *count->value > 0) value = economics_->annualised_krw(ledger_->totals(), 0, run_.now_s) / *count->value;
    const Text reason = value ? Text{} : no_total ? *no_total : count != nullptr && !count->value ? count->reason : none_of_them;
    summary.metrics.push_back({name, unit, value, reason});
  };
  add("cost_krw_per_trained_model", "KRW/model", "capability.models", {"no model reached the threshold loss", "기준 손실에 이른 모델이 없습니다"});
  add("cost_krw_per_project_served", "KRW/project", "projects.granted", {"no project was granted", "배정받은 과제가 없습니다"});
  add("cost_krw_per_h100_equivalent_hour", "KRW/card-hour", "h100_equivalent_card_hours", {"no card-hour was productive", "유효 카드시간이 없습니다"});
  const Metric *productive = summary.find("card_hours.productive"), *carried = summary.find("ledger_krw.total");
  std::optional<double> value;
  if (!no_total && productive->value && carried->value && *carried->value > 0) value = *productive->value / (*carried->value / 1e6);
  summary.metrics.push_back({"productive_card_hours_per_million_krw", "card-hours/M KRW", value, value ? Text{} : no_total.value_or(Text{"no card was under contract", "계약된 카드가 없습니다"})});
}

}  // namespace dure::sim
