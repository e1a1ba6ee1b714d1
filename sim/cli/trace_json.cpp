#include "sim/cli/trace_json.h"

#include <filesystem>

namespace dure::sim {

nlohmann::ordered_json trace_json(const TraceReport& report) {
  auto text = [](const Text& both) { return nlohmann::ordered_json{{"en", both.en}, {"ko", both.ko}}; };
  nlohmann::ordered_json json = {{"format", report.format}, {"file", std::filesystem::path(report.file).filename().string()}, {"rows", report.rows}, {"kept", report.kept}, {"jobs", report.jobs},
                                 {"sorted_rows", report.sorted_rows}, {"card_hours", report.card_hours}};
  const auto counted = [&](const std::vector<TraceReport::Counted>& list) {
    auto rows = nlohmann::ordered_json::array();
    for (const auto& each : list) rows.push_back({{"count", each.count}, {"reason", text(each.reason)}});
    return rows;
  };
  json["dropped"] = counted(report.dropped);
  json["noted"] = counted(report.noted);
  json["assumptions"] = nlohmann::ordered_json::array();
  for (const Text& assumption : report.assumptions) json["assumptions"].push_back(text(assumption));
  return json;
}

}  // namespace dure::sim
