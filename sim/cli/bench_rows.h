#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/error.h"

namespace dure::sim {

/// One row of the speed table: a run of known size and load, in a process of its own.
///
/// The national year is scenarios/national-year.txtpb, its rows written to a file. The other rows are one site of n
/// servers with eight cards and N jobs of 8 to 128 cards that take 4 h on average (exponential), so that the load offered is
///
///   load = N E[cards] 4 h / (8 n horizon),   which sets the horizon
///
/// EASY or conservative backfilling, no faults; the site's storage grows with its servers (0.32 GB/s each).
struct BenchRow {
  std::string name;
  Text about;
  std::string file = {};      // a scenario of the folder; empty: one site, made here
  std::string end_date = {};  // a shorter national year; empty: as the file says
  std::string scheduler = {};  // empty: EASY backfilling
  int nodes = 0;
  int jobs = 0;
  double load = 0;
  bool writes_rows = false;
  bool planning = false;
  bool any_load = false;  // its definition has another load, so it counts below 0.85 of utilisation too
};

std::vector<BenchRow> bench_rows(bool quick);

struct BenchResult {
  std::uint64_t jobs = 0;
  std::uint64_t nodes = 0;
  std::uint64_t events = 0;
  double offered_load = 0;
  double utilisation = 0;
  double mean_queue_jobs = 0;
  double largest_queue_jobs = 0;
  double wall_s = 0;
  double cpu_s = 0;  // of the process, user and system
  double peak_memory_mb = 0;
  double heap_floor_s = 0;  // processor time of a binary heap alone for as many events
  double jobs_per_s() const { return static_cast<double>(jobs) / wall_s; }
  double jobs_per_cpu_s() const { return static_cast<double>(jobs) / cpu_s; }
};

inline constexpr double kLeastUtilisation = 0.85;  // a speed measured below it does not count

/// Runs the row in a child process. `scenarios` is the folder of scenario files.
BenchResult run_bench(const BenchRow& row, const std::string& scenarios);

}  // namespace dure::sim
