#include "sim/programme/priced.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/error.h"
#include "sim/programme/grants.h"
#include "sim/units.h"

namespace dure::sim {

PricedProgramme::PricedProgramme(const dure::Priced& spec, const UserPrice& price, const Calendar& calendar, double horizon_s, std::string path)
    : spec_(spec), price_(price), calendar_(calendar) {
  const double begins_s = begins(spec.begins(), calendar, path + ".begins");
  const auto begin_of = [&](std::size_t round) { return calendar.months_after_s(begins_s, double(round) * spec.months()); };
  for (std::size_t round = 0; begin_of(round) < horizon_s; ++round)
    rounds_.push_back({.call = fmt::format("sale-{}", round + 1), .decided_s = begin_of(round)});
}

std::vector<Grant> PricedProgramme::decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const {
  std::vector<double> lot;  // drawn for everybody, so that bids that are equal are broken by it too
  lot.reserve(applications.size());
  for (std::size_t a = 0; a < applications.size(); ++a) lot.push_back(jury.uniform());
  SIM_CHECK(!spec_.auction() || std::all_of(applications.begin(), applications.end(), [](const Application& each) { return each.value_share.has_value(); }), "an auction without bids");
  const auto bid = [&](std::size_t a) { return spec_.auction() ? *applications[a].value_share : 0.0; };
  std::vector<std::size_t> order(applications.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return bid(a) != bid(b) ? bid(a) > bid(b) : lot[a] < lot[b]; });

  std::vector<Grant> grants;
  std::vector<TenantKind> kinds;
  int left = round.cards_on_offer;
  std::vector<double> turned_away;  // bids, for want of cards
  double least_won = 0;
  for (const std::size_t a : order) {
    const Application& application = applications[a];
    const int cards = std::min(application.cards, spec_.cap_cards());
    if (cards > left) {
      turned_away.push_back(bid(a));
      continue;
    }
    const double end_s = calendar_.months_after_s(round.decided_s, std::min(application.months, spec_.max_months()));
    const auto pool = seat(application, cards, end_s);
    if (!pool) continue;
    left -= cards;
    least_won = bid(a);
    kinds.push_back(application.kind);
    grants.push_back({application.project, *pool, cards, round.decided_s, end_s});
  }
  double clearing = 0;  // who asked for more than was left may have bid more than some who won: that sets no price
  for (const double each : turned_away)
    if (each <= least_won) clearing = std::max(clearing, each);
  for (std::size_t g = 0; g < grants.size(); ++g)
    grants[g].user_price_krw_per_card_hour = std::max(price_.share(kinds[g]), clearing) * price_.market_krw_per_card_hour();
  return grants;
}

bool PricedProgramme::admits(const Job& job, int cards_granted, double cards_in_use) const { return within_grant(job, cards_granted, cards_in_use); }

double PricedProgramme::price_share(const Round&, TenantKind kind) const { return price_.share(kind); }

}  // namespace dure::sim
