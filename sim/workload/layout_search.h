#pragma once
// The quickest layout that fits, where a job's layout is not given or only in part.
#include <optional>

#include "sim/workload/training_step.h"

namespace dure::sim {

/// What is known; the rest is searched. A fixed size is taken as it is, even where a rule of the search would not choose it.
struct LayoutWish {
  std::optional<int> tensor, pipeline, chunks, context, expert, micro_batch;
  std::optional<Sharding> sharding;
  std::optional<Recompute> recompute;  // none: the least that fits
  bool loose = false;                  // uneven stages and batches that do not divide are tried too
  bool parameters_sharded = false;     // the stack shards parameters and uses neither tensor nor pipeline parallelism (FSDP)
};

struct FoundLayout {
  Layout layout;
  StepTime time;
};

/// Tries every t (divisors of the heads within a node or a scale-up domain of 8), p and v (that divide the layers, or layers and two), c
/// (powers of two, down to 2,048 tokens a card), e (divisors of the experts) and micro-batch (1, 2, 4, ... 16 sequences), with
/// d = cards / (t p c), and takes the quickest that fits; of those within 3 % of it, the
/// plainest (small micro-batch, few chunks, few stages), since published runs are not tuned to the last per cent. Nothing fits: no value.
///
/// If nothing divides, it tries again loosely: stages of unequal layers, a short last micro-batch.
///
/// Cost: the products of a layer do not depend on p, v and d, but each try is some microseconds anyway: 10,000 cards take well under a second.
std::optional<FoundLayout> search_layout(const TrainingStep& step, const TrainingWork& work, int cards, const LayoutWish& wish = {});

/// As above; throws ScenarioError if nothing fits, saying how far the leanest try was from fitting.
FoundLayout layout_for(const TrainingStep& step, const TrainingWork& work, int cards, const LayoutWish& wish = {});

}  // namespace dure::sim
