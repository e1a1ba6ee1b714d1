#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench.h"

namespace dure::bench {

void stop(Exit code, const std::string& what) { throw Failure{code, what}; }

void check_cuda(cudaError_t result, const char* call, const char* file, int line) {
  if (result == cudaSuccess) return;
  const bool machine = result == cudaErrorNoDevice || result == cudaErrorInsufficientDriver || result == cudaErrorMemoryAllocation ||
                       result == cudaErrorSystemDriverMismatch || result == cudaErrorDevicesUnavailable;
  stop(machine ? Exit::kEnvironment : Exit::kBug,
       std::string(file) + ":" + std::to_string(line) + ": " + call + ": " + cudaGetErrorString(result));
}

Spread spread_of(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(samples.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, samples.size() - 1);
    return samples[below] + (place - static_cast<double>(below)) * (samples[above] - samples[below]);
  };
  return {at(0.5), at(0.25), at(0.75), static_cast<int>(samples.size())};
}

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

namespace {

struct Event {
  cudaEvent_t event = nullptr;
  Event() { CUDA(cudaEventCreate(&event)); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event); }
};

double once_us(cudaStream_t stream, const std::function<void()>& go) {
  static Event begin, end;
  CUDA(cudaEventRecord(begin.event, stream));
  go();
  CUDA(cudaEventRecord(end.event, stream));
  CUDA(cudaEventSynchronize(end.event));
  float ms = 0;
  CUDA(cudaEventElapsedTime(&ms, begin.event, end.event));
  return static_cast<double>(ms) * 1e3;
}

}  // namespace

Spread time_us(cudaStream_t stream, const Effort& effort, const std::function<void(int)>& go) {
  constexpr double kSample_us = 200;
  constexpr int kMostInBundle = 200;
  go(0);
  CUDA(cudaStreamSynchronize(stream));
  double single_us = 1e30;
  for (int i = 1; i <= 2; ++i) single_us = std::min(single_us, once_us(stream, [&] { go(i); }));
  const int bundle = std::clamp(static_cast<int>(std::ceil(kSample_us / std::max(single_us, 0.1))), 1, kMostInBundle);
  const int repeats = std::clamp(static_cast<int>(effort.seconds * 1e6 / (bundle * single_us)), effort.least_repeats, effort.most_repeats);
  std::vector<double> samples;
  if (bundle == 1) {
    for (int r = 0; r < repeats; ++r) samples.push_back(once_us(stream, [&] { go(r); }));
    return spread_of(std::move(samples));
  }
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (int i = 0; i < bundle; ++i) go(i);
  CUDA(cudaStreamEndCapture(stream, &graph));
  CUDA(cudaGraphInstantiate(&ready, graph, 0));
  CUDA(cudaGraphLaunch(ready, stream));
  CUDA(cudaStreamSynchronize(stream));
  for (int r = 0; r < repeats; ++r) samples.push_back(once_us(stream, [&] { CUDA(cudaGraphLaunch(ready, stream)); }) / bundle);
  CUDA(cudaGraphExecDestroy(ready));
  CUDA(cudaGraphDestroy(graph));
  return spread_of(std::move(samples));
}

namespace {

__device__ std::uint32_t mixed(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return static_cast<std::uint32_t>((x ^ (x >> 31)) >> 32);
}

template <class T>
__global__ void normal_kernel(T* data, std::size_t count, std::uint64_t seed, float spread) {
  for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count; i += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
    const float u = (static_cast<float>(mixed(seed + 2 * i)) + 1) * 2.3283064e-10f;
    const float v = static_cast<float>(mixed(seed + 2 * i + 1)) * 2.3283064e-10f;
    data[i] = static_cast<T>(spread * sqrtf(-2 * logf(fminf(u, 1.f))) * cospif(2 * v));
  }
}

}  // namespace

template <class T>
void fill_normal(T* data, std::size_t count, std::uint64_t seed, float spread, cudaStream_t stream) {
  if (count == 0) return;
  normal_kernel<<<1024, 256, 0, stream>>>(data, count, seed * 0x632be59bd9b4e019ull, spread);
  CUDA(cudaGetLastError());
}
template void fill_normal(float*, std::size_t, std::uint64_t, float, cudaStream_t);
template void fill_normal(__half*, std::size_t, std::uint64_t, float, cudaStream_t);
template void fill_normal(__nv_bfloat16*, std::size_t, std::uint64_t, float, cudaStream_t);
template void fill_normal(__nv_fp8_e4m3*, std::size_t, std::uint64_t, float, cudaStream_t);

Card open_card(const std::string& name) {
  Card card;
  const cudaError_t found = cudaGetDeviceCount(&card.count);
  if (found != cudaSuccess || card.count == 0)
    stop(Exit::kEnvironment, std::string("no GPU can be used here: ") + (found != cudaSuccess ? cudaGetErrorString(found) : "the driver lists none"));
  CUDA(cudaSetDevice(0));
  CUDA(cudaGetDeviceProperties(&card.properties, 0));
  CUDA(cudaDeviceGetAttribute(&card.clock_khz, cudaDevAttrClockRate, 0));
  char bus[32] = {};
  CUDA(cudaDeviceGetPCIBusId(bus, sizeof bus, 0));
  card.pci_bus_id = bus;
  // Names that drivers give, as the catalogue calls the cards (platforms/catalogue/cards.csv).
  static constexpr std::pair<const char*, const char*> kCatalogue[] = {
      {"NVIDIA A100-SXM4-80GB", "A100-SXM-80"}, {"NVIDIA A100-SXM4-40GB", "A100-SXM-40"}, {"NVIDIA A100 80GB PCIe", "A100-PCIe-80"},
      {"NVIDIA H100 80GB HBM3", "H100-SXM-80"}, {"NVIDIA H100 PCIe", "H100-PCIe-80"},     {"NVIDIA H200", "H200-SXM-141"},
      {"NVIDIA H20", "H20-SXM-96"},             {"NVIDIA B200", "B200-SXM-180"},          {"NVIDIA GB200", "GB200-186"},
      {"NVIDIA B300 SXM6 AC", "B300-SXM-288"},  {"NVIDIA GB300", "GB300-288"},            {"NVIDIA L40S", "L40S-48"}};
  card.name = name.empty() ? card.properties.name : name;
  for (const auto& [device, catalogue] : kCatalogue)
    if (name.empty() && std::string(device) == card.properties.name) card.name = catalogue;
  return card;
}

}  // namespace dure::bench
