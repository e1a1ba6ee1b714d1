#include "analysis/study/table.h"

#include <algorithm>
#include <map>

namespace dure::analysis {
namespace {

sim::Text why_none(const sim::Text& reason, const std::optional<sim::Text>& refused, bool ran, std::size_t rows) {
  if (!reason.en.empty()) return reason;
  if (refused && (!ran || rows == 0)) return {"a model refuses its runs: " + refused->en, "모형이 이 안의 실행을 거절합니다: " + refused->ko};
  if (rows == 0) return {"in no replicate were all options run", "모든 안이 실행된 반복이 없습니다"};
  return {"its runs have no such metric", "이 안의 실행에는 이 지표가 없습니다"};
}

}  // namespace

std::vector<MetricTable> metric_tables(std::span<const TableRun> runs, std::size_t options) {
  std::map<std::uint32_t, std::vector<const std::vector<sim::Metric>*>> by_replicate;
  std::vector<std::pair<std::string, std::string>> names;  // with units, in order of appearance
  std::map<std::string, std::size_t, std::less<>> known;
  std::vector<bool> ran(options, false);
  std::vector<std::optional<sim::Text>> refused(options);  // why, of the first
  for (const TableRun& run : runs) {
    if (run.metrics != nullptr) ran[run.option] = true;
    else if (!refused[run.option]) refused[run.option] = run.refused;
    auto& row = by_replicate[run.replicate];
    row.resize(options, nullptr);
    row[run.option] = run.metrics;
    if (run.metrics == nullptr) continue;
    for (const sim::Metric& metric : *run.metrics)
      if (known.emplace(metric.name, names.size()).second) names.emplace_back(metric.name, metric.unit);
  }
  std::erase_if(by_replicate, [&](const auto& entry) {
    for (std::size_t option = 0; option < options; ++option)
      if (entry.second[option] == nullptr && (ran[option] || !refused[option])) return true;
    return false;
  });

  const std::size_t rows = by_replicate.size();
  std::vector<std::vector<std::optional<double>>> cells(names.size(), std::vector<std::optional<double>>(rows * options));
  std::vector<std::vector<sim::Text>> reasons(names.size(), std::vector<sim::Text>(options));
  std::vector<std::uint32_t> numbers;
  for (const auto& [replicate, row] : by_replicate) {
    for (std::size_t option = 0; option < options; ++option) {
      if (row[option] == nullptr) continue;
      for (const sim::Metric& metric : *row[option]) {
        const std::size_t at = known.find(metric.name)->second;
        if (metric.value) cells[at][numbers.size() * options + option] = metric.value;
        else reasons[at][option] = metric.reason;
      }
    }
    numbers.push_back(replicate);
  }

  std::vector<MetricTable> tables(names.size());
  for (std::size_t at = 0; at < names.size(); ++at) {
    MetricTable& table = tables[at];
    table.name = names[at].first;
    table.unit = names[at].second;
    table.why_none.assign(options, std::nullopt);
    for (std::size_t option = 0; option < options; ++option) {
      bool any = false;
      for (std::size_t row = 0; row < rows; ++row) any = any || cells[at][row * options + option];
      if (any) continue;
      table.why_none[option] = why_none(reasons[at][option], refused[option], ran[option], rows);
    }
    std::vector<std::size_t> whole;
    for (std::size_t row = 0; row < rows; ++row) {
      bool complete = true;
      for (std::size_t option = 0; option < options; ++option) complete = complete && (table.why_none[option] || cells[at][row * options + option]);
      if (complete) whole.push_back(row);
    }
    table.values = Eigen::MatrixXd::Zero(Eigen::Index(whole.size()), Eigen::Index(options));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      table.replicates.push_back(numbers[whole[i]]);
      for (std::size_t option = 0; option < options; ++option) table.values(Eigen::Index(i), Eigen::Index(option)) = cells[at][whole[i] * options + option].value_or(0);
    }
  }
  return tables;
}

const MetricTable* find(std::span<const MetricTable> tables, std::string_view name) {
  for (const MetricTable& table : tables)
    if (table.name == name) return &table;
  return nullptr;
}

}  // namespace dure::analysis
