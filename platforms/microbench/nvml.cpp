#include "nvml.h"

#include <dlfcn.h>

namespace dure::bench {
namespace {

using Result = int;  // 0 is success
constexpr unsigned kTemperatureOfChip = 0, kClockSm = 1, kClockMemory = 2;

}  // namespace

template <class Function>
Function Nvml::find(const char* name) const {
  return library_ == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library_, name));
}

Nvml::Nvml(const std::string& pci_bus_id) {
  library_ = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  const auto start = find<Result (*)()>("nvmlInit_v2");
  const auto open = find<Result (*)(const char*, void**)>("nvmlDeviceGetHandleByPciBusId_v2");
  if (start == nullptr || open == nullptr || start() != 0 || open(pci_bus_id.c_str(), &card_) != 0) card_ = nullptr;
}

Nvml::~Nvml() {
  if (const auto end = find<Result (*)()>("nvmlShutdown"); end != nullptr && card_ != nullptr) end();
  if (library_ != nullptr) dlclose(library_);
}

double Nvml::power_w() const {
  unsigned mw = 0;
  const auto read = find<Result (*)(void*, unsigned*)>("nvmlDeviceGetPowerUsage");
  return card_ != nullptr && read != nullptr && read(card_, &mw) == 0 ? mw * 1e-3 : -1;
}
double Nvml::energy_j() const {
  unsigned long long mj = 0;
  const auto read = find<Result (*)(void*, unsigned long long*)>("nvmlDeviceGetTotalEnergyConsumption");
  return card_ != nullptr && read != nullptr && read(card_, &mj) == 0 ? static_cast<double>(mj) * 1e-3 : -1;
}
double Nvml::power_limit_w() const {
  unsigned mw = 0;
  const auto read = find<Result (*)(void*, unsigned*)>("nvmlDeviceGetEnforcedPowerLimit");
  return card_ != nullptr && read != nullptr && read(card_, &mw) == 0 ? mw * 1e-3 : -1;
}
double Nvml::temperature_c() const {
  unsigned degrees = 0;
  const auto read = find<Result (*)(void*, unsigned, unsigned*)>("nvmlDeviceGetTemperature");
  return card_ != nullptr && read != nullptr && read(card_, kTemperatureOfChip, &degrees) == 0 ? static_cast<double>(degrees) : -1;
}
double Nvml::clock_mhz(unsigned kind) const {
  unsigned mhz = 0;
  const auto read = find<Result (*)(void*, unsigned, unsigned*)>("nvmlDeviceGetClockInfo");
  return card_ != nullptr && read != nullptr && read(card_, kind, &mhz) == 0 ? static_cast<double>(mhz) : -1;
}
double Nvml::sm_clock_mhz() const { return clock_mhz(kClockSm); }
double Nvml::memory_clock_mhz() const { return clock_mhz(kClockMemory); }
int Nvml::pcie_generation() const {
  unsigned value = 0;
  const auto read = find<Result (*)(void*, unsigned*)>("nvmlDeviceGetCurrPcieLinkGeneration");
  return card_ != nullptr && read != nullptr && read(card_, &value) == 0 ? static_cast<int>(value) : -1;
}
int Nvml::pcie_width() const {
  unsigned value = 0;
  const auto read = find<Result (*)(void*, unsigned*)>("nvmlDeviceGetCurrPcieLinkWidth");
  return card_ != nullptr && read != nullptr && read(card_, &value) == 0 ? static_cast<int>(value) : -1;
}
std::string Nvml::driver() const {
  char text[96] = {};
  const auto read = find<Result (*)(char*, unsigned)>("nvmlSystemGetDriverVersion");
  return card_ != nullptr && read != nullptr && read(text, sizeof text) == 0 ? text : "";
}

}  // namespace dure::bench
