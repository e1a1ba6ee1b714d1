// Collectives between the cards of this machine, in one process. Built only where NCCL's header is found.
#include "parts.h"

#ifdef DURE_NCCL
#include <nccl.h>

#include <algorithm>
#include <cmath>

namespace dure::bench {
namespace {

void check_nccl(ncclResult_t result, const char* call) {
  if (result != ncclSuccess) stop(Exit::kBug, std::string(call) + ": " + ncclGetErrorString(result));
}
#define NCCL(call) check_nccl((call), #call)

struct Rank {
  ncclComm_t comm = nullptr;
  cudaStream_t stream = nullptr;
  float* in = nullptr;
  float* out = nullptr;
};

/// Starts one collective on every rank; `count` numbers enter at each rank, except all_gather, where count / ranks do.
void start(const char* operation, std::vector<Rank>& ranks, std::size_t count) {
  const std::string name = operation;
  const std::size_t n = ranks.size(), share = count / n;
  NCCL(ncclGroupStart());
  for (Rank& r : ranks) {
    if (name == "all_reduce") NCCL(ncclAllReduce(r.in, r.out, count, ncclFloat, ncclSum, r.comm, r.stream));
    if (name == "all_gather") NCCL(ncclAllGather(r.in, r.out, share, ncclFloat, r.comm, r.stream));
    if (name == "reduce_scatter") NCCL(ncclReduceScatter(r.in, r.out, share, ncclFloat, ncclSum, r.comm, r.stream));
    if (name == "all_to_all")
      for (std::size_t peer = 0; peer < n; ++peer) {
        NCCL(ncclSend(r.in + peer * share, share, ncclFloat, static_cast<int>(peer), r.comm, r.stream));
        NCCL(ncclRecv(r.out + peer * share, share, ncclFloat, static_cast<int>(peer), r.comm, r.stream));
      }
  }
  NCCL(ncclGroupEnd());
}

}  // namespace

void measure_collectives(Bench& bench, const std::string& file, const Line& head) {
  if (bench.card.count < 2) {
    std::fprintf(stderr, "  one card: nothing to measure\n");
    return;
  }
  Record record(file, "dure.InterconnectRecord");
  const std::size_t most = (std::size_t(1) << (bench.quick ? 24 : 30)) / sizeof(float);
  int version = 0;
  NCCL(ncclGetVersion(&version));
  record.add(head);
  record.add("collective_library", "NCCL " + std::to_string(version));
  for (int ranks = 2; ranks <= bench.card.count; ranks *= 2) {
    std::vector<Rank> all(static_cast<std::size_t>(ranks));
    std::vector<ncclComm_t> comms(all.size());
    NCCL(ncclCommInitAll(comms.data(), ranks, nullptr));
    for (std::size_t i = 0; i < all.size(); ++i) {
      CUDA(cudaSetDevice(static_cast<int>(i)));
      all[i].comm = comms[i];
      CUDA(cudaStreamCreateWithFlags(&all[i].stream, cudaStreamNonBlocking));
      CUDA(cudaMalloc(reinterpret_cast<void**>(&all[i].in), most * sizeof(float)));
      CUDA(cudaMalloc(reinterpret_cast<void**>(&all[i].out), most * sizeof(float)));
      fill_normal(all[i].in, most, 10 + i, 1, all[i].stream);
    }
    const auto wait = [&] {
      for (std::size_t i = 0; i < all.size(); ++i) {
        CUDA(cudaSetDevice(static_cast<int>(i)));
        CUDA(cudaStreamSynchronize(all[i].stream));
      }
    };
    // Sums of `ranks` float32 numbers in any order: ranks 2^-24 of the sum of absolute values.
    constexpr std::size_t kChecked = 4096;
    start("all_reduce", all, kChecked);
    wait();
    std::vector<std::vector<float>> in(all.size(), std::vector<float>(kChecked));
    std::vector<float> out(kChecked);
    for (std::size_t i = 0; i < all.size(); ++i) CUDA(cudaMemcpy(in[i].data(), all[i].in, kChecked * sizeof(float), cudaMemcpyDeviceToHost));
    CUDA(cudaMemcpy(out.data(), all.back().out, kChecked * sizeof(float), cudaMemcpyDeviceToHost));
    double worst = 0;
    for (std::size_t j = 0; j < kChecked; ++j) {
      double sum = 0, sum_abs = 0;
      for (const auto& one : in) {
        sum += static_cast<double>(one[j]);
        sum_abs += std::fabs(static_cast<double>(one[j]));
      }
      const double off = std::fabs(static_cast<double>(out[j]) - sum) / (ranks * 0x1p-24 * sum_abs + 1e-30);
      worst = off <= worst ? worst : off;
    }
    bench.check("all_reduce over " + std::to_string(ranks), worst, "ranks 2^-24 of the sum");
    for (const char* operation : {"all_reduce", "all_gather", "reduce_scatter", "all_to_all"})
      for (std::size_t count = 2048; count <= most; count *= bench.quick ? 64 : 4) {
        std::vector<double> samples;
        const int inner = count < (1u << 20) ? 20 : 3;
        for (int r = 0; r < (bench.quick ? 5 : 20); ++r) {
          wait();
          const double begin_s = now_s();
          for (int i = 0; i < inner; ++i) start(operation, all, count);
          wait();
          if (r > 0) samples.push_back((now_s() - begin_s) * 1e6 / inner);
        }
        record.add(Line("collective").word("operation", operation).number("ranks", ranks).number("bytes", static_cast<double>(count * sizeof(float))).measured("time", "us", spread_of(samples)));
      }
    for (std::size_t i = 0; i < all.size(); ++i) {
      CUDA(cudaSetDevice(static_cast<int>(i)));
      CUDA(cudaFree(all[i].in));
      CUDA(cudaFree(all[i].out));
      CUDA(cudaStreamDestroy(all[i].stream));
      ncclCommDestroy(all[i].comm);
    }
    CUDA(cudaSetDevice(0));
  }
  record.close();
}

}  // namespace dure::bench

#else

namespace dure::bench {
void measure_collectives(Bench&, const std::string&, const Line&) {
  std::fprintf(stderr, "  built without NCCL: left out\n");
}
}  // namespace dure::bench

#endif
