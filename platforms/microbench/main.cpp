// dure-microbench: measures one card and writes one record. It reads the card's state and sets none of it.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "parts.h"

namespace dure::bench {

void Bench::check(const std::string& kernel, double error_over_tolerance, const std::string& tolerance) {
  const bool passed = error_over_tolerance <= 1;  // false for NaN
  if (!passed) ++failed_checks;
  record.add(Line("check").word("kernel", kernel).number("error_over_tolerance", std::min(error_over_tolerance == error_over_tolerance ? error_over_tolerance : 1e9, 1e9))
                 .word("tolerance", tolerance).flag("passed", passed));
  std::fprintf(stderr, "  %s %s: %.3g of what is tolerated (%s)\n", passed ? "right " : "WRONG ", kernel.c_str(), error_over_tolerance, tolerance.c_str());
}

namespace {

struct Part {
  const char* name;
  double budget_s;
  void (*measure)(Bench&);
};
constexpr Part kParts[] = {
    {"launch", 5, measure_launch},       {"memory", 15, measure_memory},         {"host_link", 10, measure_host_link}, {"elementwise", 15, measure_elementwise},
    {"gemm", 190, measure_gemm},         {"attention", 30, measure_attention},   {"checkpoint", 20, measure_checkpoint}, {"train_step", 80, measure_train_step},
    {"power", 45, measure_power},
};
constexpr const char* kCollectives = "collective";

struct Options {
  std::string record = "record.txtpb";
  std::string card, commit = "unknown";
  bool quick = false;
  std::vector<std::string> only;
};

constexpr const char* kHelp =
    "dure-microbench [-o RECORD] [--card NAME] [--commit HASH] [--quick] [--only PART]...\n"
    "  measures the first card of this machine and writes a record (protobuf text format); several cards: their collectives too\n"
    "  -o RECORD     file to write (record.txtpb); step cases and the record of collectives go beside it\n"
    "  --card NAME   name of the card in the catalogue, where the driver's name is not known\n"
    "  --commit HASH commit of these sources, for the record\n"
    "  --quick       few points: whether all works, not a measurement\n"
    "  --only PART   launch memory host_link elementwise gemm attention checkpoint train_step power collective\n"
    "exit: 0 done, 2 command line, 5 no usable GPU or the record cannot be written, 6 a kernel's answer is wrong\n";

Options read(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&]() -> std::string {
      if (i + 1 >= argc) stop(Exit::kCommandLine, "`" + word + "` wants a value");
      return argv[++i];
    };
    if (word == "-o") options.record = next();
    else if (word == "--card") options.card = next();
    else if (word == "--commit") options.commit = next();
    else if (word == "--quick") options.quick = true;
    else if (word == "--only") {
      options.only.push_back(next());
      const auto is = [&](const Part& part) { return options.only.back() == part.name; };
      if (std::none_of(std::begin(kParts), std::end(kParts), is) && options.only.back() != kCollectives) stop(Exit::kCommandLine, "there is no part `" + options.only.back() + "`");
    } else if (word == "-h" || word == "--help") {
      std::fputs(kHelp, stdout);
      std::exit(0);
    } else {
      stop(Exit::kCommandLine, "unknown option `" + word + "`; `dure-microbench --help` lists them");
    }
  }
  return options;
}

int measure(const Options& options) {
  const double start_s = now_s();
  const Card card = open_card(options.card);
  const Nvml nvml(card.pci_bus_id);
  const std::filesystem::path folder = std::filesystem::path(options.record).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
  Record record(options.record, "dure.MicrobenchRecord");
  int driver = 0, runtime = 0;
  CUDA(cudaDriverGetVersion(&driver));
  CUDA(cudaRuntimeGetVersion(&runtime));
  const auto version = [](int number) { return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10); };
  char date[16] = {};
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  Line head("head");
  head.word("card", card.name).word("device", card.properties.name).word("compute_capability", std::to_string(card.properties.major) + "." + std::to_string(card.properties.minor))
      .number("compute_units", card.properties.multiProcessorCount).number("memory_bytes", static_cast<double>(card.properties.totalGlobalMem))
      .number("l2_bytes", card.properties.l2CacheSize).number("most_sm_clock_mhz", card.clock_khz * 1e-3).number("cards", card.count)
      .word("driver", nvml.driver().empty() ? "CUDA " + version(driver) : nvml.driver() + ", CUDA " + version(driver)).word("toolkit", "CUDA " + version(runtime))
      .word("library", "cuBLASLt " + std::to_string(cublasLtGetVersion())).word("date", date).word("commit", options.commit).flag("quick", options.quick);
  if (nvml.usable()) head.number("pcie_generation", nvml.pcie_generation()).number("pcie_width", nvml.pcie_width()).number("power_limit_w", nvml.power_limit_w());
  record.add(head);
  std::fprintf(stderr, "%s (%s), %d multiprocessors, %.0f GB, driver %s, CUDA %s\n", card.name.c_str(), card.properties.name, card.properties.multiProcessorCount,
               static_cast<double>(card.properties.totalGlobalMem) * 1e-9, nvml.driver().c_str(), version(runtime).c_str());

  Library library;
  const auto wanted = [&](const char* name) { return options.only.empty() || std::find(options.only.begin(), options.only.end(), name) != options.only.end(); };
  Bench bench{card, library, record, nvml, options.quick, 0, folder.empty() ? "." : folder.string(), 0};
  for (const Part& part : kParts) {
    if (!wanted(part.name)) continue;
    const double begin_s = now_s();
    std::fprintf(stderr, "%s\n", part.name);
    bench.budget_s = options.quick ? part.budget_s / 10 : part.budget_s;
    part.measure(bench);
    Line conditions("conditions");
    conditions.word("part", part.name).number("seconds", now_s() - begin_s);
    if (nvml.usable())
      conditions.number("sm_clock_mhz", nvml.sm_clock_mhz()).number("memory_clock_mhz", nvml.memory_clock_mhz()).number("temperature_c", nvml.temperature_c()).number("power_w", nvml.power_w());
    record.add(conditions);
    record.flush();
    std::fprintf(stderr, "  %.1f s\n", now_s() - begin_s);
  }
  if (wanted(kCollectives)) {
    std::fprintf(stderr, "%s\n", kCollectives);
    measure_collectives(bench, bench.folder + "/interconnect.txtpb", head);
  }
  const int wrong = bench.failed_checks;
  record.close();
  std::fprintf(stderr, "%s: %.0f s%s\n", options.record.c_str(), now_s() - start_s, wrong > 0 ? ", WITH WRONG ANSWERS: `dure calibrate` will refuse it" : "");
  return static_cast<int>(wrong > 0 ? Exit::kCheckFailed : Exit::kDone);
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
  try {
    return dure::bench::measure(dure::bench::read(argc, argv));
  } catch (const dure::bench::Failure& failure) {
    std::fprintf(stderr, "dure-microbench: %s\n", failure.what.c_str());
    return static_cast<int>(failure.code);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dure-microbench: %s\n", error.what());
    return static_cast<int>(dure::bench::Exit::kBug);
  }
}
