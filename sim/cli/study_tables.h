#pragma once
#include <filesystem>
#include <span>

#include "analysis/report/study_page.h"
#include "sim/launch/task.h"
#include "sim/scenario_study.h"

namespace dure::sim {

/// results.sqlite of a study: its runs, inputs and metrics as they came, summaries and differences as they were judged
/// (sim/study_results.proto). Throws Error (exit 5) when the disk is full.
void write_study_tables(const std::filesystem::path& file, const LoadedStudy& study, std::span<const Task> tasks, std::span<const TaskResult> results, const analysis::StudyFindings& found);

}  // namespace dure::sim
