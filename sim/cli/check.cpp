#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/cli/study_check.h"

namespace dure::sim {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::vector<std::string> sets;
};

/// Loads `file`, a scenario or a study, and asks the models.
std::unique_ptr<ScenarioErrors> mistakes(const std::string& file, const std::vector<std::string>& sets) {
  try {
    if (kind_of_file(file) == "dure.Study") {
      check_study(load_study(file, sets));
    } else {
      check_deeply(load_scenario(file, sets));
    }
    return nullptr;
  } catch (const ScenarioErrors& errors) {
    return std::make_unique<ScenarioErrors>(errors);
  }
}

Exit check(const Arguments& arguments, Context& context) {
  Exit exit = Exit::kDone;
  nlohmann::json files = nlohmann::json::array();
  std::string words;
  for (const std::string& file : arguments.files) {
    const auto errors = mistakes(file, arguments.sets);
    nlohmann::json list = nlohmann::json::array();
    if (errors != nullptr) {
      if (exit == Exit::kDone) exit = errors->exit_code;
      for (const Error& error : errors->all) list.push_back(to_json(error));
      if (!context.json)
        context.report(*errors);
      else
        words += render(*errors, {context.language, context.color_err});
    } else if (!context.json && context.verbosity >= 0) {
      context.print(fmt::format("{}: {}\n", file, context.say("good", "이상 없음")));
    }
    files.push_back({{"file", file}, {"ok", errors == nullptr}, {"errors", std::move(list)}});
  }
  if (context.json) context.print_json({{"ok", exit == Exit::kDone}, {"exit", static_cast<int>(exit)}, {"files", std::move(files)}}, words);
  return exit;
}

}  // namespace

Action setup_check(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("FILE", arguments->files, context.say("scenario and study files", "시나리오·연구 파일들"))->required()->type_name("");
  add_set_option(app, context, arguments->sets);
  return [arguments, &context] { return check(*arguments, context); };
}

}  // namespace dure::sim
