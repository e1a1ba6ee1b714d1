#include "sim/cli/validate.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/scenario_diagnostic.h"
#include "tests/support/temp_folder.h"

using namespace dure::sim;
using dure::analysis::ScoredCase;
using dure::analysis::summarise;

namespace {

const std::string kTraining = "platforms/cases/training_cases.csv", kScale = "platforms/cases/scale_cases.csv";

const ValidationTables& tables() {
  static const ValidationTables kTables = read_validation_tables("platforms");
  return kTables;
}

std::vector<ScoredCase> scored(const std::string& file) { return kind_of(file).score(file, tables()); }

template <typename Keep>
std::vector<ScoredCase> only(const std::vector<ScoredCase>& cases, Keep keep) {
  std::vector<ScoredCase> kept;
  std::copy_if(cases.begin(), cases.end(), std::back_inserter(kept), keep);
  return kept;
}

std::string reason_of(const ScoredCase& each) {
  if (each.skipped) CHECK_FALSE(each.skipped->ko.empty());
  return each.skipped ? each.skipped->en : "";
}

/// A case file of its own, removed at the end.
struct Written {
  explicit Written(const std::string& text) : path("/tmp/dure-validate-test." + std::to_string(::getpid()) + ".csv") { std::ofstream(path) << text; }
  ~Written() { std::filesystem::remove(path); }
  std::string path;
};

const std::string kHeader = "case_id,layers,hidden,heads,ffn_hidden,vocab,seq_len,global_batch_seqs,gpus,gpu,precision,recompute,stack,stack_family,task,metric,value,tol_pct";
const std::string kRow = "a,32,4096,32,16384,50368,2048,512,64,A100-SXM-80,bf16,unknown,megatron-core,megatron,pretrain,step_time_s,2,10";

}  // namespace

TEST_CASE("validate: the published training cases are met as the page on training says") {
  const auto all = scored(kTraining);
  const auto headline = only(all, [](const ScoredCase& each) { return each.headline; });
  const auto core = only(headline, [](const ScoredCase& each) { return each.tier == "core"; });
  const auto summary = summarise(headline), cores = summarise(core);
  CHECK(summary.n == 36);
  CHECK(summarise(all).skipped == 0);
  CHECK(summary.median_pct <= 4);
  CHECK(cores.worst_pct <= 10);
  const auto yardstick = summarise(dure::analysis::yardstick_errors_pct(core));
  CHECK(2 * cores.median_pct <= yardstick.median_pct);
  const auto study = summarise(only(core, [](const ScoredCase& each) { return each.group.starts_with("megatron-2022 "); }));
  CHECK(study.n == 8);  // Korthikanti et al. 2022
  CHECK(study.mean_pct <= 3.7);
  CHECK(study.worst_pct <= 8.87);
  CHECK(summarise(only(all, [](const ScoredCase& each) { return each.mixture; })).worst_pct <= 25);
}

TEST_CASE("validate: Llama 3 405B on 16,384 cards, after fitting nothing beyond 8,192") {
  const auto all = scored(kScale);
  REQUIRE(all.size() == 2);
  for (const ScoredCase& each : all) MESSAGE(each.id << ": " << each.computed << " TFLOP/s a card, published " << each.published);
  CHECK(std::abs(all[0].error_pct()) <= 12);
}

TEST_CASE("validate: a card that was measured is predicted from its own products") {
  const dure::test::TempFolder folder;
  for (const char* each : {"catalogue", "workload", "cases"}) std::filesystem::create_directory_symlink(std::filesystem::absolute(std::string("platforms/") + each), folder / each);
  std::filesystem::create_directory(folder / "measured");
  const auto write = [&](const std::string& card, const std::string& more) {
    std::ofstream(folder / "measured/card.txtpb") << "# proto-message: dure.MeasuredCard\ncard: \"" << card << "\" compute_units: 132\ngemm { precision: \"bf16\" peak_tflops: 989 " << more << " }\n";
  };
  const Written own("seq_len,layers,hidden,heads,gpus,gpu,params_total_b,metric,value,stack,tp,pp,global_batch_seqs,micro_batch,recompute\n"
                    "2048,24,2048,16,1,H200-SXM-141,1.3,step_time_s,1,dure-microbench,1,1,16,8,none\n");
  const auto step_s = [&] { return kind_of(own.path).score(own.path, read_validation_tables(folder.string())).at(0).computed; };
  const double published = step_s();
  write("H200-SXM-141", "rate_tflops: 500 tile_cost: 0.1 wave_share: 0.5 ramp_k: 100 memory_gb_per_s: 4000 start_us: 3");
  CHECK(step_s() > 1.1 * published);
  write("H201", "rate_tflops: 500 tile_cost: 0.1 wave_share: 0.5 ramp_k: 100 memory_gb_per_s: 4000 start_us: 3");
  CHECK_THROWS_AS(step_s(), ScenarioError);
  write("H200-SXM-141", "rate_tflops: 500");
  CHECK_THROWS_AS(step_s(), ScenarioErrors);

  const std::string good = "rate_tflops: 500 tile_cost: 0.1 wave_share: 0.5 ramp_k: 100 memory_gb_per_s: 4000 start_us: 3";
  write("H200-SXM-141", good + " } record { card: \"H100-SXM-80\" device: \"a card\" compute_units: 132 driver: \"none\" toolkit: \"none\" date: \"2026-11-21\"");
  const auto said = [&]() -> Error {
    try {
      step_s();
    } catch (const Error& error) {
      return error;
    }
    return Error(Exit::kDone, "", {"nothing was refused", ""});
  };
  CHECK(said().message.en == "a record of H100-SXM-80, not of H200-SXM-141");
  REQUIRE(said().place);
  CHECK(said().place->file == (folder / "measured/card.txtpb"));
  CHECK(said().place->line == 3);  // of the record's head
  write("H200-SXM-141", good);
  std::filesystem::copy(folder / "measured/card.txtpb", folder / "measured/earlier.txtpb");
  CHECK(said().message.en == folder.string() + "/measured/card.txtpb and " + folder.string() + "/measured/earlier.txtpb are both of H200-SXM-141");
  CHECK(said().message.ko.find("둘 다 H200-SXM-141의 파일입니다") != std::string::npos);
  CHECK(said().place->line == 2);
}

TEST_CASE("validate: at most six constants are fitted, all in the table of stacks, and each is its stack's own") {
  int fitted = 0;
  for (const auto& row : tables().stacks.rows()) fitted += row.fitted_size();
  CHECK(fitted <= 6);
}

TEST_CASE("validate: nothing is read from names, systems, workloads or notes") {
  std::ifstream file(kTraining);
  std::string text{std::istreambuf_iterator<char>(file), {}}, renamed;
  int row = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    renamed += (row == 0 ? line : "X" + std::to_string(row) + line.substr(line.find(','))) + "\n";
    ++row;
    at = end == std::string::npos ? text.size() : end + 1;
  }
  const Written other(renamed);
  const auto before = scored(kTraining), after = scored(other.path);
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].computed == after[i].computed);
}

TEST_CASE("validate: optional columns may be missing, unknown ones present; only shape, sequence length, card or operand skip a row") {
  const Written bare("seq_len,layers,hidden,gpu,params_total_b,metric,value,colour\n2048,32,4096,H100-SXM-80,7,tokens_per_s_per_gpu,10000,blue\n");
  const auto found = scored(bare.path);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].skipped);
  CHECK(found[0].assumed.size() > 8);
  const Written missing("seq_len,layers,hidden,gpu,metric,value\n,32,4096,H100-SXM-80,mfu_pct,40\n2048,,4096,H100-SXM-80,mfu_pct,40\n2048,32,4096,,mfu_pct,40\n2048,32,4096,H100-SXM-80,gpu_hours,40\n2048,32,4096,H100-SXM-80,colour,40\n");
  for (const auto& each : scored(missing.path)) CHECK(each.skipped);
}

TEST_CASE("validate: what cannot be is skipped with its reason, never bent into a number") {
  const auto reason = [](std::string row, const std::string& what, const std::string& with) {
    row.replace(row.find(what), what.size(), with);
    const Written file(kHeader + "\n" + row + "\n");
    return reason_of(scored(file.path).at(0));
  };
  const auto begins = [&](const char* what, const char* with, const char* why) { CHECK_MESSAGE(reason(kRow, what, with).starts_with(why), reason(kRow, what, with)); };
  begins("bf16", "fp8", "A100-SXM-80 has no fp8 rate on record; it has ");
  begins("bf16", "fp7", "no precision is called fp7");
  begins("A100-SXM-80", "RNGD", "the software of RNGD covers serving alone, not training");
  begins("A100-SXM-80", "Q900", "no card in the catalogue is called Q900");
  begins("4096,32,16384", "65536,512,262144", "the model does not fit on 64 cards of ");
  begins(",pretrain,", ",rl,", "no operands for the task rl");
}

TEST_CASE("validate: a layout that cannot be is skipped with its reason, whatever the numbers") {
  const auto reason = [](const std::string& sizes) {
    const Written file("layers,hidden,heads,kv_heads,ffn_hidden,vocab,seq_len,gpus,gpu,global_batch_seqs,metric,value,arch,tp,pp,cp,ep,dp,micro_batch,experts,top_k,recompute\n32,4096,32,8,14336,128256,8192,64,H100-SXM-80,256,step_time_s,4," + sizes + "\n");
    return reason_of(scored(file.path).at(0));
  };
  CHECK(reason("dense,4,2,1,,8,1,,,unknown").empty());
  CHECK(reason("dense,4,2,1,,7,1,,,unknown") == "tp x pp x cp x dp = 56, but the job has 64 cards");
  CHECK(reason("dense,3,2,1,,,1,,,unknown") == "tp x pp x cp = 6 does not divide 64 cards");
  CHECK(reason("dense,65536,65536,1,,,1,,,unknown") == "tp x pp x cp = 4294967296 does not divide 64 cards");
  CHECK(reason("dense,64,1,1,,1,1,,,unknown").starts_with("32 heads do not divide over t = 64"));
  CHECK(reason("dense,4,2,1,8,8,1,,,unknown").starts_with("e = 8 does not divide 0 experts"));
  CHECK(reason("moe,4,2,1,3,8,1,8,2,none").find("e = 3 does not divide 8 experts") != std::string::npos);
  CHECK(reason("moe,4,2,1,8,8,1,8,9,unknown").starts_with("a token goes to 9 of 8 experts"));
  CHECK(reason("moe,4,2,1,8,8,1,,,unknown").starts_with("model shape missing"));
  CHECK_FALSE(reason("dense,4,2,1,,8,1000,,,unknown").empty());
}

TEST_CASE("validate: a printed layout that our count of bytes misses by little ran, by much cannot have") {
  const auto first = [](const char* cards) {
    const Written file(std::string("layers,hidden,heads,kv_heads,ffn_hidden,vocab,seq_len,gpus,gpu,global_batch_seqs,metric,value,tp,pp,micro_batch,recompute,sharding\n126,16384,128,8,53248,128256,8192,") + cards + ",H100-SXM-80,256,step_time_s,4,8,1,1,none,none\n");
    return scored(file.path).at(0);
  };
  CHECK(reason_of(first("8")).find("does not fit") != std::string::npos);
}

TEST_CASE("validate: a broken file is refused with its line and a remedy, in both languages") {
  const Written wrong(kHeader + "\n" + kRow + "\n" + "b,many,4096,32,16384,50368,2048,512,64,A100-SXM-80,bf16,unknown,x,x,pretrain,step_time_s,,10\n");
  try {
    scored(wrong.path);
    FAIL("accepted");
  } catch (const ScenarioErrors& errors) {
    CHECK(errors.exit_code == Exit::kInvalid);
    CHECK(errors.place->line == 3);
    CHECK_FALSE(errors.help.en.empty());
    CHECK_FALSE(errors.help.ko.empty());
  }
  for (const auto& [what, with] : {std::pair<std::string, std::string>{",64,", ",-64,"}, {"step_time_s,2,", "step_time_s,nan,"}, {",32,4096", ",0,4096"}}) {
    std::string row = kRow;
    row.replace(row.find(what), what.size(), with);
    const Written out_of_range(kHeader + "\n" + row + "\n");
    CHECK_THROWS_AS(scored(out_of_range.path), ScenarioErrors);
  }
  const Written strange("colour,taste\nblue,sweet\n");
  CHECK_THROWS_AS(kind_of(strange.path), Error);
  CHECK_THROWS_AS(kind_of("/nowhere/cases.csv"), Error);
}

TEST_CASE("validate: the page on training shows the figures of today, and a fit finds the constants the table holds") {
  const StackFit fit = fit_stacks({kTraining}, tables());
  for (const auto& each : fit.constants) CHECK(each.after == doctest::Approx(each.before).epsilon(0.01));
  std::ifstream file("docs/rooms/training.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  auto all = scored(kScale);
  for (auto& each : scored(kTraining)) all.push_back(std::move(each));
  CHECK_MESSAGE(training_page(page, all, fit, scored("platforms/cases/heldout/training.csv")) == page, "run: dure validate --page docs/rooms/training.md");
}

TEST_CASE("validate: published serving rates are met, prompts assumed by one rule, and at most one row is skipped") {
  const auto all = scored("platforms/cases/serving_cases.csv");
  const auto summary = summarise(all), cores = summarise(only(all, [](const ScoredCase& each) { return each.tier == "core"; }));
  CHECK(summary.skipped <= 1);
  CHECK(summary.median_pct <= 15);
  CHECK(cores.median_pct <= 8);
  for (const ScoredCase& each : all) CHECK(std::any_of(each.assumed.begin(), each.assumed.end(), [](const Text& one) { return one.en == "prompt_tokens 256"; }));
  std::ifstream file("docs/rooms/serving.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  CHECK_MESSAGE(kind_page(page, all) == page, "run: dure validate platforms/cases/serving_cases.csv --page docs/rooms/serving.md");
}

TEST_CASE("validate: serving rows that cannot be are skipped with the reason") {
  const auto reason = [](const std::string& cells) {
    const Written file("layers,hidden,heads,kv_heads,ffn_hidden,vocab,weight_precision,gpu,gpus,max_batch,avg_output_tokens,metric,value\n" + cells + "\n");
    return reason_of(scored(file.path).at(0));
  };
  CHECK(reason("32,4096,32,8,14336,128256,bf16,H100-SXM-80,1,8,400,output_tokens_per_s,1000").empty());
  CHECK(reason("80,8192,64,8,28672,128256,bf16,H100-SXM-80,1,8,400,output_tokens_per_s,1000").find("does not fit") != std::string::npos);
  CHECK(reason("32,4096,32,8,14336,128256,fp8,A100-SXM-80,1,8,400,output_tokens_per_s,1000") .starts_with("A100-SXM-80 has no fp8 rate on record"));
  CHECK(reason("32,4096,32,8,14336,128256,fp7,H100-SXM-80,1,8,400,output_tokens_per_s,1000") == "weights in an unknown precision: fp7");
  CHECK(reason(",4096,32,8,14336,128256,bf16,H100-SXM-80,1,8,400,output_tokens_per_s,1000") == "model shape missing");
  CHECK(reason("32,4096,32,8,14336,128256,bf16,WARBOY,1,8,400,output_tokens_per_s,1000").starts_with("no card in the catalogue is called WARBOY, or too little"));
}

TEST_CASE("validate: reliability and power rows go to their rooms; identities close, and are reported apart") {
  const auto reliability = scored("platforms/cases/reliability_cases.csv"), power = scored("platforms/cases/power_cases.csv");
  const auto in = [](const ScoredCase& each) { return each.headline; };
  const auto out = [](const ScoredCase& each) { return !each.headline; };
  CHECK(summarise(only(reliability, in)).n == 4);  // scoring = prediction
  CHECK(summarise(only(reliability, in)).skipped == 0);
  CHECK(summarise(only(reliability, out)).median_pct < 1);
  CHECK(summarise(only(power, out)).worst_pct < 0.2);  // arithmetic of ratings and prices
  const auto measured = summarise(only(power, in));
  CHECK(measured.n >= 18);
  CHECK(measured.median_pct <= 8);
}

TEST_CASE("validate: a figure published as a floor is met from above") {
  ScoredCase floor;
  floor.published = 0.9;
  floor.floor = true;
  floor.computed = 0.95;
  CHECK(floor.error_pct() == 0);
  floor.computed = 0.81;
  CHECK(floor.error_pct() == doctest::Approx(-10));
}
