#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sim/cli/commands.h"

namespace dure::sim {
namespace {

std::string long_options(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) words += " --" + name;
  return words;
}

/// A script for bash: commands first, then options of the command, else files.
std::string bash_script(const CLI::App& root) {
  std::string commands, cases;
  for (const CLI::App* command : root.get_subcommands([](const CLI::App*) { return true; })) {
    commands += (commands.empty() ? "" : " ") + command->get_name();
    cases += fmt::format("    {}) words=\"{}{}\" ;;\n", command->get_name(), long_options(root).substr(1), long_options(*command));
  }
  return fmt::format(R"(# bash completion of dure; put it into ~/.bashrc: source <(dure completion bash)
_dure() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="" words="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$previous" in
    --lang) COMPREPLY=($(compgen -W "ko en" -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
    --launcher) COMPREPLY=($(compgen -W "fork slurm" -- "$current")); return ;;
    --progress) COMPREPLY=($(compgen -W "auto bar plain none" -- "$current")); return ;;
  esac
  case "$command" in
    "") words="{}{}" ;;
{}  esac
  if [[ -z "$command" || "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _dure dure
)",
                     commands, long_options(root), cases);
}

}  // namespace

Action setup_completion(CLI::App& app, Context& context) {
  app.add_option_function<std::string>(
         "SHELL", [](const std::string&) {}, context.say("the shell: bash", "셸: bash"))
      ->type_name("")
      ->check(CLI::IsMember({"bash"}));
  return [&app, &context] {
    context.print(bash_script(*app.get_parent()));
    return Exit::kDone;
  };
}

}  // namespace dure::sim
