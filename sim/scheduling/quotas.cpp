#include "sim/scheduling/quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/error.h"

namespace dure::sim {

Quotas::Quotas(const proto::Quotas& config, const std::vector<Tenant>& tenants, const std::vector<std::string>& regions, const std::vector<Newcomers>& newcomers)
    : tenants_(tenants), in_order_(config.in_order()) {
  for (const Tenant& tenant : tenants)
    for (const QuotaStep& step : tenant.quota)
      if (step.from_s > 0) changes_s_.push_back(step.from_s);
  std::sort(changes_s_.begin(), changes_s_.end());
  changes_s_.erase(std::unique(changes_s_.begin(), changes_s_.end()), changes_s_.end());
  for (const proto::CardQuota& quota : config.quota()) {
    const std::string path = fmt::format("scheduler.quotas.quota[{}]", quota.quota());
    if (quota.has_cards() == quota.has_share())
      throw ScenarioError(path, {"a quota is a number of cards or a share of all cards, one of the two", "쿼터는 cards와 share 가운데 하나로만 정합니다"},
                          {"give cards or share", "cards나 share 하나만 적으십시오"});
    Group group;
    group.tenant = quota.tenant();
    if (quota.has_tenant_kind()) group.kind = tenant_kind_named(quota.tenant_kind());
    if (quota.has_region()) {
      const auto region = std::find(regions.begin(), regions.end(), quota.region());
      if (region == regions.end())
        throw ScenarioError(path + ".region", {fmt::format("there is no region \"{}\"", quota.region()), fmt::format("권역 \"{}\"이(가) 없습니다", quota.region())},
                            {"name a region of the scenario", "시나리오에 있는 권역을 적으십시오"});
      group.region = RegionId(region - regions.begin());
    }
    if (std::none_of(tenants.begin(), tenants.end(), [&](const Tenant& each) { return group.has(each); }) &&
        std::none_of(newcomers.begin(), newcomers.end(), [&](const Newcomers& each) { return group.may_have(each); })) {
      if (quota.has_tenant())
        throw ScenarioError(path + ".tenant", {fmt::format("no tenant of the run is \"{}\", of that kind and region", quota.tenant()),
                                               fmt::format("그 종류와 권역에 \"{}\"(이)라는 기관이 없습니다", quota.tenant())},
                            {"name a tenant as the workload or the log does", "워크로드나 기록에 나오는 기관 이름을 적으십시오"});
      throw ScenarioError(path, {"no tenant of the run is of this kind and region", "이 종류와 권역의 기관이 없습니다"},
                          {"name a kind and region that submits jobs, or take the quota out", "작업을 제출하는 종류와 권역을 적거나 쿼터를 지우십시오"});
    }
    group.account = quota.has_cards() ? add_account({{-std::numeric_limits<double>::infinity(), quota.cards()}}, 0) : add_account({}, quota.share());
    groups_.push_back(std::move(group));
  }
}

std::uint32_t Quotas::add_account(std::vector<QuotaStep> steps, double share) {
  Account& account = accounts_.emplace_back();
  account.steps = std::move(steps);
  account.share = share;
  const auto number = static_cast<std::uint32_t>(accounts_.size() - 1);
  if (account.steps.empty()) account.limit_milli = static_cast<std::int64_t>(std::floor(share * cards_in_service_ + 1e-9)) * 1000;
  for (const QuotaStep& step : account.steps)
    if (step.from_s <= now_s_) account.limit_milli = std::int64_t{step.cards} * 1000;
  return number;
}

std::uint32_t Quotas::lane_of(TenantId id) {
  if (index(id) >= lane_of_tenant_.size()) lane_of_tenant_.resize(index(id) + 1, kUnknown);
  std::uint32_t& lane = lane_of_tenant_[index(id)];
  if (lane != kUnknown) return lane;
  const Tenant& tenant = tenants_[index(id)];
  std::vector<std::uint32_t> accounts;
  for (const Group& group : groups_)
    if (group.has(tenant)) accounts.push_back(group.account);
  if (!tenant.quota.empty()) accounts.push_back(add_account(tenant.quota, 0));
  if (accounts.empty()) return lane = kFree;
  const auto [known, is_new] = lane_numbers_.try_emplace(accounts, static_cast<std::uint32_t>(lanes_.size()));
  if (is_new) {
    for (const std::uint32_t account : accounts) accounts_[account].lanes.push_back(known->second);
    lanes_.emplace_back().accounts = std::move(accounts);
  }
  return lane = known->second;
}

void Quotas::look_at(std::uint32_t number) {
  Lane& lane = lanes_[number];
  if (lane.ready || lane.line.empty()) return;
  lane.ready = true;
  ready_.push_back(number);
}

void Quotas::wait(const WaitingJob& job) {
  const std::uint32_t lane = lane_of(job.tenant);
  lanes_[lane].line.push(job);
  look_at(lane);
}

void Quotas::withdraw(const WaitingJob& job) {
  const std::uint32_t lane = lane_of(job.tenant);
  lanes_[lane].line.remove(job);
  if (in_order_) look_at(lane);  // it may have held back others
}

void Quotas::holds(TenantId tenant, std::int64_t milli, bool borrows, double now_s) {
  settle(now_s);
  Lane& lane = lanes_[lane_of(tenant)];
  for (const std::uint32_t number : lane.accounts) accounts_[number].held_milli += milli;
  if (!borrows) return;
  lane.lent_milli += milli;
  lent_milli_ += milli;
}

void Quotas::settle(double now_s) {
  if (lent_milli_ > 0 && now_s > settled_s_) borrowed_milli_s_ += double(borrowed_milli()) * (now_s - settled_s_);
  settled_s_ = now_s;
}

std::int64_t Quotas::borrowed_milli() {
  if (lanes_sorted_ != lanes_.size()) {
    lanes_sorted_ = lanes_.size();
    narrow_first_.resize(accounts_.size());
    std::iota(narrow_first_.begin(), narrow_first_.end(), 0u);
    std::stable_sort(narrow_first_.begin(), narrow_first_.end(), [this](std::uint32_t a, std::uint32_t b) { return accounts_[a].lanes.size() < accounts_[b].lanes.size(); });
  }
  for (Account& account : accounts_) account.counted_milli = 0;
  for (Lane& lane : lanes_) lane.left_milli = lane.lent_milli;
  std::int64_t borrowed = 0;
  for (const std::uint32_t number : narrow_first_) {
    const Account& account = accounts_[number];
    for (const std::uint32_t lane : account.lanes) {
      const std::int64_t milli = std::min(lanes_[lane].left_milli, account.held_milli - account.limit_milli - account.counted_milli);
      if (milli <= 0) continue;
      lanes_[lane].left_milli -= milli;
      for (const std::uint32_t each : lanes_[lane].accounts) accounts_[each].counted_milli += milli;
      borrowed += milli;
    }
  }
  return borrowed;
}

void Quotas::count(TenantId tenant, std::int64_t milli) {
  for (const std::uint32_t number : lanes_[lane_of(tenant)].accounts) {
    accounts_[number].used_milli += milli;
    if (milli < 0)
      for (const std::uint32_t lane : accounts_[number].lanes) look_at(lane);
  }
}

std::int64_t Quotas::room_milli(const Lane& lane) const {
  std::int64_t room = kUnlimited;
  for (const std::uint32_t account : lane.accounts) room = std::min(room, accounts_[account].limit_milli - accounts_[account].used_milli);
  return room;
}

std::int64_t Quotas::limit_milli(const Lane& lane) const {
  std::int64_t limit = kUnlimited;
  for (const std::uint32_t account : lane.accounts) limit = std::min(limit, accounts_[account].limit_milli);
  return limit;
}

std::int64_t Quotas::over_milli(TenantId tenant) {
  const std::uint32_t lane = lane_of(tenant);
  return lane == kFree ? 0 : -room_milli(lanes_[lane]);
}

std::optional<WaitingJob> Quotas::let_in() {
  const auto front = [this](const Lane& lane) -> std::optional<WaitingJob> {
    const auto up_to = [](std::int64_t milli) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(milli, 0, std::numeric_limits<std::int32_t>::max())); };
    const std::int64_t room = room_milli(lane);
    auto job = lane.line.front(up_to(in_order_ ? limit_milli(lane) : room));
    if (job && job->ask.milli() > room) job.reset();
    return job;
  };
  std::optional<WaitingJob> first;
  std::uint32_t from = 0;
  for (std::size_t i = 0; i < ready_.size();) {
    Lane& lane = lanes_[ready_[i]];
    const auto job = front(lane);
    if (!job) {
      lane.ready = false;
      ready_[i] = ready_.back();
      ready_.pop_back();
      continue;
    }
    if (!first || job->order < first->order) {
      first = job;
      from = ready_[i];
    }
    ++i;
  }
  if (!first) return {};
  lanes_[from].line.remove(*first);
  count(first->tenant, first->ask.milli());
  return first;
}

void Quotas::set_limit(Account& account, std::int64_t milli) {
  const bool more = milli > account.limit_milli;
  account.limit_milli = milli;
  if (more || in_order_)
    for (const std::uint32_t lane : account.lanes) look_at(lane);
}

void Quotas::in_service(int cards, double now_s) {
  if (cards == cards_in_service_) return;
  settle(now_s);
  cards_in_service_ = cards;
  for (Account& account : accounts_)
    if (account.steps.empty()) set_limit(account, static_cast<std::int64_t>(std::floor(account.share * cards + 1e-9)) * 1000);
}

void Quotas::advance(double now_s) {
  settle(now_s);
  now_s_ = now_s;
  for (Account& account : accounts_)
    for (std::size_t i = account.steps.size(); i-- > 0;) {
      if (account.steps[i].from_s > now_s) continue;
      const std::int64_t milli = std::int64_t{account.steps[i].cards} * 1000;
      if (milli != account.limit_milli) set_limit(account, milli);
      break;
    }
}

}  // namespace dure::sim
