// The link to the host: page-locked memory to the card and back, over sizes, and both ways at once.
#include <cstring>

#include "parts.h"

namespace dure::bench {

void measure_host_link(Bench& bench) {
  const std::size_t most = std::size_t(1) << (bench.quick ? 26 : 29);
  const cudaStream_t stream = bench.library.stream;
  Buffer<char> device(2 * most);
  char* host = nullptr;
  CUDA(cudaMallocHost(reinterpret_cast<void**>(&host), 2 * most));
  for (std::size_t i = 0; i < 2 * most; ++i) host[i] = static_cast<char>(i * 2654435761u >> 13);
  // There and back must be the same bytes.
  CUDA(cudaMemcpy(device.data(), host, most, cudaMemcpyHostToDevice));
  CUDA(cudaMemcpy(host + most, device.data(), most, cudaMemcpyDeviceToHost));
  bench.check("host_link", std::memcmp(host, host + most, most) == 0 ? 0 : 1e9, "the same bytes");
  for (std::size_t bytes = 4096; bytes <= most; bytes *= bench.quick ? 64 : 4) {
    const auto point = [&](const char* direction, double moved, const std::function<void(int)>& go) {
      const Spread spread = time_us(stream, bench.effort(0.1), go);
      bench.record.add(Line("host_link").word("direction", direction).number("bytes", moved).measured("time", "us", spread));
      if (bytes * 4 > most) std::fprintf(stderr, "  %-14s %.1f GB/s\n", direction, moved / spread.median * 1e-3);
    };
    const auto n = static_cast<double>(bytes);
    point("host_to_device", n, [&](int) { CUDA(cudaMemcpyAsync(device.data(), host, bytes, cudaMemcpyHostToDevice, stream)); });
    point("device_to_host", n, [&](int) { CUDA(cudaMemcpyAsync(host + most, device.data() + most, bytes, cudaMemcpyDeviceToHost, stream)); });
  }
  CUDA(cudaFreeHost(host));
}

}  // namespace dure::bench
