#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/export/export.h"
#include "sim/cli/commands.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string out, to;
  std::vector<std::string> formats = {"csv"};
};

Exit export_results(const Arguments& arguments, Context& context) {
  const fs::path out = arguments.out;
  if (!fs::exists(out / "run.json") || !fs::exists(out / "summary.json"))
    throw Error(Exit::kInvalid, "E0303", {fmt::format("{} holds no finished results: it has no run.json or no summary.json", out.string()), fmt::format("{}에 끝난 결과가 없습니다(run.json이나 summary.json 없음)", out.string())}, {},
                {"give the folder that `dure run` or `dure study` wrote to its end", "`dure run`이나 `dure study`가 끝까지 쓴 폴더를 주십시오"});
  const fs::path to = arguments.to.empty() ? out / "export" : fs::path(arguments.to);
  std::error_code failure;
  fs::create_directories(to, failure);
  if (failure) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot make {}: {}", to.string(), failure.message()), fmt::format("{}을(를) 만들 수 없습니다: {}", to.string(), failure.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
  const auto wanted = [&](const char* format) { return std::find(arguments.formats.begin(), arguments.formats.end(), format) != arguments.formats.end(); };
  std::vector<fs::path> files;
  const auto add = [&](const std::vector<fs::path>& more) { files.insert(files.end(), more.begin(), more.end()); };
  std::vector<std::string> too_long;
  if (wanted("csv")) add(analysis::export_csv(out, to));
  if (wanted("xlsx")) {
    const analysis::Workbooks books = analysis::export_xlsx(out, to, context.language == Language::kKorean);
    add(books.files);
    too_long = books.too_long;
  }
  if (wanted("netcdf")) add(analysis::export_netcdf(out, to));
  if (wanted("iamc")) add(analysis::export_iamc(out, to));
  if (context.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const fs::path& file : files) list.push_back(file.string());
    context.print_json({{"files", std::move(list)}, {"not_in_workbook", too_long}});
  } else if (context.verbosity >= 0) {
    for (const fs::path& file : files) context.print(file.string() + "\n");
    for (const std::string& table : too_long)
      context.print(fmt::format(fmt::runtime(context.say("{}: more than {} rows, not in the workbook; it is in the CSV files\n", "{}: {}행이 넘어 통합 문서에 넣지 않았습니다. CSV 파일에 있습니다\n")), table, analysis::kSheetRows));
  }
  return Exit::kDone;
}

}  // namespace

Action setup_export(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("OUT", arguments->out, context.say("folder of a run or a study", "실행이나 연구의 결과 폴더"))->required()->type_name("");
  app.add_option("--format", arguments->formats, context.say("csv, xlsx, netcdf, iamc; several with commas", "csv, xlsx, netcdf, iamc. 쉼표로 여럿"))->type_name("FORMAT")->delimiter(',')->check(CLI::IsMember({"csv", "xlsx", "netcdf", "iamc"}));
  app.add_option("-o,--out", arguments->to, context.say("folder for the files; OUT/export without it", "파일을 쓸 폴더. 없으면 OUT/export"))->type_name("FOLDER");
  return [arguments, &context] { return export_results(*arguments, context); };
}

}  // namespace dure::sim
