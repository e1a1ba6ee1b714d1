#pragma once
// How long work on a named model takes on a type of card: what the training step and the serving rate are to the projects.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/ids.h"
#include "sim/inventory/accelerator.h"
#include "sim/job.h"
#include "sim/workload/model.pb.h"
#include "sim/workload/serving.h"
#include "sim/workload/software_stack.h"
#include "sim/workload/training_step.h"

namespace dure::sim {

/// The shape a row of models.csv describes. Throws ScenarioError if it does not come within a tenth of the published count of parameters.
Transformer transformer(const ::dure::ModelShape& row);

/// A type of card, as far as projects may be granted it.
struct CardChoice {
  std::string name;
  std::optional<Accelerator> card;  // none: too little is on record to time anything on it
  CardLinks links = {};             // at the sites that have it
  bool granted = false;             // some of them are open to projects
  int cards = 0;                    // so many
};

/// Run times of ModelWork, one prediction for each (work, card type, number of cards), kept.
///
///   train     tokens / (batch s) x step        distil: with the teacher's forward pass; rl: generate + score + train (training_kinds.h)
///   generate  tokens / output rate, as many sequences at once as memory holds
///   serve     no run time: the least cards whose output at `inter_token_ms` reaches `tokens_per_s`
///
/// Layouts are searched (layout_search.h, serving.h). A search takes milliseconds, a run asks for some hundreds.
class ModelTimes {
 public:
  /// Throws ScenarioError for work that its smallest grant cannot do on a card projects may get: a model that fits no layout, a precision the
  /// card lacks, training on a card whose software only serves, tokens missing.
  ModelTimes(std::vector<::dure::ModelWork> works, const std::vector<::dure::ModelShape>& models, StackTable stacks, std::vector<CardChoice> cards, const std::vector<JobClass>& classes,
             const std::string& counted_on);

  /// The work a class does within a grant of so many cards; none: its run times are drawn.
  std::optional<std::size_t> work(JobClassId job_class, int granted) const;
  bool by_the_clock(std::size_t work) const { return works_[work].row.kind() == ::dure::SERVE; }
  /// Median run time on n cards; none if the model does not fit.
  std::optional<double> run_s(std::size_t work, CardTypeId card, int cards) const;
  /// Whether n cards carry the service.
  bool carries(std::size_t work, CardTypeId card, int cards) const;
  std::optional<CardTypeId> counted_on() const { return counted_on_; }

 private:
  struct Work {
    ::dure::ModelWork row;
    JobClassId job_class{};
    Transformer model;
    Transformer teacher;
    Precision precision = Precision::kBf16;
  };
  double predicted_s(const Work& work, const CardChoice& on, int cards) const;  // throws where it does not fit
  void check(const Work& work) const;
  std::optional<double> output_tokens_per_s(const Work& work, const CardChoice& on, int cards) const;  // of a service

  std::vector<Work> works_;
  StackTable stacks_;
  std::vector<CardChoice> cards_;
  std::optional<CardTypeId> counted_on_;
  mutable std::map<std::tuple<std::size_t, std::size_t, int>, std::optional<double>> known_;
};

}  // namespace dure::sim
