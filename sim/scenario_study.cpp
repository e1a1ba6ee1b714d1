#include "sim/scenario_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <tuple>

#include "sim/results.h"
#include "sim/scenario_overlay.h"
#include "sim/scenario_schema.h"
#include "sim/scenario_study_inputs.h"

namespace dure::sim {
namespace proto = ::dure;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostInTornado = 8;

class Reader {
 public:
  Reader(LoadedStudy& out, const std::vector<std::string>& sets) : out_(out), study_(out.study), sets_(sets) {}

  void read() {
    const std::optional<std::string> text = read_file(out_.file);
    if (!text)
      refuse(Error(Exit::kInvalid, "E0101", {fmt::format("cannot read `{}`", out_.file), fmt::format("`{}`을(를) 읽을 수 없습니다", out_.file)}, {},
                   {"give the path of a study file (.txtpb)", "연구 파일(.txtpb)의 경로를 주십시오"}));
    if (const int line = first_line_not_utf8(*text))
      refuse(Error(Exit::kInvalid, "E0118", {"the file is not UTF-8 text", "UTF-8 텍스트 파일이 아닙니다"}, Place{out_.file, line, 0, 0}, {"save it as UTF-8", "UTF-8로 저장하십시오"}));
    const Announced announced = announced_type(out_.file, *text);
    if (announced.type != proto::Study::descriptor()->full_name())
      refuse(Error(Exit::kInvalid, announced.type.empty() ? "E0122" : "E0121",
                   announced.type.empty() ? Text{"the file does not say what it is: it has no line `# proto-message: dure.Study`", "파일의 종류가 적혀 있지 않습니다. `# proto-message: dure.Study` 줄이 없습니다"}
                                          : Text{fmt::format("this is a {}, not a study", announced.type), fmt::format("연구(study)가 아니라 {} 파일입니다", announced.type)},
                   announced.type.empty() ? Place{out_.file, 1, 0, 0} : announced.place,
                   announced.type == "dure.Scenario" ? Text{"`dure run` runs a scenario", "시나리오는 `dure run`으로 실행합니다"}
                                                     : Text{"a study begins with `# proto-message: dure.Study`", "연구는 `# proto-message: dure.Study`로 시작합니다"}));
    out_.sources.add(out_.file, *text);
    std::string set_lines;
    for (std::string line : sets_) {
      std::replace(line.begin(), line.end(), '\n', ' ');
      set_lines += line + "\n";
    }
    out_.sources.add("--set", set_lines);
    out_.trail.place = {out_.file, 1, 1, 1};
    read_text(out_.file, *text, study_, out_.trail, errors_);
    refuse_twins(study_, out_.trail, errors_);
    resolve_paths(study_, out_.trail, fs::path(out_.file).parent_path(), errors_);
    if (errors_.empty()) check_fields(study_, out_.trail, errors_);
    end_if_wrong();
    out_.name = study_.name().empty() ? fs::path(out_.file).stem().string() : study_.name();
    out_.question = {study_.question_en(), study_.question_ko().empty() ? study_.question_en() : study_.question_ko()};
    options();
    end_if_wrong();
    own_titles();
    command_line();
    baseline();
    other_line();
    read_inputs(out_, errors_);
    decisions();
    kinds();
    end_if_wrong();
  }

 private:
  [[noreturn]] void refuse(Error error) { throw ScenarioErrors({std::move(error)}, out_.sources); }
  void end_if_wrong() {
    if (!errors_.empty()) throw ScenarioErrors(std::move(errors_), out_.sources);
  }
  void fail(const std::string& path, Text message, Text help) {
    errors_.push_back(out_.located(ScenarioError(path, std::move(message), std::move(help))));
  }

  void options() {
    struct Plain {
      std::string name, path;
      Text title;
      std::string file;
      std::vector<std::string> sets;
      std::optional<double> along = {};
      Text line = {};
    };
    std::vector<Plain> plain;
    for (int i = 0; i < study_.option_size(); ++i) {
      const proto::StudyOption& option = study_.option(i);
      plain.push_back({option.option(), fmt::format("option[{}]", option.option()),
                       {option.title_en().empty() ? option.option() : option.title_en(), option.title_ko().empty() ? (option.title_en().empty() ? option.option() : option.title_en()) : option.title_ko()},
                       option.scenario().empty() ? study_.scenario() : option.scenario(), {option.set().begin(), option.set().end()}});
    }
    for (Plain& option : plain) option.line = option.title;
    if (plain.empty()) plain.push_back({"as_is", "scenario", {"as it stands", "그대로"}, study_.scenario(), {}});
    if (study_.has_sweep()) {
      if (study_.sweep().axis_size() == 0) fail("sweep", {"the sweep has no axis", "바꿀 축이 없습니다"}, {"add axis { axis: \"price\" path: \"...\" value: \"1\" value: \"2\" }", "axis { axis: \"price\" path: \"...\" value: \"1\" value: \"2\" }를 추가하십시오"});
      for (const proto::Axis& axis : study_.sweep().axis()) {
        const std::string path = fmt::format("sweep.axis[{}]", axis.axis());
        if (axis.value_size() == 0 || axis.path_size() == 0) {
          fail(path, {fmt::format("axis `{}` needs a path and at least one value", axis.axis()), fmt::format("축 `{}`에 path와 value가 하나 이상 있어야 합니다", axis.axis())}, {"name the field and its values", "항목과 값을 적으십시오"});
          continue;
        }
        if (const std::string* twice = doubled(axis)) {
          fail(path, {fmt::format("axis `{}` has the value `{}` twice", axis.axis(), *twice), fmt::format("축 `{}`에 값 `{}`이(가) 두 번 있습니다", axis.axis(), *twice)}, {"leave one of them out", "하나를 빼십시오"});
          continue;
        }
        std::vector<Plain> crossed;
        for (const Plain& before : plain)
          for (const std::string& value : axis.value()) {
            Plain& next = crossed.emplace_back(before);
            const std::string part = fmt::format("{}={}", axis.axis(), value);
            const bool alone = study_.option_size() == 0 && before.name == "as_is";
            next.name = alone ? part : before.name + "," + part;
            const Text says{fmt::format("{} {}", axis.title_en().empty() ? axis.axis() : axis.title_en(), value), fmt::format("{} {}", axis.title_ko().empty() ? axis.axis() : axis.title_ko(), value)};
            next.title = alone ? says : Text{before.title.en + ", " + says.en, before.title.ko + ", " + says.ko};
            if (axis.axis() == study_.sweep().break_even()) next.along = number_on(axis, value, path);
            else next.line = before.line.en.empty() ? says : Text{before.line.en + ", " + says.en, before.line.ko + ", " + says.ko};
            for (const std::string& field : axis.path()) next.sets.push_back(field + "=" + value);
            next.path = path;
          }
        plain = std::move(crossed);
      }
      break_even_axis();
    }
    std::set<std::tuple<int, int, std::string>> said;
    for (Plain& option : plain) {
      if (option.file.empty()) {
        fail(option.path, {fmt::format("option `{}` has no scenario", option.name), fmt::format("안 `{}`에 시나리오가 없습니다", option.name)}, {"name one in the study or in the option", "연구나 안에 scenario를 적으십시오"});
        continue;
      }
      std::vector<std::string> sets(study_.set().begin(), study_.set().end());
      sets.insert(sets.end(), option.sets.begin(), option.sets.end());
      sets.insert(sets.end(), sets_.begin(), sets_.end());
      try {
        out_.options.push_back({option.name, option.title, load_scenario(option.file, sets), option.along, option.line, option.path, option.sets});
      } catch (const ScenarioErrors& wrong) {
        for (const Error& one : wrong.all) {
          Error here = one;
          if (const auto place = on_command_line(here.place, study_.set_size() + int(option.sets.size()))) {
            if (!said.insert({place->line, place->column, one.message.en}).second) continue;  // once, not for every option
            here.place = place;
          } else if (here.place && here.place->file == "--set") {  // said of a line that stands in the study
            here.place.reset();
            here.path = option.path;
            here = out_.located(here);
          }
          here.message.en = fmt::format("option `{}`: {}", option.name, one.message.en);
          here.message.ko = fmt::format("안 `{}`: {}", option.name, one.message.ko);
          errors_.push_back(std::move(here));
        }
        out_.sources.add(wrong.sources);
      }
    }
  }

  /// Two options under one title cannot be told apart in an answer.
  void own_titles() {
    for (auto later = out_.options.begin(); later != out_.options.end(); ++later)
      for (auto earlier = out_.options.begin(); earlier != later; ++earlier) {
        const bool english = earlier->title.en == later->title.en;
        if (!english && earlier->title.ko != later->title.ko) continue;
        const std::string& title = english ? later->title.en : later->title.ko;
        fail(later->path, {fmt::format("options `{}` and `{}` have the same title `{}`", earlier->name, later->name, title), fmt::format("안 `{}`와(과) `{}`의 제목이 `{}`(으)로 같습니다", earlier->name, later->name, title)},
             {"give each a title of its own, in either language", "언어마다 안의 제목을 다르게 적으십시오"});
        break;
      }
  }

  /// What options are compared by stands in the study; a --set of the command line would make them alike.
  void command_line() {
    const auto is_length = [](const std::string& set) { return set.starts_with("horizon_s=") || set.starts_with("end_date="); };
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      const auto overwritten = [&](const StudyOption& option) -> std::optional<std::string> {
        for (const std::string& own : option.sets)
          if ((is_length(own) && is_length(sets_[i])) || overwrite_each_other({own}, {sets_[i]}, option.loaded.scenario, option.loaded.trail)) return own;
        return {};
      };
      for (const StudyOption& option : out_.options) {
        const auto own = overwritten(option);
        if (!own) continue;
        errors_.push_back(ScenarioError({fmt::format("`--set {}` overwrites `{}`, by which option `{}` is compared", sets_[i], *own, option.name), fmt::format("`--set {}`이(가) 안 `{}`에서 비교하려고 정한 `{}`을(를) 덮어씁니다", sets_[i], option.name, *own)},
                                        Place{"--set", int(i) + 1, 1, int(count_characters(sets_[i]))}, {"leave it out, or change the study's options", "빼거나 연구의 안을 고치십시오"}));
        break;
      }
    }
  }

  static std::optional<double> as_number(const std::string& value) {
    double number = 0;
    const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
    return wrong == std::errc() && end == value.data() + value.size() ? std::optional(number) : std::nullopt;
  }

  /// A value that the axis has had before, as a text or as a number: 7e7 is 70000000.
  static const std::string* doubled(const proto::Axis& axis) {
    for (auto later = axis.value().begin(); later != axis.value().end(); ++later)
      if (std::any_of(axis.value().begin(), later, [&](const std::string& earlier) { return earlier == *later || (as_number(*later) && as_number(earlier) == as_number(*later)); })) return &*later;
    return nullptr;
  }

  std::optional<double> number_on(const proto::Axis& axis, const std::string& value, const std::string& path) {
    if (const auto number = as_number(value)) return number;
    fail(path, {fmt::format("axis `{}`: `{}` is no number, so it has no break-even", axis.axis(), value), fmt::format("축 `{}`의 값 `{}`이(가) 숫자가 아니어서 손익분기를 찾을 수 없습니다", axis.axis(), value)},
         {"name an axis of numbers in break_even", "break_even에는 숫자 축을 적으십시오"});
    return {};
  }

  /// The axis that break_even names, in words.
  void break_even_axis() {
    const std::string& wanted = study_.sweep().break_even();
    if (wanted.empty()) return;
    for (const proto::Axis& axis : study_.sweep().axis()) {
      if (axis.axis() != wanted) continue;
      if (axis.value_size() < 2) fail("sweep.break_even", {fmt::format("axis `{}` has one value: nothing lies between", wanted), fmt::format("축 `{}`의 값이 하나라 사이가 없습니다", wanted)}, {"give it two values or more", "값을 둘 이상 적으십시오"});
      const auto steps = axis.path_size() > 0 ? parse_path(axis.path(0)) : std::nullopt;
      const FieldDescriptor* field = steps ? field_at(*steps) : nullptr;
      out_.break_even = BreakEvenAxis{{axis.title_en().empty() ? wanted : axis.title_en(), axis.title_ko().empty() ? wanted : axis.title_ko()}, field != nullptr ? facts(field).unit : std::string()};
      return;
    }
    fail("sweep.break_even", {fmt::format("the sweep has no axis `{}`", wanted), fmt::format("`{}`(이)라는 축이 없습니다", wanted)}, {"name one of its axes", "축 가운데 하나를 적으십시오"});
  }

  /// A line that holds the baseline itself meets it there and tells nothing: there must be another.
  void other_line() {
    if (study_.sweep().break_even().empty() || !errors_.empty()) return;
    const StudyOption& base = out_.options[out_.baseline];
    if (std::any_of(out_.options.begin(), out_.options.end(), [&](const StudyOption& option) { return option.line.en != base.line.en; })) return;
    fail("sweep.break_even", {fmt::format("the baseline `{}` stands on the axis `{}` itself, and no option is off that line: nothing breaks even with it", base.name, study_.sweep().break_even()),
                              fmt::format("기준 안 `{}`이(가) 축 `{}` 위에 있고 그 밖의 안이 없어 손익분기를 구할 수 없습니다", base.name, study_.sweep().break_even())},
         {"add an option or another axis to compare with, or leave break_even out", "비교할 option이나 다른 축을 더하거나 break_even을 빼십시오"});
  }

  std::string names() const {
    std::string all;
    for (const StudyOption& option : out_.options) all += (all.empty() ? "" : ", ") + option.name;
    return all;
  }

  void must_be_option(const std::string& path, const std::string& name) {
    for (const StudyOption& option : out_.options)
      if (option.name == name) return;
    fail(path, {fmt::format("there is no option `{}`", name), fmt::format("`{}`(이)라는 안이 없습니다", name)}, {"options: " + names(), "있는 안: " + names()});
  }

  void baseline() {
    if (study_.baseline().empty()) return;
    for (std::size_t i = 0; i < out_.options.size(); ++i)
      if (out_.options[i].name == study_.baseline()) {
        out_.baseline = i;
        return;
      }
    must_be_option("baseline", study_.baseline());
  }

  void must_be_input(const std::string& path, const std::string& name) {
    for (const StudyInput& input : out_.inputs)
      if (input.name == name) return;
    fail(path, {fmt::format("there is no input `{}`", name), fmt::format("`{}`(이)라는 입력이 없습니다", name)}, {"name one of the study's inputs", "연구의 입력 가운데 하나를 적으십시오"});
  }

  void decisions() {
    for (int i = 0; i < study_.correlation_size(); ++i) {
      const std::string at = fmt::format("correlation[{}]", i);
      must_be_input(at, study_.correlation(i).a());
      must_be_input(at, study_.correlation(i).b());
      if (study_.correlation(i).a() == study_.correlation(i).b())
        fail(at, {"an input is correlated with itself", "같은 입력끼리의 상관입니다"}, {"name two inputs", "서로 다른 두 입력을 적으십시오"});
    }
    for (const proto::Decision& decision : study_.decision()) out_.decisions.push_back({decision.metric(), decision.better() == proto::HIGHER});
    if (out_.decisions.empty())
      fail("", {"the study has no decision metric", "판단 지표가 없습니다"}, {"add decision { metric: \"cost_krw.total\" better: LOWER }", "decision { metric: \"cost_krw.total\" better: LOWER }를 추가하십시오"});
  }

  void tornado_inputs() {
    const bool asked = study_.has_sensitivity() && study_.sensitivity().method() == proto::Sensitivity::TORNADO;
    const bool besides = study_.tornado() && !study_.has_sensitivity() && !study_.has_plan();
    if (!(asked || besides) || out_.inputs.size() <= kMostInTornado) return;
    fail(asked ? "sensitivity.method" : "tornado", {fmt::format("a tornado of {} inputs: at most {}", out_.inputs.size(), kMostInTornado), fmt::format("토네이도 입력이 {}개입니다. 최대 {}개입니다", out_.inputs.size(), kMostInTornado)},
         asked ? Text{"screen the inputs by MORRIS first", "MORRIS로 먼저 걸러 내십시오"} : Text{"screen the inputs with a sensitivity study first, or set tornado: false", "민감도 연구로 먼저 걸러 내거나 tornado: false로 하십시오"});
  }

  void kinds() {
    tornado_inputs();
    const std::size_t least = study_.has_sensitivity() ? 1 : 2;
    if (errors_.empty() && out_.options.size() < least)
      fail("", {"there is only one option: nothing to compare", "안이 하나뿐이라 비교할 것이 없습니다"}, {"add another option, or use `dure run -n`", "안을 더하거나 `dure run -n`을 쓰십시오"});
    if (study_.has_sensitivity()) {
      if (out_.inputs.empty()) fail("sensitivity", {"no inputs: nothing is varied", "바꿀 입력이 없습니다"}, {"add input { ... }", "input { ... }을 추가하십시오"});
      if (!study_.sensitivity().option().empty()) must_be_option("sensitivity.option", study_.sensitivity().option());
      const int points = study_.sensitivity().base_points();
      if ((points & (points - 1)) != 0) fail("sensitivity.base_points", {fmt::format("base_points {} is no power of two", points), fmt::format("base_points {}은(는) 2의 거듭제곱이 아닙니다", points)}, {"64, 128, 256, 512 ...", "64, 128, 256, 512 등을 쓰십시오"});
    }
    if (study_.has_plan())
      for (const proto::Limit& limit : study_.plan().limit())
        if (limit.has_at_least() == limit.has_at_most())
          fail(fmt::format("plan.limit[{}]", limit.metric()), {fmt::format("the limit on `{}` wants one bound", limit.metric()), fmt::format("`{}` 조건에는 한쪽 값이 있어야 합니다", limit.metric())}, {"give at_least or at_most, not both", "at_least와 at_most 가운데 하나만 적으십시오"});
    if (study_.has_wait_or_buy() && !study_.wait_or_buy().wait().empty()) must_be_option("wait_or_buy.wait", study_.wait_or_buy().wait());
    if (study_.has_precision() && !study_.precision().has_half_width() && !study_.precision().has_relative())
      fail("precision", {"the wanted precision has no value", "원하는 정밀도의 값이 없습니다"}, {"give half_width or relative", "half_width나 relative를 적으십시오"});
  }

  LoadedStudy& out_;
  proto::Study& study_;
  const std::vector<std::string>& sets_;
  std::vector<Error> errors_;
};

}  // namespace

std::size_t LoadedStudy::option(std::string_view wanted) const {
  for (std::size_t i = 0; i < options.size(); ++i)
    if (options[i].name == wanted) return i;
  SIM_CHECK(false, "no such option: " + std::string(wanted));
}

Error LoadedStudy::located(Error error) const {
  if (error.place) return error;
  error.place = place_in(study, trail, error.path);
  if (!error.place) error.place = Place{file, 0, 0, 0};
  return error;
}

std::optional<Place> on_command_line(const std::optional<Place>& place, int in_study) {
  if (!place || place->file != "--set" || place->line <= in_study) return {};
  Place there = *place;
  there.line -= in_study;
  return there;
}

LoadedStudy load_study(const std::string& file, const std::vector<std::string>& sets) {
  LoadedStudy study;
  study.file = file;
  Reader(study, sets).read();
  return study;
}

std::string fingerprint(const LoadedStudy& study) {
  proto::Study bare = study.study;
  bare.clear_scenario();
  for (proto::StudyOption& option : *bare.mutable_option()) option.clear_scenario();
  std::string all = bare.ShortDebugString();
  for (const StudyOption& option : study.options) all += "\n" + option.name + " " + fingerprint(option.loaded);
  return digest(all);
}

std::string kind_of_file(const std::string& file) {
  const std::optional<std::string> text = read_file(file);
  return text ? announced_type(file, *text).type : "";
}

}  // namespace dure::sim
