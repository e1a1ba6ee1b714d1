#include "sim/cli/study_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/report/words.h"
#include "sim/calendar.h"
#include "sim/card_state.h"
#include "sim/engine/run.h"
#include "sim/launch/rounds.h"
#include "sim/regional_name.h"
#include "sim/scenario_schema.h"

namespace dure::sim {
namespace proto = ::dure;
namespace {

/// What the models refuse, as they say it; none where they refuse nothing.
std::optional<Error> refusal(const proto::Scenario& scenario) {
  try {
    check_models(scenario);
    return {};
  } catch (const Error& error) {
    if (error.exit_code != Exit::kInvalid) throw;
    return error;
  }
}

/// The months of a scenario, from its first day to its last: "2026-03" to "2027-02".
std::pair<std::string, std::string> months_of(const proto::Scenario& scenario) {
  const Calendar calendar(parse_date(scenario.start_date()));
  const double end_s = scenario.has_end_date() ? calendar.at_s(parse_date(scenario.end_date())) : scenario.horizon_s();
  return {to_string(calendar.first_day()).substr(0, 7), to_string(calendar.date(std::max(0.0, end_s - 1))).substr(0, 7)};
}

class MetricCheck {
 public:
  explicit MetricCheck(const LoadedStudy& study) : study_(study) {
    for (const StudyOption& option : study.options) {
      months_.push_back(months_of(option.loaded.scenario));
      for (const proto::Region& region : option.loaded.scenario.region()) regions_.insert(region.region());
    }
    for (const char* group : {"withheld_card_hours.", "idle_fragmented_card_hours."})
      for (const std::string_view cause : kIdleCauseNames)
        if (!cause.empty()) names_.push_back(group + std::string(cause));
    for (std::string& name : analysis::metric_names()) names_.push_back(std::move(name));
  }

  void check(const std::string& path, const std::string& metric, std::vector<Error>& errors) const {
    const auto fail = [&](Text what, Text help) { errors.push_back(study_.located(ScenarioError(path, std::move(what), std::move(help)))); };
    const RegionalName name = regional_name(metric);
    if (!name.region.empty() && !regions_.contains(std::string(name.region)))
      return fail({fmt::format("no option has a region `{}`, which `{}` asks for", name.region, metric), fmt::format("`{}`이(가) 묻는 권역 `{}`이(가) 있는 안이 없습니다", metric, name.region)},
                  {"regions are those of the scenario: capital, chungcheong, ...", "권역은 시나리오에 있는 것입니다: capital, chungcheong 등"});
    const std::string plain(name.metric);
    if (plain.starts_with(kUtilisation) && plain != "utilisation.mean" && !analysis::metric_meaning(plain).en.empty()) {
      const std::string when = plain.substr(kUtilisation.size());
      if (is_run(when)) return;
      const auto [first, last] = months_.front();
      return fail({fmt::format("no option runs in {}, which `{}` asks for", when, metric), fmt::format("`{}`이(가) 묻는 {}에 실행되는 안이 없습니다", metric, when)},
                  {fmt::format("name a year or a month from {} to {}", first, last), fmt::format("{}부터 {}까지의 해나 달을 적으십시오", first, last)});
    }
    // of those with a name of their own; the ledger's other units have one for each state
    const bool of_cause = plain.starts_with("withheld_card_hours.") || plain.starts_with("idle_fragmented_card_hours.");
    if (std::find(names_.begin(), names_.end(), plain) != names_.end() || (!of_cause && !analysis::metric_meaning(plain).en.empty())) return;
    const auto near = nearest(plain, names_);
    fail({fmt::format("no run computes a metric `{}`", metric), fmt::format("`{}`(이)라는 지표를 계산하는 실행이 없습니다", metric)},
         near ? Text{fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)} : Text{"names are those of a run's summary.json", "이름은 실행 결과 summary.json에 있는 것입니다"});
  }

 private:
  static constexpr std::string_view kUtilisation = "utilisation.";

  /// Whether an option runs in the year "2028" or the month "2028-03".
  bool is_run(const std::string& when) const {
    if (when.size() == 7 && (when.substr(5) < "01" || when.substr(5) > "12")) return false;
    return std::any_of(months_.begin(), months_.end(), [&](const auto& run) { return run.first.substr(0, when.size()) <= when && when <= run.second.substr(0, when.size()); });
  }

  const LoadedStudy& study_;
  std::vector<std::pair<std::string, std::string>> months_;  // by option
  std::set<std::string> regions_;
  std::vector<std::string> names_;
};

void check_metrics(const LoadedStudy& study, std::vector<Error>& errors) {
  const MetricCheck metrics(study);
  for (const StudyDecision& decision : study.decisions) metrics.check(fmt::format("decision[{}]", decision.metric), decision.metric, errors);
  for (const proto::Limit& limit : study.study.plan().limit()) metrics.check(fmt::format("plan.limit[{}]", limit.metric()), limit.metric(), errors);
}

/// Options that say where they stand along the line on which they break even.
void check_break_even(const LoadedStudy& study, std::vector<Error>& errors) {
  const auto refuse = [&](const Text& message, const Text& remedy) { errors.push_back(study.located(ScenarioError("break_even", message, remedy))); };
  std::vector<double> stands;
  for (const proto::StudyOption& option : study.study.option())
    if (option.has_at()) stands.push_back(option.at());
  std::sort(stands.begin(), stands.end());
  if (study.study.has_break_even() && study.study.has_sweep())
    refuse({"`break_even` is for options; a sweep has a break_even of its own", "`break_even`은 안을 비교할 때 씁니다. sweep에는 자체 break_even이 있습니다"}, {"name the axis in sweep { break_even: \"...\" }", "sweep { break_even: \"...\" }에 축을 적으십시오"});
  else if (study.study.has_break_even() && stands.size() < 2)
    refuse({"fewer than two options say where they stand along `break_even`", "`break_even` 선에서의 값을 적은 안이 둘보다 적습니다"}, {"give options their number: option { ... at: 0.2 }", "안에 값을 적으십시오: option { ... at: 0.2 }"});
  else if (!study.study.has_break_even() && !stands.empty())
    refuse({"options say where they stand, but the study has no `break_even`", "안에 at이 있으나 연구에 `break_even`이 없습니다"}, {"add break_even { title_en: \"...\" number_unit: \"share\" }", "break_even { title_en: \"...\" number_unit: \"share\" }를 추가하십시오"});
  if (const auto twice = std::adjacent_find(stands.begin(), stands.end()); twice != stands.end())
    refuse({fmt::format("two options stand at {}", *twice), fmt::format("두 안의 at이 {}(으)로 같습니다", *twice)}, {"give each option a number of its own", "안마다 다른 값을 적으십시오"});
}

/// An option as it stands. The same mistake of several options is one of their common scenario, and said once.
bool check_option(const LoadedStudy& study, const StudyOption& option, std::vector<Error>& errors) {
  const auto refused = refusal(option.loaded.scenario);
  if (!refused) return true;
  Error here = option.loaded.located(*refused);
  const auto same = [&](const Error& known) { return known.help.en == here.help.en && known.message.en.ends_with(": " + here.message.en); };
  if (std::any_of(errors.begin(), errors.end(), same)) return false;
  if (const auto place = on_command_line(here.place, study.study.set_size() + int(option.sets.size()))) {
    here.place = place;
  } else if (!here.place || here.place->file == "--set") {  // said of a line that stands in the study
    here.place.reset();
    here.path = option.path;
    here = study.located(here);
  }
  here.message = {fmt::format("option `{}`: {}", option.name, here.message.en), fmt::format("안 `{}`: {}", option.name, here.message.ko)};
  errors.push_back(std::move(here));
  return false;
}

/// An option with its inputs at an end of their ranges, which the models may refuse though the schema allows it.
void check_ends(const LoadedStudy& study, const StudyOption& option, double StudyInput::*end, std::vector<bool>& said, std::vector<Error>& errors) {
  std::vector<double> values;
  for (const StudyInput& input : study.inputs) values.push_back(input.*end);
  if (!refusal(with_inputs(option, study.inputs, values))) return;
  for (std::size_t i = 0; i < study.inputs.size(); ++i) {
    const auto refused = refusal(with_inputs(option, std::span(&study.inputs[i], 1), std::span(&values[i], 1)));
    if (!refused || said[i]) continue;
    said[i] = true;
    Error here = *refused;
    const std::string& name = study.inputs[i].name;
    here.message = {fmt::format("input `{}` at {}, option `{}`: {}", name, number_text(values[i]), option.name, refused->message.en), fmt::format("입력 `{}`이(가) {}일 때 안 `{}`: {}", name, number_text(values[i]), option.name, refused->message.ko)};
    here.help = {"narrow the range of the input" + (refused->help.en.empty() ? "" : ", or: " + refused->help.en), "입력의 범위를 좁히십시오" + (refused->help.ko.empty() ? "" : ". 또는: " + refused->help.ko)};
    here.place.reset();
    here.path = fmt::format("input[{}]", name);
    errors.push_back(study.located(here));
  }
}

}  // namespace

void check_deeply(const Loaded& loaded) {
  if (const auto refused = refusal(loaded.scenario)) throw loaded.explained(*refused);
}

void check_study(const LoadedStudy& study) {
  std::vector<Error> errors;
  Sources sources = study.sources;
  check_metrics(study, errors);
  check_break_even(study, errors);
  try {
    const Rounds rounds(study, study.study.seed());
  } catch (const Error& error) {
    for (const Error& one : each(error)) errors.push_back(study.located(one));
  }
  std::vector<bool> said(study.inputs.size());
  for (const StudyOption& option : study.options) {
    sources.add(option.loaded.sources);
    if (!check_option(study, option, errors) || study.inputs.empty()) continue;
    check_ends(study, option, &StudyInput::low, said, errors);
    check_ends(study, option, &StudyInput::high, said, errors);
  }
  if (!errors.empty()) throw ScenarioErrors(std::move(errors), sources);
}

}  // namespace dure::sim
