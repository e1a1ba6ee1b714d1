#include "analysis/study/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/report/format.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;
namespace {

Text quoted(const Text& title) { return {"“" + title.en + "”", "‘" + title.ko + "’"}; }

Text listed(std::span<const std::size_t> which, std::span<const NamedOption> options) {
  Text all;
  for (const std::size_t option : which) {
    const Text title = quoted(options[option].title);
    all.en += (all.en.empty() ? "" : ", ") + title.en;
    all.ko += (all.ko.empty() ? "" : ", ") + title.ko;
  }
  return all;
}

}  // namespace

Text verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter: return {"better", "나음"};
    case Verdict::kWorse: return {"worse", "못함"};
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
  std::vector<Comparison> beside;
  for (std::size_t i = 0; i < out.ranked.size(); ++i)
    if (Eigen::Index(i) != best) beside.push_back(compare(values.col(best), values.col(Eigen::Index(i)), better));
  judge(beside);
  std::size_t at = 0;
  for (std::size_t i = 0; i < out.ranked.size(); ++i) {
    if (Eigen::Index(i) == best) continue;
    if (beside[at++].verdict != Verdict::kWorse) out.with_best.push_back(out.ranked[i]);
  }
  // What the table beside the sentence cannot tell from the baseline, the sentence does not recommend over it.
  for (const DecisionRow& row : out.rows)
    if (row.decision == 0 && row.option == out.best && row.comparison && row.comparison->verdict != Verdict::kBetter && std::find(out.with_best.begin(), out.with_best.end(), baseline) == out.with_best.end()) out.with_best.push_back(baseline);
  out.recommended = out.with_best.empty() && out.ranked.size() > 1;
  return out;
}

Text sentence(const Answer& answer, std::span<const NamedOption> options, std::size_t baseline, std::span<const DecisionMetric> decisions) {
  if (!answer.best || decisions.empty()) {
    const Text why = answer.rows.empty() ? Text{} : answer.rows.front().why_none;
    return {"No answer: " + (why.en.empty() ? "there is nothing to compare" : why.en) + ".", "답할 수 없습니다: " + (why.ko.empty() ? "비교할 것이 없습니다" : why.ko) + "."};
  }
  const Text what = metric_label(decisions.front().metric);
  // The row that speaks: of the best option; of the option next to it where the baseline is best.
  const DecisionRow* row = nullptr;
  for (const DecisionRow& one : answer.rows)
    if (one.decision == 0 && one.comparison && (one.option == *answer.best || (*answer.best == baseline && (row == nullptr || std::abs(one.comparison->mean_difference) < std::abs(row->comparison->mean_difference))))) row = &one;
  if (row == nullptr) return {"No answer: only one option has a value.", "답할 수 없습니다: 값이 있는 안이 하나뿐입니다."};
  const Comparison& c = *row->comparison;
  const Text best = quoted(options[*answer.best].title), base = quoted(options[baseline].title), other = quoted(options[row->option].title);
  const Text of_option = in_unit(row->of_option.mean, row->unit), of_base = in_unit(row->of_baseline.mean, row->unit), difference = signed_in_unit(c.mean_difference, row->unit);
  Text interval;
  if (c.interval) {
    const Text low = signed_in_unit(c.interval->low, row->unit), high = signed_in_unit(c.interval->high, row->unit);
    interval = {fmt::format(", 95 % interval {} to {}", low.en, high.en), fmt::format(", 95 % 구간 {} ~ {}", low.ko, high.ko)};
  }
  const Text figures = {fmt::format("By {}: {} {} against {} {}, difference {}{}, {} paired runs.", what.en, other.en, of_option.en, base.en, of_base.en, difference.en, interval.en, c.n),
                        fmt::format("{}: {} {}, {} {}, 차이 {}{}, 짝지은 실행 {}개.", what.ko, other.ko, of_option.ko, base.ko, of_base.ko, difference.ko, interval.ko, c.n)};
  if (answer.recommended && answer.ranked.size() == 2)
    return {fmt::format("{} is better than {}. {}", best.en, (*answer.best == baseline ? other : base).en, figures.en), fmt::format("{} 안이 {} 안보다 낫습니다. {}", best.ko, (*answer.best == baseline ? other : base).ko, figures.ko)};
  if (answer.recommended) return {fmt::format("{} is the best of {}. {}", best.en, answer.ranked.size(), figures.en), fmt::format("{}개 안 가운데 {} 안이 가장 낫습니다. {}", answer.ranked.size(), best.ko, figures.ko)};
  if (c.verdict == Verdict::kEqual) return {fmt::format("The options make no difference here. {}", figures.en), fmt::format("안에 따른 차이가 없습니다. {}", figures.ko)};
  std::vector<std::size_t> others = answer.with_best;
  const Text names = listed(others, options);
  return {fmt::format("These runs cannot tell {} from {}. {}", best.en, names.en, figures.en), fmt::format("이 실행으로는 {} 안과 {} 안을 구별할 수 없습니다. {}", best.ko, names.ko, figures.ko)};
}

}  // namespace dure::analysis
