#include "sim/workload/trace_requests.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cmath>
#include <ostream>

#include "sim/units.h"

namespace dure::sim {
namespace {

const Text kNoTokens{"a request without tokens", "토큰이 없는 요청"};
constexpr double kMostCards = 1e6;
constexpr double kRounding = 1e-9;  // of a card, lest 3.0000000001 take four

void set_cards(TraceJob& job, double cards, const std::string& file) {
  if (cards > kMostCards)
    throw ScenarioError(Text{fmt::format("the requests of one interval, from this line on, need {:.0f} cards", cards), fmt::format("이 줄부터 한 구간의 요청에 카드 {:.0f}장이 필요합니다", cards)}, Place{file, job.line},
                        Text{"raise the tokens that a card reads and writes in a second", "카드 한 장이 초당 읽고 쓰는 토큰 수를 올리십시오"});
  const int milli = std::max(1, int(std::ceil((cards - kRounding) * 1000)));
  if (milli < 1000) job.share_milli = milli;
  else job.cards = std::max(1, int(std::ceil(cards - kRounding)));
}

}  // namespace

RequestDemand::RequestDemand(TraceBook& book, const RequestRate& rate) : book_(book), rate_(rate) {
  SIM_CHECK(rate.interval_s > 0 && rate.prompt_tokens_per_s > 0 && rate.output_tokens_per_s > 0, "a rate of requests is above 0");
  book_.assume({fmt::format("requests become serving demand: every {} s one job that holds the cards which that interval's tokens need", rate.interval_s),
                fmt::format("요청을 추론 수요로 바꿉니다: {}초마다 그동안의 토큰에 필요한 카드를 쓰는 작업 하나", rate.interval_s)});
  book_.assume({fmt::format("a card reads {} prompt tokens or writes {} output tokens a second (assumed; set it to your model and card)", rate.prompt_tokens_per_s, rate.output_tokens_per_s),
                fmt::format("카드 한 장이 초당 입력 토큰 {}개를 읽거나 출력 토큰 {}개를 씁니다(가정값이며 모델과 카드에 맞게 바꿀 수 있음)", rate.prompt_tokens_per_s, rate.output_tokens_per_s)});
  book_.assume({"every prompt is read in full: no prefix is kept from an earlier request", "입력을 모두 새로 읽습니다. 앞선 요청의 접두부를 재사용하지 않습니다"});
}

void RequestDemand::add(double time_s, double prompt_tokens, double output_tokens, const TraceLines& at) {
  if (prompt_tokens + output_tokens == 0) {
    book_.drop(kNoTokens);
    return;
  }
  book_.see_order(time_s);
  const double begin_s = std::floor(time_s / rate_.interval_s) * rate_.interval_s;
  const auto [entry, is_new] = intervals_.try_emplace(begin_s);
  TraceJob& job = entry->second;
  if (is_new) {
    job.line = at.line();
    job.submit_s = begin_s;
    job.duration_s = rate_.interval_s;
    job.rows = 0;
  }
  ++job.rows;
  job.prompt_tokens += prompt_tokens;
  job.output_tokens += output_tokens;
}

TraceJobs RequestDemand::finish(const std::string& tenant) {
  double work_s = 0;
  const std::size_t who = book_.tenant(tenant);
  std::vector<TraceJob>& jobs = book_.trace().jobs;
  for (auto& [begin_s, job] : intervals_) {
    const double job_s = job.prompt_tokens / rate_.prompt_tokens_per_s + job.output_tokens / rate_.output_tokens_per_s;
    work_s += job_s;
    set_cards(job, job_s / rate_.interval_s, book_.trace().report.file);
    job.id = fmt::format("{}-{}", tenant, jobs.size() + 1);
    job.tenant = who;
    jobs.push_back(std::move(job));
  }
  book_.assume({fmt::format("the requests are {:.2f} card-hours of work; shares and whole cards round that up", hours_from_s(work_s)),
                fmt::format("요청은 모두 {:.2f} 카드시간의 일이며, 카드 단위로 올림합니다", hours_from_s(work_s))});
  return book_.finish();
}

std::string service_name(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return name.substr(0, name.find('.', 1));
}

void write_demand_csv(std::ostream& out, const TraceJobs& trace) {
  out << "start_s,requests,prompt_tokens,output_tokens,cards\n";
  for (const TraceJob& job : trace.jobs)
    fmt::print(out, "{},{},{},{},{}\n", job.submit_s, job.rows, job.prompt_tokens, job.output_tokens, job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards);
}

}  // namespace dure::sim
