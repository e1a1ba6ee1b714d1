#pragma once
// The parts of the measurement, in the order in which they run. Each writes its points into the record.
#include <string>
#include <vector>

#include "bench.h"
#include "matmul.h"
#include "nvml.h"
#include "record.h"

namespace dure::bench {

/// What a part is given.
struct Bench {
  const Card& card;
  Library& library;
  Record& record;
  const Nvml& nvml;
  bool quick = false;        // fewer points: a look whether all works, not a measurement
  double budget_s = 0;       // of this part; points that do not fit are left out and counted
  std::string folder;        // beside the record: step cases, checkpoint file
  int failed_checks = 0;

  Effort effort(double seconds) const { return quick ? Effort{seconds / 5, 3, 9} : Effort{seconds, 7, 50}; }
  /// Books a comparison with the float64 reference: `error` in units of what is tolerated, right up to 1.
  void check(const std::string& kernel, double error_over_tolerance, const std::string& tolerance);
};

void measure_gemm(Bench& bench);
void measure_memory(Bench& bench);
void measure_attention(Bench& bench);
void measure_elementwise(Bench& bench);
void measure_launch(Bench& bench);
void measure_host_link(Bench& bench);
void measure_checkpoint(Bench& bench);
void measure_power(Bench& bench);
void measure_train_step(Bench& bench);
/// Writes a record of its own, `file`, where there is more than one card and NCCL was there to build with.
void measure_collectives(Bench& bench, const std::string& file, const Line& head);

}  // namespace dure::bench
