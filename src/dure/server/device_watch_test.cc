#include "dure/server/device_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <vector>

namespace dure::server {
namespace {

// What the driver told when the server started, and has changed since.
engine::Machine machine_of_yesterday() {
  engine::Machine machine = engine::discover({.nvml_library = DURE_FAKE_NVML});
  machine.devices.at(0).power_milliwatt = 1;
  machine.devices.at(1).uuid = "MIG-of-yesterday";
  return machine;
}

TEST(DeviceWatch, TellsWhatTheDriverTellsNow) {
  std::vector<std::uint64_t> told;
  DeviceWatch watch(machine_of_yesterday(), {.nvml_library = DURE_FAKE_NVML},
                    [&](const SickDevices& sick) { told.push_back(sick.gpus); }, {});
  const auto before = watch.now();
  EXPECT_EQ(before->at(0).power_w, 0.001);
  EXPECT_TRUE(before->at(1).is_healthy);
  watch.look();
  EXPECT_GT(watch.now()->at(0).power_w.value(), 1.0);
  EXPECT_EQ(watch.now()->at(1).why_not, "the driver no longer shows it");
  EXPECT_EQ(before->at(0).power_w, 0.001);
  EXPECT_EQ(told, std::vector<std::uint64_t>{0b11010});
}

// As while it is being upgraded: what runs goes on.
TEST(DeviceWatch, SaysNothingOfDevicesWhereTheDriverDoesNotAnswer) {
  bool has_told = false;
  DeviceWatch watch(machine_of_yesterday(), {.nvml_library = "/nowhere.so"},
                    [&](const SickDevices&) { has_told = true; }, {});
  watch.look();
  EXPECT_FALSE(has_told);
  EXPECT_FALSE(watch.now()->at(0).is_healthy);
}

TEST(DeviceWatch, LooksBeforeItCallsBack) {
  std::promise<std::uint64_t> told;
  SickDevices last;
  DeviceWatch watch(
      machine_of_yesterday(), {.nvml_library = DURE_FAKE_NVML}, [&](SickDevices sick) { last = std::move(sick); },
      std::chrono::hours(9));
  ASSERT_TRUE(watch.is_watching());
  watch.look_and([&] { told.set_value(last.gpus); });
  EXPECT_EQ(told.get_future().get(), 0b11010u);
}

TEST(DeviceWatch, LeavesEmulatedDevicesAlone) {
  const engine::DeviceOptions options{.emulated = 2};
  DeviceWatch watch(engine::discover(options), options, [](const SickDevices& sick) { EXPECT_EQ(sick.gpus, 0u); });
  EXPECT_FALSE(watch.is_watching());
  watch.look();
  EXPECT_EQ(watch.now()->size(), 2u);
  EXPECT_TRUE(watch.now()->at(0).is_healthy);
}

}  // namespace
}  // namespace dure::server
