#include "dure/engine/local/nvml.h"

#include <dlfcn.h>

#include <array>
#include <memory>

namespace dure::engine {
namespace {

// Facts of the library's binary interface.
using Handle = void*;
using Status = int;
constexpr Status success = 0;
constexpr Status gpu_is_lost = 15;
constexpr int temperature_of_gpu = 0;
constexpr std::size_t uuid_size = 96;
constexpr std::size_t name_size = 96;
constexpr unsigned mig_enabled = 1;

struct Memory {
  unsigned long long total = 0;
  unsigned long long free = 0;
  unsigned long long used = 0;
};

struct Utilization {
  unsigned gpu = 0;
  unsigned memory = 0;
};

// A function of the library that older drivers may lack; calling a missing one fails.
template <class... Arguments>
class Function {
 public:
  Function(void* library, const char* name) : call_(reinterpret_cast<Call>(::dlsym(library, name))) {}
  Status operator()(Arguments... arguments) const { return call_ != nullptr ? call_(arguments...) : -1; }
  explicit operator bool() const { return call_ != nullptr; }

 private:
  using Call = Status (*)(Arguments...);
  Call call_;
};

struct Library {
  void* library;
  Function<> init{library, "nvmlInit_v2"};
  Function<> shutdown{library, "nvmlShutdown"};
  Function<char*, unsigned> driver_version{library, "nvmlSystemGetDriverVersion"};
  Function<unsigned*> count{library, "nvmlDeviceGetCount_v2"};
  Function<unsigned, Handle*> handle{library, "nvmlDeviceGetHandleByIndex_v2"};
  Function<Handle, char*, unsigned> name{library, "nvmlDeviceGetName"};
  Function<Handle, char*, unsigned> uuid{library, "nvmlDeviceGetUUID"};
  Function<Handle, unsigned*> minor{library, "nvmlDeviceGetMinorNumber"};
  Function<Handle, void*> memory{library, "nvmlDeviceGetMemoryInfo"};
  Function<Handle, unsigned*> power{library, "nvmlDeviceGetPowerUsage"};
  Function<Handle, unsigned*> power_limit{library, "nvmlDeviceGetEnforcedPowerLimit"};
  Function<Handle, int, unsigned*> temperature{library, "nvmlDeviceGetTemperature"};
  Function<Handle, void*> utilization{library, "nvmlDeviceGetUtilizationRates"};
  Function<Handle, unsigned*, unsigned*, unsigned*, unsigned*> remapped{library, "nvmlDeviceGetRemappedRows"};
  Function<Handle, unsigned*, unsigned*> mig_mode{library, "nvmlDeviceGetMigMode"};
  Function<Handle, unsigned*> mig_count{library, "nvmlDeviceGetMaxMigDeviceCount"};
  Function<Handle, unsigned, Handle*> mig_handle{library, "nvmlDeviceGetMigDeviceHandleByIndex"};
};

// What the driver does not tell is left out; it may tell all but one.
template <class Call>
std::optional<std::int64_t> number(Call&& ask, Status& status) {
  unsigned value = 0;
  status = ask(&value);
  return status == success ? std::optional<std::int64_t>(value) : std::nullopt;
}

void read_identity(const Library& nvml, Handle handle, Device& device) {
  std::array<char, name_size> name{};
  std::array<char, uuid_size> uuid{};
  Memory memory;
  if (nvml.name(handle, name.data(), name.size()) == success) device.model = name.data();
  if (nvml.uuid(handle, uuid.data(), uuid.size()) == success) device.uuid = uuid.data();
  if (nvml.memory(handle, &memory) == success) device.memory_mib = static_cast<std::int64_t>(memory.total >> 20);
}

void read_state(const Library& nvml, Handle handle, Device& device) {
  Status power = success;
  Status ignored = success;
  Status utilization = success;
  device.power_milliwatt = number([&](unsigned* out) { return nvml.power(handle, out); }, power);
  device.power_limit_milliwatt = number([&](unsigned* out) { return nvml.power_limit(handle, out); }, ignored);
  device.temperature_celsius =
      number([&](unsigned* out) { return nvml.temperature(handle, temperature_of_gpu, out); }, ignored);
  Utilization load;
  device.utilization_percent = number(
      [&](unsigned* out) {
        const Status status = nvml.utilization(handle, &load);
        *out = load.gpu;
        return status;
      },
      utilization);
  if (power == gpu_is_lost || utilization == gpu_is_lost) {
    device.is_healthy = false;
    device.why_not = "the driver has lost the GPU";
  }
}

void read_memory_health(const Library& nvml, Handle handle, Device& device) {
  unsigned correctable = 0;
  unsigned uncorrectable = 0;
  unsigned is_pending = 0;
  unsigned has_failed = 0;
  if (nvml.remapped(handle, &correctable, &uncorrectable, &is_pending, &has_failed) != success) return;
  if (has_failed == 0) return;
  device.is_healthy = false;
  device.why_not = "its memory has errors that could not be mapped away";
}

std::vector<Device> mig_instances(const Library& nvml, Handle gpu, const Device& whole) {
  std::vector<Device> instances;
  unsigned count = 0;
  if (nvml.mig_count(gpu, &count) != success) return instances;
  for (unsigned i = 0; i < count; ++i) {
    Handle handle = nullptr;
    if (nvml.mig_handle(gpu, i, &handle) != success) continue;  // A place that holds no instance.
    // Power, temperature and health are those of the whole.
    Device instance = whole;
    instance.is_mig = true;
    instance.utilization_percent.reset();
    read_identity(nvml, handle, instance);
    if (!instance.uuid.starts_with("MIG")) continue;
    instances.push_back(std::move(instance));
  }
  return instances;
}

std::vector<Device> devices_of(const Library& nvml, unsigned index) {
  Device gpu{.gpu = index};
  Handle handle = nullptr;
  if (const Status status = nvml.handle(index, &handle); status != success) {
    gpu.is_healthy = false;
    gpu.why_not = status == gpu_is_lost ? "the driver has lost the GPU"
                                        : "the driver does not open it, status " + std::to_string(status);
    return {gpu};
  }
  read_identity(nvml, handle, gpu);
  unsigned minor = 0;
  if (nvml.minor(handle, &minor) == success) gpu.minor = minor;
  read_state(nvml, handle, gpu);
  read_memory_health(nvml, handle, gpu);
  unsigned mode = 0;
  unsigned pending = 0;
  if (nvml.mig_mode(handle, &mode, &pending) == success && mode == mig_enabled) return mig_instances(nvml, handle, gpu);
  return {gpu};
}

Gpus read_all(const Library& nvml) {
  Gpus gpus;
  std::array<char, 96> version{};
  if (nvml.driver_version(version.data(), version.size()) == success) gpus.driver = version.data();
  unsigned count = 0;
  if (nvml.count(&count) != success) return gpus;
  for (unsigned i = 0; i < count; ++i) {
    for (Device& device : devices_of(nvml, i)) {
      device.index = static_cast<std::uint32_t>(gpus.devices.size());
      gpus.devices.push_back(std::move(device));
    }
  }
  return gpus;
}

}  // namespace

Result<Gpus> read_gpus(const std::string& name) {
  const std::unique_ptr<void, int (*)(void*)> library(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL), ::dlclose);
  if (!library) return fail(Code::not_found, "no GPU driver: " + name + " is not on this machine");
  const Library nvml{library.get()};
  if (const Status status = nvml.init(); status != success) {
    return fail(Code::failed, "the GPU driver does not answer: nvmlInit says " + std::to_string(status) +
                                  "; try nvidia-smi, and load the kernel module");
  }
  Gpus gpus = read_all(nvml);
  nvml.shutdown();
  return gpus;
}

}  // namespace dure::engine
