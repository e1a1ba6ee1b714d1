#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/cli/trace_json.h"
#include "sim/scenario_diagnostic.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string format, file, out, demand;
  RequestRate rate = default_request_rate();
};

void check_format(const std::string& format) {
  const auto formats = trace_formats();
  if (std::find(formats.begin(), formats.end(), format) != formats.end()) return;
  const auto near = nearest(format, {formats.begin(), formats.end()});
  const std::string all = fmt::format("{}", fmt::join(formats, ", "));
  throw ScenarioError(Text{fmt::format("unknown format `{}`", format), fmt::format("알 수 없는 형식 `{}`", format)}, std::nullopt,
                      near ? Text{fmt::format("did you mean `{}`? The formats are {}", *near, all), fmt::format("`{}`을(를) 뜻하셨습니까? 쓸 수 있는 형식: {}", *near, all)}
                           : Text{fmt::format("the formats are {}", all), fmt::format("쓸 수 있는 형식: {}", all)});
}

/// The whole file or nothing: written beside, then renamed.
void write_whole(const std::string& file, const std::function<void(std::ostream&)>& write) {
  const std::string part = file + ".part";
  std::ofstream out(part, std::ios::binary);
  if (out) write(out);
  out.close();
  std::error_code failure;
  if (out) fs::rename(part, file, failure);
  if (out && !failure) return;
  const std::string why = failure ? failure.message() : std::strerror(errno);
  fs::remove(part, failure);
  throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file, why), fmt::format("{}에 쓸 수 없습니다: {}", file, why)}, {},
              {"check the folder, its free space and the permission to write", "폴더와 남은 공간, 쓰기 권한을 확인하십시오"});
}

void check_outputs(const Arguments& arguments, const Context& context) {
  if (!arguments.demand.empty() && !is_request_log(arguments.format))
    throw Error(Exit::kCommandLine, "E0004", {fmt::format("--demand is for logs of requests, and {} is a log of jobs", arguments.format), fmt::format("--demand는 요청 기록에만 쓰며, {}은(는) 작업 기록입니다", arguments.format)}, {},
                {"leave --demand out", "--demand를 빼십시오"});
  for (const std::string& file : {arguments.out, arguments.demand}) {
    std::error_code ignored;
    if (file.empty() || !fs::exists(file, ignored)) continue;
    const bool own_input = fs::equivalent(file, arguments.file, ignored);
    if (!context.force || own_input || fs::is_directory(file, ignored))
      throw Error(Exit::kEnvironment, "E0502", {fmt::format("{} exists already", file), fmt::format("{}이(가) 이미 있습니다", file)}, {},
                  own_input ? Text{"it is the log itself: choose another name", "기록 자체이므로 다른 이름을 고르십시오"}
                            : Text{"choose another name, or --force", "다른 이름을 고르거나 --force를 쓰십시오"});
  }
}

std::string padded(std::string text, int width) {
  for (int cells = display_width(text); cells < width; ++cells) text += ' ';
  return text;
}

std::string counted(const char* title, const std::vector<TraceReport::Counted>& list, const Context& context) {
  std::string out = list.empty() ? "" : fmt::format("\n{}\n", title);
  for (const auto& each : list) out += fmt::format("{:>10}  {}\n", each.count, context.say(each.reason));
  return out;
}

std::string in_words(const TraceJobs& trace, const Context& context) {
  const TraceReport& report = trace.report;
  std::string out = fmt::format("{}  {}\n\n", context.paint("1", report.format), report.file);
  const auto line = [&](const char* en, const char* ko, const std::string& value) { out += padded(context.say(en, ko), 16) + value + "\n"; };
  line("rows", "행", fmt::format("{}", report.rows));
  line("kept", "사용", fmt::format("{}", report.kept));
  line("dropped", "제외", fmt::format("{}", report.rows - report.kept));
  line("put in order", "순서 바로잡음", fmt::format("{}", report.sorted_rows));
  line("jobs", "작업", fmt::format("{}", report.jobs));
  line("tenants", "기관", fmt::format("{}", trace.tenants.size()));
  line("card-hours", "카드시간", fmt::format("{:.2f}", report.card_hours));
  line("second 0", "0초", trace.first_day ? fmt::format("{} 00:00", to_string(*trace.first_day)) : context.say("the log has no dates", "기록에 날짜가 없음"));
  out += counted(context.say("dropped", "제외"), report.dropped, context);
  out += counted(context.say("noted", "참고"), report.noted, context);
  out += fmt::format("\n{}\n", context.say("assumed", "가정"));
  for (const Text& assumption : report.assumptions) out += "  - " + context.say(assumption) + "\n";
  return out + "\n";
}

Exit run(const Arguments& arguments, Context& context) {
  check_format(arguments.format);
  check_outputs(arguments, context);
  const TraceJobs trace = read_trace_file(arguments.format, arguments.file, arguments.rate);
  if (trace.jobs.empty())
    throw ScenarioError(Text{fmt::format("no job is left: {} rows, all dropped", trace.report.rows), fmt::format("남은 작업이 없습니다. {}행을 모두 제외했습니다", trace.report.rows)}, Place{arguments.file},
                        Text{"look at the file: is it of this format?", "파일이 이 형식이 맞는지 확인하십시오"});
  std::vector<std::string> written{arguments.out};
  write_whole(arguments.out, [&](std::ostream& out) { write_own_csv(out, trace); });
  if (!arguments.demand.empty()) {
    write_whole(arguments.demand, [&](std::ostream& out) { write_demand_csv(out, trace); });
    written.push_back(arguments.demand);
  }
  if (context.json) {
    nlohmann::ordered_json object = trace_json(trace.report);
    object["tenants"] = trace.tenants.size();
    object["first_day"] = trace.first_day ? nlohmann::ordered_json(to_string(*trace.first_day)) : nlohmann::ordered_json();
    object["written"] = written;
    context.print_json(object);
  } else if (context.verbosity >= 0) {
    std::string words = in_words(trace, context);
    for (const std::string& file : written) words += fmt::format("{}: {}\n", context.say("written", "기록한 파일"), file);
    context.print(words);
  }
  return Exit::kDone;
}

}  // namespace

Action setup_import(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const std::string formats = fmt::format("{}", fmt::join(trace_formats(), ", "));
  app.add_option("FORMAT", arguments->format, context.say("format of the log: ", "기록의 형식: ") + formats)->required()->type_name("");
  app.add_option("FILE", arguments->file, context.say("the log, plain or gzip", "기록 파일(gzip 가능)"))->required()->type_name("");
  app.add_option("-o,--out", arguments->out, context.say("the jobs in our own columns", "두레의 열로 쓴 작업 파일"))->required()->type_name("TRACE.csv");
  app.add_option("--demand", arguments->demand, context.say("logs of requests: requests and tokens of each interval", "요청 기록: 구간별 요청 수와 토큰 수"))->type_name("CSV");
  const auto rate = [&](const char* name, double& value, double least, double most, const char* en, const char* ko) {
    app.add_option(name, value, context.say(en, ko))->check(CLI::Range(least, most).description(""))->type_name("N")->capture_default_str();
  };
  rate("--request-interval-s", arguments->rate.interval_s, 1, 86400, "logs of requests: seconds that one serving job stands for", "요청 기록: 추론 작업 하나가 맡는 초");
  rate("--prompt-tokens-per-card-s", arguments->rate.prompt_tokens_per_s, 0.001, 1e9, "logs of requests: prompt tokens a card reads in a second", "요청 기록: 카드 한 장이 초당 읽는 입력 토큰");
  rate("--output-tokens-per-card-s", arguments->rate.output_tokens_per_s, 0.001, 1e9, "logs of requests: output tokens a card writes in a second", "요청 기록: 카드 한 장이 초당 쓰는 출력 토큰");
  return [arguments, &context] { return run(*arguments, context); };
}

}  // namespace dure::sim
