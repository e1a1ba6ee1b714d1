// Whole training steps of small transformers, timed as a user of the card would: the cases of our own for `dure validate`.
#include <algorithm>
#include <cstring>

#include "parts.h"
#include "reference.h"

namespace dure::bench {
namespace {

/// Compares the card's loss and gradients of a tiny model with the float64 loss, tensor by tensor:
///   for a gradient g of one tensor, <g_true, g> is the slope of the loss along g, by central differences; it must be <g, g>.
/// bf16 products and activations are off by u = 2^-8 each, some thirty of them in a row, mostly at random: 4 % allows ten u; a tensor
/// whose gradient is missing, doubled or mixed up is off by tens of per cent.
void check_gradients(Bench& bench) {
  const Shape tiny{.layers = 2, .hidden = 64, .heads = 2, .ffn = 256, .words = 96, .length = 32, .sequences = 2};
  Transformer model(bench.library, tiny, 7);
  model.forget_gradients();
  model.forward();
  model.backward();
  const double loss = model.loss();
  std::vector<double> weights;
  for (const Half w : model.weights()) weights.push_back(static_cast<double>(__bfloat162float(w)));
  const auto words = model.words(), targets = model.targets();
  const std::vector<float> gradients = model.gradients();
  const auto loss_at = [&] { return reference_loss(tiny, model.parameters(), weights, words, targets); };
  bench.check("train_step loss", std::fabs(loss - loss_at()) / 0.02, "0.02 of 4.6, bf16 activations");
  double worst = 0;
  for (const Parameters::Tensor& tensor : model.parameters().tensors) {
    double square = 0;
    for (std::size_t i = 0; i < tensor.size; ++i) square += static_cast<double>(gradients[tensor.at + i]) * gradients[tensor.at + i];
    const double step = 1e-4 / std::sqrt(std::max(square, 1e-30));
    double ends[2] = {};
    for (const int side : {1, 0}) {
      const std::vector<double> kept(weights.begin() + static_cast<std::ptrdiff_t>(tensor.at), weights.begin() + static_cast<std::ptrdiff_t>(tensor.at + tensor.size));
      for (std::size_t i = 0; i < tensor.size; ++i) weights[tensor.at + i] += (side == 1 ? step : -step) * gradients[tensor.at + i];
      ends[side] = loss_at();
      std::copy(kept.begin(), kept.end(), weights.begin() + static_cast<std::ptrdiff_t>(tensor.at));
    }
    const double slope = (ends[1] - ends[0]) / (2 * step);
    const double off = square > 0 ? std::fabs(slope / square - 1) : 1e9;
    worst = off >= worst || off != off ? off : worst;
  }
  bench.check("train_step gradients", worst / 0.04, "4 % of each tensor's slope, bf16 products");
}

struct Model {
  const char* name;
  Shape shape;
  int micro_batches;
};

}  // namespace

void measure_train_step(Bench& bench) {
  check_gradients(bench);
  const double end_s = now_s() + bench.budget_s;
  std::FILE* cases = std::fopen((bench.folder + "/training_cases.csv").c_str(), "w");
  if (cases == nullptr) stop(Exit::kEnvironment, "cannot write " + bench.folder + "/training_cases.csv: " + std::strerror(errno));
  std::fprintf(cases,
               "case_id,tier,model,arch,params_total_b,params_active_b,layers,hidden,heads,kv_heads,ffn_hidden,vocab,experts,top_k,head_dim,gated_mlp,seq_len,"
               "global_batch_seqs,micro_batch,tokens_b,gpus,gpu,gpus_per_node,nic_gbps_per_gpu,precision,tp,pp,vp,cp,ep,dp,sharding,recompute,stack,stack_family,"
               "task,metric,value,unit,flops_convention,tol_pct,evidence,confidence,arch_evidence,source,notes\n");
  static constexpr Model kModels[] = {
      {"GPT 0.4B", {24, 1024, 16, 4096, 51200, 1024, 16}, 2},
      {"GPT 1.3B", {24, 2048, 16, 8192, 51200, 2048, 8}, 2},
      {"GPT 3.5B", {16, 4096, 32, 16384, 51200, 2048, 4}, 2},
  };
  int number = 0;
  for (Model model : kModels) {
    ++number;
    if (bench.quick) {
      if (number > 1) break;
      model.shape.layers = 2;
    }
    const Shape& s = model.shape;
    std::size_t free_bytes = 0, all_bytes = 0;
    CUDA(cudaMemGetInfo(&free_bytes, &all_bytes));
    if (Transformer::bytes(s) > 0.92 * static_cast<double>(free_bytes)) {
      std::fprintf(stderr, "  %s needs %.0f GB and is left out\n", model.name, Transformer::bytes(s) / 1e9);
      continue;
    }
    if (now_s() > end_s) {
      std::fprintf(stderr, "  %s: no time left\n", model.name);
      continue;
    }
    Transformer transformer(bench.library, s, 11);
    const auto step = [&] {
      transformer.forget_gradients();
      for (int i = 0; i < model.micro_batches; ++i) {
        transformer.forward();
        transformer.backward();
      }
      transformer.update();
    };
    step();
    const double first = transformer.loss() / model.micro_batches;
    for (int i = 0; i < 3; ++i) step();
    transformer.loss();
    cudaEvent_t begin, end;
    CUDA(cudaEventCreate(&begin));
    CUDA(cudaEventCreate(&end));
    std::vector<double> samples;
    const int repeats = bench.quick ? 3 : 25;
    for (int i = 0; i < repeats && (i < 5 || now_s() < end_s); ++i) {
      CUDA(cudaEventRecord(begin, bench.library.stream));
      step();
      CUDA(cudaEventRecord(end, bench.library.stream));
      CUDA(cudaEventSynchronize(end));
      float ms = 0;
      CUDA(cudaEventElapsedTime(&ms, begin, end));
      samples.push_back(static_cast<double>(ms) * 1e3);
    }
    CUDA(cudaEventDestroy(begin));
    CUDA(cudaEventDestroy(end));
    const double last = transformer.loss() / model.micro_batches / repeats;
    // The same words every step: a model that learns at all learns them.
    bench.check(std::string("train_step learns, ") + model.name, last < first ? 0 : 1e9, "the loss falls");
    const Spread spread = spread_of(samples);
    const double parameters_b = static_cast<double>(transformer.parameters().counted) * 1e-9;
    bench.record.add(Line("step").word("model", model.name).number("layers", s.layers).number("hidden", s.hidden).number("heads", s.heads).number("ffn_hidden", s.ffn)
                         .number("vocabulary", s.words).number("seq_len", s.length).number("micro_batch", s.sequences).number("micro_batches", model.micro_batches)
                         .measured("time", "us", spread));
    std::fprintf(cases,
                 "T-O%02d,extra,%s,dense,%.4g,%.4g,%d,%d,%d,%d,%d,%d,,,,0,%d,%d,%d,,1,%s,,,bf16,1,1,,,,1,none,none,dure-microbench,dure-microbench,pretrain,"
                 "step_time_s,%.5g,s,,10,measured,high,measured,platforms/microbench,\"own step, unfused causal attention over the full square, Adam, float32 "
                 "gradients; quartiles %.5g to %.5g s of %d steps\"\n",
                 number, model.name, parameters_b, parameters_b, s.layers, s.hidden, s.heads, s.heads, s.ffn, s.words, s.length, s.sequences * model.micro_batches,
                 s.sequences, bench.card.name.c_str(), spread.median * 1e-6, spread.lower * 1e-6, spread.upper * 1e-6, spread.repeats);
    std::fprintf(stderr, "  %-10s %8.1f ms a step, loss %.3f -> %.3f\n", model.name, spread.median * 1e-3, first, last);
  }
  std::fclose(cases);
}

}  // namespace dure::bench
