#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/scenario.h"

namespace dure::sim {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> sets;
  bool defaults = false;
};

Exit show(const Arguments& arguments, Context& context) {
  const Loaded loaded = load_scenario(arguments.file, arguments.sets);
  if (!context.json) {
    context.print(to_text(loaded, {.notes = true, .defaults = arguments.defaults}));
    return Exit::kDone;
  }
  std::string scenario;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(loaded.scenario, &scenario, options);
  SIM_CHECK(status.ok(), status.ToString());
  nlohmann::json out = assumptions_json(loaded);
  out["scenario"] = nlohmann::json::parse(scenario);
  out["files"] = loaded.files;
  out["fingerprint"] = fingerprint(loaded);
  context.print_json(out);
  return Exit::kDone;
}

}  // namespace

Action setup_show(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("FILE", arguments->file, context.say("scenario file", "시나리오 파일"))->required()->type_name("");
  add_set_option(app, context, arguments->sets);
  app.add_flag("--defaults", arguments->defaults, context.say("write out defaults too", "기본값도 함께 보이기"));
  return [arguments, &context] { return show(*arguments, context); };
}

}  // namespace dure::sim
