#include "sim/economics/payments.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "sim/economics/economics.pb.h"
#include "sim/economics/money.h"
#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {
namespace proto = ::dure;

std::string path_of(const proto::PaymentSchedule& schedule) { return fmt::format("economics.payment_schedule[{}]", schedule.schedule()); }

void check_shares(const proto::PaymentSchedule& schedule) {
  double sum = 0;
  for (const proto::Payment& part : schedule.payment()) sum += part.share();
  if (std::abs(sum - 1) > 1e-9)
    throw ScenarioError(path_of(schedule),
                        {fmt::format("the payments of schedule \"{}\" sum to {:.6g} of the price, not to 1", schedule.schedule(), sum),
                         fmt::format("지급 일정 \"{}\"의 몫을 더하면 구매비의 {:.6g}이고 1이 아닙니다", schedule.schedule(), sum)},
                        {"change the shares so that they sum to 1", "몫의 합이 1이 되도록 고치십시오"});
}

double milestone_s(const proto::Payment& part, const TrancheFacts& tranche, const std::string& path) {
  switch (part.at()) {
    case proto::Payment::delivery: return tranche.delivered_s;
    case proto::Payment::acceptance: return tranche.in_service_last_s;
    case proto::Payment::order: break;
  }
  if (tranche.ordered_s) return *tranche.ordered_s;
  if (tranche.delivered_s < 0) return tranche.delivered_s;  // before the run, whenever that was
  throw ScenarioError(path,
                      {fmt::format("tranche \"{}\" is to be paid in part at its order, but no day of the order is given", tranche.name),
                       fmt::format("묶음 \"{}\"은(는) 발주 때 일부를 내야 하는데 발주일이 없습니다", tranche.name)},
                      {"give its day in `ordered`, or name another schedule for it", "`ordered`에 발주일을 적거나 다른 지급 일정을 정하십시오"});
}

}  // namespace

std::vector<std::vector<DuePart>> payment_plan(const proto::Economics& terms, const Fleet& fleet) {
  std::map<std::string, const proto::PaymentSchedule*> schedule_of;  // by tranche; "": all others
  for (const proto::PaymentSchedule& schedule : terms.payment_schedule()) {
    check_shares(schedule);
    std::vector<std::string> whose(schedule.tranche().begin(), schedule.tranche().end());
    if (whose.empty()) whose.emplace_back();
    for (const std::string& tranche : whose) {
      const auto [other, is_new] = schedule_of.emplace(tranche, &schedule);
      if (is_new) continue;
      const std::string both = fmt::format("\"{}\" and \"{}\"", other->second->schedule(), schedule.schedule());
      const std::string both_ko = fmt::format("\"{}\", \"{}\"", other->second->schedule(), schedule.schedule());
      throw ScenarioError(path_of(schedule),
                          tranche.empty() ? Text{fmt::format("schedules {} both name no tranche, so each is for all others", both),
                                                 fmt::format("지급 일정 {}이(가) 모두 묶음을 정하지 않아 나머지 전부에 겹칩니다", both_ko)}
                                          : Text{fmt::format("tranche \"{}\" is in two payment schedules, {}", tranche, both),
                                                 fmt::format("묶음 \"{}\"이(가) 두 지급 일정 {}에 들어 있습니다", tranche, both_ko)},
                          {"leave one of the two", "하나만 남기십시오"});
    }
  }
  std::vector<std::vector<DuePart>> plan(fleet.tranches().size());
  for (std::size_t t = 0; t < plan.size(); ++t) {
    const TrancheFacts& tranche = fleet.tranches()[t];
    if (tranche.rental || tranche.cancelled) continue;
    auto found = schedule_of.find(tranche.name);
    if (found == schedule_of.end()) found = schedule_of.find("");
    if (found == schedule_of.end()) {
      plan[t].push_back({tranche.delivered_s, 1});
      continue;
    }
    for (const proto::Payment& part : found->second->payment()) {
      if (part.share() <= 0) continue;
      const double from_s = milestone_s(part, tranche, fmt::format("tranche[{}].ordered", tranche.name));
      plan[t].push_back({from_s + std::round(part.months() * kYear_s / 12 / kDay_s) * kDay_s, part.share()});
    }
  }
  return plan;
}

std::vector<std::int64_t> divide_krw(std::int64_t price_krw, const std::vector<DuePart>& parts) {
  std::vector<std::int64_t> krw;
  double share = 0;
  std::int64_t before = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    share += parts[i].share;
    const std::int64_t until = i + 1 == parts.size() ? price_krw : whole_krw(double(price_krw) * share);
    krw.push_back(until - before);
    before = until;
  }
  return krw;
}

}  // namespace dure::sim
