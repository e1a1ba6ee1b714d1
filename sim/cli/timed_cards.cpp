#include "sim/cli/timed_cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/cli/table_rows.h"
#include "sim/measured.pb.h"
#include "sim/scenario_measured.h"

namespace dure::sim {

const ::dure::NodeType* Catalogue::node_of(const std::string& card) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& each) { return each.card() == card; });
  return found == nodes.end() ? nullptr : &*found;
}

Catalogue read_catalogue(const std::string& platforms) {
  Catalogue made{rows_of<::dure::CardType>(platforms + "/catalogue/cards.csv", UnknownColumns::kRefused), rows_of<::dure::NodeType>(platforms + "/catalogue/nodes.csv", UnknownColumns::kRefused), {}};
  for (const auto& row : made.rows)
    if (row.has_memory_tb_per_s()) made.timed.push_back(accelerator(row, made.node_of(row.card())));
  share_published_products(made.timed);
  std::set<std::string> files;  // in order of name
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator(platforms + "/measured", none))
    if (each.path().extension() == ".txtpb" && !each.path().string().ends_with(".interconnect.txtpb")) files.insert(each.path().string());
  for (const std::string& file : files) {
    auto measured = std::make_shared<::dure::MeasuredCard>(read_measured_card(file));
    const auto card = std::find_if(made.timed.begin(), made.timed.end(), [&](const Accelerator& each) { return each.name == measured->card(); });
    if (card == made.timed.end())
      throw ScenarioError(file, {fmt::format("no card in the catalogue is called {}", measured->card()), fmt::format("카드 목록에 {}이(가) 없습니다", measured->card())},
                          {"add it to catalogue/cards.csv, or correct the file", "catalogue/cards.csv에 추가하거나 파일을 고치십시오"});
    rest_on(*card, std::move(measured));
  }
  return made;
}

}  // namespace dure::sim
