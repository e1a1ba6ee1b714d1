#include "sim/engine/books.h"

#include <fmt/format.h>

#include "sim/economics/economics.pb.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {

Books::Books(RunState& run) : run_(run), booked_until_s_(run.fleet.sites().size(), 0), electricity_krw_(run.fleet.sites().size(), 0), running_krw_(run.fleet.sites().size(), 0) {
  if (!run.scenario.has_economics()) return;
  economics_ = std::make_unique<Economics>(run.scenario.economics(), run.fleet);
  has_electricity_ = run.scenario.has_power() && !no_price_reason(run.scenario.power());
  const int month = run.calendar.month_index(0) + 1;
  run.timers.set(run.calendar.at_s(Calendar::first_of_month(month)) + kHour_s, Event::kMonth, 0);
}

void Books::book(const std::vector<MoneyEntry>& entries) {
  for (const MoneyEntry& entry : entries) {
    if (entry.krw == 0) continue;
    totals_.add(entry);
    if (run_.recorder->money() == nullptr) continue;
    const std::string date = to_string(run_.calendar.date(std::min(entry.at_s, run_.horizon_s - 1)));
    run_.recorder->money()->insert(entry.at_s, std::string_view(date), kMoneyKindNames[std::size_t(entry.kind)], std::string_view(entry.payer),
                                   std::string_view(entry.payee), std::string_view(entry.reason), entry.krw);
  }
}

void Books::on_delivery(TrancheId tranche) {
  if (economics_ && run_.fleet.tranche(tranche).delivered_s >= 0) book(economics_->on_delivery(tranche));
}

void Books::on_bill(SiteId site, const MonthBill& bill) { electricity_krw_[index(site)] += bill.cost_krw; }

void Books::on_month() {
  if (!economics_) return;
  for (std::size_t site = 0; site < booked_until_s_.size(); ++site) book_site(SiteId(site), electricity_krw_[site]);
  const int month = run_.calendar.month_index(run_.now_s) + 1;
  run_.timers.set(run_.calendar.at_s(Calendar::first_of_month(month)) + kHour_s, Event::kMonth, 0);
}

void Books::book_site(SiteId site, double electricity_krw) {
  const std::vector<MoneyEntry> entries = economics_->running_costs(site, booked_until_s_[index(site)], run_.now_s, electricity_krw);
  for (const MoneyEntry& entry : entries)
    if (is_cost(entry.kind) && entry.kind != MoneyKind::kRent) running_krw_[index(site)] += entry.krw;
  book(entries);
  booked_until_s_[index(site)] = run_.now_s;
  electricity_krw_[index(site)] = 0;
}

void Books::on_payment(const Grant& grant, const std::string& tenant, double used_card_s) {
  if (!economics_ || grant.user_price_krw_per_card_hour <= 0 || used_card_s <= 0) return;
  book({Economics::user_payment(run_.now_s, tenant, fmt::format("project {}", index(grant.project)), used_card_s / kHour_s, grant.user_price_krw_per_card_hour)});
}

void Books::on_support(const std::string& tenant, const char* reason, double krw) {
  if (economics_) book({Economics::support(run_.now_s, tenant, reason, krw)});
}

void Books::close() {
  if (!economics_) return;
  for (std::size_t site = 0; site < booked_until_s_.size(); ++site)
    if (run_.now_s > booked_until_s_[site]) book_site(SiteId(site), electricity_krw_[site]);
}

std::vector<Economics::Carried> Books::carried() const { return economics_->carried(0, run_.now_s, running_krw_); }

std::optional<Text> Books::why_no_total() const {
  if (economics_ == nullptr) return Text{"no economics model in this run", "이 실행에는 비용 모형이 없습니다"};
  if (!has_electricity_) return Text{"electricity has no price in this run, so there is no total", "전기요금을 계산하지 않아 합계를 낼 수 없습니다"};
  return {};
}

void Books::add_metrics(Summary& summary, double productive_card_hours) const {
  const bool on = economics_ != nullptr;
  const Text absent = {"no economics model in this run", "이 실행에는 비용 모형이 없습니다"};
  const Text no_price = {"electricity has no price in this run: it has no power model or no tariff table", "전력 모형이나 요금표가 없어 전기요금을 계산하지 않았습니다"};
  auto add = [&](const char* name, const char* unit, std::optional<double> value, const Text& reason) {
    summary.metrics.push_back({name, unit, value, value ? Text{} : reason});
  };
  auto of = [&](MoneyKind kind) { return on ? std::optional<double>(totals_.of(kind)) : std::nullopt; };
  const std::optional<double> none;
  add("cost_krw.capex", "KRW", of(MoneyKind::kCapex), absent);
  add("cost_krw.facility", "KRW", of(MoneyKind::kFacility), absent);
  add("cost_krw.electricity", "KRW", has_electricity_ ? of(MoneyKind::kElectricity) : none, on ? no_price : absent);
  add("cost_krw.staff", "KRW", of(MoneyKind::kStaff), absent);
  add("cost_krw.maintenance", "KRW", of(MoneyKind::kMaintenance), absent);
  add("cost_krw.rent", "KRW", of(MoneyKind::kRent), absent);
  add("cost_krw.programme", "KRW", of(MoneyKind::kProgramme), absent);
  const std::optional<Text> no_total = why_no_total();
  add("cost_krw.total", "KRW", no_total ? none : std::optional<double>(totals_.cost_krw()), no_total.value_or(Text{}));
  add("income_krw.user_payments", "KRW", of(MoneyKind::kUserPayments), absent);
  const bool has_operator = on && run_.scenario.economics().has_operator_();
  const Text no_operator = on ? Text{"what the operator earns is not looked at in this run", "이 실행에서는 운영사 수입을 보지 않습니다"} : absent;
  const double earned = totals_.operator_income_krw(), margin = earned - totals_.operator_paid_krw;
  add("operator_krw.income", "KRW", has_operator ? std::optional(earned) : none, no_operator);
  add("operator_krw.cost", "KRW", has_operator && has_electricity_ ? std::optional(totals_.operator_paid_krw) : none, has_operator ? no_price : no_operator);
  add("operator_krw.margin", "KRW", has_operator && has_electricity_ ? std::optional(margin) : none, has_operator ? no_price : no_operator);
  add("cost_krw_per_productive_card_hour", "KRW/card-hour",
      no_total ? none : economics_->krw_per_productive_card_hour(totals_, 0, run_.now_s, productive_card_hours),
      no_total.value_or(Text{"no card-hour was productive", "유효 카드시간이 없습니다"}));
}

}  // namespace dure::sim
