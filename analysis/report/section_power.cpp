// Power over the year, money by kind and year, and bytes over the lines.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/report/sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace {

std::string month_key(int month_index) { return sim::to_string(sim::Calendar::first_of_month(month_index)).substr(0, 7); }

/// Why a part of the page is empty: the reason of its metric, or that the table has no rows.
Text why_empty(const RunData& run, std::string_view metric_name, const char* table) {
  const Metric* metric = run.metric(metric_name);
  if (metric != nullptr && !metric->value && !metric->reason.en.empty()) return metric->reason;
  return {std::string("The table ") + table + " of this run is empty.", std::string("이 실행의 ") + table + " 표가 비어 있습니다."};
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace

void add_power(Page& page, const RunData& run) {
  page.section("power", {"Power", "전력"});
  if (run.power_by_month.empty()) {
    page.paragraph(why_empty(run, "energy_kwh.facility", "power"));
    return;
  }
  Figure energy;
  energy.unit = {"Energy by month, GWh", "월별 전력량, GWh"};
  energy.source = both("results.sqlite: power");
  energy.table.id = "power-by-month";
  energy.table.caption = {"Power by month", "월별 전력"};
  energy.table.columns = {name_column("month", {"month", "월"}), {"it_mwh", {"IT", "IT"}, "MWh", 1}, {"facility_mwh", {"at the meter", "시설 전체"}, "MWh", 1}, {"pue", {"PUE", "PUE"}, "", 3},
                          {"peak_hour_kw", {"highest hourly mean, all sites", "전국 합계 1시간 최대"}, "kW", 0}};
  nlohmann::json months = nlohmann::json::array(), it = nlohmann::json::array(), rest = nlohmann::json::array();
  std::set<std::string> sites;
  double all_it = 0, all_facility = 0, peak_kw = -1;
  int peak_month = 0;
  for (const auto& [month, power] : run.power_by_month) {
    energy.table.rows.push_back({name(month_key(month)), power.it_kwh / 1000, power.facility_kwh / 1000, power.it_kwh > 0 ? Cell(power.facility_kwh / power.it_kwh) : Cell(Nothing{}), power.peak_hour_kw});
    months.push_back(month_key(month) + "-01");
    it.push_back(rounded(power.it_kwh / 1e6));
    rest.push_back(rounded((power.facility_kwh - power.it_kwh) / 1e6));
    all_it += power.it_kwh;
    all_facility += power.facility_kwh;
    if (power.peak_hour_kw > peak_kw) {
      peak_kw = power.peak_hour_kw;
      peak_month = month;
    }
    for (const auto& [site, sums] : power.by_site) sites.insert(site);
  }
  const Text total = energy_kwh(all_facility), overhead = percent(all_facility > 0 ? 1 - all_it / all_facility : 0), peak = power_kw(peak_kw);
  energy.finding = {"The sites drew " + total.en + "; " + overhead.en + " of it went to cooling and losses. The highest hour, " + peak.en + ", came in " + month_key(peak_month) + ".",
                    "센터들은 " + total.ko + "를 썼고 그 가운데 " + overhead.ko + "는 냉방과 손실입니다. 1시간 최대는 " + month_key(peak_month) + "의 " + peak.ko + "입니다."};
  energy.chart = {{"kind", "columns"},
                  {"x", months},
                  {"series", nlohmann::json::array({{{"label", "IT"}, {"style", "it"}, {"values", it}}, {{"label", text_json({"cooling and losses", "냉방·손실"})}, {"style", "cooling"}, {"values", rest}}})}};
  page.figure(energy);

  Figure pue;
  pue.unit = {"PUE by month and site (facility over IT energy)", "월별·센터별 PUE(시설 전력량 ÷ IT 전력량)"};
  pue.source = both("results.sqlite: power");
  pue.table.id = "pue-by-month";
  pue.table.caption = {"PUE by month and site", "월별·센터별 PUE"};
  pue.table.columns = {name_column("month", {"month", "월"})};
  nlohmann::json series = nlohmann::json::array();
  std::pair<double, std::string> best{1e9, ""}, worst{0, ""};
  // The largest eight are drawn; all stand in the table.
  std::vector<std::string> order(sites.begin(), sites.end());
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) { return run.by_site.at(a).facility_kwh > run.by_site.at(b).facility_kwh; });
  for (const std::string& site : order) {
    pue.table.columns.push_back({site, run.site_name(site), "", 3});
    nlohmann::json x = nlohmann::json::array(), y = nlohmann::json::array();
    for (const auto& [month, power] : run.power_by_month) {
      const auto found = power.by_site.find(site);
      if (found == power.by_site.end() || found->second.first <= 0) {
        if (!x.empty() && !y.back().is_null()) {  // no power, no PUE: the line breaks off here
          x.push_back(month_key(month) + "-01");
          y.push_back(nullptr);
        }
        continue;
      }
      x.push_back(month_key(month) + "-01");
      y.push_back(rounded(found->second.second / found->second.first));
    }
    if (x.empty()) continue;
    if (y.back().is_null()) {
      x.erase(x.size() - 1);
      y.erase(y.size() - 1);
    }
    const SiteTotals& totals = run.by_site.at(site);
    const double mean = totals.facility_kwh / totals.it_kwh;
    best = std::min(best, {mean, site});
    worst = std::max(worst, {mean, site});
    if (series.size() < 8) series.push_back({{"label", text_json(run.site_name(site))}, {"style", "line" + std::to_string(series.size() + 1)}, {"x", x}, {"y", y}});
  }
  for (const auto& [month, power] : run.power_by_month) {
    std::vector<Cell> row = {name(month_key(month))};
    for (const std::string& site : order) {
      const auto found = power.by_site.find(site);
      row.push_back(found != power.by_site.end() && found->second.first > 0 ? Cell(found->second.second / found->second.first) : Cell(Nothing{}));
    }
    pue.table.rows.push_back(std::move(row));
  }
  if (series.empty()) return;
  const Text best_site = run.site_name(best.second), worst_site = run.site_name(worst.second);
  const std::string low = exact(best.first, 2), high = exact(worst.first, 2);
  pue.finding = best.second == worst.second ? Text{"PUE at " + best_site.en + " is " + low + " over the run.", best_site.ko + "의 기간 PUE는 " + low + "입니다."}
                                            : Text{"Over the run PUE lies between " + low + " (" + best_site.en + ") and " + high + " (" + worst_site.en + ").",
                                                   "기간 PUE는 " + low + "(" + best_site.ko + ")에서 " + high + "(" + worst_site.ko + ") 사이입니다."};
  pue.chart = {{"kind", "lines"}, {"step", false}, {"zero", false}, {"series", series}};
  page.figure(pue);
}

/// As a ministry files it: a row a line, a column a fiscal year, in millions of won. What an account took is shown if the run looks at it.
void add_budget(Page& page, const RunData& run, std::string_view account, const Text& caption, bool knows_revenue) {
  std::set<int> years;
  for (const BudgetLine& line : run.budget)
    if (line.account == account)
      for (const auto& [year, krw_moved] : line.krw_by_year) years.insert(year);
  if (years.empty()) return;
  Table table;
  table.id = "budget-" + std::string(account);
  table.caption = caption;
  table.columns = {name_column("line", {"line", "항목"})};
  for (const int year : years) table.columns.push_back({std::to_string(year), both(std::to_string(year)), "M KRW", 0});
  table.columns.push_back({"all_years", {"all years", "합계"}, "M KRW", 0});
  const auto add_row = [&](const Cell& head, const std::map<int, double>& krw_by_year) {
    std::vector<Cell> row = {head};
    double sum = 0;
    for (const int year : years) {
      const auto found = krw_by_year.find(year);
      const double in_year = found == krw_by_year.end() ? 0 : found->second;
      row.emplace_back(in_year / 1e6);
      sum += in_year;
    }
    row.emplace_back(sum / 1e6);
    table.rows.push_back(std::move(row));
  };
  std::map<int, double> net;
  for (const bool revenue : {false, true}) {
    if (revenue && !knows_revenue) continue;
    std::map<int, double> total;
    for (const BudgetLine& line : run.budget) {
      if (line.account != account || line.revenue != revenue) continue;
      add_row(name(line.key, line.words), line.krw_by_year);
      for (const auto& [year, krw_moved] : line.krw_by_year) {
        total[year] += krw_moved;
        net[year] += revenue ? krw_moved : -krw_moved;
      }
    }
    const bool state = account == "state";  // only a public account has 세입 and 세출
    add_row(revenue ? name("revenue", {"revenue, sum", state ? "세입 합계" : "수입 합계"}) : name("expenditure", {"expenditure, sum", state ? "세출 합계" : "지출 합계"}), total);
  }
  if (knows_revenue) add_row(name("net", {"revenue less expenditure", account == "state" ? "세입 - 세출" : "수입 - 지출"}), net);
  page.table(table);
}

/// What the entries amount to over the years: values of today, unit costs, owning against renting.
void add_measures(Page& page, const RunData& run) {
  Table table;
  table.id = "money-measures";
  table.caption = {"Present value, what is left, and owning against renting", "순현재가치, 잔존가치, 소유와 임차"};
  table.columns = {name_column("measure", {"measure", "지표"}), name_column("value", {"value", "값"})};
  for (const char* measure : {"npv_krw.total", "npv_krw.state", "residual_krw", "memo_krw.unpaid", "cost_krw.annual_per_owned_card", "break_even_utilisation", "cost_krw_per_project_served",
                              "cost_krw_per_trained_model", "memo_krw.subsidy", "subsidised_share"}) {
    const Metric* metric = run.metric(measure);
    if (metric == nullptr) continue;
    const Cell value = !metric->value ? Cell(Nothing{metric->reason}) : name(fmt::format("{}", *metric->value), metric->unit == "share" ? percent(*metric->value) : krw(*metric->value));
    table.rows.push_back({name(measure, metric_meaning(measure)), value});
  }
  if (!table.rows.empty()) page.table(table);
}

void add_money(Page& page, const RunData& run) {
  page.section("money", {"Money", "비용"});
  if (run.money.empty()) {
    page.paragraph(why_empty(run, "cost_krw.total", "money"));
    return;
  }
  // In the order of the metrics, then whatever else was paid; income and what passes between state and operator last.
  std::vector<std::string> kinds;
  for (const char* known : {"capex", "facility", "electricity", "staff", "maintenance", "network", "rent", "programme"})
    if (run.money.contains(known)) kinds.emplace_back(known);
  static const std::set<std::string> no_cost = {"user_payments", "own_use", "operator_fee", "penalty"};
  for (const auto& [kind, years] : run.money)
    if (!no_cost.contains(kind) && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  std::vector<std::string> with_income = kinds;
  for (const std::string& kind : no_cost)
    if (run.money.contains(kind)) with_income.push_back(kind);
  std::set<int> years;
  for (const auto& [kind, by_year] : run.money)
    for (const auto& [year, krw_paid] : by_year) years.insert(year);

  Figure figure;
  figure.unit = {"Cash spent by kind and year, KRW", "항목·연도별 현금 지출, 원"};
  figure.source = both("results.sqlite: money");
  Table& table = figure.table;
  table.id = "money-by-year";
  table.caption = {"Cash by kind and year", "항목·연도별 현금"};
  table.columns = {name_column("kind", {"kind", "항목"})};
  for (const int year : years) table.columns.push_back({std::to_string(year), both(std::to_string(year)), "KRW", 0});
  table.columns.push_back({"all_years", {"all years", "합계"}, "KRW", 0});
  nlohmann::json labels = nlohmann::json::array(), series = nlohmann::json::array();
  for (const int year : years) labels.push_back(std::to_string(year));
  double total = 0, largest = 0;
  std::string largest_kind;
  std::size_t other = 0;
  std::vector<double> spent_in_year(years.size());
  for (const std::string& kind : with_income) {
    std::vector<Cell> row = {name(kind, word(kind))};
    nlohmann::json values = nlohmann::json::array();
    double sum = 0;
    std::size_t column = 0;
    for (const int year : years) {
      const auto& by_year = run.money.find(kind)->second;
      const auto found = by_year.find(year);
      const double paid = found == by_year.end() ? 0 : found->second;
      row.emplace_back(paid);
      values.push_back(paid);
      if (!no_cost.contains(kind)) spent_in_year[column] += paid;
      ++column;
      sum += paid;
    }
    row.emplace_back(sum);
    table.rows.push_back(std::move(row));
    if (no_cost.contains(kind)) continue;
    total += sum;
    if (sum > largest) {
      largest = sum;
      largest_kind = kind;
    }
    static const std::set<std::string> styled = {"capex", "facility", "electricity", "staff", "maintenance", "rent"};
    series.push_back({{"label", text_json(word(kind))}, {"style", styled.contains(kind) ? kind : "line" + std::to_string(1 + other++ % 8)}, {"values", values}});
  }
  std::vector<Cell> sum_row = {name("total_spent", {"all spending", "총지출"})};
  for (const double paid : spent_in_year) sum_row.emplace_back(paid);
  sum_row.emplace_back(total);
  table.rows.push_back(std::move(sum_row));
  const Text all = krw(total), share = percent(total > 0 ? largest / total : 0), what = word(largest_kind);
  figure.finding = {"The run spends " + all.en + "; " + share.en + " of it on " + what.en, "기간 지출은 " + all.ko + "이고 그 가운데 " + share.ko + "가 " + what.ko + "입니다"};
  const Metric* unit_cost = run.metric("cost_krw_per_productive_card_hour");
  if (unit_cost != nullptr && unit_cost->value) {
    figure.finding.en += ". A productive card-hour costs KRW " + exact(*unit_cost->value, 0) + ".";
    figure.finding.ko += ". 유효 카드시간 하나에 " + exact(*unit_cost->value, 0) + "원이 듭니다.";
  } else {
    figure.finding.en += ".";
    figure.finding.ko += ".";
  }
  figure.chart = {{"kind", "bars"}, {"labels", labels}, {"series", series}, {"scale", "krw"}};
  page.figure(figure);
  page.paragraph({"Cash counts when it is paid, so the years of purchase stand out. The cost of a productive card-hour spreads the purchase over the years of service instead (straight-line depreciation, plus running cost).",
                  "현금은 낼 때 셈하므로 구매한 해가 두드러집니다. 유효 카드시간당 비용은 구매비를 사용 연수에 나누어(정액 감가상각) 운영비를 더한 것입니다."},
                 "note");
  add_measures(page, run);
  add_budget(page, run, "state", {"Budget of the state by fiscal year", "국가 회계연도별 예산"}, true);
  const Metric* earned = run.metric("operator_krw.income");
  if (earned != nullptr && earned->value) add_budget(page, run, "operator", {"Accounts of the operator by fiscal year", "운영사 회계연도별 수지"}, true);
  else add_budget(page, run, "operator", {"What the operator pays by fiscal year (what it earns is not looked at)", "운영사 회계연도별 지출(수입은 보지 않음)"}, false);
}

void add_network(Page& page, const RunData& run) {
  page.section("network", {"Network", "네트워크"});
  if (run.flows_by_kind.empty()) {
    page.paragraph(why_empty(run, "data_wait_s.p50", "flows"));
    return;
  }
  Figure figure;
  figure.unit = {"Data moved by route, TB (the largest twelve routes)", "경로별 전송량, TB(큰 순서로 열두 경로)"};
  figure.source = both("results.sqlite: flows");
  Table& table = figure.table;
  table.id = "flows-by-route";
  table.caption = {"Data by route", "경로별 데이터"};
  table.columns = {name_column("from", {"from", "출발"}), name_column("to", {"to", "도착"}), {"flows", {"flows", "전송"}, "", 0}, {"under_way", {"still under way", "전송 중"}, "", 0},
                   {"tb", {"data", "데이터"}, "TB", 2}, {"duration_p50_s", {"median time", "소요 중앙값"}, "s", 0}, {"gbps_p50", {"median rate", "속도 중앙값"}, "Gbit/s", 2}};
  std::vector<std::pair<std::pair<std::string, std::string>, const FlowGroup*>> routes;
  double all_gb = 0;
  for (const auto& [route, group] : run.flows_by_route) {
    routes.emplace_back(route, &group);
    all_gb += group.gb;
  }
  std::stable_sort(routes.begin(), routes.end(), [](const auto& a, const auto& b) { return a.second->gb > b.second->gb; });
  nlohmann::json labels = nlohmann::json::array(), values = nlohmann::json::array();
  const auto median = [](const std::vector<double>& sorted) { return sorted.empty() ? Cell(Nothing{}) : Cell(quantile(sorted, 0.5)); };
  for (const auto& [route, group] : routes) {
    const Text from = run.place_name(route.first), to = run.place_name(route.second);
    table.rows.push_back({name(route.first, from), name(route.second, to), static_cast<double>(group->flows), static_cast<double>(group->under_way), group->gb / 1000, median(group->duration_s), median(group->gbps)});
    if (labels.size() >= 12) continue;
    labels.push_back(text_json({from.en + " → " + to.en, from.ko + " → " + to.ko}));
    values.push_back(rounded(group->gb / 1000));
  }
  const Text all = data_gb(all_gb);
  figure.finding = {all.en + " moved over " + std::to_string(routes.size()) + " routes", "경로 " + std::to_string(routes.size()) + "개로 " + all.ko + "가 오갔습니다"};
  if (const auto sets = run.flows_by_kind.find("data_set"); sets != run.flows_by_kind.end() && !sets->second.duration_s.empty()) {
    const Text half = duration(quantile(sets->second.duration_s, 0.5)), high = duration(quantile(sets->second.duration_s, 0.9));
    figure.finding.en += "; half of the projects' data sets arrived within " + half.en + ", nine in ten within " + high.en + ".";
    figure.finding.ko += ". 과제 데이터의 절반은 " + half.ko + ", 열에 아홉은 " + high.ko + " 안에 도착했습니다.";
  } else {
    figure.finding.en += ".";
    figure.finding.ko += ".";
  }
  figure.chart = {{"kind", "bars"}, {"labels", labels}, {"series", nlohmann::json::array({{{"label", text_json({"data", "데이터"})}, {"style", "it"}, {"values", values}}})}, {"scale", "plain"}};
  page.figure(figure);

  Table kinds;
  kinds.id = "flows-by-kind";
  kinds.caption = {"Flows by kind", "종류별 전송"};
  kinds.columns = {name_column("kind", {"kind", "종류"}), {"flows", {"flows", "전송"}, "", 0}, {"under_way", {"still under way", "전송 중"}, "", 0}, {"tb", {"data", "데이터"}, "TB", 2},
                   {"duration_p50_s", {"median time", "소요 중앙값"}, "s", 0}, {"duration_p90_s", {"90th percentile", "90백분위"}, "s", 0}};
  for (const auto& [kind, group] : run.flows_by_kind)
    kinds.rows.push_back({name(kind, word(kind)), static_cast<double>(group.flows), static_cast<double>(group.under_way), group.gb / 1000, median(group.duration_s),
                          group.duration_s.empty() ? Cell(Nothing{}) : Cell(quantile(group.duration_s, 0.9))});
  page.table(kinds);
}

}  // namespace dure::analysis
