#pragma once
// The commands of `dure`, one row each. To add one: write setup_NAME in a file of its own, and its row in commands.cpp.
#include <functional>
#include <vector>

#include "sim/cli/context.h"

namespace CLI {
class App;
}

namespace dure::sim {

/// What a command does once its arguments are read. Throws Error for what its user can mend.
using Action = std::function<Exit()>;

struct Command {
  const char* name;
  Text summary;
  /// Declares arguments and options on `app`, the command's own part of the command line, and returns what to do.
  Action (*setup)(CLI::App& app, Context& context);
};

const std::vector<Command>& commands();

/// Reads the command line and runs one command; the return value is the exit code. The only function main() calls.
int run_command_line(int argc, char** argv);

Action setup_run(CLI::App& app, Context& context);
Action setup_study(CLI::App& app, Context& context);
Action setup_compare(CLI::App& app, Context& context);
Action setup_worker(CLI::App& app, Context& context);
Action setup_merge(CLI::App& app, Context& context);
Action setup_report(CLI::App& app, Context& context);
Action setup_export(CLI::App& app, Context& context);
Action setup_import(CLI::App& app, Context& context);
Action setup_validate(CLI::App& app, Context& context);
Action setup_bench(CLI::App& app, Context& context);
Action setup_calibrate(CLI::App& app, Context& context);
Action setup_check(CLI::App& app, Context& context);
Action setup_show(CLI::App& app, Context& context);
Action setup_explain(CLI::App& app, Context& context);
Action setup_models(CLI::App& app, Context& context);
Action setup_doctor(CLI::App& app, Context& context);
Action setup_completion(CLI::App& app, Context& context);

/// For `check` of options that count: what is wrong with a number below zero, which would be read as a huge one.
std::string not_negative(const std::string& number);

/// `--set PATH=VALUE`, as often as one likes.
void add_set_option(CLI::App& app, const Context& context, std::vector<std::string>& sets);

}  // namespace dure::sim
