#include "sim/workload/training_kinds.h"

#include <fmt/format.h>

namespace dure::sim {
namespace {

double forward_s(const TrainingStep& step, PlacedWork placed) {
  placed.work.tuning = Tuning::kNothing;
  return step.time(placed.work, placed.layout).step_s;
}

}  // namespace

double distil_step_s(const TrainingStep& step, const PlacedWork& student, const PlacedWork& teacher) {
  PlacedWork same_batch = teacher;
  same_batch.work.seq_len = student.work.seq_len;
  same_batch.work.global_batch_seqs = student.work.global_batch_seqs;
  return forward_s(step, same_batch) + step.time(student.work, student.layout).step_s;
}

ReinforcementStep reinforcement_step(const TrainingStep& step, const PlacedWork& policy, const std::vector<PlacedWork>& judges, double output_tokens,
                                     const ServingRate& rate) {
  const double tokens_per_s = rate(policy.work, policy.work.global_batch_seqs);
  if (!(tokens_per_s > 0))
    throw ScenarioError("serving", {"the policy cannot be served on these cards, so no answers are generated", "이 카드에서는 정책 모델로 추론할 수 없어 답을 생성하지 못합니다"},
                        {"use cards with more memory, or more of them", "메모리가 큰 카드를 쓰거나 카드를 늘리십시오"});
  ReinforcementStep made;
  made.generate_s = policy.work.global_batch_seqs * output_tokens / tokens_per_s;
  for (PlacedWork judge : judges) {
    judge.work.seq_len = policy.work.seq_len;
    judge.work.global_batch_seqs = policy.work.global_batch_seqs;
    made.score_s += forward_s(step, judge);
  }
  made.train_s = step.time(policy.work, policy.layout).step_s;
  return made;
}

}  // namespace dure::sim
