#pragma once
// Work that is more than one model trained: distillation and reinforcement learning.
#include <functional>
#include <vector>

#include "sim/workload/training_step.h"

namespace dure::sim {

/// A model on its layout; what it does follows from work.tuning.
struct PlacedWork {
  TrainingWork work;
  Layout layout;
};

/// A step of distillation: the teacher passes the student's batch forward once, then the student trains on it, on the same cards in turn.
///
///   T = T_forward(teacher) + T_step(student)
double distil_step_s(const TrainingStep& step, const PlacedWork& student, const PlacedWork& teacher);

/// Output tokens per second of all the cards together, serving `work` with so many sequences at once: the serving model's answer, given by
/// the caller.
using ServingRate = std::function<double(const TrainingWork& work, double sequences)>;

/// A step of reinforcement learning after pre-training: answers are generated, scored by judges (reward and reference models) in a forward pass
/// each, and the policy is trained on them; one after the other on the same cards.
///
///   T = batch x output_tokens / rate + sum T_forward(judge) + T_step(policy)
struct ReinforcementStep {
  double generate_s = 0, score_s = 0, train_s = 0;
  double step_s() const { return generate_s + score_s + train_s; }
};
ReinforcementStep reinforcement_step(const TrainingStep& step, const PlacedWork& policy, const std::vector<PlacedWork>& judges, double output_tokens,
                                     const ServingRate& rate);

}  // namespace dure::sim
