// Our own columns: what `dure import` writes and everything else can be turned into.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cmath>
#include <ostream>

#include "sim/workload/trace_reader.h"

namespace dure::sim {
namespace {

constexpr std::string_view kRequired[] = {"job_id", "submit_s", "duration_s", "cards"};
constexpr std::string_view kOptional[] = {"tenant", "card_type", "class", "outcome", "estimate_s"};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char letter : text) out.append(letter == '"' ? 2 : 1, letter);
  return out + '"';
}

Outcome outcome_named(const std::string& name, const TraceLines& at) {
  if (name.empty()) return Outcome::kCompleted;
  for (const Outcome outcome : {Outcome::kCompleted, Outcome::kCancelled, Outcome::kFailed})
    if (name == kOutcomeNames[std::size_t(outcome)]) return outcome;
  at.refuse({fmt::format("unknown outcome `{}`", name), fmt::format("알 수 없는 outcome `{}`", name)},
            {"write completed, cancelled, failed or nothing", "completed, cancelled, failed 중 하나를 쓰거나 비워 두십시오"});
}

}  // namespace

TraceJobs read_own(const std::filesystem::path& file) {
  TraceCsv csv(file, kRequired, kOptional);
  TraceBook book("own", csv.lines().name());
  book.assume({"a job without outcome counts as completed", "outcome이 없는 작업은 완료로 봅니다"});
  book.assume(csv.has("estimate_s") ? Text{"a job without estimate_s: the scheduler is told the true run time", "estimate_s가 없는 작업은 실제 실행 시간을 알려 줍니다"}
                                    : Text{"there is no owner's estimate: the scheduler is told the true run time", "사용자 예상 시간이 없어 실제 실행 시간을 알려 줍니다"});
  while (csv.next()) {
    book.count_row();
    TraceJob job;
    job.id = csv.text("job_id");
    book.take_id(job.id, "job_id", csv.lines());
    job.tenant = book.tenant(csv.text("tenant"));
    job.submit_s = csv.number("submit_s");
    if (job.submit_s < 0)
      csv.lines().refuse({fmt::format("submit_s {} is negative", job.submit_s), fmt::format("submit_s {}이(가) 음수입니다", job.submit_s)},
                         kCorrectTheRow);
    job.duration_s = csv.number("duration_s");
    if (!csv.text("estimate_s").empty()) {
      job.estimate_s = csv.number("estimate_s");
      if (job.estimate_s <= 0)
        csv.lines().refuse({fmt::format("estimate_s {} is not above 0", job.estimate_s), fmt::format("estimate_s {}이(가) 0보다 크지 않습니다", job.estimate_s)}, kCorrectTheRow);
    }
    const double cards = csv.number("cards");
    if (cards > 0 && cards < 1) {
      job.share_milli = int(std::lround(cards * 1000));
      if (job.share_milli < 1 || std::abs(cards * 1000 - job.share_milli) > 1e-6)
        csv.lines().refuse({fmt::format("cards {} is no number of thousandths of a card", cards),
                            fmt::format("cards {}은(는) 1/1000 단위가 아닙니다", cards)},
                           {"write a share such as 0.125", "0.125처럼 적으십시오"});
    } else {
      job.cards = csv.whole("cards");
    }
    job.card_type = csv.text("card_type");
    job.job_class = csv.text("class");
    job.outcome = outcome_named(csv.text("outcome"), csv.lines());
    book.keep(std::move(job), csv.lines());
  }
  return book.finish();
}

void write_own_csv(std::ostream& out, const TraceJobs& trace) {
  const bool estimates = std::any_of(trace.jobs.begin(), trace.jobs.end(), [](const TraceJob& job) { return job.estimate_s > 0; });
  out << "job_id,tenant,submit_s,duration_s,cards,card_type,class,outcome" << (estimates ? ",estimate_s\n" : "\n");
  for (const TraceJob& job : trace.jobs)
    fmt::print(out, "{},{},{},{},{},{},{},{}{}\n", quoted(job.id), quoted(trace.tenants[job.tenant]), job.submit_s, job.duration_s,
               job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards, quoted(job.card_type), quoted(job.job_class),
               kOutcomeNames[std::size_t(job.outcome)], !estimates ? std::string() : job.estimate_s > 0 ? fmt::format(",{}", job.estimate_s) : std::string(","));
}

}  // namespace dure::sim
