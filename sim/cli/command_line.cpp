#include <regex>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "sim/cli/commands.h"
#include "sim/cli/program.h"

namespace dure::sim {
namespace {

Error usage(const char* code, Text message, Text help = {}) {
  return Error(Exit::kCommandLine, code, std::move(message), {}, std::move(help));
}

Text did_you_mean(const std::string& word, const std::vector<std::string>& candidates, Text otherwise) {
  if (const auto near = nearest(word, candidates))
    return {fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)};
  return otherwise;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// CLI11's complaint as one sentence in both languages.
Error explain(const CLI::ParseError& error, const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const CLI::App& where = chosen.empty() ? app : *chosen.front();
  const std::string help = chosen.empty() ? "dure --help" : fmt::format("dure {} --help", where.get_name());
  const Text see{fmt::format("`{}` shows what can be written", help), fmt::format("`{}`로 쓰는 법을 볼 수 있습니다", help)};
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const bool lacking = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const std::string detail = error.what();
  std::string word = app.remaining().empty() ? "" : app.remaining().front();
  if (extras && word.empty()) word = detail.substr(detail.rfind(": ") + 2);  // "... not expected: --strict x"
  if (extras) word = word.substr(0, word.find(' '));
  if (extras || (lacking && chosen.empty() && !word.empty())) {
    const bool option = word.starts_with("-");
    if (chosen.empty() && !option)
      return usage("E0001", {fmt::format("unknown command `{}`", word), fmt::format("`{}`(이)라는 명령은 없습니다", word)},
                   did_you_mean(word, command_names(), {"`dure --help` lists the commands", "`dure --help`로 명령 목록을 볼 수 있습니다"}));
    std::vector<std::string> known = option_names(where);
    for (const std::string& global : option_names(app)) known.push_back(global);
    return usage("E0002",
                 {fmt::format("unknown {} `{}`", option ? "option" : "argument", word),
                  fmt::format("`{}`(이)라는 {} 없습니다", word, option ? "옵션은" : "인자는")},
                 option ? did_you_mean(word.substr(0, word.find('=')), known, see) : see);
  }
  if (lacking && chosen.empty())
    return usage("E0003", {"no command was given", "명령이 없습니다"},
                 {"`dure --help` lists the commands", "`dure --help`로 명령 목록을 볼 수 있습니다"});
  if (lacking || dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = detail.substr(0, detail.find_first_of(": "));
    return usage("E0003", {fmt::format("`{}` is missing or lacks its value", name), fmt::format("`{}`이(가) 빠졌거나 값이 없습니다", name)},
                 see);
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr || dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    const std::string ours = detail.starts_with("Could not convert: ") ? detail.substr(19) : detail;
    static const std::regex range("([^:]+): Value (.+) not in range (.+) to (.+)");
    if (std::smatch part; std::regex_match(ours, part, range))
      return usage("E0004", {fmt::format("{} is {}, but must be from {} to {}", part[1].str(), part[2].str(), part[3].str(), part[4].str()),
                             fmt::format("{} 값은 {}부터 {}까지인데 {}입니다", part[1].str(), part[3].str(), part[4].str(), part[2].str())}, see);
    return usage("E0004", {fmt::format("not a good value: {}", ours), fmt::format("값이 맞지 않습니다: {}", ours)}, see);
  }
  return usage("E0002", {detail, detail}, see);
}

std::shared_ptr<CLI::Formatter> formatter(const Context& context) {
  auto made = std::make_shared<CLI::Formatter>();
  made->column_width(36);
  if (context.language == Language::kKorean) {
    made->label("Usage", "사용법");
    made->label("OPTIONS", "옵션");
    made->label("SUBCOMMAND", "명령");
    made->label("SUBCOMMANDS", "명령들");
    made->label("Positionals", "인자");
    made->label("REQUIRED", "필수");
  }
  made->label("Excludes", context.say("not with", "함께 쓸 수 없음"));
  return made;
}

void name_group(CLI::App& app, const Context& context) {
  for (CLI::Option* option : app.get_options())
    if (option->get_group() == "Options") option->group(context.say("Options", "옵션"));
}

bool terminal(int descriptor, const std::string& choice) {
  if (choice == "always") return true;
  const char* no_color = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  return choice == "auto" && (no_color == nullptr || *no_color == '\0') && (kind == nullptr || std::string_view(kind) != "dumb") &&
         ::isatty(descriptor) == 1;
}

Exit run(CLI::App& app, Context& context, int argc, char** argv) {
  app.set_help_flag("-h,--help", context.say("show help", "도움말 보기"));
  app.set_version_flag("--version", fmt::format("dure {} ({})", kVersion, kCommit), context.say("show the version", "버전 보기"));
  app.formatter(formatter(context));
  std::string lang, color = "auto";
  int verbose = 0;
  bool quiet = false;
  const std::string group = context.say("Global options", "공통 옵션");
  app.add_flag("--json", context.json, context.say("one JSON object on standard output", "표준 출력에 JSON 하나로"))->group(group);
  app.add_option("--progress", context.progress,
                 context.say("progress on standard error: auto, bar, plain or none", "진행 표시: auto, bar, plain, none"))
      ->check(CLI::IsMember({"auto", "bar", "plain", "none"}))
      ->type_name("HOW")
      ->group(group);
  app.add_option("--lang", lang,
                 context.say("language of messages: ko or en (default: from LANG)", "메시지 언어: ko 또는 en(기본값은 LANG)"))
      ->check(CLI::IsMember({"ko", "en"}))
      ->type_name("LANG")
      ->group(group);
  app.add_option("--color", color,
                 context.say("colours: auto, always or never; NO_COLOR is heeded", "색: auto, always, never(NO_COLOR도 따름)"))
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->group(group);
  app.add_flag("-q,--quiet", quiet, context.say("say less", "출력 줄이기"))->group(group);
  app.add_flag("-v,--verbose", verbose, context.say("say more", "출력 늘리기"))->group(group);
  app.add_flag("--force", context.force, context.say("replace an output folder that holds a run.json", "run.json이 있는 출력 폴더를 바꿈"))
      ->group(group);
  app.require_subcommand(1);
  app.fallthrough();
  std::vector<std::pair<CLI::App*, Action>> actions;
  const auto color_now = [&] {
    context.color_out = terminal(STDOUT_FILENO, color);
    context.color_err = terminal(STDERR_FILENO, color);
  };
  color_now();
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, context.say(command.summary));
    sub->set_help_flag("-h,--help", context.say("show help", "도움말 보기"));
    sub->group(context.say("Commands", "명령"));
    actions.emplace_back(sub, command.setup(*sub, context));
    name_group(*sub, context);
  }
  name_group(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    context.print(app.help());
    return Exit::kDone;
  } catch (const CLI::CallForVersion& version) {
    context.print(std::string(version.what()) + "\n");
    return Exit::kDone;
  } catch (const CLI::ParseError& error) {
    context.json = context.json || std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    throw explain(error, app);
  }
  color_now();
  context.verbosity = quiet ? -1 : verbose;
  for (const auto& [sub, action] : actions)
    if (sub->parsed()) return action();
  return Exit::kDone;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that leaves is noticed by the write
  Context context;
  context.language = first_language(argc, argv);
  try {
    CLI::App app{context.say("Dure: a simulator of regional public AI data centres", "두레: 지역 공공 AI 데이터센터 시뮬레이터"), "dure"};
    return context.finish(run(app, context, argc, argv));
  } catch (const Error& error) {
    context.report(error);
    return context.finish(error.exit_code);
  } catch (const std::bad_alloc&) {
    context.report(Error(Exit::kEnvironment, "E0302", {"out of memory", "메모리가 부족합니다"}));
    return context.finish(Exit::kEnvironment);
  } catch (const std::system_error& error) {  // of files too
    context.report(Error(Exit::kEnvironment, "E0302", {error.what(), error.what()}, {},
                         {"`dure doctor` looks for causes", "`dure doctor`로 원인을 찾아보십시오"}));
    return context.finish(Exit::kEnvironment);
  } catch (const std::exception& error) {
    context.report(Error(Exit::kBug, "",
                         {fmt::format("this is a bug in dure, not your mistake: {}", error.what()),
                          fmt::format("사용자의 잘못이 아니라 dure의 결함입니다: {}", error.what())},
                         {}, {"please report it with the command and the scenario", "명령과 시나리오를 붙여 알려 주십시오"}));
    return context.finish(Exit::kBug);
  }
}

}  // namespace dure::sim
