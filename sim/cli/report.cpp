#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/report/report.h"
#include "sim/cli/commands.h"
#include "sim/cli/study_folder.h"

namespace dure::sim {
namespace fs = std::filesystem;

Action setup_report(CLI::App& app, Context& context) {
  auto out = std::make_shared<std::string>();
  app.add_option("OUT", *out, context.say("folder of a run", "실행 결과 폴더"))->required()->type_name("");
  return [out, &context] {
    if (!fs::exists(fs::path(*out) / "run.json"))
      throw Error(Exit::kInvalid, "E0303", {fmt::format("{} holds no run: it has no run.json", *out), fmt::format("{}에 실행 결과가 없습니다(run.json 없음)", *out)}, {},
                  {"give the folder that `dure run` wrote", "`dure run`이 만든 폴더를 주십시오"});
    if (is_study_folder(*out))
      throw Error(Exit::kInvalid, "E0303", {fmt::format("{} is the folder of a study, not of a run", *out), fmt::format("{}은(는) 실행이 아니라 연구의 폴더입니다", *out)}, {},
                  {fmt::format("`dure merge {}` writes its report again", *out), fmt::format("연구의 보고서는 `dure merge {}`로 다시 만듭니다", *out)});
    analysis::write_report(*out);
    if (context.json) context.print_json({{"report", (fs::path(*out) / "report.html").string()}});
    else if (context.verbosity >= 0) context.print(fmt::format("{}: {}\n", context.say("report", "보고서"), (fs::path(*out) / "report.html").string()));
    return Exit::kDone;
  };
}

}  // namespace dure::sim
