#pragma once
// Logs of real jobs: what a reader hands on, whatever the format.
#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/calendar.h"
#include "sim/error.h"
#include "sim/job.h"

namespace dure::sim {

/// One job of a log. Times in seconds; submission counts from the log's zero (TraceJobs::first_day).
struct TraceJob {
  std::string id;
  int line = 0;            // of the file
  std::size_t tenant = 0;  // index into TraceJobs::tenants
  double submit_s = 0;
  double duration_s = 0;  // above 0
  double estimate_s = 0;  // what the owner told the scheduler; 0: the log does not say
  int cards = 1;
  int share_milli = 0;    // as Job::share_milli
  std::string card_type;  // empty: any; "A|B": either
  std::string job_class;  // empty: the scenario's default for the log
  Outcome outcome = Outcome::kCompleted;
  std::size_t rows = 1;  // of the log that it stands for; requests of a request log
  double prompt_tokens = 0, output_tokens = 0;  // of those requests

  double card_s() const { return duration_s * (share_milli > 0 ? share_milli / 1000.0 : cards); }
};

/// What a reader assumed, what it dropped and why.
struct TraceReport {
  struct Counted {
    Text reason;
    std::size_t count = 0;
  };
  std::string format;
  std::string file;
  std::size_t rows = 0;  // of jobs or requests, header and comments apart; rows = kept + dropped
  std::size_t kept = 0;
  std::size_t jobs = 0;         // as many as kept, but for request logs
  std::size_t sorted_rows = 0;  // rows that stood after a later submission and were put in order
  std::vector<Counted> dropped;
  std::vector<Counted> noted;  // kept, but changed or worth knowing
  std::vector<Text> assumptions;
  double card_hours = 0;  // of the kept jobs
};

struct TraceJobs {
  std::vector<TraceJob> jobs;        // in order of submission; equals as in the file
  std::vector<std::string> tenants;  // in order of first appearance in the file
  std::optional<Date> first_day;     // second 0 of the log is 00:00 of this day; none: the log has no dates
  double run_zero_s = 0;             // of the log: the start of the run, once submissions count from it
  TraceReport report;
};

/// How requests become cards: what one card does in a second, and how long the cards are held for what arrives.
struct RequestRate {
  double interval_s = 0;
  double prompt_tokens_per_s = 0;  // a card that only reads prompts
  double output_tokens_per_s = 0;  // a card that only writes answers
};
RequestRate default_request_rate();  // of the schema (message Trace)

/// Names `read_trace_file` knows.
std::span<const std::string_view> trace_formats();
bool is_request_log(std::string_view format);

/// Reads a log, plain or gzip. Rows a format is known to contain though they are no jobs (SWF: run time -1) are dropped and
/// counted; anything else that makes no sense (negative duration, id twice) is refused with file and line: a log that is wrong there may be wrong elsewhere.
/// `rate` is for request logs. Throws ScenarioError (exit 3), also for a file that is missing.
TraceJobs read_trace_file(std::string_view format, const std::filesystem::path& file, const RequestRate& rate = default_request_rate());

/// Sets kept, jobs and card_hours of the report from the jobs that are there.
void sum_up(TraceJobs& trace);

/// Our own columns: job_id, tenant, submit_s, duration_s, cards, card_type, class, outcome. `cards` below 1 is a share of
/// one card in thousandths. estimate_s follows where the log has owners' estimates, empty for a job without one. Read back by format "own";
/// the date of second 0 is not carried.
void write_own_csv(std::ostream& out, const TraceJobs& trace);

/// What a request log asks for: start_s, requests, prompt_tokens, output_tokens, cards; one row an interval with requests.
void write_demand_csv(std::ostream& out, const TraceJobs& trace);

}  // namespace dure::sim
