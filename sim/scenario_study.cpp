#include "sim/scenario_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>

#include "sim/results.h"
#include "sim/scenario_overlay.h"
#include "sim/scenario_schema.h"

namespace dure::sim {
namespace proto = ::dure;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostInTornado = 8;

/// A number of a message that an input changes.
struct Target {
  Message* message;
  const FieldDescriptor* field;
};

bool is_number(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return !field->is_repeated();
    default:
      return false;
  }
}

double number(const Target& target) {
  const auto* reflection = target.message->GetReflection();
  switch (target.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection->GetInt32(*target.message, target.field);
    case FieldDescriptor::CPPTYPE_INT64: return double(reflection->GetInt64(*target.message, target.field));
    default: return reflection->GetDouble(*target.message, target.field);
  }
}

void set_number(const Target& target, double value) {
  const auto* reflection = target.message->GetReflection();
  switch (target.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection->SetInt32(target.message, target.field, int(std::lround(value)));
    case FieldDescriptor::CPPTYPE_INT64: return reflection->SetInt64(target.message, target.field, std::llround(value));
    default: return reflection->SetDouble(target.message, target.field, value);
  }
}

/// The field a path names, whichever elements it is in; null if there is none.
const FieldDescriptor* field_at(const std::vector<Step>& steps) {
  const Descriptor* type = proto::Scenario::descriptor();
  const FieldDescriptor* field = nullptr;
  for (const Step& step : steps) {
    if (type == nullptr) return nullptr;
    field = type->FindFieldByName(step.name);
    if (field == nullptr || step.key.has_value() != (field->is_repeated() && field->message_type() != nullptr)) return nullptr;
    type = field->message_type();
  }
  return field;
}

/// Every number at `steps` that is there: parts that are absent are passed over, [*] is every element.
void find(Message& message, std::span<const Step> steps, std::vector<Target>& found) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(steps.front().name);
  if (steps.size() == 1) {
    found.push_back({&message, field});
    return;
  }
  const auto* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    if (reflection->HasField(message, field)) find(*reflection->MutableMessage(&message, field), steps.subspan(1), found);
    return;
  }
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    Message& element = *reflection->MutableRepeatedMessage(&message, field, i);
    const std::string& key = *steps.front().key;
    if (key == "*" || key_of(element) == key || std::to_string(i) == key) find(element, steps.subspan(1), found);
  }
}

std::vector<Target> targets(proto::Scenario& scenario, const std::string& path) {
  std::vector<Target> found;
  find(scenario, *parse_path(path), found);
  return found;
}

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
    baseline();
    inputs();
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
    for (Plain& option : plain) {
      if (option.file.empty()) {
        fail(option.path, {fmt::format("option `{}` has no scenario", option.name), fmt::format("안 `{}`에 시나리오가 없습니다", option.name)}, {"name one in the study or in the option", "연구나 안에 scenario를 적으십시오"});
        continue;
      }
      std::vector<std::string> sets(study_.set().begin(), study_.set().end());
      sets.insert(sets.end(), option.sets.begin(), option.sets.end());
      sets.insert(sets.end(), sets_.begin(), sets_.end());
      try {
        out_.options.push_back({option.name, option.title, load_scenario(option.file, sets), option.along, option.line});
      } catch (const ScenarioErrors& wrong) {
        for (const Error& one : wrong.all) {
          Error here = one;
          if (here.place && here.place->file == "--set") {  // said of a line that stands in the study
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

  std::optional<double> number_on(const proto::Axis& axis, const std::string& value, const std::string& path) {
    double number = 0;
    const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (wrong == std::errc() && end == value.data() + value.size()) return number;
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

  void inputs() {
    for (const proto::UncertainInput& input : study_.input()) {
      const std::string at = fmt::format("input[{}]", input.input());
      if (input.path_size() == 0) {
        fail(at, {fmt::format("input `{}` names no field", input.input()), fmt::format("입력 `{}`에 path가 없습니다", input.input())}, {"add path: \"economics.staff_krw_per_year\"", "path: \"economics.staff_krw_per_year\"처럼 적으십시오"});
        continue;
      }
      StudyInput& made = out_.inputs.emplace_back();
      made.name = input.input();
      made.factor = input.factor();
      made.law = input.law();
      made.levels.assign(input.level().begin(), input.level().end());
      made.weights.assign(input.weight().begin(), input.weight().end());
      made.source = input.range_source();
      made.paths.assign(input.path().begin(), input.path().end());
      const FieldDescriptor* first = nullptr;
      for (const std::string& path : made.paths) {
        const auto steps = parse_path(path);
        const FieldDescriptor* field = steps ? field_at(*steps) : nullptr;
        if (field == nullptr || !is_number(field)) {
          fail(at, {fmt::format("input `{}`: `{}` is no number of a scenario", input.input(), path), fmt::format("입력 `{}`: `{}`은(는) 시나리오의 숫자 항목이 아닙니다", input.input(), path)},
               {"write it as with --set; lists need a name or [*]", "--set처럼 적고, 목록은 이름이나 [*]로 고르십시오"});
          first = nullptr;
          break;
        }
        if (first == nullptr) first = field;
        std::size_t found = 0;
        for (StudyOption& option : out_.options) found += targets(option.loaded.scenario, path).size();
        if (found == 0)
          fail(at, {fmt::format("input `{}`: no option has `{}`", input.input(), path), fmt::format("입력 `{}`: `{}`이(가) 있는 안이 없습니다", input.input(), path)},
               {"add the part to an option, or leave the input out", "안에 그 부분을 넣거나 입력을 빼십시오"});
      }
      if (first == nullptr) continue;
      range(input, made, facts(first), at, first);
    }
  }

  void range(const proto::UncertainInput& input, StudyInput& made, const FieldFacts& known, const std::string& at, const FieldDescriptor* field) {
    made.label = {input.label_en().empty() ? known.en : input.label_en(), input.label_ko().empty() ? (known.ko.empty() ? known.en : known.ko) : input.label_ko()};
    made.unit = made.factor ? "ratio" : known.unit;
    const bool documented = !made.factor && known.low && known.high;
    if (made.law == proto::LEVELS) {
      if (made.levels.size() < 2 || !std::is_sorted(made.levels.begin(), made.levels.end()) || (!made.weights.empty() && made.weights.size() != made.levels.size())) {
        fail(at, {fmt::format("input `{}`: two levels or more, least first, and a weight for each or none", made.name), fmt::format("입력 `{}`: 값이 둘 이상이고 작은 것부터 적혀 있어야 하며, 가중치는 값마다 있거나 없어야 합니다", made.name)},
             {"correct level and weight", "level과 weight를 고치십시오"});
        return;
      }
      made.low = made.levels.front();
      made.mid = made.levels[made.levels.size() / 2];
      made.high = made.levels.back();
      if (made.source.empty()) made.source = known.source;
      within(made, known, field, at);
      return;
    }
    if (!documented && (!input.has_low() || !input.has_high())) {
      fail(at, {fmt::format("input `{}` has no range: `{}` documents none", made.name, field->name()), fmt::format("입력 `{}`의 범위가 없습니다. `{}`에 적힌 범위도 없습니다", made.name, field->name())},
           {"give low, high and range_source", "low, high와 range_source를 적으십시오"});
      return;
    }
    made.low = input.has_low() ? input.low() : *known.low;
    made.high = input.has_high() ? input.high() : *known.high;
    made.mid = input.has_mid() ? input.mid() : made.factor ? 1.0 : field->has_default_value() ? default_number(field) : 0.5 * (made.low + made.high);
    if (made.source.empty()) made.source = known.source;
    if (!(made.low <= made.mid && made.mid <= made.high)) {
      fail(at, {fmt::format("input `{}`: low {}, mid {}, high {} are out of order", made.name, number_text(made.low), number_text(made.mid), number_text(made.high)),
                fmt::format("입력 `{}`: 하한 {}, 중간 {}, 상한 {}의 순서가 맞지 않습니다", made.name, number_text(made.low), number_text(made.mid), number_text(made.high))},
           {"low <= mid <= high", "하한 <= 중간 <= 상한이어야 합니다"});
      return;
    }
    within(made, known, field, at);
    if (documented && input.range_source().empty() && (made.low < *known.low || made.high > *known.high))
      fail(at, {fmt::format("input `{}`: {} to {} goes beyond the documented {} to {}", made.name, number_text(made.low), number_text(made.high), number_text(*known.low), number_text(*known.high)),
                fmt::format("입력 `{}`: {}~{}은(는) 적힌 범위 {}~{}을(를) 넘습니다", made.name, number_text(made.low), number_text(made.high), number_text(*known.low), number_text(*known.high))},
           {"stay inside it, or give range_source for the wider one", "그 안의 값을 쓰거나, 더 넓은 범위의 근거를 range_source에 적으십시오"});
  }

  void within(const StudyInput& made, const FieldFacts& known, const FieldDescriptor* field, const std::string& at) {
    if (made.factor) return;
    for (const double end : {made.low, made.high})
      if ((known.min && end < *known.min) || (known.max && end > *known.max))
        fail(at, {fmt::format("input `{}`: {} is outside what `{}` allows ({})", made.name, number_text(end), field->name(), range_text(known)),
                  fmt::format("입력 `{}`: {}은(는) `{}`이(가) 허용하는 범위({})를 벗어납니다", made.name, number_text(end), field->name(), range_text(known))},
             {"stay inside it", "범위 안의 값을 쓰십시오"});
  }

  static double default_number(const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: return field->default_value_int32();
      case FieldDescriptor::CPPTYPE_INT64: return double(field->default_value_int64());
      default: return field->default_value_double();
    }
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

LoadedStudy load_study(const std::string& file, const std::vector<std::string>& sets) {
  LoadedStudy study;
  study.file = file;
  Reader(study, sets).read();
  return study;
}

proto::Scenario with_inputs(const StudyOption& option, std::span<const StudyInput> inputs, std::span<const double> values) {
  proto::Scenario scenario = option.loaded.scenario;
  SIM_CHECK(values.empty() || values.size() == inputs.size(), "a value for each input");
  for (std::size_t i = 0; i < values.size(); ++i)
    for (const std::string& path : inputs[i].paths)
      for (const Target& target : targets(scenario, path)) set_number(target, inputs[i].factor ? number(target) * values[i] : values[i]);
  return scenario;
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
