#pragma once
#include <cstdint>
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
class Quotas {
 public:
  /// `tenants` may grow while the run goes on; `regions`: names, indexed by RegionId. With `tenants_are_known` a quota that
  /// no tenant draws on is refused. Throws ScenarioError.
  Quotas(const proto::Quotas& config, const std::vector<Tenant>& tenants, const std::vector<std::string>& regions, bool tenants_are_known);

  bool binds(TenantId tenant) { return lane_of(tenant) != kFree; }

  void wait(const WaitingJob& job);      // it stands aside
  void withdraw(const WaitingJob& job);  // it gives up waiting, or borrows
  /// The next job that may join its queue: from now on its cards count.
  std::optional<WaitingJob> let_in();
  bool may_let_in() const { return !ready_.empty(); }  // something changed since let_in() said none

  void borrows(const WaitingJob& job) { count(job.tenant, job.ask.milli()); }                      // a job above its quota starts
  void gives_back(TenantId tenant, Ask ask) { count(tenant, -std::int64_t{ask.milli()}); }  // a job that counted counts no more
  /// By how much the tenant is above a quota, in thousandths of cards; 0 or less: within all.
  std::int64_t over_milli(TenantId tenant);

  void in_service(int cards);              // at all sites, for quotas that are shares of them
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
    std::vector<std::uint32_t> lanes;
  };
  struct Group {
    std::uint32_t account = 0;
    std::string tenant;
    std::optional<TenantKind> kind;
    std::optional<RegionId> region;
    bool has(const Tenant& of) const {
      return (tenant.empty() || tenant == of.name) && (!kind || *kind == of.kind) && (!region || *region == of.region);
    }
  };
  struct Lane {
    std::vector<std::uint32_t> accounts;
    WaitingQueue line;
    bool ready = false;  // stands in `ready_`
  };
  std::uint32_t lane_of(TenantId tenant);
  std::uint32_t add_account(std::vector<QuotaStep> steps, double share);
  void set_limit(Account& account, std::int64_t milli);
  void count(TenantId tenant, std::int64_t milli);
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
};

}  // namespace dure::sim
