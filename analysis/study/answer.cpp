#include "analysis/study/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/report/format.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;

Text verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter: return {"better", "나음"};
    case Verdict::kWorse: return {"worse", "더 나쁨"};
    case Verdict::kEqual: return {"no difference", "차이 없음"};
    case Verdict::kCannotTell: break;
  }
  return {"cannot tell", "구별 못 함"};
}

Text in_unit(double value, std::string_view unit) {
  if (unit == "KRW") return krw(value);
  if (unit == "KRW/card-hour") {
    const Text money = krw(value);
    return {money.en + " a card-hour", "카드시간당 " + money.ko};
  }
  if (unit == "KRW/card") {
    const Text money = krw(value);
    return {money.en + " a card", "카드당 " + money.ko};
  }
  if (unit == "share") return percent(value);
  if (unit == "share/year") {
    const Text share = percent(value);
    return {share.en + " a year", "연 " + share.ko};
  }
  if (unit == "s") return duration(value);
  if (unit == "kWh") return energy_kwh(value);
  if (unit == "kW") return power_kw(value);
  if (unit == "kg") return mass_kg(value);
  if (unit == "card-hours/M KRW") return {count(value).en + " card-hours", count(value).ko + " 카드시간"};  // the metric's name says for what
  if (unit == "ratio" || unit == "level") return count(value);
  const Text words = unit_words(unit), number = count(value);
  const bool counted = words.ko == "장" || words.ko == "건" || words.ko == "명" || words.ko == "개월" || words.ko == "년" || words.ko.starts_with("건(");
  return {unit.empty() ? number.en : number.en + " " + words.en, unit.empty() ? number.ko : number.ko + (counted ? "" : " ") + words.ko};
}

Text signed_in_unit(double value, std::string_view unit) {
  const std::string sign = value < 0 ? "−" : value > 0 ? "+" : "";
  if (unit == "KRW/card-hour") {
    const Text money = krw(std::abs(value));
    return {sign + money.en + " a card-hour", "카드시간당 " + sign + money.ko};
  }
  if (unit == "share") {  // a difference of two percentages is no percentage of either
    const Text points = count(100 * std::abs(value));
    return {sign + points.en + " points", sign + points.ko + "%p"};
  }
  const Text size = in_unit(std::abs(value), unit);
  return {sign + size.en, sign + size.ko};
}

Answer answer(std::span<const NamedOption> options, std::size_t baseline, std::span<const DecisionMetric> decisions, std::span<const MetricTable> tables, sim::Seed seed) {
  Answer out;
  std::vector<Comparison> family;
  for (std::size_t d = 0; d < decisions.size(); ++d) {
    const MetricTable* table = find(tables, decisions[d].metric);
    for (std::size_t option = 0; option < options.size(); ++option) {
      if (option == baseline) continue;
      DecisionRow& row = out.rows.emplace_back();
      row.decision = d;
      row.option = option;
      row.metric = decisions[d].metric;
      if (table == nullptr) {
        row.why_none = {"no run computes it", "이 지표를 계산한 실행이 없습니다"};
        continue;
      }
      row.unit = table->unit;
      if (!table->has(option) || !table->has(baseline)) {
        const auto& why = table->why_none[table->has(option) ? baseline : option];
        row.why_none = why ? *why : Text{"no replicate has it for every option", "모든 안에 이 지표가 있는 반복이 없습니다"};
        continue;
      }
      row.of_option = spread(table->column(option));
      row.of_baseline = spread(table->column(baseline));
      row.comparison = compare(table->column(baseline), table->column(option), decisions[d].better);
      family.push_back(*row.comparison);
    }
  }
  judge(family);
  auto judged = family.begin();
  for (DecisionRow& row : out.rows)
    if (row.comparison) row.comparison = *judged++;

  const MetricTable* first = decisions.empty() ? nullptr : find(tables, decisions.front().metric);
  if (first == nullptr || first->values.rows() == 0) return out;
  out.replicates = first->values.rows();
  for (std::size_t option = 0; option < options.size(); ++option)
    if (first->has(option)) out.ranked.push_back(option);
  if (out.ranked.empty()) return out;
  Eigen::MatrixXd values(first->values.rows(), Eigen::Index(out.ranked.size()));
  for (std::size_t i = 0; i < out.ranked.size(); ++i) values.col(Eigen::Index(i)) = first->column(out.ranked[i]);
  const Better better = decisions.front().better;
  out.ranks = ranks(values, better, seed);
  Eigen::Index best = 0;
  const Eigen::RowVectorXd means = values.colwise().mean();
  if (better == Better::kLower) means.minCoeff(&best);
  else means.maxCoeff(&best);
  out.best = out.ranked[std::size_t(best)];
  out.best_mean = means(best);
  out.unit = first->unit;
  std::vector<Comparison> beside;
  for (std::size_t i = 0; i < out.ranked.size(); ++i)
    if (Eigen::Index(i) != best) beside.push_back(compare(values.col(best), values.col(Eigen::Index(i)), better));
  judge(beside);
  for (std::size_t i = 0, at = 0; i < out.ranked.size(); ++i)
    if (Eigen::Index(i) != best) out.beside.push_back({out.ranked[i], means(Eigen::Index(i)), beside[at++]});
  // The sentence says of the baseline what the table beside it says.
  for (const DecisionRow& row : out.rows) {
    if (row.decision != 0 || !row.comparison || (row.option != *out.best && baseline != *out.best)) continue;
    const std::size_t other = row.option == *out.best ? baseline : row.option;
    const bool told = row.comparison->verdict == (row.option == *out.best ? Verdict::kBetter : Verdict::kWorse);
    for (Beside& one : out.beside)
      if (one.option == other && one.comparison.verdict != Verdict::kEqual) one.comparison.verdict = told ? Verdict::kWorse : Verdict::kCannotTell;
  }
  out.recommended = !out.beside.empty() && std::all_of(out.beside.begin(), out.beside.end(), [](const Beside& one) { return one.comparison.verdict == Verdict::kWorse; });
  return out;
}

}  // namespace dure::analysis
