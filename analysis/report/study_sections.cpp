#include "analysis/report/study_sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/report/format.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using nlohmann::json;
using sim::Text;
namespace {

constexpr std::size_t kMostLines = 8;  // that the charts tell apart
constexpr double kSeldom = 0.05;       // first so seldom is not worth a word

/// Where something stands on an axis, to two decimals: no difference, so no plus.
std::string position(double value) { return (value < 0 ? "−" : "") + exact(std::abs(value), 2); }

/// Means of a metric by option, in the order of the options.
std::vector<Cell> means(const StudyFindings& study, const MetricTable& table, double scale = 1) {
  std::vector<Cell> cells;
  for (std::size_t option = 0; option < study.options.size(); ++option)
    cells.push_back(table.has(option) ? Cell(scale * table.column(option).mean()) : Cell(Nothing{table.why_none[option].value_or(Text{"no replicate has it for every option", "모든 안에 이 지표가 있는 반복이 없습니다"})}));
  return cells;
}

void regional_table(Page& page, const StudyFindings& study, const std::string& metric, std::size_t number) {
  Table table;
  table.id = fmt::format("regions-{}", number);
  const MetricTable* country = find(study.tables, metric);
  if (country == nullptr) return;
  const Text words = unit_words(country->unit), label = metric_label(metric);
  table.caption = {fmt::format("{} ({}) by region: mean of the replicates", label.en, words.en), fmt::format("권역별 {}({}): 반복 평균", label.ko, words.ko)};
  table.columns.push_back(name_column("region", {"region", "권역"}));
  for (const NamedOption& option : study.options) table.columns.push_back({option.name, option.title, country->unit, 3});
  for (const MetricTable& one : study.tables) {
    const sim::RegionalName name_of = sim::regional_name(one.name);
    if (name_of.region.empty() || name_of.metric != metric) continue;
    std::vector<Cell> row{name(std::string(name_of.region), word(name_of.region))};
    for (Cell& cell : means(study, one)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return;
  std::vector<Cell> row{name("all", {"whole country", "전국"})};
  for (Cell& cell : means(study, *country)) row.push_back(std::move(cell));
  table.rows.push_back(std::move(row));
  page.table(table);
}

/// Whether each pair of `order` is told apart: Holm among all of them; of pairs with the best or the baseline what the answer says.
std::vector<std::vector<bool>> told_apart(const StudyFindings& study, const MetricTable& table, const std::vector<std::size_t>& order) {
  const Answer& answer = study.answer;
  std::vector<Comparison> family;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = i + 1; j < order.size(); ++j) family.push_back(compare(table.column(order[i]), table.column(order[j]), study.decisions.front().better));
  judge(family);
  const auto told = [](Verdict verdict) { return verdict == Verdict::kBetter || verdict == Verdict::kWorse; };
  std::vector<std::vector<bool>> out(order.size(), std::vector<bool>(order.size()));
  auto judged = family.begin();
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      out[i][j] = told((judged++)->verdict);
      for (const DecisionRow& row : answer.rows)
        if (row.decision == 0 && row.comparison && ((row.option == order[i] && study.baseline == order[j]) || (row.option == order[j] && study.baseline == order[i]))) out[i][j] = told(row.comparison->verdict);
      for (const Beside& one : answer.beside)
        if ((order[i] == answer.best && order[j] == one.option) || (order[j] == answer.best && order[i] == one.option)) out[i][j] = told(one.comparison.verdict);
    }
  return out;
}

/// Where one option is told from all others: every option with its mean, the best first, those together that are not told apart.
Text in_order(const StudyFindings& study) {
  const Answer& answer = study.answer;
  const MetricTable* table = find(study.tables, study.decisions.front().metric);
  if (table == nullptr || answer.ranked.size() < 3 || answer.ranked.size() > kMostLines) return {};
  std::vector<std::size_t> order = answer.ranked;
  const double sign = study.decisions.front().better == Better::kLower ? 1 : -1;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sign * table->column(a).mean() < sign * table->column(b).mean(); });
  const auto told = told_apart(study, *table, order);
  const auto parted = [&](std::size_t after) {  // everyone before the gap is told from everyone behind it
    for (std::size_t i = 0; i <= after; ++i)
      for (std::size_t j = after + 1; j < order.size(); ++j)
        if (!told[i][j]) return false;
    return true;
  };
  Text list;
  std::size_t together = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Text title = study.options[order[i]].title, mean = in_unit(table->column(order[i]).mean(), table->unit);
    list.en += fmt::format("{}{} {}", list.en.empty() ? "" : together == 0 ? "; " : ", ", title.en, mean.en);
    list.ko += fmt::format("{}{} {}", list.ko.empty() ? "" : together == 0 ? "; " : ", ", title.ko, mean.ko);
    ++together;
    if (i + 1 < order.size() && !parted(i)) continue;
    if (together > 1) {
      list.en += together == 2 ? " (not told apart)" : " (not all told apart)";
      list.ko += together == 2 ? "(구별 안 됨)" : "(모두 구별되지는 않음)";
    }
    together = 0;
  }
  return {"In order: " + list.en + ".", "차례: " + list.ko + "."};
}

/// A number of a break-even line; shares to a tenth of a per cent.
Text along(double value, const std::string& unit) { return unit == "share" ? Text{exact(100 * value, 1) + " %", exact(100 * value, 1) + "%"} : in_unit(value, unit); }

/// Where the first decision metric comes to the mark.
Text mark_sentence(const StudyFindings& study) {
  const StudyBreakEven& found = *study.break_even;
  const Text what = metric_label(study.decisions.front().metric), mark = in_unit(*found.mark, found.metric_unit), low = along(found.low, found.unit), high = along(found.high, found.unit);
  const auto& at = found.lines.front().at;
  if (found.lines.front().everywhere)
    return {fmt::format("By {}, it is at {} everywhere from {} to {} {}.", what.en, mark.en, low.en, high.en, found.axis.en), fmt::format("{}: {} {}~{} 어디서나 {}입니다.", what.ko, found.axis.ko, low.ko, high.ko, mark.ko)};
  if (!at) return {fmt::format("By {}, no {} from {} to {} comes to {}.", what.en, found.axis.en, low.en, high.en, mark.en), fmt::format("{}: {} {}~{} 가운데 {}에 이르는 값이 없습니다.", what.ko, found.axis.ko, low.ko, high.ko, mark.ko)};
  const Text value = along(at->value, found.unit);
  const bool rises = at->per_unit > 0;
  Text note{"one replicate", "반복 1회"};
  if (at->interval) {
    const Text from = along(at->interval->low, found.unit), to = along(at->interval->high, found.unit);
    note = {fmt::format("95 % interval {} to {}", from.en, to.en), fmt::format("95 % 구간 {}~{}", from.ko, to.ko)};
  }
  if (at->beyond) note = {fmt::format("{}; beyond the {} to {} tried", note.en, low.en, high.en), fmt::format("{}, 실험 범위 {}~{} 밖", note.ko, low.ko, high.ko)};
  return {fmt::format("At {} {} ({}), {} comes to {}; {} below that, {} above.", value.en, found.axis.en, note.en, what.en, mark.en, rises ? "less" : "more", rises ? "more" : "less"),
          fmt::format("{}: {} {}({})에서 {}에 이르며, 그보다 작으면 {} 크면 {}.", what.ko, found.axis.ko, value.ko, note.ko, mark.ko, rises ? "못 미치고" : "넘고", rises ? "넘습니다" : "못 미칩니다")};
}

}  // namespace

void regions_section(Page& page, const StudyFindings& study) {
  const auto told_by_region = [&](const DecisionMetric& decision) {
    return std::any_of(study.tables.begin(), study.tables.end(), [&](const MetricTable& one) { return sim::regional_name(one.name).metric == decision.metric && one.name != decision.metric; });
  };
  if (std::none_of(study.decisions.begin(), study.decisions.end(), told_by_region)) return;
  page.section("regions", {"By region", "권역별"});
  for (std::size_t d = 0; d < study.decisions.size(); ++d)
    if (told_by_region(study.decisions[d])) regional_table(page, study, study.decisions[d].metric, d + 1);
}

void months_section(Page& page, const StudyFindings& study) {
  const auto is_utilisation = [](std::string_view metric) { return metric.starts_with("utilisation."); };
  if (std::none_of(study.decisions.begin(), study.decisions.end(), [&](const DecisionMetric& decision) { return is_utilisation(decision.metric); })) return;
  Figure figure;
  figure.table.id = "months";
  figure.table.caption = {"Utilisation by month, per cent: mean of the replicates", "월별 활용률(%): 반복 평균"};
  figure.table.columns.push_back(name_column("month", {"month", "월"}));
  for (const NamedOption& option : study.options) figure.table.columns.push_back({option.name, option.title, "%", 1});
  json dates = json::array();
  std::vector<json> lines(study.options.size(), json::array());
  for (const MetricTable& one : study.tables) {
    if (!is_utilisation(one.name) || one.name.size() != std::string_view("utilisation.2026-01").size() || one.name[16] != '-') continue;
    const std::string month = one.name.substr(12);
    std::vector<Cell> row{name(month)};
    for (Cell& cell : means(study, one, 100)) {
      lines[row.size() - 1].push_back(std::holds_alternative<double>(cell) ? json(std::get<double>(cell)) : json(nullptr));
      row.push_back(std::move(cell));
    }
    dates.push_back(month + "-01");
    figure.table.rows.push_back(std::move(row));
  }
  if (figure.table.rows.size() < 2) return;
  json series = json::array();
  for (std::size_t option = 0; option < std::min(kMostLines, study.options.size()); ++option)
    series.push_back({{"label", text_json(study.options[option].title)}, {"style", fmt::format("line{}", option + 1)}, {"x", dates}, {"y", lines[option]}});
  figure.chart = {{"kind", "lines"}, {"step", false}, {"series", series}};
  const MetricTable* table = find(study.tables, study.decisions.front().metric);
  Text finding{"Utilisation by month", "월별 활용률"};
  if (table != nullptr && is_utilisation(table->name)) {
    const Text label = metric_label(table->name);
    finding = {label.en + ":", label.ko + ":"};
    for (std::size_t option = 0; option < study.options.size(); ++option) {
      if (!table->has(option)) continue;
      const Text share = percent(table->column(option).mean());
      const char* comma = finding.en.ends_with(':') ? "" : ",";
      finding.en += fmt::format("{} {} {}", comma, share.en, study.options[option].title.en);
      finding.ko += fmt::format("{} {} {}", comma, study.options[option].title.ko, share.ko);
    }
  }
  figure.finding = finding;
  figure.unit = {"per cent of public card-time in service that jobs held, mean of the replicates", "공공 카드 가동 시간 가운데 작업이 쓴 비율(%), 반복 평균"};
  figure.source = {"runs of this study", "이 연구의 실행"};
  page.section("months", {"By month", "월별"});
  page.figure(figure);
}

void break_even_section(Page& page, const StudyFindings& study) {
  if (!study.break_even) return;
  const StudyBreakEven& found = *study.break_even;
  page.section("break-even", {"Break-even", "손익분기"});
  Table table;
  table.id = "break-even";
  const Text what = metric_label(study.decisions.front().metric), base = study.options[study.baseline].title;
  if (found.mark) table.caption = {fmt::format("{}: the value at which {} comes to {}", found.axis.en, what.en, in_unit(*found.mark, found.metric_unit).en), fmt::format("{}: {}이(가) {}에 이르는 값", found.axis.ko, what.ko, in_unit(*found.mark, found.metric_unit).ko)};
  else table.caption = {fmt::format("{}: the value at which {} equals that of “{}”", found.axis.en, what.en, base.en), fmt::format("{}: {}이(가) ‘{}’와 같아지는 값", found.axis.ko, what.ko, base.ko)};
  const int decimals = found.unit == "share" ? 4 : 2;
  table.columns = {name_column("line", {"option", "안"}), {"value", {"break-even", "손익분기"}, found.unit, decimals}, {"low", {"95 % low", "95 % 하한"}, found.unit, decimals}, {"high", {"95 % high", "95 % 상한"}, found.unit, decimals},
                   {"per_unit", {"change for one unit", "1단위당 변화"}, found.metric_unit, 0}, name_column("where", {"where", "위치"})};
  const auto end = [](const StudyBreakEven::Line& line, double Interval::*which) -> Cell {
    if (line.at->interval) return (*line.at->interval).*which;
    return Nothing{{"one replicate has no interval", "반복이 한 번이라 구간이 없습니다"}};
  };
  for (const StudyBreakEven::Line& line : found.lines) {
    const Nothing none{why_no_break_even(found, line)};
    if (!line.at) table.rows.push_back({name(line.title.en, line.title), none, none, none, none, line.everywhere ? name("everywhere", {"everywhere", "어디서나"}) : name("none", {"none", "없음"})});
    else table.rows.push_back({name(line.title.en, line.title), line.at->value, end(line, &Interval::low), end(line, &Interval::high), line.at->per_unit,
                               line.at->beyond ? name("beyond", {"beyond the values tried", "실험한 값 밖"}) : name("within", {"within the values tried", "실험한 값 안"})});
  }
  page.table(table);
}

Text why_no_break_even(const StudyBreakEven& found, const StudyBreakEven::Line& line) {
  if (line.everywhere) return found.mark ? Text{"it is at the mark everywhere on this line", "이 선 어디서나 기준값과 같습니다"} : Text{"it is level everywhere on this line", "이 선 어디서나 기준 안과 같습니다"};
  return {"the difference never comes to zero", "차이가 0이 되는 값이 없습니다"};
}

Text break_even_sentence(const StudyFindings& study) {
  if (!study.break_even) return {};
  const StudyBreakEven& found = *study.break_even;
  if (found.mark) return mark_sentence(study);
  std::vector<const StudyBreakEven::Line*> inside;
  Text outside, everywhere;
  for (const StudyBreakEven::Line& line : found.lines) {
    if (line.at && !line.at->beyond) {
      inside.push_back(&line);
      continue;
    }
    Text& list = line.everywhere ? everywhere : outside;
    list.en += (list.en.empty() ? "" : ", ") + line.title.en;
    list.ko += (list.ko.empty() ? "" : ", ") + line.title.ko;
  }
  const Text unit = unit_words(found.unit), what = metric_label(study.decisions.front().metric), base = study.options[study.baseline].title;
  const std::string low = position(found.low), high = position(found.high);
  const auto with_outside = [&](Text said) {
    if (outside.en.empty()) return said;
    return Text{fmt::format("{} No value tried does it for: {}.", said.en, outside.en), fmt::format("{} 실험한 값으로는 같아지지 않는 안: {}.", said.ko, outside.ko)};
  };
  if (inside.empty() && !everywhere.en.empty())
    return with_outside({fmt::format("By {}, the options of these lines are level with “{}” everywhere from {} to {} {}: {}.", what.en, base.en, low, high, unit.en, everywhere.en),
                         fmt::format("{} 기준으로 {}~{}{} 어디서나 ‘{}’ 안과 같은 안: {}.", what.ko, low, high, unit.ko, base.ko, everywhere.ko)});
  if (inside.empty())
    return {fmt::format("By {}, no value from {} to {} {} makes an option as good as “{}”.", what.en, low, high, unit.en, base.en),
            fmt::format("{} 기준으로 {}에서 {}{} 사이에는 ‘{}’ 안과 같아지는 값이 없습니다.", what.ko, low, high, unit.ko, base.ko)};
  std::sort(inside.begin(), inside.end(), [](const auto* a, const auto* b) { return a->at->value > b->at->value; });
  Text list;
  double gentle = inside.front()->at->per_unit, steep = gentle;
  for (const StudyBreakEven::Line* line : inside) {
    const bool first = list.en.empty();
    const std::string value = position(line->at->value);
    list.en += fmt::format("{}{} {}", first ? "" : ", ", line->title.en, value);
    list.ko += fmt::format("{}{} {}", first ? "" : ", ", line->title.ko, value);
    if (const auto& interval = line->at->interval) {
      const std::string from = position(interval->low), to = position(interval->high);
      list.en += fmt::format(" ({}{} to {})", first ? "95 % interval " : "", from, to);
      list.ko += fmt::format("({}{}~{})", first ? "95 % 구간 " : "", from, to);
    }
    gentle = std::min(gentle, line->at->per_unit);
    steep = std::max(steep, line->at->per_unit);
  }
  const std::string least = position(inside.back()->at->value), most = position(inside.front()->at->value);
  Text one = signed_in_unit(gentle, found.metric_unit);
  if (const Text last = signed_in_unit(steep, found.metric_unit); last.en != one.en) one = {one.en + " to " + last.en, one.ko + "~" + last.ko};
  Text said = {fmt::format("By {}, options come level with “{}” {} {} ({} to {} was tried): {}. One {} moves it by {}.", what.en, base.en, least == most ? "at " + most : fmt::format("between {} and {}", least, most), unit.en, low, high, list.en, unit.en, one.en),
               fmt::format("{} 기준으로 ‘{}’ 안과 같아지는 값은 {}{}입니다(실험 범위 {}~{}): {}. 1{}마다 {}씩 움직입니다.", what.ko, base.ko, least == most ? most : fmt::format("{}~{}", least, most), unit.ko, low, high, list.ko, unit.ko, one.ko)};
  if (!everywhere.en.empty()) {
    said.en += fmt::format(" Level with it everywhere: {}.", everywhere.en);
    said.ko += fmt::format(" 어디서나 같은 안: {}.", everywhere.ko);
  }
  return with_outside(said);
}

Text precision_sentence(const StudyFindings& study) {
  if (!study.precision || study.precision->state == Replication::State::kReached) return {};
  const auto not_reached = [](const Text& why) { return Text{"The wanted precision was not reached: " + why.en + ".", "원한 정밀도에 이르지 못했습니다: " + why.ko + "."}; };
  const auto& got = study.precision->half_width;
  const auto& wanted = study.precision->wanted;
  const MetricTable* table = find(study.tables, study.decisions.front().metric);
  if (!got || !wanted || table == nullptr) return not_reached({"fewer than two replicates have a value", "값이 있는 반복이 둘보다 적습니다"});
  if (*wanted == 0) return not_reached({"the baseline's mean is 0, and an interval cannot be a share of it", "기준 안의 평균이 0이라 그 비율로 구간의 폭을 정할 수 없습니다"});
  const auto width = [&](double x) {  // of a difference: that of two percentages is no percentage of either
    const Text points = count(100 * x);
    return table->unit == "share" ? Text{points.en + " points", points.ko + "%p"} : in_unit(x, table->unit);
  };
  return not_reached({fmt::format("the 95 % interval is ± {} after {} paired runs, ± {} was wanted", width(*got).en, table->values.rows(), width(*wanted).en),
                      fmt::format("짝지은 실행 {}개에서 95 % 구간은 ± {}, 목표는 ± {}입니다", table->values.rows(), width(*got).ko, width(*wanted).ko)});
}

Text rank_sentence(const StudyFindings& study) {
  const Answer& answer = study.answer;
  if (!answer.ranks || study.break_even) return {};
  if (answer.recommended) return in_order(study);
  if (answer.ranked.size() < 4) return {};
  std::vector<std::size_t> order(answer.ranked.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto first = [&](std::size_t i) { return answer.ranks->probability(Eigen::Index(i), 0); };
  const auto last = [&](std::size_t i) { return answer.ranks->probability(Eigen::Index(i), answer.ranks->probability.cols() - 1); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return first(a) > first(b); });
  Text list;
  for (const std::size_t i : order) {
    if (first(i) < kSeldom) continue;
    const Text title = study.options[answer.ranked[i]].title, share = percent(first(i));
    list.en += fmt::format("{}{} {}", list.en.empty() ? "" : "; ", title.en, share.en);
    list.ko += fmt::format("{}{} {}", list.ko.empty() ? "" : "; ", title.ko, share.ko);
  }
  const std::size_t worst = *std::max_element(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return last(a) < last(b); });
  const Text title = study.options[answer.ranked[worst]].title, share = percent(last(worst));
  return {fmt::format("First in so many of {} futures: {}. Last most often: {}, {}.", answer.replicates, list.en, title.en, share.en),
          fmt::format("{}개의 미래에서 1위인 비율: {}. 꼴찌가 가장 잦은 안: {}({}).", answer.replicates, list.ko, title.ko, share.ko)};
}

}  // namespace dure::analysis
