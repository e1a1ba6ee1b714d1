#include "analysis/report/report.h"

#include "analysis/report/frame.h"
#include "analysis/report/sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace {

std::string facts(const RunData& run) {
  const std::string from = sim::to_string(run.calendar.date(0)), to = sim::to_string(run.calendar.date(std::max(0.0, run.end_s() - 1)));
  const nlohmann::ordered_json seed = run.run.contains("seed") ? run.run["seed"] : nlohmann::ordered_json(run.scenario.seed());
  return escape_html(from == to ? from : from + " – " + to) + " · " + in_both({"seed ", "시드 "}) + escape_html(seed.is_string() ? seed.get<std::string>() : seed.dump()) + " · " +
         in_both(fidelity_words(run.scenario)) + " · <bdi>" + escape_html(run.scenario.name()) + "</bdi>";
}

std::string warnings(const RunData& run) {
  if (!run.partial()) return {};
  const Text status = word(run.run.value("status", "unknown"));
  return "<p class=\"warning\" role=\"note\"><strong>" + in_both({"This run is not complete.", "이 실행은 완료되지 않았습니다."}) + "</strong> " +
         in_both({"Its status is “" + status.en + "”; every figure below covers only what was simulated.", "상태는 ‘" + status.ko + "’이며, 아래 수치는 모의된 부분만 나타냅니다."}) + "</p>\n";
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

  const std::string fallback = run.scenario.has_name() ? run.scenario.name() : "Dure";
  Frame frame;
  frame.title = {run.scenario.has_title_en() ? run.scenario.title_en() : fallback, run.scenario.has_title_ko() ? run.scenario.title_ko() : fallback};
  frame.korean = !run.run.contains("lang") || run.run["lang"] != "en";
  frame.asked = run.run.contains("lang");
  frame.facts = facts(run);
  frame.warnings = warnings(run);
  frame.footer = {"Made by Dure from the files of one run. Charts: Observable Plot and D3 (ISC licence).", "두레가 실행 하나의 파일로 만들었습니다. 차트: Observable Plot, D3(ISC 라이선스)."};
  return framed(frame, page);
}

}  // namespace

void write_report(const std::filesystem::path& out) { write_page(out / "report.html", render(RunData(out))); }

}  // namespace dure::analysis
