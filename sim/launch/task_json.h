#pragma once
#include <nlohmann/json_fwd.hpp>

#include "sim/launch/task.h"

namespace dure::sim {

nlohmann::json to_json(const Task& task);
nlohmann::json to_json(const TaskResult& result);
Task task_of(const nlohmann::json& from);
TaskResult result_of(const nlohmann::json& from);
std::string to_text(const TaskResult& result);       // JSON; numbers read back to the same bits
TaskResult result_of(const std::string& text);

}  // namespace dure::sim
