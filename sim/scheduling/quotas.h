#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/scheduling/scheduling.pb.h"
#include "sim/scheduling/waiting_queue.h"
#include "sim/tenant.h"

namespace dure::sim {
namespace proto = ::dure;

/// Tenants that come to be as the run goes: of a kind and region, with any name that `called` accepts.
struct Newcomers {
  TenantKind kind = TenantKind::kOther;
  RegionId region{};
  std::function<bool(const std::string& name)> called;
};

/// Who may hold how many cards at once, over all pools of a run, and whose jobs wait aside because he may not.
///
/// A quota belongs to a tenant, or to the tenants of a kind and region together; a tenant draws on every quota that names him.
/// Jobs of such tenants come here first. One is let into its queue when, on each of its quotas,
///
///   cards held + cards asked by jobs let in that wait + its own ask   <=   the quota of the moment.
///
/// Of those that pass, the first in order is let in; with `in_order` a job that a quota holds back holds back all behind it
/// that draw on the same quotas. A job that asks for more than the quota is passed over. A quota that falls takes no cards from
/// running jobs. Tenants that draw on the same quotas share one line, with an index by size: letting in costs the distinct
/// sizes that wait, not the jobs.
///
/// Borrowed are, at any moment, the cards that the fewest borrowing jobs would have to give up for every quota to hold:
///
///   for each quota, from that of the fewest tenants on:   min(held by borrowing jobs, max(0, held - quota))
///
/// where a card that was counted for a narrower quota counts no more for a wider one. A borrower that fits its quota again
/// borrows nothing, and nobody borrows because a quota fell.
class Quotas {
 public:
  /// `tenants` may grow by `newcomers` while the run goes on; `regions`: names, indexed by RegionId. A quota that no tenant draws
  /// on or ever will is refused. Throws ScenarioError.
  Quotas(const proto::Quotas& config, const std::vector<Tenant>& tenants, const std::vector<std::string>& regions, const std::vector<Newcomers>& newcomers = {});

  bool binds(TenantId tenant) { return lane_of(tenant) != kFree; }

  void wait(const WaitingJob& job);      // it stands aside
  void withdraw(const WaitingJob& job);  // it gives up waiting, or borrows
  /// The next job that may join its queue: from now on its cards count.
  std::optional<WaitingJob> let_in();
  bool may_let_in() const { return !ready_.empty(); }  // something changed since let_in() said none

  void borrows(const WaitingJob& job) { count(job.tenant, job.ask.milli()); }                      // a job above its quota starts
  void gives_back(TenantId tenant, Ask ask) { count(tenant, -std::int64_t{ask.milli()}); }  // a job that counted counts no more
  /// Of jobs that count: cards taken at a start (+) and given up at an end (-). Settles what was borrowed until now.
  void holds(TenantId tenant, std::int64_t milli, bool borrows, double now_s);
  double borrowed_card_s(double now_s) {
    settle(now_s);
    return borrowed_milli_s_ / 1000;
  }
  /// By how much the tenant is above a quota, in thousandths of cards; 0 or less: within all.
  std::int64_t over_milli(TenantId tenant);

  void in_service(int cards, double now_s);  // at all sites, for quotas that are shares of them
  void advance(double now_s);              // quotas that change take the step of the moment
  std::vector<double> changes_s() const { return changes_s_; }  // when quotas change

 private:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max() / 4;
  static constexpr std::uint32_t kUnknown = 0xffffffff;
  static constexpr std::uint32_t kFree = 0xfffffffe;  // no quota names the tenant
  struct Account {
    std::vector<QuotaStep> steps;  // of the quota, in order of time; none: a share
    double share = 0;
    std::int64_t limit_milli = kUnlimited;
    std::int64_t used_milli = 0;
    std::int64_t held_milli = 0;      // of those, by jobs that run
    std::int64_t counted_milli = 0;   // scratch of borrowed_milli()
    std::vector<std::uint32_t> lanes;
  };
  struct Group {
    std::uint32_t account = 0;
    std::string tenant;
    std::optional<TenantKind> kind;
    std::optional<RegionId> region;
    bool has(const Tenant& of) const { return (tenant.empty() || tenant == of.name) && lets(of.kind, of.region); }
    bool may_have(const Newcomers& of) const { return (tenant.empty() || of.called(tenant)) && lets(of.kind, of.region); }
    bool lets(TenantKind of_kind, RegionId of_region) const { return (!kind || *kind == of_kind) && (!region || *region == of_region); }
  };
  struct Lane {
    std::vector<std::uint32_t> accounts;
    WaitingQueue line;
    std::int64_t lent_milli = 0;      // held by its borrowing jobs
    std::int64_t left_milli = 0;      // scratch of borrowed_milli()
    bool ready = false;  // stands in `ready_`
  };
  std::uint32_t lane_of(TenantId tenant);
  std::uint32_t add_account(std::vector<QuotaStep> steps, double share);
  void set_limit(Account& account, std::int64_t milli);
  void count(TenantId tenant, std::int64_t milli);
  void settle(double now_s);
  std::int64_t borrowed_milli();
  void look_at(std::uint32_t lane);
  std::int64_t room_milli(const Lane& lane) const;
  std::int64_t limit_milli(const Lane& lane) const;

  const std::vector<Tenant>& tenants_;
  bool in_order_;
  int cards_in_service_ = 0;
  double now_s_ = 0;
  std::vector<Account> accounts_;
  std::vector<Group> groups_;
  std::vector<Lane> lanes_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> lane_numbers_;
  std::vector<std::uint32_t> lane_of_tenant_;
  std::vector<std::uint32_t> ready_;  // lanes in which somebody may pass
  std::vector<double> changes_s_;
  std::int64_t lent_milli_ = 0;              // held by all borrowing jobs
  std::vector<std::uint32_t> narrow_first_;  // accounts, by lanes that draw on them
  std::size_t lanes_sorted_ = 0;             // lanes there were then
  double settled_s_ = 0;
  double borrowed_milli_s_ = 0;
};

}  // namespace dure::sim
