#include "sim/workload/model_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/workload/layout_search.h"
#include "sim/workload/training_kinds.h"

namespace dure::sim {
namespace {

constexpr double kParametersWithin = 0.1;
constexpr double kBulkSequences = 256;  // sequences at once for each card, where answers are made in bulk and memory allows

bool trains(::dure::WorkKind kind) { return kind != ::dure::GENERATE && kind != ::dure::SERVE; }

const ::dure::ModelShape& shape_named(const std::vector<::dure::ModelShape>& models, const std::string& name, const std::string& path) {
  for (const auto& model : models)
    if (model.model() == name) return model;
  throw ScenarioError(path, {fmt::format("no model is called \"{}\"", name), fmt::format("\"{}\"(이)라는 모델이 없습니다", name)},
                      {"set model_table: \"platforms/catalogue/models.csv\", or add the model", "model_table: \"platforms/catalogue/models.csv\"를 쓰거나 모델을 추가하십시오"});
}

TrainingWork training_work(const Transformer& model, const ::dure::ModelWork& row) {
  return {.model = model, .seq_len = row.kind() == ::dure::RL ? row.prompt_tokens() + row.output_tokens() : row.seq_len(), .global_batch_seqs = row.global_batch_seqs(), .tuning = row.kind() == ::dure::LORA ? Tuning::kLora : Tuning::kAll};
}

ServingWork serving_work(const Transformer& model, const ::dure::ModelWork& row, Precision precision) {
  return {.model = model, .weight_bytes = bytes_of(precision), .prompt_tokens = row.prompt_tokens(), .output_tokens = row.output_tokens()};
}

}  // namespace

Transformer transformer(const ::dure::ModelShape& row) {
  Transformer model{.layers = row.layers(), .hidden = row.hidden(), .heads = row.heads(), .kv_heads = row.has_kv_heads() ? row.kv_heads() : row.heads(), .head_dim = row.has_head_dim() ? row.head_dim() : row.hidden() / row.heads(),
                    .ffn = row.ffn_hidden(), .shared_ffn = row.shared_ffn_hidden(), .gated = row.gated_mlp(), .vocab = row.vocab(), .experts = row.experts(), .top_k = row.top_k(), .tied = row.tied()};
  const std::string path = fmt::format("model[{}]", row.model());
  if (model.mixture() && (model.top_k < 1 || model.top_k > model.experts))
    throw ScenarioError(path + ".top_k", {fmt::format("a token goes to {} of {} experts", model.top_k, model.experts), fmt::format("토큰이 전문가 {}개 가운데 {}개로 갑니다", model.experts, model.top_k)},
                        {"give top_k between 1 and experts", "top_k는 1과 experts 사이여야 합니다"});
  const double found_b = model.parameters() / 1e9;
  if (row.has_params_total_b() && std::abs(found_b / row.params_total_b() - 1) > kParametersWithin)
    throw ScenarioError(path + ".params_total_b", {fmt::format("the shape has {:.4g} billion parameters, not {:.4g}", found_b, row.params_total_b()), fmt::format("이 구조의 매개변수는 {:.4g}십억 개로, {:.4g}십억 개와 다릅니다", found_b, row.params_total_b())},
                        {"check layers, hidden, ffn_hidden, experts and vocab", "layers, hidden, ffn_hidden, experts, vocab을 확인하십시오"});
  return model;
}

ModelTimes::ModelTimes(std::vector<::dure::ModelWork> works, const std::vector<::dure::ModelShape>& models, StackTable stacks, std::vector<CardChoice> cards, const std::vector<JobClass>& classes,
                       const std::string& counted_on)
    : stacks_(std::move(stacks)), cards_(std::move(cards)) {
  for (auto& row : works) {
    const std::string path = fmt::format("workload.projects.model_work[{}]", row.work());
    Work made;
    const auto of_class = std::find_if(classes.begin(), classes.end(), [&](const JobClass& each) { return each.name == row.job_class(); });
    if (of_class == classes.end())
      throw ScenarioError(path + ".job_class", {fmt::format("no job class is called \"{}\"", row.job_class()), fmt::format("\"{}\"(이)라는 작업 부류가 없습니다", row.job_class())});
    made.job_class = JobClassId(of_class - classes.begin());
    made.model = transformer(shape_named(models, row.model(), path + ".model"));
    if (row.kind() == ::dure::DISTIL) {
      if (!row.has_teacher())
        throw ScenarioError(path + ".teacher", {"distillation needs a teacher", "증류에는 교사 모델이 필요합니다"}, {"name a model of the model table", "모델 표에 있는 모델을 적으십시오"});
      made.teacher = transformer(shape_named(models, row.teacher(), path + ".teacher"));
    }
    const auto precision = precision_of(row.precision());
    if (!precision)
      throw ScenarioError(path + ".precision", {fmt::format("\"{}\" is no precision", row.precision()), fmt::format("\"{}\"은(는) 정밀도가 아닙니다", row.precision())},
                          {"write fp32, tf32, fp16, bf16, fp8 or fp4", "fp32, tf32, fp16, bf16, fp8, fp4 가운데 하나를 쓰십시오"});
    made.precision = *precision;
    const bool serves = row.kind() == ::dure::SERVE;
    if (serves ? !row.has_tokens_per_s() : !row.has_tokens_b())
      throw ScenarioError(path + (serves ? ".tokens_per_s" : ".tokens_b"), {serves ? "a service needs the output it has to carry" : "a run needs its tokens", serves ? "서비스에는 감당할 출력 속도가 필요합니다" : "실행에는 토큰 수가 필요합니다"});
    if (!serves && row.has_tokens_per_s())
      throw ScenarioError(path + ".tokens_per_s", {"tokens_per_s is the output of a service, and this is none", "tokens_per_s는 상시 서비스의 출력인데 이 일은 서비스가 아닙니다"}, {"set kind: SERVE, or give tokens_b", "kind: SERVE로 하거나 tokens_b를 적으십시오"});
    made.row = std::move(row);
    works_.push_back(std::move(made));
  }
  for (std::size_t i = 0; i < cards_.size(); ++i)
    if (cards_[i].name == counted_on) counted_on_ = CardTypeId(i);
  if (!counted_on.empty() && (!counted_on_ || !cards_[index(*counted_on_)].card))
    throw ScenarioError("workload.projects.work_counted_on", {fmt::format("nothing can be timed on \"{}\"", counted_on), fmt::format("\"{}\"에서는 시간을 계산할 수 없습니다", counted_on)},
                        {"name a card type with peak, memory and bandwidth", "최대 성능·메모리·대역폭이 있는 카드 종류를 적으십시오"});
  if (counted_on_) cards_[index(*counted_on_)].granted = true;
  for (const Work& work : works_) check(work);
}

void ModelTimes::check(const Work& work) const {
  const std::string path = fmt::format("workload.projects.model_work[{}]", work.row.work());
  const auto refuse = [&](const CardChoice& choice, const Text& why, const Text& help) {
    throw ScenarioError(path,
                        {fmt::format("projects may be granted {}, on which {} cards cannot do this work: {}", choice.name, work.row.from_cards(), why.en), fmt::format("과제가 {}을(를) 배정받을 수 있으나 {}장으로 이 일을 할 수 없습니다: {}", choice.name, work.row.from_cards(), why.ko)},
                        help);
  };
  for (std::size_t i = 0; i < cards_.size(); ++i) {
    const CardChoice& choice = cards_[i];
    if (!choice.granted) continue;
    if (!choice.card) refuse(choice, {"its peak, memory or bandwidth is not on record", "최대 성능·메모리·대역폭 기록이 없습니다"}, {"keep these cards in a partition, or add the figures to the catalogue", "이 카드를 파티션에 두거나 카드 목록에 값을 추가하십시오"});
    if (trains(work.row.kind()) && !choice.card->trains)
      refuse(choice, {"its software covers serving alone", "소프트웨어가 추론만 지원합니다"}, {"keep these cards in a partition for classes that serve", "이 카드를 추론 부류만 쓰는 파티션에 두십시오"});
    try {
      if (work.row.kind() == ::dure::SERVE) {
        const ServingModel serving(*choice.card, choice.links, stacks_.find(work.row.serving_stack(), ""), work.precision);
        serving_for(serving, serving_work(work.model, work.row, work.precision), work.row.from_cards(), {.inter_token_s = work.row.inter_token_ms() * 1e-3});
        const double most = output_tokens_per_s(work, choice, std::max(choice.cards, work.row.from_cards())).value_or(0);
        if (most < work.row.tokens_per_s())
          throw ScenarioError(path + ".tokens_per_s", {fmt::format("all {} of them carry {:.4g} tokens a second, not {:.4g}", choice.cards, most, work.row.tokens_per_s()), fmt::format("{}장 모두를 써도 초당 {:.4g}토큰으로 {:.4g}에 못 미칩니다", choice.cards, most, work.row.tokens_per_s())},
                              {"lower tokens_per_s, or allow more time between tokens", "tokens_per_s를 낮추거나 토큰 간격을 늘리십시오"});
      } else {
        predicted_s(work, choice, work.row.from_cards());
      }
    } catch (const ScenarioError& error) {
      const bool size = error.path == "layout" || error.path == "serving";
      refuse(choice, error.message, !size && !error.help.en.empty() ? error.help : Text{"raise from_cards, or choose a smaller model or another precision", "from_cards를 늘리거나, 더 작은 모델이나 다른 정밀도를 고르십시오"});
    }
  }
}

std::optional<std::size_t> ModelTimes::work(JobClassId job_class, int granted) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < works_.size(); ++i)
    if (works_[i].job_class == job_class && works_[i].row.from_cards() <= granted && (!best || works_[i].row.from_cards() > works_[*best].row.from_cards())) best = i;
  return best;
}

std::optional<double> ModelTimes::output_tokens_per_s(const Work& work, const CardChoice& on, int cards) const {
  const ServingModel serving(*on.card, on.links, stacks_.find(work.row.serving_stack(), ""), work.precision);
  const auto found = search_serving(serving, serving_work(work.model, work.row, work.precision), cards, {.inter_token_s = work.row.inter_token_ms() * 1e-3});
  return found ? std::optional(found->tokens_per_s()) : std::nullopt;
}

/// Throws ScenarioError if the weights of another model do not fit beside what the first one needs, on the same cards.
void hold_both(const TrainingStep& step, const PlacedWork& first, const PlacedWork& other) {
  const double both = step.memory(first.work, first.layout).total() + step.memory(other.work, other.layout).weights, held = step.card().memory_bytes;
  if (both > held)
    throw ScenarioError("layout", {fmt::format("the two models need {:.0f} GB a card together, of {:.0f}", both / 1e9, held / 1e9), fmt::format("두 모델이 카드당 {:.0f} GB를 쓰는데 카드는 {:.0f} GB입니다", both / 1e9, held / 1e9)},
                        {"use more cards, or a smaller model beside it", "카드를 늘리거나 함께 쓰는 모델을 줄이십시오"});
}

double ModelTimes::predicted_s(const Work& work, const CardChoice& on, int cards) const {
  const Accelerator& card = *on.card;
  const ::dure::ModelWork& row = work.row;
  const double tokens = row.tokens_b() * 1e9;
  const auto serving_rate = [&](const Transformer& model, double sequences) {
    const ServingModel serving(card, on.links, stacks_.find(row.serving_stack(), ""), work.precision);
    return serving_for(serving, serving_work(model, row, work.precision), cards, {.batch = sequences}).tokens_per_s();
  };
  if (row.kind() == ::dure::GENERATE) return tokens / serving_rate(work.model, kBulkSequences * cards);
  const StackConstants stack = stacks_.find(row.stack(), "");
  const TrainingStep step(card, on.links, stack, work.precision);
  LayoutWish wish;
  wish.parameters_sharded = stack.family == "fsdp";
  const TrainingWork training = training_work(work.model, row);
  const FoundLayout found = layout_for(step, training, cards, wish);
  const double steps = tokens / (row.global_batch_seqs() * (row.kind() == ::dure::RL ? row.output_tokens() : row.seq_len()));
  if (row.kind() == ::dure::DISTIL) {
    TrainingWork teacher = training_work(work.teacher, row);
    teacher.tuning = Tuning::kNothing;
    const PlacedWork student{training, found.layout}, placed{teacher, layout_for(step, teacher, cards, wish).layout};
    hold_both(step, student, placed);
    return steps * distil_step_s(step, student, placed);
  }
  if (row.kind() == ::dure::RL) {
    const PlacedWork policy{training, found.layout};
    TrainingWork reference = training;
    reference.tuning = Tuning::kNothing;
    hold_both(step, policy, {reference, found.layout});
    return steps * reinforcement_step(step, policy, {policy}, row.output_tokens(), [&](const TrainingWork& of, double sequences) { return serving_rate(of.model, sequences); }).step_s();
  }
  return steps * found.time.step_s;
}

std::optional<double> ModelTimes::run_s(std::size_t work, CardTypeId card, int cards) const {
  const auto [known, fresh] = known_.try_emplace({work, index(card), cards});
  if (fresh) try {
      known->second = predicted_s(works_[work], cards_[index(card)], cards);
    } catch (const ScenarioError&) {  // does not fit on so few cards
    }
  return known->second;
}

bool ModelTimes::carries(std::size_t work, CardTypeId card, int cards) const {
  const auto [known, fresh] = known_.try_emplace({work, index(card), cards});
  if (fresh) known->second = output_tokens_per_s(works_[work], cards_[index(card)], cards).value_or(0);
  return *known->second >= works_[work].row.tokens_per_s();
}

}  // namespace dure::sim
