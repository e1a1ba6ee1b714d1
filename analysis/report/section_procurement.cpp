// Procurement and regions: what was promised, what came, and where it stands against where demand lives.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "analysis/report/sections.h"
#include "analysis/report/words.h"
#include "sim/units.h"

namespace dure::analysis {
namespace {

using sim::CardState;

std::optional<double> day_s(const RunData& run, const std::string& date) {
  if (date.empty()) return std::nullopt;
  return run.calendar.at_s(sim::parse_date(date.substr(0, 10)));
}

/// Cards against days, as steps: the sum of what came and went.
struct Steps {
  std::map<double, double> change;  // at seconds
  nlohmann::json json(const RunData& run, const Text& label, const std::string& style) const {
    nlohmann::json x = nlohmann::json::array(), y = nlohmann::json::array();
    double cards = 0;
    const auto point = [&](double at_s) {
      x.push_back(sim::to_string(run.calendar.date(at_s)));
      y.push_back(cards);
    };
    for (const auto& [at_s, by] : change) {
      if (at_s >= run.end_s()) break;
      if (at_s > 0 && x.empty()) point(0);  // the level of what stood before the first day
      cards += by;
      if (at_s >= 0) point(at_s);
    }
    if (x.empty()) point(0);
    point(run.end_s());
    return {{"label", text_json(label)}, {"style", style}, {"x", x}, {"y", y}};
  }
};

Cell date_cell(const std::string& date) { return date.empty() ? Cell(Nothing{{"never in this run", "이 실행에서는 없음"}}) : name(date); }

}  // namespace

void add_procurement(Page& page, const RunData& run) {
  page.section("procurement", {"Procurement", "도입"});
  if (run.tranches.empty()) {
    page.paragraph({"This run has no tranches.", "이 실행에는 카드 묶음이 없습니다."});
    return;
  }
  Figure figure;
  Steps promised, delivered, in_service;
  double due = 0, came = 0, late_card_days = 0;
  Table& table = figure.table;
  table.id = "tranches";
  table.caption = {"Tranches of cards", "카드 묶음"};
  table.columns = {name_column("tranche", {"tranche", "묶음"}), name_column("kind", {"kind", "종류"}), name_column("site", {"site", "센터"}), name_column("card", {"card", "카드"}),
                   {"cards", {"cards of the contract", "계약 카드"}, "cards", 0}, {"government_use_cards", {"for public use", "정부 활용"}, "cards", 0},
                   name_column("promised", {"promised", "약속일"}), name_column("delivered", {"delivered", "인도일"}), name_column("in_service", {"all in service", "전량 가동일"}),
                   {"late_days", {"late", "지연"}, "days", 0}, {"delivered_cards", {"cards delivered", "인도 카드"}, "cards", 0}, name_column("term_end", {"term ends", "종료일"})};
  for (const TrancheRow& tranche : run.tranches) {
    const std::optional<double> promised_s = day_s(run, tranche.promised), delivered_s = day_s(run, tranche.delivered), service_s = day_s(run, tranche.in_service), end_s = day_s(run, tranche.term_end);
    Cell late = Nothing{};
    if (promised_s) promised.change[*promised_s] += tranche.cards;
    if (delivered_s) delivered.change[*delivered_s] += tranche.delivered_cards;
    if (service_s) in_service.change[*service_s] += tranche.delivered_cards;
    if (end_s) {
      if (promised_s) promised.change[*end_s] -= tranche.cards;
      if (delivered_s) delivered.change[*end_s] -= tranche.delivered_cards;
      if (service_s) in_service.change[*end_s] -= tranche.delivered_cards;
    }
    if (promised_s && *promised_s <= run.end_s()) {
      due += tranche.cards;
      came += tranche.delivered_cards;
      if (delivered_s) {
        late = std::round((*delivered_s - *promised_s) / sim::kDay_s);
        late_card_days += std::get<double>(late) * tranche.delivered_cards;
      }
    }
    table.rows.push_back({name(tranche.tranche), name(tranche.kind, word(tranche.kind)), name(tranche.site, run.site_name(tranche.site)), name(tranche.card), tranche.cards,
                          tranche.government_use_cards, date_cell(tranche.promised), date_cell(tranche.delivered), date_cell(tranche.in_service), late, tranche.delivered_cards,
                          tranche.term_end.empty() ? Cell(Nothing{}) : name(tranche.term_end)});
  }
  const double late_days = came > 0 ? late_card_days / came : 0;
  const Text days = {counted(std::abs(late_days), "day"), exact(std::abs(late_days), 0) + "일"};
  const Text how = std::abs(late_days) < 0.5 ? Text{"on the promised day on average", "평균적으로 약속일에"}
                   : late_days > 0           ? Text{days.en + " late on average", "평균 " + days.ko + " 늦게"}
                                             : Text{days.en + " early on average", "평균 " + days.ko + " 일찍"};
  figure.finding = {"Of " + exact(due, 0) + " cards promised within the run, " + exact(came, 0) + " were delivered" + (came > 0 ? ", " + how.en + "." : "."),
                    "기간 안에 약속된 " + exact(due, 0) + "장 가운데 " + exact(came, 0) + "장이 " + (came > 0 ? how.ko + " " : "") + "인도되었습니다."};
  figure.unit = {"Cards under contract: promised, delivered, and fully in service (a tranche counts when its last node serves)", "계약 카드 수: 약속, 인도, 전량 가동(묶음의 마지막 서버가 가동될 때 셈)"};
  figure.source = both("results.sqlite: tranches");
  figure.chart = {{"kind", "lines"},
                  {"step", true},
                  {"series", nlohmann::json::array({promised.json(run, {"promised", "약속"}, "promised"), delivered.json(run, {"delivered", "인도"}, "delivered"),
                                                    in_service.json(run, {"in service", "가동"}, "in_service")})}};
  page.figure(figure);
}

namespace {

/// Places the regions on a coarse grid, north up, each in a cell of its own: a map without borders.
struct Tile {
  std::string region;
  int row = 0, column = 0;
};
constexpr int kTileRows = 6, kTileColumns = 5;

std::vector<Tile> tile_map(const RunData& run) {
  double south = 90, north = -90, west = 180, east = -180;
  for (const dure::Region& region : run.scenario.region()) {
    if (!region.has_lat() || !region.has_lon()) return {};
    south = std::min(south, region.lat());
    north = std::max(north, region.lat());
    west = std::min(west, region.lon());
    east = std::max(east, region.lon());
  }
  if (run.scenario.region_size() < 2 || run.scenario.region_size() > kTileRows * kTileColumns) return {};
  std::vector<Tile> tiles;
  std::set<std::pair<int, int>> taken;
  std::vector<const dure::Region*> from_north;
  for (const dure::Region& region : run.scenario.region()) from_north.push_back(&region);
  std::stable_sort(from_north.begin(), from_north.end(), [](const auto* a, const auto* b) { return a->lat() > b->lat(); });
  for (const dure::Region* region : from_north) {
    const double row = (north - region->lat()) / std::max(north - south, 0.1) * (kTileRows - 1);
    const double column = (region->lon() - west) / std::max(east - west, 0.1) * (kTileColumns - 1);
    Tile best{region->region(), 0, 0};
    double distance = std::numeric_limits<double>::infinity();
    for (int r = 0; r < kTileRows; ++r)
      for (int c = 0; c < kTileColumns; ++c)
        if (const double d = std::hypot(r - row, c - column); d < distance && !taken.contains({r, c})) {
          distance = d;
          best.row = r;
          best.column = c;
        }
    taken.insert({best.row, best.column});
    tiles.push_back(best);
  }
  // Rows and columns that stay empty close up.
  const auto close_up = [&](int Tile::* place) {
    std::set<int> used;
    for (const Tile& tile : tiles) used.insert(tile.*place);
    for (Tile& tile : tiles) tile.*place = static_cast<int>(std::distance(used.begin(), used.find(tile.*place)));
  };
  close_up(&Tile::row);
  close_up(&Tile::column);
  return tiles;
}

}  // namespace

void add_regions(Page& page, const RunData& run) {
  page.section("regions", {"Regions", "권역"});
  std::map<std::string, double> contracted;           // by site
  std::map<std::string, double> contracted_by_region;
  double all_contracted = 0;
  for (const TrancheRow& tranche : run.tranches) {
    contracted[tranche.site] += tranche.cards;
    contracted_by_region[run.region_of_site(tranche.site)] += tranche.cards;
    all_contracted += tranche.cards;
  }
  std::string top;
  for (const auto& [region, cards] : contracted_by_region)
    if (top.empty() || cards > contracted_by_region[top]) top = region;
  double demand = 0, demand_top = 0;
  for (const auto& [region, group] : run.jobs_by_region) {
    demand += group.productive_card_hours;
    if (region == top) demand_top = group.productive_card_hours;
  }
  if (!top.empty() && all_contracted > 0 && demand > 0) {
    const Text where = run.region_name(top), cards = percent(contracted_by_region[top] / all_contracted), used = percent(demand_top / demand), away = percent(run.all_jobs.productive_away_card_hours / demand);
    page.paragraph({where.en + " holds " + cards.en + " of the cards; its own users did " + used.en + " of the productive work. " + away.en + " of productive card-hours ran outside the user's region.",
                    where.ko + "에 카드의 " + cards.ko + "가 있고, 그 권역 이용자의 유효 작업은 전체의 " + used.ko + "입니다. 유효 카드시간의 " + away.ko + "는 이용자의 권역 밖에서 실행되었습니다."},
                   "lead");
  }

  const std::vector<Tile> tiles = tile_map(run);
  if (!tiles.empty()) {
    int columns = 0;
    for (const Tile& tile : tiles) columns = std::max(columns, tile.column + 1);
    page.html("<div class=\"map columns" + std::to_string(columns) + "\" role=\"list\">");
    for (const Tile& tile : tiles) {
      const auto grants = run.grants_by_region.find(tile.region);
      page.html("<div class=\"tile row" + std::to_string(tile.row + 1) + " column" + std::to_string(tile.column + 1) +
                (contracted_by_region[tile.region] > 0 ? " has-cards" : "") + "\" role=\"listitem\"><strong><bdi>" + in_both(run.region_name(tile.region)) + "</bdi></strong><span>");
      page.html(in_both({exact(contracted_by_region[tile.region], 0) + " cards", "카드 " + exact(contracted_by_region[tile.region], 0) + "장"}) + "</span>");
      if (grants != run.grants_by_region.end())
        page.html("<span>" + in_both({exact(static_cast<double>(grants->second.granted), 0) + " of " + exact(static_cast<double>(grants->second.applied), 0) + " projects",
                                     "과제 " + exact(static_cast<double>(grants->second.applied), 0) + "건 중 " + exact(static_cast<double>(grants->second.granted), 0) + "건"}) + "</span>");
      page.html("</div>");
    }
    page.html("</div>\n");
    page.paragraph({"Regions from north to south, on a wide page by their place; cards of contracts and projects granted. Framed: regions that hold cards.", "권역(북쪽부터, 넓은 화면에서는 위치대로), 계약 카드 수와 배정 과제. 굵은 테두리는 카드가 있는 권역입니다."}, "note");
  }

  Table sites;
  sites.id = "sites";
  sites.caption = {"Sites", "센터"};
  sites.columns = {name_column("site", {"site", "센터"}), name_column("region", {"region", "권역"}), {"cards", {"cards of contracts", "계약 카드"}, "cards", 0},
                   {"nominal_card_hours", {"nominal", "명목"}, "card-hours", 0}, {"productive_card_hours", {"productive", "유효"}, "card-hours", 0},
                   {"productive_share", {"productive share", "유효 비율"}, "%", 1}, {"jobs", {"jobs started", "시작한 작업"}, "jobs", 0},
                   {"facility_mwh", {"electricity", "전력량"}, "MWh", 0}, {"pue", {"PUE", "PUE"}, "", 3}};
  const Text no_power{"no power model", "전력 모형 없음"};
  for (const dure::Site& site : run.scenario.site()) {
    const auto found = run.by_site.find(site.site());
    const SiteTotals totals = found == run.by_site.end() ? SiteTotals{} : found->second;
    double nominal = 0;
    for (const double card_hours : totals.card_hours) nominal += card_hours;
    const double productive = totals.card_hours[static_cast<std::size_t>(CardState::kProductive)];
    sites.rows.push_back({name(site.site(), run.site_name(site.site())), name(site.region(), run.region_name(site.region())), contracted[site.site()], nominal, productive,
                          nominal > 0 ? Cell(100 * productive / nominal) : Cell(Nothing{}), static_cast<double>(totals.jobs),
                          totals.facility_kwh > 0 ? Cell(totals.facility_kwh / 1000) : Cell(Nothing{no_power}),
                          totals.it_kwh > 0 ? Cell(totals.facility_kwh / totals.it_kwh) : Cell(Nothing{no_power})});
  }
  page.table(sites);

  Table regions;
  regions.id = "regions-demand";
  regions.caption = {"Demand by the user's region", "이용자 권역별 수요"};
  regions.columns = {name_column("region", {"region", "권역"}), {"jobs", {"jobs", "작업"}, "jobs", 0}, {"productive_card_hours", {"productive", "유효"}, "card-hours", 0},
                     {"away_share", {"run outside the region", "권역 밖 실행"}, "%", 1}, {"wait_p50_s", {"median wait", "대기 중앙값"}, "s", 0}, {"wait_p90_s", {"90th percentile", "90백분위"}, "s", 0},
                     {"applied", {"projects applied", "신청 과제"}, "projects", 0}, {"granted", {"granted", "배정 과제"}, "projects", 0}};
  std::set<std::string> keys;
  for (const auto& [key, group] : run.jobs_by_region) keys.insert(key);
  for (const auto& [key, group] : run.grants_by_region) keys.insert(key);
  for (const std::string& key : keys) {
    const auto jobs = run.jobs_by_region.find(key);
    const auto grants = run.grants_by_region.find(key);
    const JobGroup none;
    const JobGroup& group = jobs == run.jobs_by_region.end() ? none : jobs->second;
    const bool asked = grants != run.grants_by_region.end();
    regions.rows.push_back({name(key, key.empty() ? word("") : run.region_name(key)), static_cast<double>(group.jobs), group.productive_card_hours,
                            group.productive_card_hours > 0 ? Cell(100 * group.productive_away_card_hours / group.productive_card_hours) : Cell(Nothing{}), group.waits ? Cell(group.waits->p50_s) : Cell(Nothing{}), group.waits ? Cell(group.waits->p90_s) : Cell(Nothing{}),
                            asked ? Cell(static_cast<double>(grants->second.applied)) : Cell(Nothing{}), asked ? Cell(static_cast<double>(grants->second.granted)) : Cell(Nothing{})});
  }
  if (regions.rows.empty()) return;
  page.table(regions);
}

}  // namespace dure::analysis
