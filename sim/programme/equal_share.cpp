#include "sim/programme/equal_share.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/error.h"
#include "sim/programme/grants.h"
#include "sim/units.h"

namespace dure::sim {

EqualShareProgramme::EqualShareProgramme(const dure::EqualShare& spec, const Calendar& calendar, double horizon_s, std::string path)
    : spec_(spec) {
  const double begins_s = begins(spec.begins(), calendar, path + ".begins");
  const auto begin_of = [&](std::size_t round) { return calendar.months_after_s(begins_s, double(round) * spec.months()); };
  for (std::size_t round = 0; begin_of(round) < horizon_s; ++round)
    rounds_.push_back({.call = fmt::format("share-{}", round + 1), .decided_s = begin_of(round), .ends_s = begin_of(round + 1)});
}

std::vector<Grant> EqualShareProgramme::decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const {
  const int step = spec_.grant_step();
  std::vector<std::size_t> order(applications.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[std::size_t(jury.uniform() * double(i))]);
  const auto most = [&](std::size_t a) { return spec_.at_most_asked() ? applications[a].cards : Round::kNoLimit; };
  std::vector<int> cards(applications.size(), 0);
  bool any = true;
  for (int left = round.cards_on_offer; any && left > 0;) {
    any = false;
    for (const std::size_t a : order) {
      const int more = std::min(step, most(a) - cards[a]);
      if (more <= 0 || more > left) continue;
      cards[a] += more;
      left -= more;
      any = true;
    }
  }
  std::vector<Grant> grants;
  for (const std::size_t a : order)
    for (int wanted = cards[a]; wanted > 0; wanted -= step)
      if (const auto pool = seat(applications[a], wanted, round.ends_s)) {
        grants.push_back({applications[a].project, *pool, wanted, round.decided_s, round.ends_s, 0});
        break;
      }
  return grants;
}

bool EqualShareProgramme::admits(const Job& job, int cards_granted, double cards_in_use) const { return within_grant(job, cards_granted, cards_in_use); }

}  // namespace dure::sim
