#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/catalogue.h"
#include "sim/cli/commands.h"

namespace dure::sim {
namespace {

Exit list_all(const std::vector<Part>& parts, Context& context) {
  std::string out, room;
  int width = 0;
  for (const Part& part : parts) width = std::max(width, static_cast<int>(part.path.size()));
  std::vector<const Part*> sorted;
  for (const Part& part : parts)
    if (!part.path.empty()) sorted.push_back(&part);
  std::stable_sort(sorted.begin(), sorted.end(), [&parts](const Part* a, const Part* b) {
    const auto first = [&parts](const Part* p) {
      return std::find_if(parts.begin(), parts.end(),
                          [p](const Part& q) { return !q.path.empty() && room_of(q.type) == room_of(p->type); }) -
             parts.begin();
    };
    return first(a) < first(b);
  });
  for (const Part* part : sorted) {
    if (room_of(part->type) != room) {
      room = room_of(part->type);
      out += (out.empty() ? "" : "\n") + context.paint("1", room) + "\n";
    }
    const std::string mark = part->choice != nullptr ? "*" : " ";
    out += fmt::format(" {}{:<{}}  {}\n", mark, part->path, width, context.say(part->about));
  }
  out += "\n" +
         std::string(context.say("* one of several behaviours; `dure models NAME` shows the parameters",
                                 "* 여러 동작 가운데 하나. `dure models 이름`으로 매개변수를 볼 수 있습니다")) +
         "\n";
  context.print(out);
  return Exit::kDone;
}

Exit models(const std::string& name, Context& context) {
  const std::vector<Part> parts = all_parts(false);
  std::vector<const Part*> found;
  std::vector<std::string> known;
  for (const Part& part : parts) {
    if (part.path.empty()) continue;
    known.push_back(part.name);
    known.push_back(part.type->name());
    if (name.empty() || part.name == name || part.type->name() == name || part.path == name || room_of(part.type) == name)
      found.push_back(&part);
  }
  if (found.empty()) {
    const auto near = nearest(name, known);
    throw Error(Exit::kCommandLine, "E0005",
                {fmt::format("no model is called `{}`", name), fmt::format("`{}`(이)라는 모형은 없습니다", name)}, {},
                near ? Text{fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)}
                     : Text{"`dure models` lists them", "`dure models`로 목록을 볼 수 있습니다"});
  }
  if (context.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Part* part : found) list.push_back(part_json(*part));
    context.print_json({{"models", std::move(list)}});
    return Exit::kDone;
  }
  if (name.empty()) return list_all(parts, context);
  std::string out;
  for (const Part* part : found) out += (out.empty() ? "" : "\n") + explain_part(*part, context);
  context.print(out);
  return Exit::kDone;
}

}  // namespace

Action setup_models(CLI::App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  app.add_option("NAME", *name, context.say("a behaviour, a message or a room", "동작, 메시지 또는 방(room)"))->type_name("");
  return [name, &context] { return models(*name, context); };
}

}  // namespace dure::sim
