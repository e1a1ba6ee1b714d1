// What starting work costs when there is next to no work: launches one by one, in a graph, and a launch waited for.
#include <vector>

#include "parts.h"

namespace dure::bench {
namespace {

__global__ void nothing(int* at) {
  if (at != nullptr) *at = 1;
}

}  // namespace

void measure_launch(Bench& bench) {
  const cudaStream_t stream = bench.library.stream;
  constexpr int kLaunches = 500;
  const int repeats = bench.quick ? 9 : 41;
  const auto per_launch = [&](const std::function<void()>& go) {
    std::vector<double> samples;
    for (int r = 0; r < repeats + 2; ++r) {
      CUDA(cudaStreamSynchronize(stream));
      const double begin_s = now_s();
      go();
      CUDA(cudaStreamSynchronize(stream));
      if (r >= 2) samples.push_back((now_s() - begin_s) * 1e6 / kLaunches);
    }
    return spread_of(std::move(samples));
  };
  const auto many = [&] {
    for (int i = 0; i < kLaunches; ++i) nothing<<<1, 32, 0, stream>>>(nullptr);
    CUDA(cudaGetLastError());
  };
  const auto point = [&](const char* way, const Spread& spread) {
    bench.record.add(Line("launch").word("way", way).measured("time", "us", spread));
    std::fprintf(stderr, "  %-7s %.2f us\n", way, spread.median);
  };
  point("stream", per_launch(many));
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  many();
  CUDA(cudaStreamEndCapture(stream, &graph));
  CUDA(cudaGraphInstantiate(&ready, graph, 0));
  point("graph", per_launch([&] { CUDA(cudaGraphLaunch(ready, stream)); }));
  CUDA(cudaGraphExecDestroy(ready));
  CUDA(cudaGraphDestroy(graph));
  point("waited", per_launch([&] {
          for (int i = 0; i < kLaunches; ++i) {
            nothing<<<1, 32, 0, stream>>>(nullptr);
            CUDA(cudaStreamSynchronize(stream));
          }
        }));
}

}  // namespace dure::bench
