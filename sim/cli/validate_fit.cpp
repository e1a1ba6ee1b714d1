#include <fmt/format.h>

#include <cmath>

#include "analysis/validation/fit.h"
#include "sim/cli/table_rows.h"
#include "sim/cli/validate.h"
#include "sim/csv_text.h"
#include "sim/scenario_schema.h"
#include "sim/workload/training_case.pb.h"

namespace dure::sim {
namespace {

struct Fitted {
  std::size_t row;
  const FieldDescriptor* column;
};

double value_of(const StackTable& stacks, const Fitted& at) {
  const auto& row = stacks.rows()[at.row];
  return row.GetReflection()->GetDouble(row, at.column);
}

void set(StackTable& stacks, const Fitted& at, double value) {
  auto& row = stacks.rows()[at.row];
  row.GetReflection()->SetDouble(&row, at.column, value);
}

constexpr int kMostFittedCards = 8192;       // larger runs are left to be predicted
constexpr double kUnpredicted_pct = 100;  // a row a try cannot predict

/// Whether the row is predicted at all.
bool can_be(const ::dure::TrainingCase& row, const AcceleratorTable& cards, const StackTable& stacks) {
  try {
    return !predict(row, cards, stacks).skipped;
  } catch (const ScenarioError&) {
    return false;
  }
}

}  // namespace

std::string stacks_csv(const StackTable& stacks) {
  const auto* type = ::dure::SoftwareStack::descriptor();
  std::vector<const FieldDescriptor*> columns;  // in order of the schema, the words last
  for (const bool words : {false, true})
    for (int i = 0; i < type->field_count(); ++i) {
      const std::string& name = type->field(i)->name();
      if ((name == "provenance" || name == "confidence" || name == "fitted") == words) columns.push_back(type->field(i));
    }
  std::string text;
  for (const FieldDescriptor* column : columns) text += (text.empty() ? "" : ",") + column->name();
  text += '\n';
  for (const auto& row : stacks.rows()) {
    bool first = true;
    for (const FieldDescriptor* column : columns) {
      std::string cell;
      if (column->is_repeated())
        for (int i = 0; i < row.GetReflection()->FieldSize(row, column); ++i) cell += (cell.empty() ? "" : ";") + value_text(row, column, i);
      else if (row.GetReflection()->HasField(row, column))
        cell = value_text(row, column);
      text += (first ? "" : ",") + csv_text(cell);
      first = false;
    }
    text += '\n';
  }
  return text;
}

StackFit fit_stacks(const std::vector<std::string>& files, const ValidationTables& tables) {
  StackFit made{{}, {}, {}, {}, tables.stacks};
  std::vector<Fitted> constants;
  std::vector<analysis::FitConstant> start;
  for (std::size_t r = 0; r < made.stacks.rows().size(); ++r) {
    const auto& row = made.stacks.rows()[r];
    for (const std::string& name : row.fitted()) {
      const FieldDescriptor* column = row.GetDescriptor()->FindFieldByName(name);
      if (column == nullptr || column->cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE)
        throw ScenarioError(fmt::format("stack[{}].fitted", row.stack()), {fmt::format("no column of numbers is called \"{}\"", name), fmt::format("\"{}\"(이)라는 숫자 열이 없습니다", name)});
      constants.push_back({r, column});
      const FieldFacts range = facts(column);
      start.push_back({row.stack() + "." + name, value_of(made.stacks, constants.back()), range.min.value_or(0), range.max.value_or(1e300)});
      made.constants.push_back({row.stack(), name, start.back().value, 0});
    }
  }
  std::vector<::dure::TrainingCase> rows;
  for (const std::string& file : files) {
    if (std::string(kind_of(file).name) != "training") continue;
    for (auto& row : rows_of<::dure::TrainingCase>(file, UnknownColumns::kPassedOver))
      if (headline_metric(row.metric()) && row.gpus() <= kMostFittedCards && row.tier() != "calibration" && row.tier() != "heldout" && can_be(row, tables.cards, tables.stacks)) rows.push_back(std::move(row));
  }
  std::vector<std::size_t> all;
  std::vector<std::string> own, stack;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all.push_back(i);
    own.push_back(std::to_string(i));
    stack.push_back(rows[i].stack());
  }
  LayoutCache layouts;
  const analysis::CaseErrors errors = [&](const std::vector<double>& values, const std::vector<std::size_t>& cases) {
    for (std::size_t i = 0; i < constants.size(); ++i) set(made.stacks, constants[i], values[i]);
    std::vector<double> found;
    for (const std::size_t i : cases) {
      const TrainingPrediction prediction = predict(rows[i], tables.cards, made.stacks, &layouts);  // none throws: can_be
      found.push_back(prediction.skipped ? kUnpredicted_pct : 100 * std::log(prediction.computed / rows[i].value()));
    }
    return found;
  };
  for (const double step : {0.08, 0.02}) {
    layouts.clear();
    const std::vector<double> values = analysis::fit(start, all, errors, step);
    for (std::size_t i = 0; i < start.size(); ++i) start[i].value = values[i];
  }
  std::vector<double> best;
  for (auto& each : start) best.push_back(each.value = std::round(each.value * 1e4) / 1e4);
  layouts.clear();
  made.errors_pct = errors(best, all);
  made.row_left_out_pct = analysis::left_out_errors(start, own, errors);
  made.stack_left_out_pct = analysis::left_out_errors(start, stack, errors);
  for (std::size_t i = 0; i < best.size(); ++i) {
    set(made.stacks, constants[i], best[i]);
    made.constants[i].after = best[i];
  }
  return made;
}

}  // namespace dure::sim
