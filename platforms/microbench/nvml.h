#pragma once
// The driver's management library, opened when the program runs, so that building needs no driver. It is only read from.
#include <string>

namespace dure::bench {

class Nvml {
 public:
  /// Opens the library and the card; without it every reading is -1 or empty.
  explicit Nvml(const std::string& pci_bus_id);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  bool usable() const { return card_ != nullptr; }
  double power_w() const;        // the driver's own average, about a second wide on recent cards
  double energy_j() const;       // since the driver was loaded
  double power_limit_w() const;
  double temperature_c() const;
  double sm_clock_mhz() const;
  double memory_clock_mhz() const;
  int pcie_generation() const;
  int pcie_width() const;
  std::string driver() const;

 private:
  template <class Function>
  Function find(const char* name) const;
  double clock_mhz(unsigned kind) const;

  void* library_ = nullptr;
  void* card_ = nullptr;
};

}  // namespace dure::bench
