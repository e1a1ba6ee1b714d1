#include "sim/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "sim/scenario_overlay.h"
#include "sim/scenario_schema.h"

namespace dure::sim {
namespace proto = ::dure;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostErrors = 100;

/// Reads `file` and what it extends into `scenario`, the base first.
class Chain {
 public:
  Chain(proto::Scenario& scenario, Trail& trail, std::vector<std::string>& files, std::vector<Error>& errors)
      : scenario_(scenario), trail_(trail), files_(files), errors_(errors) {}

  /// `named_at` is where a file below names this one.
  void read(const std::string& file, const std::optional<Place>& named_at) {
    std::error_code failure;
    const std::string identity = fs::weakly_canonical(file, failure).string();
    if (!open_.insert(identity).second) {
      fail("E0116", named_at,
           {fmt::format("`{}` extends itself, by way of {} file{}", file, open_.size(), open_.size() == 1 ? "" : "s"),
            fmt::format("`{}`이(가) 돌고 돌아 자기 자신을 extends 합니다", file)},
           {"break the circle: a base must not extend what extends it", "바탕 파일이 이 파일을 다시 extends 하지 않게 하십시오"});
      return;
    }
    files_.push_back(file);
    const std::optional<std::string> text = read_file(file);
    if (!text) {
      fail("E0101", named_at, {fmt::format("cannot read `{}`", file), fmt::format("`{}`을(를) 읽을 수 없습니다", file)},
           named_at
               ? Text{"the path is taken from the folder of the file that names it", "경로는 이를 적은 파일이 있는 폴더를 기준으로 합니다"}
               : Text{"give the path of a scenario file (.txtpb)", "시나리오 파일(.txtpb)의 경로를 주십시오"});
      return;
    }
    if (const int line = first_line_not_utf8(*text)) {
      fail("E0118", Place{file, line, 0, 0}, {"the file is not UTF-8 text", "UTF-8 텍스트 파일이 아닙니다"},
           {"save it as UTF-8", "UTF-8로 저장하십시오"});
      return;
    }
    std::string_view body = *text;
    if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    const Announced announced = announced_type(file, body);
    if (announced.type == "dure.Study") {
      fail("E0121", announced.place, {"this is a study, not a scenario", "시나리오가 아니라 연구(study) 파일입니다"},
           {"studies are not read here; give a scenario", "여기서는 연구 파일을 읽지 않습니다. 시나리오를 주십시오"});
      return;
    }
    if (announced.type.empty()) {
      fail("E0122", Place{file, 1, 0, 0},
           {"the file does not say what it is: it has no line `# proto-message: dure.Scenario`",
            "파일의 종류가 적혀 있지 않습니다. `# proto-message: dure.Scenario` 줄이 없습니다"},
           {"make it the first line", "이 줄을 첫 줄에 넣으십시오"});
      return;
    }
    if (announced.type != proto::Scenario::descriptor()->full_name()) {
      fail("E0121", announced.place,
           {fmt::format("unknown kind of file `{}`", announced.type), fmt::format("`{}`은(는) 모르는 파일 종류입니다", announced.type)},
           {"a scenario begins with `# proto-message: dure.Scenario`", "시나리오는 `# proto-message: dure.Scenario`로 시작합니다"});
      return;
    }
    proto::Scenario here;
    Trail here_trail;
    here_trail.place = {file, 1, 1, 1};
    read_text(file, body, here, here_trail, errors_);
    refuse_twins(here, here_trail, errors_);
    const fs::path folder = fs::path(file).parent_path();
    resolve_paths(here, here_trail, folder, errors_);
    if (!here.extends().empty()) {
      const Trail* at = here_trail.find(proto::Scenario::kExtendsFieldNumber);
      const fs::path base = here.extends();
      read((base.is_relative() ? (folder / base).lexically_normal() : base).string(), at != nullptr ? at->place : here_trail.place);
    }
    here.clear_extends();
    here_trail.parts.erase(proto::Scenario::kExtendsFieldNumber);
    trail_.place = here_trail.place;
    overlay(scenario_, trail_, here, std::move(here_trail));
    open_.erase(identity);
  }

 private:
  void fail(const char* code, const std::optional<Place>& where, Text message, Text help) {
    errors_.emplace_back(Exit::kInvalid, code, std::move(message), where, std::move(help));
    trail_.damaged = true;
  }

  proto::Scenario& scenario_;
  Trail& trail_;
  std::vector<std::string>& files_;
  std::vector<Error>& errors_;
  std::set<std::string> open_;  // files above this one
};

/// As a reader meets them: file by file, from the top. What has no place comes last.
void sort_by_place(std::vector<Error>& errors, const std::vector<std::string>& files) {
  const auto rank = [&files](const Error& error) {
    if (!error.place) return std::tuple(files.size() + 1, 0, 0);
    const auto file = std::find(files.begin(), files.end(), error.place->file) - files.begin();
    return std::tuple(static_cast<std::size_t>(file), error.place->line, error.place->column);
  };
  std::stable_sort(errors.begin(), errors.end(), [&rank](const Error& a, const Error& b) { return rank(a) < rank(b); });
}

}  // namespace

Loaded load_scenario(const std::string& file, const std::vector<std::string>& sets) {
  Loaded loaded;
  loaded.file = file;
  std::vector<Error> errors;
  Chain(loaded.scenario, loaded.trail, loaded.files, errors).read(file, {});
  const bool readable = errors.empty() || !loaded.trail.damaged;
  std::vector<Setting> settings;
  std::string set_lines;
  for (const std::string& set : sets) {
    settings.push_back({set, static_cast<int>(settings.size()) + 1});
    std::string line = set;
    std::replace(line.begin(), line.end(), '\n', ' ');
    set_lines += line + "\n";
  }
  loaded.sources.add("--set", set_lines);
  const auto apply_those = [&](bool tables) {
    for (const Setting& setting : settings)
      if (names_table(setting, proto::Scenario::descriptor()) == tables) apply(setting, loaded.scenario, loaded.trail, errors);
  };
  apply_those(true);
  expand_tables(loaded.scenario, loaded.trail, loaded.files, errors);
  const std::size_t before_sets = errors.size();
  apply_those(false);
  // The command line has the last word on the length of the run, whichever of the two fields it names.
  const auto is_set = [&sets](const std::string& field) { return std::any_of(sets.begin(), sets.end(), [&](const std::string& set) { return set.starts_with(field + "="); }); };
  if (is_set("horizon_s") && !is_set("end_date")) {
    loaded.scenario.clear_end_date();
    loaded.trail.parts.erase(proto::Scenario::kEndDateFieldNumber);
  }
  if (!readable)
    errors.erase(std::remove_if(errors.begin() + static_cast<std::ptrdiff_t>(before_sets), errors.end(),
                                [](const Error& e) { return e.code == "E0120"; }),
                 errors.end());
  if (loaded.scenario.has_extends())
    errors.emplace_back(Exit::kCommandLine, "E0119",
                        Text{"`extends` cannot be set from the command line", "`extends`는 명령줄에서 바꿀 수 없습니다"}, std::nullopt,
                        Text{"write a file that extends the other", "다른 파일을 extends 하는 파일을 만드십시오"});
  change_paths(loaded.scenario, [](const std::string& path) { return path.empty() ? path : fs::absolute(path).lexically_normal().string(); });
  if (!loaded.files.empty()) check_scenario(loaded.scenario, loaded.trail, errors);
  if (errors.empty()) return loaded;
  sort_by_place(errors, loaded.files);
  if (errors.size() > kMostErrors) {
    const std::size_t more = errors.size() - kMostErrors;
    errors.erase(errors.begin() + kMostErrors, errors.end());
    errors.emplace_back(Exit::kInvalid, "", Text{fmt::format("and {} more", more), fmt::format("그 밖에 {}건", more)});
  }
  throw ScenarioErrors(std::move(errors), loaded.sources);
}

std::optional<Place> place_in(const Message& whole, const Trail& trail, std::string_view path) {
  const auto steps = parse_path(path);
  const Message* message = &whole;
  const Trail* at = &trail;
  std::optional<Place> found;
  for (const Step& step : steps.value_or(std::vector<Step>{})) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(step.name);
    if (field == nullptr) break;
    const auto* reflection = message->GetReflection();
    int index = 0;
    if (field->is_repeated()) {
      const int size = reflection->FieldSize(*message, field);
      index = -1;
      for (int i = 0; i < size && index < 0; ++i)
        if (step.key && ((field->message_type() != nullptr && key_of(reflection->GetRepeatedMessage(*message, field, i)) == *step.key) ||
                         std::to_string(i) == *step.key))
          index = i;
      if (index < 0) break;
    }
    const Trail* part = at->find(field->number(), index);
    if (part == nullptr) break;
    if (!part->place.file.empty()) found = part->place;
    at = part;
    if (field->message_type() == nullptr) break;
    message = field->is_repeated() ? &reflection->GetRepeatedMessage(*message, field, index) : &reflection->GetMessage(*message, field);
  }
  return found;
}

std::optional<Place> Loaded::place(std::string_view path) const { return place_in(scenario, trail, path); }

Error Loaded::located(Error error) const {
  if (error.place || error.path.empty()) return error;
  error.place = place(error.path);
  if (!error.place) error.place = Place{file, 0, 0, 0};
  return error;
}

ScenarioErrors Loaded::explained(const Error& error) const {
  if (const auto* many = dynamic_cast<const ScenarioErrors*>(&error)) return *many;
  return ScenarioErrors({located(error)}, sources);
}

}  // namespace dure::sim
