#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/catalogue.h"
#include "sim/cli/commands.h"
#include "sim/cli/timed_cards.h"
#include "sim/inventory/card_figures.h"
#include "sim/inventory/inventory.pb.h"

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

/// A card of the catalogue: each figure a model derives or reads, and what it rests on. False: no card has this name.
bool show_card(const std::string& name, const std::string& platforms, Context& context) {
  const std::string file = platforms + "/catalogue/cards.csv";
  if (name.empty() || !std::filesystem::exists(file)) return false;
  const Catalogue catalogue = read_catalogue(platforms);
  const auto row = std::find_if(catalogue.rows.begin(), catalogue.rows.end(), [&](const auto& each) { return each.card() == name; });
  if (row == catalogue.rows.end()) return false;
  const auto card = std::find_if(catalogue.timed.begin(), catalogue.timed.end(), [&](const Accelerator& each) { return each.name == name; });
  const bool timed = card != catalogue.timed.end();
  const auto figures = card_figures(*row, timed ? &*card : nullptr, catalogue.node_of(name));
  if (context.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const CardFigure& each : figures)
      list.push_back({{"en", each.what.en}, {"ko", each.what.ko}, {"value", each.value}, {"unit", each.unit}, {"basis", words(each.basis).en}, {"note", each.note.en}});
    context.print_json({{"card", name}, {"vendor", row->vendor()}, {"work", row->work()}, {"timed", timed}, {"figures", std::move(list)}, {"source", row->provenance()}});
    return true;
  }
  std::string out = context.paint("1", name) + fmt::format("  {} {}\n", row->vendor(), row->family());
  for (const CardFigure& each : figures) out += fmt::format(" {:>10.5g} {:<8} {:<10} {}  ({})\n", each.value, each.unit, context.say(words(each.basis)), context.say(each.what), context.say(each.note));
  out += fmt::format(" {}: {}\n", context.say("work its software covers", "소프트웨어가 지원하는 일"), row->work());
  if (!timed) out += fmt::format(" {}\n", context.say("nothing can be timed on it: its memory bandwidth is not on record", "메모리 대역폭 기록이 없어 시간을 계산할 수 없습니다"));
  out += fmt::format(" {}: {}\n", context.say("source", "출처"), row->provenance());
  context.print(out);
  return true;
}

/// Names of cards that begin so, whatever the case; "H200" is enough to be told of "H200-SXM-141".
std::string cards_like(const std::string& name, const std::string& platforms) {
  if (!std::filesystem::exists(platforms + "/catalogue/cards.csv")) return "";
  std::string found;
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
  for (const auto& row : read_catalogue(platforms).rows)
    if (row.card().size() >= name.size() && std::equal(name.begin(), name.end(), row.card().begin(), same)) found += (found.empty() ? "`" : ", `") + row.card() + "`";
  return found;
}

Exit models(const std::string& name, const std::string& platforms, Context& context) {
  if (show_card(name, platforms, context)) return Exit::kDone;
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
    if (const std::string cards = cards_like(name, platforms); !cards.empty())
      throw Error(Exit::kCommandLine, "E0005", {fmt::format("no model and no card is called `{}`", name), fmt::format("`{}`(이)라는 모형이나 카드는 없습니다", name)}, {},
                  {"cards that begin so: " + cards, "그렇게 시작하는 카드: " + cards});
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
  auto platforms = std::make_shared<std::string>("platforms");
  app.add_option("NAME", *name, context.say("a behaviour, a message, a room, or a card of the catalogue", "동작, 메시지, 방(room) 또는 카드 이름"))->type_name("");
  app.add_option("--platforms", *platforms, context.say("folder of the catalogue", "카드 목록 폴더"))->type_name("DIR");
  return [name, platforms, &context] { return models(*name, *platforms, context); };
}

}  // namespace dure::sim
