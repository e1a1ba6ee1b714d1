#include "sim/launch/task_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dure::sim {
using nlohmann::json;
namespace {
constexpr std::string_view kPurposeNames[] = {"replicate", "tornado", "sensitivity"};
}  // namespace

json to_json(const Task& task) {
  json out = {{"for", kPurposeNames[std::size_t(task.purpose)]}, {"option", task.option}, {"replicate", task.replicate}};
  if (!task.inputs.empty()) out["inputs"] = task.inputs;
  return out;
}

Task task_of(const json& from) {
  const auto purpose = std::find(std::begin(kPurposeNames), std::end(kPurposeNames), from.at("for").get<std::string>());
  if (purpose == std::end(kPurposeNames)) throw json::other_error::create(501, "a plan names a purpose nobody knows", &from);
  Task task{Purpose(purpose - std::begin(kPurposeNames)), from.at("option"), from.at("replicate"), {}};
  if (from.contains("inputs")) task.inputs = from.at("inputs").get<std::vector<double>>();
  return task;
}

json to_json(const TaskResult& result) {
  if (result.failure) return {{"failure", {{"en", result.failure->en}, {"ko", result.failure->ko}}}};
  json metrics = json::array();
  for (const Metric& metric : result.metrics) {
    json one = {metric.name, metric.unit, metric.value ? json(*metric.value) : json(nullptr)};
    if (!metric.value) one.push_back({metric.reason.en, metric.reason.ko});
    metrics.push_back(std::move(one));
  }
  return {{"metrics", std::move(metrics)}};
}

TaskResult result_of(const json& from) {
  TaskResult result;
  if (from.contains("failure")) {
    result.failure = Text{from.at("failure").at("en"), from.at("failure").at("ko")};
    return result;
  }
  for (const json& one : from.at("metrics")) {
    Metric& metric = result.metrics.emplace_back();
    metric.name = one.at(0);
    metric.unit = one.at(1);
    if (!one.at(2).is_null()) metric.value = one.at(2).get<double>();
    else metric.reason = {one.at(3).at(0), one.at(3).at(1)};
  }
  return result;
}

std::string to_text(const TaskResult& result) { return to_json(result).dump(); }

TaskResult result_of(const std::string& text) { return result_of(json::parse(text)); }

}  // namespace dure::sim
