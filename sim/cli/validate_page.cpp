#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/validate.h"

namespace dure::sim {
namespace {

constexpr const char* kBegin = "<!-- validation: begin -->\n";
constexpr const char* kEnd = "<!-- validation: end -->";

std::string line(const char* name, const analysis::Summary& s) {
  return fmt::format("| {} | {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:.1f} % | {:+.1f} % |\n", name, s.n, s.skipped, s.median_pct, s.mean_pct, s.p90_pct, s.worst_pct, s.bias_pct);
}

std::string laid_in(const std::string& page, const std::string& text) {
  const std::size_t begin = page.find(kBegin), end = page.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw ScenarioError(Text{"the page has no marks for the table", "문서에 표를 넣을 표시가 없습니다"}, {},
                        {"it needs a line `<!-- validation: begin -->` and a line `<!-- validation: end -->`", "`<!-- validation: begin -->` 줄과 `<!-- validation: end -->` 줄이 필요합니다"});
  return page.substr(0, begin) + kBegin + text + page.substr(end);
}

std::string rows_text(const std::vector<analysis::ScoredCase>& cases) {
  std::string text = "\n| case | tier | metric | published | computed | error |\n|---|---|---|---|---|---|\n";
  for (const auto& each : cases)
    text += each.skipped ? fmt::format("| {} | {} | {} | {:.5g} | skipped: {} | |\n", each.id, each.tier, each.metric, each.published, each.skipped->en)
                         : fmt::format("| {} | {} | {} | {:.5g} | {:.5g} | {:+.1f} % |\n", each.id, each.tier, each.metric, each.published, each.computed, each.error_pct());
  return text;
}

constexpr const char* kHead = "| errors, abs ln(computed / published) | rows | skipped | median | mean | p90 | worst | bias |\n|---|---|---|---|---|---|---|---|\n";

}  // namespace

std::string kind_page(const std::string& page, const std::vector<analysis::ScoredCase>& cases) {
  const auto some = [&](auto keep) {
    std::vector<analysis::ScoredCase> kept;
    std::copy_if(cases.begin(), cases.end(), std::back_inserter(kept), keep);
    return kept;
  };
  std::string text = kHead;
  text += line("headline rows", analysis::summarise(some([](const auto& each) { return each.headline; })));
  text += line("... core rows", analysis::summarise(some([](const auto& each) { return each.headline && each.tier == "core"; })));
  const auto other = some([](const auto& each) { return !each.headline; });
  if (!other.empty()) text += line("identities and parameters", analysis::summarise(other));
  return laid_in(page, text + rows_text(cases));
}

std::string training_page(const std::string& page, const std::vector<analysis::ScoredCase>& cases, const StackFit& fit, const std::vector<analysis::ScoredCase>& held_out) {
  const auto some = [&](auto keep) {
    std::vector<analysis::ScoredCase> kept;
    std::copy_if(cases.begin(), cases.end(), std::back_inserter(kept), keep);
    return kept;
  };
  const auto headline = some([](const auto& each) { return each.headline; });
  const auto core = some([](const auto& each) { return each.headline && each.tier == "core"; });
  std::string text = kHead;
  text += line("step time, tokens/s, minutes", analysis::summarise(headline));
  text += line("... core rows", analysis::summarise(core));
  text += line("... dense", analysis::summarise(some([](const auto& each) { return each.headline && !each.mixture; })));
  text += line("mixture of experts", analysis::summarise(some([](const auto& each) { return each.mixture; })));
  text += line("other metrics", analysis::summarise(some([](const auto& each) { return !each.headline; })));
  text += line("leave one row out, refitted", analysis::summarise(fit.row_left_out_pct));
  text += line("leave one stack out, refitted", analysis::summarise(fit.stack_left_out_pct));
  text += line("yardstick, one MFU per stack and precision", analysis::summarise(analysis::yardstick_errors_pct(headline)));
  text += line("... core rows", analysis::summarise(analysis::yardstick_errors_pct(core)));
  if (!held_out.empty()) text += line("held out: collected after the fit", analysis::summarise(held_out));
  text += "\n| fitted constant | row of stacks.csv | value |\n|---|---|---|\n";
  for (const auto& each : fit.constants) text += fmt::format("| {} | {} | {:.4g} |\n", each.column, each.stack, each.after);
  return laid_in(page, text + rows_text(cases) + (held_out.empty() ? "" : "\nHeld out, used in no fit (`platforms/cases/heldout/training.csv`):\n" + rows_text(held_out)));
}

}  // namespace dure::sim
