#include "analysis/study/table.h"

#include <algorithm>
#include <map>

namespace dure::analysis {

std::vector<MetricTable> metric_tables(std::span<const TableRun> runs, std::size_t options) {
  std::map<std::uint32_t, std::vector<const std::vector<sim::Metric>*>> by_replicate;
  std::vector<std::pair<std::string, std::string>> names;  // with units, in order of appearance
  std::map<std::string, std::size_t, std::less<>> known;
  for (const TableRun& run : runs) {
    auto& row = by_replicate[run.replicate];
    row.resize(options, nullptr);
    row[run.option] = run.metrics;
    if (run.metrics == nullptr) continue;
    for (const sim::Metric& metric : *run.metrics)
      if (known.emplace(metric.name, names.size()).second) names.emplace_back(metric.name, metric.unit);
  }
  std::erase_if(by_replicate, [](const auto& entry) { return std::find(entry.second.begin(), entry.second.end(), nullptr) != entry.second.end(); });

  const std::size_t rows = by_replicate.size();
  std::vector<std::vector<std::optional<double>>> cells(names.size(), std::vector<std::optional<double>>(rows * options));
  std::vector<std::vector<sim::Text>> reasons(names.size(), std::vector<sim::Text>(options));
  std::vector<std::uint32_t> numbers;
  for (const auto& [replicate, row] : by_replicate) {
    for (std::size_t option = 0; option < options; ++option)
      for (const sim::Metric& metric : *row[option]) {
        const std::size_t at = known.find(metric.name)->second;
        if (metric.value) cells[at][numbers.size() * options + option] = metric.value;
        else reasons[at][option] = metric.reason;
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
      const sim::Text& why = reasons[at][option];
      table.why_none[option] = why.en.empty() ? sim::Text{"its runs have no such metric", "이 안의 실행에는 이 지표가 없습니다"} : why;
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
