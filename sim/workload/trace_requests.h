#pragma once
// Requests to language models as demand for cards.
#include <map>

#include "sim/workload/trace_reader.h"

namespace dure::sim {

/// Gathers requests into intervals, and makes of each interval with requests one job that is submitted at its beginning and
/// holds its cards to its end.
///
///   cards = (P / p + O / o) / T
///
/// P, O prompt and output tokens of the interval, p and o tokens a second that one card reads or writes (RequestRate), T the
/// interval. Below one card a share, rounded up to thousandths; else rounded up to whole cards. Holds where a service follows
/// its demand within the interval; why so: docs/decisions/requests-as-serving-demand.md.
class RequestDemand {
 public:
  RequestDemand(TraceBook& book, const RequestRate& rate);
  void add(double time_s, double prompt_tokens, double output_tokens, const TraceLines& at);
  /// `tenant`: who all requests are of.
  TraceJobs finish(const std::string& tenant);

 private:
  TraceBook& book_;
  RequestRate rate_;
  std::map<double, TraceJob> intervals_;  // by their beginning
};

/// The service a log is of: the name of its file up to the first dot.
std::string service_name(const std::filesystem::path& file);

}  // namespace dure::sim
