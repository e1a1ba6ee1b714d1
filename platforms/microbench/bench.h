#pragma once
// What every part of the microbenchmark shares: errors that stop, memory that frees itself, times with their spread.
#include <cuda_runtime.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace dure::bench {

/// Exit codes of the program, as in the rest of the project.
enum class Exit : int { kDone = 0, kBug = 1, kCommandLine = 2, kEnvironment = 5, kCheckFailed = 6 };

struct Failure {
  Exit code;
  std::string what;
};
[[noreturn]] void stop(Exit code, const std::string& what);
void check_cuda(cudaError_t result, const char* call, const char* file, int line);

/// Device memory of `count` elements, freed at the end of its scope.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t count) : count_(count) {
    check_cuda(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), "cudaMalloc", __FILE__, __LINE__);
  }
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~Buffer() { cudaFree(data_); }

  T* data() const { return data_; }
  std::size_t size() const { return count_; }
  std::vector<T> to_host() const {
    std::vector<T> host(count_);
    check_cuda(cudaMemcpy(host.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), "cudaMemcpy", __FILE__, __LINE__);
    return host;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

/// Median and quartiles of many repeats.
struct Spread {
  double median = 0, lower = 0, upper = 0;
  int repeats = 0;
};
Spread spread_of(std::vector<double> samples);

/// How long one timing may take.
struct Effort {
  double seconds = 0.1;
  int least_repeats = 7;
  int most_repeats = 50;
};

/// Time of one call of `go`, in microseconds, by CUDA events on `stream`.
///
/// Warmed up by one call. Calls shorter than 200 us are timed in bundles of that length, replayed as a CUDA graph so that the speed
/// of the host does not count. `go(i)` gets a running number, to rotate operands so that they do not stay in the L2 cache.
Spread time_us(cudaStream_t stream, const Effort& effort, const std::function<void(int)>& go);

/// Seconds on the wall clock since some start.
double now_s();

/// Fills `count` numbers with normal deviates of the given spread: the same for the same seed.
template <class T>
void fill_normal(T* data, std::size_t count, std::uint64_t seed, float spread, cudaStream_t stream);

/// The card in use.
struct Card {
  cudaDeviceProp properties{};
  int clock_khz = 0;
  std::string name;         // of the catalogue, e.g. "H200-SXM-141"; the device's own name where the catalogue has none
  std::string pci_bus_id;
  int count = 0;            // cards that this process sees
};
/// Stops with exit 5 where there is no card.
Card open_card(const std::string& name);

}  // namespace dure::bench

#define CUDA(call) ::dure::bench::check_cuda((call), #call, __FILE__, __LINE__)
