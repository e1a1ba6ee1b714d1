#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/catalogue.h"
#include "sim/cli/commands.h"
#include "sim/scenario_codes.h"
#include "sim/study.pb.h"

namespace dure::sim {
namespace {

struct Arguments {
  std::string name;
  std::string reference;
};

Exit write_reference(const std::string& folder, Context& context) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, page] : {std::pair{"fields.md", fields_page()}, std::pair{"errors.md", errors_page()}}) {
    const std::string file = (std::filesystem::path(folder) / name).string();
    std::ofstream stream(file, std::ios::binary);
    if (!(stream << page).flush())
      throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}", file), fmt::format("{}에 쓸 수 없습니다", file)});
    context.print(file + "\n");
  }
  return Exit::kDone;
}

Exit explain_code(const CodeFacts& code, Context& context) {
  if (context.json) {
    const auto both = [](const Text& text) { return nlohmann::json{{"en", text.en}, {"ko", text.ko}}; };
    context.print_json({{"code", code.code},
                        {"title", both(code.title)},
                        {"meaning", both(code.meaning)},
                        {"example", code.example},
                        {"remedy", both(code.remedy)}});
    return Exit::kDone;
  }
  const Text other = context.language == Language::kKorean ? Text{code.title.en, code.title.en} : Text{code.title.ko, code.title.ko};
  context.print(fmt::format("{}  {} / {}\n\n  {}\n  {}\n\n  {}    {}\n  {}    {}\n", context.paint("1", code.code), context.say(code.title),
                            other.en, context.language == Language::kKorean ? code.meaning.ko : code.meaning.en,
                            context.language == Language::kKorean ? code.meaning.en : code.meaning.ko, context.say("example", "예  "),
                            code.example, context.say("remedy ", "해결"), context.say(code.remedy)));
  return Exit::kDone;
}

/// The part and field that "site.pue" or "site[honam].pue" leads to from a scenario or a study.
std::optional<std::pair<const Part*, const FieldDescriptor*>> follow(const std::vector<Part>& parts, const Descriptor* root, const std::string& path) {
  const auto steps = parse_path(path);
  if (!steps) return {};
  const Descriptor* type = root;
  const FieldDescriptor* field = nullptr;
  const Descriptor* owner = nullptr;
  for (const Step& step : *steps) {
    if (type == nullptr) return {};
    owner = type;
    field = type->FindFieldByName(step.name);
    if (field == nullptr) return {};
    type = field->message_type();
  }
  for (const Part& part : parts)
    if (part.type == owner) return std::pair{&part, field};
  return {};
}

Exit explain(const std::string& name, Context& context) {
  if (const CodeFacts* code = find_code(name)) return explain_code(*code, context);
  const std::vector<Part> parts = all_parts(true);
  std::vector<const Part*> whole;
  std::vector<std::pair<const Part*, const FieldDescriptor*>> found;
  const std::size_t dot = name.find('.');
  for (const Part& part : parts) {
    if (part.type->name() == name) whole.push_back(&part);
    const std::string field_name = dot != std::string::npos && part.type->name() == name.substr(0, dot) ? name.substr(dot + 1)
                                   : dot == std::string::npos                                           ? name
                                                                                                        : "";
    if (field_name.empty()) continue;
    if (const FieldDescriptor* field = part.type->FindFieldByName(field_name)) found.emplace_back(&part, field);
  }
  for (const Descriptor* root : {::dure::Scenario::descriptor(), ::dure::Study::descriptor()})
    if (found.empty() && whole.empty())
      if (const auto way = follow(parts, root, name)) found.push_back(*way);
  if (found.empty() && whole.empty()) {
    std::vector<std::string> known;
    for (const Part& part : parts) {
      known.push_back(part.type->name());
      for (const std::string& field : field_names(part.type)) {
        known.push_back(field);
        if (dot != std::string::npos) known.push_back(part.type->name() + "." + field);
      }
    }
    for (const CodeFacts& code : all_codes()) known.push_back(code.code);
    const auto near = nearest(name, known);
    throw Error(Exit::kCommandLine, "E0005", {fmt::format("nothing is called `{}`", name), fmt::format("`{}`(이)라는 것은 없습니다", name)},
                {},
                near ? Text{fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)}
                     : Text{"name a field (`pue`, `Site.pue`, `site.pue`), a message or a code",
                            "항목(`pue`, `Site.pue`, `site.pue`), 메시지, 코드를 쓰십시오"});
  }
  if (context.json) {
    nlohmann::json fields = nlohmann::json::array(), messages = nlohmann::json::array();
    for (const auto& [part, field] : found) fields.push_back(field_json(*part, field));
    for (const Part* part : whole) messages.push_back(part_json(*part));
    context.print_json({{"fields", std::move(fields)}, {"messages", std::move(messages)}});
    return Exit::kDone;
  }
  std::string out;
  for (const Part* part : whole) out += (out.empty() ? "" : "\n") + explain_part(*part, context);
  for (const auto& [part, field] : found) out += (out.empty() ? "" : "\n") + explain_field(*part, field, context);
  context.print(out);
  return Exit::kDone;
}

}  // namespace

Action setup_explain(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::Option* name = app.add_option("NAME", arguments->name,
                                     context.say("a field (pue, Site.pue, site.pue), a message or a code (E0103)",
                                                 "항목(pue, Site.pue, site.pue), 메시지 또는 코드(E0103)"))
                          ->type_name("");
  CLI::Option* reference =
      app.add_option("--reference", arguments->reference,
                     context.say("write the reference pages into this folder instead", "대신 이 폴더에 참고 문서를 씀"))
          ->type_name("FOLDER");
  reference->excludes(name);
  return [arguments, &context] {
    if (!arguments->reference.empty()) return write_reference(arguments->reference, context);
    if (arguments->name.empty())
      throw Error(Exit::kCommandLine, "E0003", {"`NAME` is missing", "`NAME`이 빠졌습니다"}, {},
                  {"as in `dure explain site.pue` or `dure explain E0103`", "예: `dure explain site.pue`, `dure explain E0103`"});
    return explain(arguments->name, context);
  };
}

}  // namespace dure::sim
