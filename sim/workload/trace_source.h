#pragma once
#include <functional>
#include <limits>
#include <span>

#include "sim/workload/source.h"
#include "sim/workload/trace.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// The log a scenario names, cut to submitted_from .. submitted_until (days of the log, both included), with submissions
/// counted from the start of the run as `clock` says. What the cut leaves out, and what comes when a run of `horizon_s` is over,
/// is counted in the report.
/// `base` is the scenario's folder; "${DURE_DATA}" in the path is the environment's. Throws ScenarioError.
TraceJobs read_trace(const ::dure::Trace& config, const std::filesystem::path& base, const Calendar& calendar, double horizon_s = std::numeric_limits<double>::infinity());

/// What the scenario says about request logs.
RequestRate request_rate(const ::dure::Trace& config);

/// Replays a log: jobs as they stood in it, in order of submission.
///
/// Tenants are dealt to regions so that card-time follows `region_share` (indexed by RegionId; empty: one region).
/// `card_names`: the scenario's card types, indexed by CardTypeId; `largest_job_cards`: the largest pool there will ever be
/// for a class and a card type (or any). A class or card type the scenario lacks, or a job that fits nowhere, is refused
/// with file and line. Of several card types that a job may take ("A|B") it asks for any where they are all there are, else for
/// one of those that the scenario has and that are large enough. Quotas of the scenario, by day of the log if it has dates, are noted on the tenants; a tenant with a
/// quota that submits nothing is there too, and noted in the report if the log does not have it.
class TraceSource final : public Source {
 public:
  TraceSource(const ::dure::Trace& config, TraceJobs trace, std::span<const std::string> card_names,
              const std::function<int(JobClassId, CardTypeId)>& largest_job_cards, std::span<const double> region_share, Population& population);
  bool next(Job& job) override;
  const TraceReport& report() const { return trace_.report; }

 private:
  void set_quotas(const ::dure::Trace& config, Population& population);
  TraceJobs trace_;
  std::vector<JobClassId> job_class_;  // of each job
  std::vector<CardTypeId> card_type_;
  std::vector<std::uint64_t> card_choice_;
  std::vector<RegionId> tenant_region_;
  std::uint32_t first_tenant_ = 0;
  std::size_t at_ = 0;
};

}  // namespace dure::sim
