#include "analysis/report/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "analysis/report/assets.h"
#include "analysis/report/sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace {

constexpr std::string_view kNoCharts =
    "<p class=\"warning\"><span lang=\"en\">This copy was built without charts (Node was missing); every figure stands in its table.</span>"
    "<span lang=\"ko\">이 문서는 차트 없이 만들어졌습니다(빌드할 때 Node가 없었음). 모든 수치는 표에 있습니다.</span></p>\n";

std::string header(const RunData& run, const Text& title, bool korean) {
  const auto period = [&] {
    const std::string from = sim::to_string(run.calendar.date(0)), to = sim::to_string(run.calendar.date(std::max(0.0, run.end_s() - 1)));
    return from == to ? from : from + " – " + to;
  };
  const nlohmann::ordered_json seed = run.run.contains("seed") ? run.run["seed"] : nlohmann::ordered_json(run.scenario.seed());
  std::string out = "<header><div class=\"top\"><p class=\"project\"><span lang=\"en\">Dure report</span><span lang=\"ko\">두레 보고서</span></p>";
  out += "<fieldset class=\"languages\"><legend class=\"away\"><span lang=\"ko\">언어</span><span lang=\"en\">Language</span></legend>";
  // The names of the languages stand in both languages at all times.
  for (const bool is_korean : {true, false}) {
    const std::string code = is_korean ? "ko" : "en";
    out += "<input type=\"radio\" name=\"language\" value=\"" + code + "\" id=\"language-" + code + "\"" + (is_korean == korean ? " checked" : "") + "><label for=\"language-" + code +
           "\"><bdi class=\"own\" lang=\"" + code + "\">" + (is_korean ? "한국어" : "English") + "</bdi></label>";
  }
  out += "</fieldset></div>\n<h1><bdi>" + in_both(title) + "</bdi></h1>\n<p class=\"facts\">" + escape_html(period()) + " · " +
         in_both({"seed ", "씨앗 "}) + escape_html(seed.is_string() ? seed.get<std::string>() : seed.dump()) + " · " + in_both(fidelity_words(run.scenario)) + " · <bdi>" + escape_html(run.scenario.name()) +
         "</bdi></p></header>\n";
  return out;
}

std::string warnings(const RunData& run) {
  std::string out;
  if (run.partial()) {
    const Text status = word(run.run.value("status", "unknown"));
    out += "<p class=\"warning\" role=\"note\"><strong>" + in_both({"This run is not complete.", "이 실행은 완료되지 않았습니다."}) + "</strong> " +
           in_both({"Its status is “" + status.en + "”; every figure below covers only what was simulated.", "상태는 ‘" + status.ko + "’이며, 아래 수치는 모의된 부분만 나타냅니다."}) + "</p>\n";
  }
  out += script_bundle().empty() ? std::string(kNoCharts)
                                : "<noscript><p class=\"note\">" + in_both({"The charts need JavaScript; every figure also stands in its table.", "차트에는 JavaScript가 필요합니다. 모든 수치는 표에도 있습니다."}) + "</p></noscript>\n";
  return out;
}

std::string navigation(const Page& page) {
  std::string out = "<nav aria-labelledby=\"contents\"><p id=\"contents\" class=\"away\"><span lang=\"en\">Contents</span><span lang=\"ko\">차례</span></p><ul>";
  for (const Page::Section& section : page.sections()) out += "<li><a href=\"#" + section.id + "\">" + in_both(section.title) + "</a></li>";
  return out + "</ul></nav>\n";
}

std::string render(const RunData& run) {
  Page page;
  add_at_a_glance(page, run);
  add_waterfall(page, run);
  add_over_time(page, run);
  add_procurement(page, run);
  add_regions(page, run);
  add_service(page, run);
  add_workload(page, run);
  add_power(page, run);
  add_money(page, run);
  add_network(page, run);
  add_assumptions(page, run);
  add_method(page, run);
  add_data(page, run);

  const bool korean = !run.run.contains("lang") || run.run["lang"] != "en";
  const std::string fallback = run.scenario.has_name() ? run.scenario.name() : "Dure";
  const Text title{run.scenario.has_title_en() ? run.scenario.title_en() : fallback, run.scenario.has_title_ko() ? run.scenario.title_ko() : fallback};
  const std::string style(style_sheet()), script(script_bundle());
  // Nothing is loaded from anywhere; only this style and this script may act.
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(korean ? "ko" : "en") + "\"" + (run.run.contains("lang") ? " data-asked=\"\"" : "") +
                    ">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" + csp_hash(style) + "'; script-src " +
                    (script.empty() ? "'none'" : "'" + csp_hash(script) + "'") + "; base-uri 'none'; form-action 'none'\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escape_html(korean ? title.ko : title.en) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n";
  out += "<a class=\"skip\" href=\"#main\">" + in_both({"Skip to the content", "본문으로 건너뛰기"}) + "</a>\n";
  out += header(run, title, korean) + navigation(page) + "<main id=\"main\" tabindex=\"-1\">\n" + warnings(run) + page.body() + "</main>\n";
  out += "<footer><p>" + in_both({"Made by Dure from the files of one run. Charts: Observable Plot and D3 (ISC licence).", "두레가 실행 하나의 파일로 만들었습니다. 차트: Observable Plot, D3(ISC 라이선스)."}) + "</p></footer>\n";
  if (!script.empty()) {
    const nlohmann::json data = {{"title", text_json(title)}, {"charts", page.charts()}};
    out += "<script type=\"application/json\" id=\"chart-data\">" + json_for_script(data) + "</script>\n<script>" + script + "</script>\n";
  }
  return out + "</body>\n</html>\n";
}

[[noreturn]] void cannot_write(const std::filesystem::path& file) {
  const std::string why = std::strerror(errno);
  throw sim::Error(sim::Exit::kEnvironment, "E0420", {"`" + file.string() + "` cannot be written: " + why, "`" + file.string() + "`에 쓸 수 없습니다: " + why}, {},
                   {"free some space or make the folder writable; the results themselves are untouched", "공간을 비우거나 쓰기 권한을 주세요. 결과 파일은 그대로입니다"});
}

void write_whole(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) cannot_write(temporary);
  const auto give_up = [&] {
    const int why = errno;
    ::close(descriptor);
    ::unlink(temporary.c_str());
    errno = why;
    cannot_write(file);
  };
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(descriptor, text.data() + at, text.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) give_up();
    at += static_cast<std::size_t>(wrote);
  }
  if (::fsync(descriptor) != 0) give_up();
  if (::close(descriptor) != 0 || ::rename(temporary.c_str(), file.c_str()) != 0) {
    const int why = errno;
    ::unlink(temporary.c_str());
    errno = why;
    cannot_write(file);
  }
}

}  // namespace

void write_report(const std::filesystem::path& out) { write_whole(out / "report.html", render(RunData(out))); }

}  // namespace dure::analysis
