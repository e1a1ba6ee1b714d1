#include "sim/programme/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.h"
#include "sim/programme/grants.h"

namespace dure::sim {
namespace {
constexpr double kRounding = 1e-9;
}

PartsProgramme::PartsProgramme(std::vector<Part> parts) : parts_(std::move(parts)) {
  const std::string path = "programme.parts.part";
  if (parts_.empty()) throw ScenarioError(path, {"there is no part", "구성이 하나도 없습니다"}, {"add part { part: \"main\" share: 1 call_rounds { ... } }", "part { part: \"main\" share: 1 call_rounds { ... } }처럼 추가하십시오"});
  double shares = 0;
  for (const Part& part : parts_) shares += part.share;
  if (shares > 1 + kRounding) throw ScenarioError(path, {fmt::format("the shares of the parts sum to {:.4g}, more than the fleet", shares), fmt::format("구성의 몫 합이 {:.4g}로 1을 넘습니다", shares)}, {"lower a share; what is left of one stays free", "몫을 줄이십시오. 합이 1보다 작으면 나머지는 비워 둡니다"});
  struct At {
    std::size_t part, round;
    double decided_s;
  };
  std::vector<At> order;
  std::vector<std::vector<Round>> of_part;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    of_part.push_back(parts_[p].rule->rounds());
    for (std::size_t r = 0; r < of_part[p].size(); ++r) order.push_back({p, r, of_part[p][r].decided_s});
  }
  std::stable_sort(order.begin(), order.end(), [](const At& a, const At& b) { return a.decided_s < b.decided_s; });
  for (const At& at : order) {
    Round round = of_part[at.part][at.round];
    if (round.continues)
      round.continues = std::size_t(std::find_if(order.begin(), order.end(), [&](const At& each) { return each.part == at.part && each.round == *of_part[at.part][at.round].continues; }) - order.begin());
    round.call = parts_[at.part].name + "/" + round.call;
    round.part = at.part;
    round.share = parts_[at.part].share;
    round.borrows = parts_[at.part].borrows;
    rounds_.push_back(std::move(round));
  }
}

std::vector<Grant> PartsProgramme::decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const {
  const Part& part = parts_.at(round.part);
  Round own = round;
  own.call = round.call.substr(part.name.size() + 1);
  return part.rule->decide(own, applications, seat, jury);
}

bool PartsProgramme::admits(const Job& job, int cards_granted, double cards_in_use) const { return within_grant(job, cards_granted, cards_in_use); }

}  // namespace dure::sim
