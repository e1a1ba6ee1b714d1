#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/cli/table_rows.h"
#include "sim/cli/timed_cards.h"
#include "sim/cli/validate.h"
#include "sim/inventory/inventory.pb.h"
#include "sim/power/power_case.pb.h"
#include "sim/reliability/reliability_case.h"
#include "sim/reliability/reliability_case.pb.h"
#include "sim/workload/serving_case.h"
#include "sim/workload/serving_case.pb.h"
#include "sim/workload/training_case.pb.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {
namespace {

template <typename Row>
analysis::ScoredCase scored(const char* kind, const Row& row) {
  analysis::ScoredCase made;
  made.id = row.case_id();
  made.kind = kind;
  made.metric = row.metric();
  made.tier = row.tier();
  made.published = row.value();
  if (row.has_tol_pct()) made.tolerance_pct = row.tol_pct();
  return made;
}

/// Why, and what to do about it.
Text reason(const ScenarioError& error) {
  if (error.help.en.empty()) return error.message;
  return {error.message.en + "; " + error.help.en, error.message.ko + ". " + error.help.ko};
}

/// Layout and where the step's time goes, in per cent.
std::string detail_of(const TrainingPrediction& prediction) {
  const Layout& l = prediction.layout;
  const StepTime& t = prediction.time;
  const auto share = [&](double s) { return 100 * s / t.step_s; };
  return fmt::format("t{} p{} v{} c{} e{} d{} b{} m{:.0f} recompute {}x{:.2f} | step {:.4g} s: matrix {:.0f} attention {:.0f} elementwise {:.0f} host {:.0f} tensor {:.1f} expert {:.1f} p2p {:.1f} bubble {:.1f} data {:.1f} optimiser {:.1f} jitter {:.1f} %",
                     l.tensor, l.pipeline, l.chunks, l.context, l.expert, l.data, l.micro_batch, t.micro_batches, l.recompute == Recompute::kNone ? "none" : l.recompute == Recompute::kSelective ? "selective" : "full", l.recompute == Recompute::kNone ? 0 : l.recomputed_layers, t.step_s, share(t.matrix_s),
                     share(t.attention_s), share(t.elementwise_s), share(t.host_s), share(t.tensor_s), share(t.expert_s), share(t.pipeline_s), share(t.bubble_s), share(t.data_s), share(t.optimiser_s), share(t.jitter_s));
}

std::vector<analysis::ScoredCase> score_training(const std::string& file, const ValidationTables& tables) {
  std::vector<analysis::ScoredCase> cases;
  for (const auto& row : rows_of<::dure::TrainingCase>(file, UnknownColumns::kPassedOver)) {
    analysis::ScoredCase made = scored("training", row);
    made.group = row.stack() + " " + row.precision();
    made.headline = headline_metric(row.metric()) && row.tier() != "calibration";
    made.mixture = row.arch() == "moe";
    made.faster_is_less = row.metric() != "tokens_per_s_per_gpu" && row.metric() != "tflops_per_gpu" && row.metric() != "mfu_pct";
    try {
      TrainingPrediction prediction = predict(row, tables.cards, tables.stacks);
      made.computed = prediction.computed;
      made.at_peak = prediction.at_peak;
      if (!prediction.skipped) made.detail = detail_of(prediction);
      made.assumed = std::move(prediction.assumed);
      made.skipped = std::move(prediction.skipped);
    } catch (const ScenarioError& error) {
      made.skipped = reason(error);
    }
    cases.push_back(std::move(made));
  }
  return cases;
}

/// Rows of a kind, each by the model of its room; a figure marked as a floor is met from above.
template <typename Row, typename Predict>
std::vector<analysis::ScoredCase> score_by(const char* kind, const std::string& file, Predict predict) {
  std::vector<analysis::ScoredCase> cases;
  for (const auto& row : rows_of<Row>(file, UnknownColumns::kPassedOver)) {
    analysis::ScoredCase made = scored(kind, row);
    if constexpr (requires { row.scoring(); }) made.headline = !row.has_scoring() || row.scoring() == "prediction";
    if constexpr (requires { row.kind(); }) made.headline = made.headline && row.kind() != "accounting" && row.kind() != "calibration";
    if constexpr (requires { row.bound(); }) made.floor = row.bound() == "lower";
    made.headline = made.headline && row.tier() != "calibration";
    try {
      predict(row, made);
    } catch (const ScenarioError& error) {
      made.skipped = reason(error);
    }
    cases.push_back(std::move(made));
  }
  return cases;
}

template <typename Prediction>
void take(Prediction prediction, analysis::ScoredCase& made) {
  made.computed = prediction.computed;
  made.assumed = std::move(prediction.assumed);
  made.skipped = std::move(prediction.skipped);
}

std::string detail_of(const ServingPrediction& prediction) {
  const FoundServing& found = prediction.found;
  const SteadyServing& rate = found.rate;
  const ServingStep& s = rate.step;
  const auto ms = [](double seconds) { return 1e3 * seconds; };
  return fmt::format("t{} d{} e{} copies {:.3g} batch {:.0f} | decode step {:.2f} ms, with prompts {:.2f}: weights {:.2f} cache {:.2f} kernels {:.2f} tensor {:.2f} expert {:.2f} host {:.2f}; first token {:.1f} ms", found.layout.tensor, found.layout.data, found.layout.expert,
                     found.copies, rate.batch, ms(rate.decode_step_s), ms(rate.mean_step_s), ms(s.weights_s), ms(s.cache_s), ms(s.kernels_s), ms(s.tensor_s), ms(s.expert_s), ms(s.host_s), ms(rate.first_token_s));
}

std::vector<analysis::ScoredCase> score_serving(const std::string& file, const ValidationTables& tables) {
  return score_by<::dure::ServingCase>("serving", file, [&](const auto& row, analysis::ScoredCase& made) {
    ServingPrediction prediction = predict(row, tables.cards, tables.stacks);
    made.mixture = row.experts() > 1;
    if (!prediction.skipped) made.detail = detail_of(prediction);
    take(std::move(prediction), made);
  });
}

std::vector<analysis::ScoredCase> score_reliability(const std::string& file, const ValidationTables&) {
  return score_by<::dure::ReliabilityCase>("reliability", file, [](const auto& row, analysis::ScoredCase& made) { take(predict(row, ::dure::Reliability()), made); });
}

std::vector<analysis::ScoredCase> score_power(const std::string& file, const ValidationTables& tables) {
  return score_by<::dure::PowerCase>("power", file, [&](const auto& row, analysis::ScoredCase& made) { take(predict(row, tables.power), made); });
}

/// Activities of the job classes that a published activity is taken for.
void read_activities(const std::string& file, PowerTables& power) {
  for (const auto& row : rows_of<::dure::JobClassSpec>(file, UnknownColumns::kRefused)) {
    if (row.job_class() == "pretrain") power.train_activity = row.activity(), power.active_fraction = row.active_fraction();
    if (row.job_class() == "fine_tune") power.train_comm_activity = row.activity();
    if (row.job_class() == "serve") power.serve_activity = row.activity();
  }
}

}  // namespace

const std::vector<CaseKind>& case_kinds() {
  static const std::vector<CaseKind> kKinds = {
      {"training", ::dure::TrainingCase::descriptor(), score_training},
      {"serving", ::dure::ServingCase::descriptor(), score_serving},
      {"reliability", ::dure::ReliabilityCase::descriptor(), score_reliability},
      {"power", ::dure::PowerCase::descriptor(), score_power},
  };
  return kKinds;
}

const CaseKind& kind_of(const std::string& file) {
  const std::optional<std::string> text = read_file(file);
  if (!text || std::filesystem::is_directory(file))
    throw Error(Exit::kInvalid, "E0113", {fmt::format("cannot read `{}`", file), fmt::format("`{}`을(를) 읽을 수 없습니다", file)}, {},
                {"give a CSV file with the columns of platforms/cases", "platforms/cases와 같은 열을 가진 CSV 파일을 주십시오"});
  std::string header = text->substr(0, text->find('\n'));
  if (header.starts_with("\xEF\xBB\xBF")) header.erase(0, 3);
  std::erase_if(header, [](char c) { return c == '\r' || c == '"' || c == ' '; });
  header = "," + header + ",";
  const auto has = [&](const std::string& column) { return header.find("," + column + ",") != std::string::npos; };
  const CaseKind* best = nullptr;
  int most = 0;
  bool clear = false;
  for (const CaseKind& kind : case_kinds()) {
    int known = 0;
    for (int i = 0; i < kind.row->field_count(); ++i) known += has(kind.row->field(i)->name());
    clear = known > most || (clear && known < most);
    if (known > most) best = &kind, most = known;
  }
  if (best != nullptr && clear && has("metric") && has("value")) return *best;
  throw Error(Exit::kInvalid, "E0115", {fmt::format("the columns of `{}` are those of no kind of case file", file), fmt::format("`{}`의 열은 알려진 어떤 사례 파일의 것도 아닙니다", file)},
              Place{file, 1, 1, 0},
              {"the first line names the columns as a file of platforms/cases does, metric and value among them", "첫 줄에 metric, value를 포함해 platforms/cases의 파일과 같은 열 이름을 쓰십시오"});
}

ValidationTables read_validation_tables(const std::string& platforms) {
  const Catalogue catalogue = read_catalogue(platforms);
  AcceleratorTable cards;
  for (const Accelerator& card : catalogue.timed) cards.emplace(card.name, card);
  PowerTables power;
  for (const auto& node : catalogue.nodes) power.nodes.emplace(node.card(), node);
  for (const auto& card : catalogue.rows) power.cards.emplace(card.card(), card);
  read_activities(platforms + "/workload/job_classes.csv", power);
  return {std::move(cards), StackTable(rows_of<::dure::SoftwareStack>(platforms + "/workload/stacks.csv", UnknownColumns::kRefused)), std::move(power)};
}

}  // namespace dure::sim
