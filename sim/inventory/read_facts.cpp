#include "sim/inventory/read_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "sim/error.h"
#include "sim/inventory/grid.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace {
namespace proto = ::dure;

constexpr double kNever_s = std::numeric_limits<double>::infinity();
constexpr double kMonth_s = kYear_s / 12;

/// Second 0 of a date field; the path goes with a date that is none.
double day_s(const std::string& path, const std::string& text, const Calendar& calendar) {
  try {
    return calendar.at_s(parse_date(text));
  } catch (ScenarioError& error) {
    throw ScenarioError(path, error.message, error.help);
  }
}

template <class Facts>
std::map<std::string, std::size_t> index_by_name(const std::vector<Facts>& facts) {
  std::map<std::string, std::size_t> index_of;
  for (std::size_t i = 0; i < facts.size(); ++i) index_of.emplace(facts[i].name, i);
  return index_of;
}

void refuse_twice(bool inserted, const std::string& path, const std::string& name) {
  if (!inserted)
    throw ScenarioError(path, {fmt::format("\"{}\" is named twice", name), fmt::format("\"{}\"이(가) 두 번 나옵니다", name)},
                        {"give each its own name", "이름을 서로 다르게 지으십시오"});
}

/// Low, most likely and high day of a delivery, in seconds of the run.
struct DeliveryDays {
  double low_s = 0;
  double mid_s = 0;
  double high_s = 0;
};

DeliveryDays delivery_days(const proto::Tranche& row, const proto::Commissioning& terms, const Calendar& calendar,
                           const std::string& path) {
  DeliveryDays days;
  if (row.has_delivered_mid()) {
    days.mid_s = day_s(path + ".delivered_mid", row.delivered_mid(), calendar);
    days.low_s = row.has_delivered_low() ? day_s(path + ".delivered_low", row.delivered_low(), calendar) : days.mid_s;
    days.high_s = row.has_delivered_high() ? day_s(path + ".delivered_high", row.delivered_high(), calendar) : days.mid_s;
    if (days.low_s > days.mid_s)
      throw ScenarioError(path + ".delivered_low",
                          {fmt::format("delivered_low {} lies after delivered_mid {}", row.delivered_low(), row.delivered_mid()),
                           fmt::format("이른 인도일 {}이(가) 유력 인도일 {}보다 늦습니다", row.delivered_low(), row.delivered_mid())},
                          {"order the three days low, mid, high", "이른 날, 유력한 날, 늦은 날 순서로 쓰십시오"});
    if (days.high_s < days.mid_s)
      throw ScenarioError(path + ".delivered_high",
                          {fmt::format("delivered_high {} lies before delivered_mid {}", row.delivered_high(), row.delivered_mid()),
                           fmt::format("늦은 인도일 {}이(가) 유력 인도일 {}보다 이릅니다", row.delivered_high(), row.delivered_mid())},
                          {"order the three days low, mid, high", "이른 날, 유력한 날, 늦은 날 순서로 쓰십시오"});
    return days;
  }
  if (row.has_delivered_low() || row.has_delivered_high())
    throw ScenarioError(
        path + ".delivered_mid",
        {"delivered_low or delivered_high is given without delivered_mid", "유력 인도일 없이 이른 날이나 늦은 날만 적혀 있습니다"},
        {"add delivered_mid", "delivered_mid를 적으십시오"});
  if (!row.has_ordered())
    throw ScenarioError(
        path + ".delivered_mid", {"neither a day of delivery nor a day of the order is given", "인도일도 발주일도 적혀 있지 않습니다"},
        {"give delivered_mid, or ordered and let the lead time decide", "delivered_mid를 적거나, ordered를 적어 납기로 계산하게 하십시오"});
  if (terms.lead_months_low() > terms.lead_months_mid() || terms.lead_months_mid() > terms.lead_months_high())
    throw ScenarioError("commissioning.lead_months_mid",
                        {"the lead times are not in the order low, mid, high", "납기가 최단, 유력, 최장 순서가 아닙니다"});
  const double ordered_s = day_s(path + ".ordered", row.ordered(), calendar);
  days.low_s = ordered_s + terms.lead_months_low() * kMonth_s;
  days.mid_s = ordered_s + terms.lead_months_mid() * kMonth_s;
  days.high_s = ordered_s + terms.lead_months_high() * kMonth_s;
  return days;
}

/// The operator's own use: what the contract leaves it, else the scenario's share in whole servers.
int government_cards(const proto::Tranche& row, const proto::Commissioning& terms, const TrancheFacts& tranche, int cards_per_node,
                     const std::string& path) {
  const int cards = tranche.cards;
  if (row.has_government_use_cards()) {
    if (row.government_use_cards() > cards)
      throw ScenarioError(path + ".government_use_cards",
                          {fmt::format("{} cards for public use, but the contract has {}", row.government_use_cards(), cards),
                           fmt::format("정부 활용 {}장이 계약 {}장보다 많습니다", row.government_use_cards(), cards)});
    return row.government_use_cards();
  }
  if (tranche.rental) return cards;
  const double own_nodes = std::round(terms.own_use_share() * cards / cards_per_node);
  return cards - std::min(cards, int(own_nodes) * cards_per_node);
}

/// What the contract says of money; in one currency.
void read_prices(const proto::Tranche& row, const std::string& path, TrancheFacts& tranche) {
  const auto refuse_both = [&](bool krw, bool usd, const char* in_usd, const char* in_krw) {
    if (krw && usd)
      throw ScenarioError(path + "." + in_usd,
                          {fmt::format("{} and {} are both given: one price in two currencies", in_krw, in_usd),
                           fmt::format("{}과 {}을 함께 적었습니다. 한 값은 한 통화로만 적습니다", in_krw, in_usd)},
                          {fmt::format("keep {}, or keep {} and set the rate in economics.fx_krw_per_usd", in_krw, in_usd),
                           fmt::format("{}만 남기거나, {}만 남기고 환율을 economics.fx_krw_per_usd에 적으십시오", in_krw, in_usd)});
  };
  refuse_both(row.has_price_krw_per_card(), row.has_price_usd_per_card(), "price_usd_per_card", "price_krw_per_card");
  refuse_both(row.has_rent_krw_per_card_hour(), row.has_rent_usd_per_card_hour(), "rent_usd_per_card_hour", "rent_krw_per_card_hour");
  tranche.server_price = row.price_covers() == "server";
  if (tranche.server_price && !row.has_price_krw_per_card() && !row.has_price_usd_per_card())
    throw ScenarioError(path + ".price_covers",
                        {"price_covers: server, but no price of the servers is given", "price_covers가 server인데 서버값이 없습니다"},
                        {"add price_krw_per_card or price_usd_per_card; default prices are all-in",
                         "price_krw_per_card나 price_usd_per_card를 적으십시오. 기본값은 총액입니다"});
  if (row.has_price_krw_per_card()) tranche.price_krw_per_card = row.price_krw_per_card();
  if (row.has_price_usd_per_card()) tranche.price_usd_per_card = row.price_usd_per_card();
  if (row.has_rent_krw_per_card_hour()) tranche.rent_krw_per_card_hour = row.rent_krw_per_card_hour();
  if (row.has_rent_usd_per_card_hour()) tranche.rent_usd_per_card_hour = row.rent_usd_per_card_hour();
  tranche.imported_share = row.imported_share();
  tranche.rent_when_used = row.rent_basis() == "used";
}

/// Cards that a budget pays for, in whole servers, at most those of the contract.
int cards_for_budget(const proto::Tranche& row, const proto::Economics& terms, const TrancheFacts& tranche, int cards_per_node, const std::string& path) {
  const std::optional<double> price = named_price_krw(tranche, terms.fx_krw_per_usd());
  if (!price || *price <= 0)
    throw ScenarioError(path + ".budget_krw", {"a budget, but no price of a card", "예산은 있는데 카드 값이 없습니다"},
                        {"add price_krw_per_card or price_usd_per_card", "price_krw_per_card나 price_usd_per_card를 적으십시오"});
  const double all_in = *price * (tranche.server_price ? 1 + terms.network_share_of_server_price() : 1);
  const double servers = std::floor(row.budget_krw() / (all_in * cards_per_node) + 1e-9);
  if (servers < 1)
    throw ScenarioError(path + ".budget_krw",
                        {fmt::format("{:.4g} KRW pay for no server of {} cards at {:.4g} KRW a card", row.budget_krw(), cards_per_node, all_in),
                         fmt::format("{:.4g}원으로는 카드당 {:.4g}원인 {}장짜리 서버를 한 대도 살 수 없습니다", row.budget_krw(), all_in, cards_per_node)},
                        {fmt::format("give at least {:.4g} KRW", std::ceil(all_in * cards_per_node)), fmt::format("{:.4g}원 이상을 적으십시오", std::ceil(all_in * cards_per_node))});
  return int(std::min(double(row.cards()), servers * cards_per_node));
}

/// Tenders that fail before the one that is awarded. Drawn only for what is ordered within the run.
int failed_tenders(const proto::Tranche& row, const proto::Commissioning& terms, const TrancheFacts& tranche, Seed seed) {
  if (row.has_failed_tenders()) return row.failed_tenders();
  const double p = terms.tender_failure_probability();
  if (p <= 0 || tranche.cancelled || !tranche.ordered_s || *tranche.ordered_s < 0) return 0;
  constexpr int kMost = 40;
  Random chance(seed, "tender/" + tranche.contract);
  int failed = 0;
  while (failed < kMost && chance.uniform() < p) ++failed;
  return failed;
}

/// The supply must carry what may stand at the site at once, each tranche from its earliest day.
void check_supply(const std::vector<SiteFacts>& sites, const std::vector<TrancheFacts>& tranches, const std::vector<double>& earliest_s,
                  const std::vector<CardFacts>& cards) {
  std::vector<std::vector<std::pair<double, double>>> steps(sites.size());  // second, change in kW
  for (std::size_t t = 0; t < tranches.size(); ++t) {
    const TrancheFacts& tranche = tranches[t];
    if (tranche.cancelled || earliest_s[t] >= tranche.nominal_until_s) continue;
    const CardFacts& card = cards[index(tranche.card)];
    const double kw = double(tranche.cards) / card.cards_per_node * card.node_busy_w * kSupplyAllowance / 1e3;
    steps[index(tranche.site)].emplace_back(earliest_s[t], kw);
    steps[index(tranche.site)].emplace_back(tranche.nominal_until_s, -kw);
  }
  for (std::size_t s = 0; s < sites.size(); ++s) {
    std::sort(steps[s].begin(), steps[s].end());  // of one instant, leaving comes before arriving
    double now_kw = 0, most_kw = 0;
    for (const auto& [at_s, change_kw] : steps[s]) most_kw = std::max(most_kw, now_kw += change_kw);
    if (most_kw <= sites[s].contracted_kw + 1e-6) continue;
    const std::string path = fmt::format("site[{}].peak_power_mw", sites[s].name);
    // Rounded up in the last digit that is shown, so that following the advice is enough.
    const double digit_mw = most_kw >= 1000 ? 0.1 : 0.001;
    const double needed_mw = std::ceil(most_kw / 1000 / digit_mw - 1e-9) * digit_mw;
    const auto words = [](double mw) { return mw >= 1 ? fmt::format("{:.4g} MW", mw) : fmt::format("{:.4g} kW", mw * 1000); };
    if (sites[s].contracted_kw <= 0)
      throw ScenarioError(
          path,
          {fmt::format("site \"{}\" has no power, but cards go there", sites[s].name),
           fmt::format("센터 \"{}\"에 전력이 없는데 카드가 배치됩니다", sites[s].name)},
          {fmt::format("its cards need about {}; set peak_power_mw or move the tranches", words(needed_mw)),
           fmt::format("카드에 약 {}가 필요합니다. peak_power_mw를 적거나 카드를 다른 센터로 옮기십시오", words(needed_mw))});
    throw ScenarioError(path,
                        {fmt::format("site \"{}\" is to house cards that need {} (busy nodes x {}), its supply is {}",
                                     sites[s].name, words(needed_mw), kSupplyAllowance, words(sites[s].contracted_kw / 1e3)),
                         fmt::format("센터 \"{}\"의 카드는 {}(가동 서버 x {})가 필요한데 수전 용량은 {}입니다", sites[s].name,
                                     words(needed_mw), kSupplyAllowance, words(sites[s].contracted_kw / 1e3))},
                        {fmt::format("raise peak_power_mw to {:.4g} or place fewer cards there", needed_mw),
                         fmt::format("peak_power_mw를 {:.4g}(으)로 올리거나 카드를 줄이십시오", needed_mw)});
  }
}

}  // namespace

std::vector<CardFacts> read_cards(const proto::Scenario& scenario) {
  std::vector<CardFacts> cards;
  std::map<std::string, std::size_t> index_of;
  for (const proto::CardType& row : scenario.card()) {
    refuse_twice(index_of.emplace(row.card(), cards.size()).second, fmt::format("card[{}]", row.card()), row.card());
    CardFacts card;
    card.name = row.card();
    card.bf16_flop_per_s = row.bf16_tflops() * 1e12;
    card.fp8_flop_per_s = row.fp8_tflops() * 1e12;
    card.memory_bytes = row.memory_gb() * kGB_bytes;
    card.memory_bytes_per_s = row.memory_tb_per_s() * kTB_bytes;
    card.rated_w = row.rated_w();
    cards.push_back(card);
  }
  for (const proto::NodeType& row : scenario.node()) {
    const std::string path = fmt::format("node[{}]", row.card());
    const auto found = index_of.find(row.card());
    if (found == index_of.end())
      throw ScenarioError(path + ".card", {fmt::format("no card type is called \"{}\"", row.card()),
                                           fmt::format("\"{}\"(이)라는 카드 종류가 없습니다", row.card())});
    CardFacts& card = cards[found->second];
    refuse_twice(card.cards_per_node == 0, path, row.card());
    if (row.busy_w() < row.idle_w())
      throw ScenarioError(path + ".busy_w",
                          {fmt::format("a busy node draws {} W, less than the {} W of an idle one", row.busy_w(), row.idle_w()),
                           fmt::format("가동 전력 {} W가 유휴 전력 {} W보다 작습니다", row.busy_w(), row.idle_w())},
                          {"swap them?", "두 값이 바뀌지 않았습니까?"});
    card.cards_per_node = row.cards_per_node();
    card.node_idle_w = row.idle_w();
    card.node_busy_w = row.busy_w();
    card.node_storage_bytes_per_s = row.storage_gb_per_s() * kGB_bytes;
  }
  return cards;
}

std::vector<SiteFacts> read_sites(const proto::Scenario& scenario, const Calendar& calendar, Seed seed) {
  const double requested_s = scenario.grid().has_requested() ? day_s("grid.requested", scenario.grid().requested(), calendar) : 0;
  std::map<std::string, std::size_t> region_of;
  for (const proto::Region& row : scenario.region()) region_of.emplace(row.region(), region_of.size());
  std::vector<SiteFacts> sites;
  std::map<std::string, std::size_t> index_of;
  for (const proto::Site& row : scenario.site()) {
    const std::string path = fmt::format("site[{}]", row.site());
    refuse_twice(index_of.emplace(row.site(), sites.size()).second, path, row.site());
    const auto region = region_of.find(row.region());
    if (region == region_of.end())
      throw ScenarioError(path + ".region", {fmt::format("no region is called \"{}\"", row.region()),
                                             fmt::format("\"{}\"(이)라는 권역이 없습니다", row.region())});
    SiteFacts site;
    site.name = row.site();
    site.region = RegionId(static_cast<std::uint32_t>(region->second));
    site.contracted_kw = row.peak_power_mw() * 1e3;
    if (row.has_powered_from()) {
      site.powered_from_s = day_s(path + ".powered_from", row.powered_from(), calendar);
    } else if (scenario.has_grid()) {
      site.requested_s = requested_s;
      site.powered_from_s = supplied_from_s(scenario.grid(), scenario.region(int(region->second)), site.name, row.peak_power_mw(), requested_s, seed);
    } else {
      site.powered_from_s = -kNever_s;
    }
    site.access_bytes_per_s = bytes_per_s_from_gbps(row.access_gbps());
    site.storage_bytes_per_s = row.storage_gb_per_s() * kGB_bytes;
    site.nodes_per_leaf = row.nodes_per_leaf();
    site.owned_building = row.owned_building();
    if (row.grid_delay_months() > 0) {
      if (!std::isfinite(site.powered_from_s))
        throw ScenarioError(path + ".grid_delay_months",
                            {fmt::format("the grid of site \"{}\" is late, but no day is given from which it was to supply", row.site()),
                             fmt::format("센터 \"{}\"의 계통 연계가 늦는다고 했으나 예정 수전일이 없습니다", row.site())},
                            {"add powered_from, the day that was planned", "예정일을 powered_from에 적으십시오"});
      site.powered_from_s = calendar.months_after_s(site.powered_from_s, row.grid_delay_months());
    }
    if (row.budget_gap().months() > 0) {
      site.gap_from_s = day_s(path + ".budget_gap.from", row.budget_gap().from(), calendar);
      site.gap_until_s = calendar.months_after_s(site.gap_from_s, row.budget_gap().months()) + row.budget_gap().restart_days() * kDay_s;
    }
    sites.push_back(site);
  }
  return sites;
}

std::vector<TrancheFacts> read_tranches(const proto::Scenario& scenario, const Calendar& calendar, Seed seed,
                                        const std::vector<CardFacts>& cards, const std::vector<SiteFacts>& sites) {
  const proto::Commissioning& terms = scenario.commissioning();
  const auto card_of = index_by_name(cards);
  const auto site_of = index_by_name(sites);
  std::vector<TrancheFacts> tranches;
  std::vector<double> earliest_s;
  std::map<std::string, std::size_t> index_of;
  std::map<std::string, int> contract_cards;
  for (const proto::Tranche& row : scenario.tranche()) {
    const std::string path = fmt::format("tranche[{}]", row.tranche());
    refuse_twice(index_of.emplace(row.tranche(), tranches.size()).second, path, row.tranche());
    TrancheFacts tranche;
    tranche.name = row.tranche();
    tranche.contract = row.has_contract() ? row.contract() : row.tranche();
    if (row.kind() != "purchase" && row.kind() != "rental")
      throw ScenarioError(path + ".kind", {fmt::format("kind \"{}\" is neither purchase nor rental", row.kind()),
                                           fmt::format("kind \"{}\"은(는) purchase(구매)도 rental(임차)도 아닙니다", row.kind())});
    tranche.rental = row.kind() == "rental";
    tranche.cancelled = row.cancelled();
    tranche.installed = row.installed();
    tranche.partition = row.partition();

    const auto site = site_of.find(row.site());
    if (site == site_of.end())
      throw ScenarioError(path + ".site",
                          {fmt::format("no site is called \"{}\"", row.site()), fmt::format("\"{}\"(이)라는 센터가 없습니다", row.site())});
    tranche.site = SiteId(static_cast<std::uint32_t>(site->second));
    const auto card = card_of.find(row.card());
    if (card == card_of.end())
      throw ScenarioError(path + ".card", {fmt::format("no card type is called \"{}\"", row.card()),
                                           fmt::format("\"{}\"(이)라는 카드 종류가 없습니다", row.card())});
    tranche.card = CardTypeId(static_cast<std::uint32_t>(card->second));
    const int cards_per_node = cards[card->second].cards_per_node;
    if (cards_per_node == 0)
      throw ScenarioError(path + ".card",
                          {fmt::format("no server is described for \"{}\"", row.card()),
                           fmt::format("\"{}\"을(를) 싣는 서버가 정의되어 있지 않습니다", row.card())},
                          {fmt::format("add node {{ card: \"{}\" ... }}", row.card()),
                           fmt::format("node {{ card: \"{}\" ... }}를 추가하십시오", row.card())});
    if (row.cards() < 1) throw ScenarioError(path + ".cards", {"a tranche has at least one card", "카드가 한 장 이상이어야 합니다"});
    tranche.cards = row.cards();
    read_prices(row, path, tranche);
    if (row.has_budget_krw()) tranche.cards = cards_for_budget(row, scenario.economics(), tranche, cards_per_node, path);
    tranche.government_use_cards = government_cards(row, terms, tranche, cards_per_node, path);
    contract_cards[tranche.contract] += tranche.cards;

    if (!row.has_promised()) throw ScenarioError(path + ".promised", {"the day promised is missing", "약속일이 없습니다"});
    tranche.promised_s = day_s(path + ".promised", row.promised(), calendar);
    tranche.order_year = int(calendar.date(tranche.promised_s).year());
    if (row.has_ordered()) {
      tranche.ordered_s = day_s(path + ".ordered", row.ordered(), calendar);
      tranche.order_year = int(calendar.date(*tranche.ordered_s).year());
      if (tranche.promised_s < *tranche.ordered_s)
        throw ScenarioError(path + ".promised", {fmt::format("promised for {}, before it is ordered on {}", row.promised(), row.ordered()),
                                                 fmt::format("약속일 {}이(가) 발주일 {}보다 이릅니다", row.promised(), row.ordered())});
    }
    tranche.failed_tenders = failed_tenders(row, terms, tranche, seed);
    const double late_s = std::round(tranche.failed_tenders * terms.tender_months() * kMonth_s / kDay_s) * kDay_s;
    if (tranche.ordered_s && late_s > 0) {
      tranche.ordered_s = *tranche.ordered_s + late_s;
      tranche.order_year = int(calendar.date(*tranche.ordered_s).year());
    }
    if (row.has_term_end()) {
      const double last_day_s = day_s(path + ".term_end", row.term_end(), calendar);
      if (last_day_s < tranche.promised_s)
        throw ScenarioError(path + ".term_end",
                            {fmt::format("the term ends on {}, before the cards are promised on {}", row.term_end(), row.promised()),
                             fmt::format("종료일 {}이(가) 약속일 {}보다 이릅니다", row.term_end(), row.promised())});
      tranche.nominal_until_s = last_day_s + kDay_s;
    } else {
      if (tranche.rental)
        throw ScenarioError(path + ".term_end", {"a rental has no end", "임차 종료일이 없습니다"},
                            {"add term_end, the last day of the rental", "임차 마지막 날을 term_end에 적으십시오"});
      tranche.nominal_until_s = tranche.promised_s + std::round(terms.retirement_years() * kYear_s / kDay_s) * kDay_s;
    }

    if (tranche.cancelled) {
      tranche.delivered_s = tranche.racked_s = tranche.burn_in_from_s = tranche.in_service_last_s = kNever_s;
      earliest_s.push_back(kNever_s);
    } else {
      const DeliveryDays days = delivery_days(row, terms, calendar, path);
      if (tranche.ordered_s && days.low_s + late_s < *tranche.ordered_s)
        throw ScenarioError(
            path + (row.has_delivered_low() ? ".delivered_low" : ".delivered_mid"),
            {fmt::format("delivered on {}, before it is ordered on {}", to_string(calendar.date(days.low_s)), row.ordered()),
             fmt::format("인도일 {}이(가) 발주일 {}보다 이릅니다", to_string(calendar.date(days.low_s)), row.ordered())},
            {"a delivery follows its order; correct one of the two days", "인도는 발주 뒤에 옵니다. 두 날짜 중 하나를 고치십시오"});
      // A stream of its own per contract, drawn once: every part of the contract sees the same luck.
      const double drawn_s =
          terms.draw_delivery() ? Random(seed, "tranche/" + tranche.contract).triangular(days.low_s, days.mid_s, days.high_s) : days.mid_s;
      tranche.delivered_s = std::round(drawn_s / kDay_s) * kDay_s + late_s;
      tranche.racked_s = tranche.delivered_s + (tranche.installed ? 0 : terms.install_days() * kDay_s);
      tranche.burn_in_from_s = std::max(tranche.racked_s, sites[site->second].powered_from_s);
      tranche.in_service_last_s = tranche.burn_in_from_s;
      earliest_s.push_back(days.low_s);
    }
    tranche.nominal_from_s = std::min(tranche.promised_s, tranche.delivered_s);
    tranches.push_back(std::move(tranche));
  }
  for (TrancheFacts& tranche : tranches) tranche.contract_cards = contract_cards[tranche.contract];
  check_supply(sites, tranches, earliest_s, cards);
  return tranches;
}

}  // namespace dure::sim
