// Stands in for NVIDIA's library in tests: a healthy GPU, one with two MIG instances, one with broken memory, one lost.
// The first is healthy until there is a file of the name that DURE_FAKE_NVML_SICK has.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int success = 0;
constexpr int not_supported = 3;
constexpr int not_found = 6;
constexpr int lost = 15;

// Handles are numbers: 1 to 3 are GPUs, 10 and 12 are instances of the second.
void* handle_of(std::uintptr_t number) { return reinterpret_cast<void*>(number); }
std::uintptr_t number_of(void* handle) { return reinterpret_cast<std::uintptr_t>(handle); }
bool is_instance(void* handle) { return number_of(handle) >= 10; }
bool is_first_sick() {
  const char* file = std::getenv("DURE_FAKE_NVML_SICK");
  return file != nullptr && ::access(file, F_OK) == 0;
}

struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

}  // namespace

extern "C" {

int nvmlInit_v2() { return success; }
int nvmlShutdown() { return success; }
int nvmlSystemGetDriverVersion(char* text, unsigned size) {
  std::snprintf(text, size, "555.1");
  return success;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 4;
  return success;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
  *handle = handle_of(index + 1);
  return index == 3 ? lost : success;
}
int nvmlDeviceGetName(void* handle, char* text, unsigned size) {
  std::snprintf(text, size, is_instance(handle) ? "H100 MIG 3g.40gb" : "H100");
  return success;
}
int nvmlDeviceGetUUID(void* handle, char* text, unsigned size) {
  std::snprintf(text, size, "%s-%u", is_instance(handle) ? "MIG" : "GPU", static_cast<unsigned>(number_of(handle)));
  return success;
}
// Not in the order in which the driver counts.
int nvmlDeviceGetMinorNumber(void* handle, unsigned* minor) {
  *minor = 7 - static_cast<unsigned>(number_of(handle));
  return success;
}
int nvmlDeviceGetMemoryInfo(void* handle, void* memory) {
  static_cast<Memory*>(memory)->total = (is_instance(handle) ? 40ULL : 80ULL) << 30;
  return success;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatt) {
  *milliwatt = 71'000;
  return success;
}
// Of the first alone.
int nvmlDeviceGetEnforcedPowerLimit(void* handle, unsigned* milliwatt) {
  *milliwatt = 700'000;
  return number_of(handle) == 1 ? success : not_supported;
}
int nvmlDeviceGetUtilizationRates(void*, void* rates) {
  static_cast<unsigned*>(rates)[0] = 97;
  return success;
}
int nvmlDeviceGetTemperature(void*, int, unsigned* celsius) {
  *celsius = 33;
  return success;
}
int nvmlDeviceGetRemappedRows(void* handle, unsigned* correctable, unsigned* uncorrectable, unsigned* is_pending,
                              unsigned* has_failed) {
  *correctable = *uncorrectable = *is_pending = 0;
  *has_failed = number_of(handle) == 3 || (number_of(handle) == 1 && is_first_sick()) ? 1 : 0;
  return success;
}
int nvmlDeviceGetMigMode(void* handle, unsigned* current, unsigned* pending) {
  *current = *pending = number_of(handle) == 2 ? 1 : 0;
  return number_of(handle) == 3 ? not_supported : success;
}
int nvmlDeviceGetMaxMigDeviceCount(void*, unsigned* count) {
  *count = 7;
  return success;
}
int nvmlDeviceGetMigDeviceHandleByIndex(void*, unsigned index, void** handle) {
  *handle = handle_of(10 + index);
  return index == 0 || index == 2 ? success : not_found;
}

}  // extern "C"
