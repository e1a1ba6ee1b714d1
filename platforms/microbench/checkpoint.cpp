// Writing a checkpoint: from the card into page-locked memory, from there into a file, and on to the disk (fsync).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "parts.h"

namespace dure::bench {

void measure_checkpoint(Bench& bench) {
  constexpr std::size_t kChunk = std::size_t(64) << 20;
  const std::string file = bench.folder + "/checkpoint.tmp";
  const cudaStream_t stream = bench.library.stream;
  const std::size_t most = std::size_t(bench.quick ? 256 : 4096) << 20;
  Buffer<float> state(most / 4);
  fill_normal(state.data(), state.size(), 9, 1, stream);
  char* host[2] = {};
  for (char*& chunk : host) CUDA(cudaMallocHost(reinterpret_cast<void**>(&chunk), kChunk));
  cudaEvent_t arrived[2];
  for (cudaEvent_t& event : arrived) CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  const double end_s = now_s() + bench.budget_s;
  for (std::size_t bytes = std::size_t(64) << 20; bytes <= most; bytes *= 4) {
    std::vector<double> written, synced;
    for (int r = 0; r < (bench.quick ? 2 : 5) && (r < 2 || now_s() < end_s); ++r) {
      const double begin_s = now_s();
      const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (out < 0) stop(Exit::kEnvironment, "cannot write " + file + ": " + std::strerror(errno));
      const auto fetch = [&](std::size_t offset, int slot) {
        CUDA(cudaMemcpyAsync(host[slot], reinterpret_cast<const char*>(state.data()) + offset, std::min(kChunk, bytes - offset), cudaMemcpyDeviceToHost, stream));
        CUDA(cudaEventRecord(arrived[slot], stream));
      };
      fetch(0, 0);
      int slot = 0;
      for (std::size_t offset = 0; offset < bytes; offset += kChunk, slot = 1 - slot) {
        CUDA(cudaEventSynchronize(arrived[slot]));
        if (offset + kChunk < bytes) fetch(offset + kChunk, 1 - slot);
        for (std::size_t at = 0, size = std::min(kChunk, bytes - offset); at < size;) {
          const ssize_t wrote = write(out, host[slot] + at, size - at);
          if (wrote <= 0) stop(Exit::kEnvironment, "cannot write " + file + ": " + std::strerror(errno));
          at += static_cast<std::size_t>(wrote);
        }
      }
      written.push_back((now_s() - begin_s) * 1e6);
      if (fsync(out) != 0) stop(Exit::kEnvironment, "cannot sync " + file + ": " + std::strerror(errno));
      close(out);
      synced.push_back((now_s() - begin_s) * 1e6);
    }
    if (bytes == std::size_t(64) << 20) {  // what lies in the file is what lay on the card
      std::vector<char> want(bytes), got(bytes);
      CUDA(cudaMemcpy(want.data(), state.data(), bytes, cudaMemcpyDeviceToHost));
      const int in = open(file.c_str(), O_RDONLY);
      std::size_t at = 0;
      for (ssize_t n = 0; at < bytes && (n = read(in, got.data() + at, bytes - at)) > 0;) at += static_cast<std::size_t>(n);
      close(in);
      bench.check("checkpoint", at == bytes && want == got ? 0 : 1e9, "the same bytes");
    }
    unlink(file.c_str());
    const Spread to_file = spread_of(written), to_disk = spread_of(synced);
    bench.record.add(Line("checkpoint").word("stage", "written").number("bytes", static_cast<double>(bytes)).measured("time", "us", to_file));
    bench.record.add(Line("checkpoint").word("stage", "synced").number("bytes", static_cast<double>(bytes)).measured("time", "us", to_disk));
    std::fprintf(stderr, "  %5zu MiB: written at %.2f GB/s, on the disk at %.2f GB/s\n", bytes >> 20, static_cast<double>(bytes) / to_file.median * 1e-3, static_cast<double>(bytes) / to_disk.median * 1e-3);
    if (now_s() > end_s) break;
  }
  for (cudaEvent_t event : arrived) CUDA(cudaEventDestroy(event));
  for (char* chunk : host) CUDA(cudaFreeHost(chunk));
}

}  // namespace dure::bench
