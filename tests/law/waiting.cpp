// How many wait: M/M/c and M/G/1 at 50, 80 and 95 % load, over millions of jobs.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/law/loaded.h"

using namespace dure::test;

namespace {

/// Mean number waiting in M/M/c (Erlang 1917): C(c, a) rho / (1 - rho), a = c rho.
double erlang_queue(int servers, double load) {
  double term = 1, below = 0;
  for (int k = 0; k < servers; ++k) {
    below += term;
    term *= servers * load / (k + 1);
  }
  return term / ((1 - load) * below + term) * load / (1 - load);
}

/// Mean number waiting in M/G/1 (Pollaczek 1930, Khinchine 1932): rho^2 (1 + scv) / (2 (1 - rho)), scv = variance over squared mean.
double pollaczek_queue(double load, double scv) { return load * load * (1 + scv) / (2 * (1 - load)); }

void check_law(const std::string& name, const Stream& stream, double expected, double sharp) {
  std::vector<double> runs;
  for (int seed = 1; seed <= kRuns; ++seed) runs.push_back(mean_queue(stream, seed));
  const Mean mean = mean_of(runs);
  MESSAGE(fmt::format("{} at {:.2f}: {:.4f} jobs wait, law {:.4f}, off by {:+.2f} %, standard error {:.2f} %", name, stream.load, mean.value, expected, 100 * (mean.value / expected - 1), 100 * mean.error / expected));
  CAPTURE(name);
  CAPTURE(stream.load);
  CHECK(std::abs(mean.value - expected) < kErrors * mean.error);
  if (kRunLength >= 1) CHECK(mean.error < sharp * expected);  // or the check above would say little; short runs under sanitizers say little
}

/// Jobs in a run: the error of a mean queue grows as 1 / (1 - load).
double jobs_at(double load) { return kRunLength * (load > 0.9 ? 300000 : load > 0.6 ? 100000 : 50000); }

}  // namespace

TEST_CASE("M/M/c: as many wait as Erlang says, on 1, 4 and 64 cards at loads 0.5, 0.8 and 0.95") {
  for (const int cards : {1, 4, 64})
    for (const double load : {0.5, 0.8, 0.95}) {
      if (cards == 64 && load == 0.5) continue;  // two in a million wait
      check_law(fmt::format("M/M/{}", cards), {.cards = cards, .load = load, .jobs = jobs_at(load)}, erlang_queue(cards, load), cards == 64 && load < 0.9 ? 0.12 : 0.04);
    }
}

TEST_CASE("M/G/1: as many wait as Pollaczek and Khinchine say, with fixed and log-normal run times") {
  for (const double load : {0.5, 0.8, 0.95}) {
    check_law("M/D/1", {.load = load, .jobs = jobs_at(load), .law = "FIXED"}, pollaczek_queue(load, 0), 0.03);
    check_law("M/lognormal/1", {.load = load, .jobs = jobs_at(load), .law = "LOGNORMAL", .sigma = 1}, pollaczek_queue(load, std::exp(1.0) - 1), 0.05);
  }
}
