#include "sim/cli/timed_cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "sim/cli/table_rows.h"
#include "sim/measured.pb.h"
#include "sim/scenario_measured.h"

namespace dure::sim {

const ::dure::NodeType* Catalogue::node_of(const std::string& card) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& each) { return each.card() == card; });
  return found == nodes.end() ? nullptr : &*found;
}

namespace {

std::set<std::string> measured_files(const std::string& platforms) {  // in order of name
  std::set<std::string> files;
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator(platforms + "/measured", none))
    if (each.path().extension() == ".txtpb" && !each.path().string().ends_with(".interconnect.txtpb")) files.insert(each.path().string());
  return files;
}

struct MeasuredFile {
  std::string file;
  Trail trail;
  std::shared_ptr<const ::dure::MeasuredCard> card;
};

MeasuredFile read_measured_file(const std::string& file) {
  MeasuredFile made{file, {}, {}};
  made.card = std::make_shared<const ::dure::MeasuredCard>(read_measured_card(file, &made.trail));
  return made;
}

Place place_of(const MeasuredFile& measured, const std::string& path) { return place_in(*measured.card, measured.trail, path).value_or(Place{measured.file, 0, 0, 0}); }

/// No two files are of the same card: which of them should count?
void refuse_twice(const std::vector<MeasuredFile>& files) {
  std::map<std::string, std::string> file_of;
  for (const MeasuredFile& each : files)
    if (const auto [first, fresh] = file_of.emplace(each.card->card(), each.file); !fresh)
      throw ScenarioError({fmt::format("{} and {} are both of {}", first->second, each.file, each.card->card()), fmt::format("{}와(과) {}이(가) 둘 다 {}의 파일입니다", first->second, each.file, each.card->card())},
                          place_of(each, "card"), {"keep one of them", "하나만 두십시오"});
}

void rest_on_file(std::vector<Accelerator>& cards, const MeasuredFile& measured) {
  const auto card = std::find_if(cards.begin(), cards.end(), [&](const Accelerator& each) { return each.name == measured.card->card(); });
  if (card == cards.end())
    throw ScenarioError({fmt::format("no card in the catalogue is called {}", measured.card->card()), fmt::format("카드 목록에 {}이(가) 없습니다", measured.card->card())}, place_of(measured, "card"),
                        {"add it to catalogue/cards.csv, or correct the file", "catalogue/cards.csv에 추가하거나 파일을 고치십시오"});
  try {
    rest_on(*card, measured.card);
  } catch (ScenarioError& error) {
    error.place = place_of(measured, error.path.substr(error.path.find("].") + 2));  // behind measured_card[NAME]
    throw;
  }
}

}  // namespace

Catalogue read_catalogue(const std::string& platforms) {
  Catalogue made{rows_of<::dure::CardType>(platforms + "/catalogue/cards.csv", UnknownColumns::kRefused), rows_of<::dure::NodeType>(platforms + "/catalogue/nodes.csv", UnknownColumns::kRefused), {}};
  for (const auto& row : made.rows)
    if (row.has_memory_tb_per_s()) made.timed.push_back(accelerator(row, made.node_of(row.card())));
  share_published_products(made.timed);
  std::vector<MeasuredFile> measured;
  for (const std::string& file : measured_files(platforms)) measured.push_back(read_measured_file(file));
  refuse_twice(measured);
  for (const MeasuredFile& each : measured) rest_on_file(made.timed, each);
  return made;
}

}  // namespace dure::sim
