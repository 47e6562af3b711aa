#include "dure/server/device_watch.h"

#include <gtest/gtest.h>

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
  DeviceWatch watch(machine_of_yesterday(), {.nvml_library = DURE_FAKE_NVML}, {});
  const auto before = watch.now();
  EXPECT_EQ(before->at(0).power_w, 0.001);
  EXPECT_TRUE(before->at(1).is_healthy);
  watch.look();
  EXPECT_GT(watch.now()->at(0).power_w.value(), 1.0);
  EXPECT_EQ(watch.now()->at(1).why_not, "the driver no longer shows it");
  EXPECT_EQ(before->at(0).power_w, 0.001);
}

TEST(DeviceWatch, LeavesEmulatedDevicesAlone) {
  const engine::DeviceOptions options{.emulated = 2};
  DeviceWatch watch(engine::discover(options), options);
  watch.look();
  EXPECT_EQ(watch.now()->size(), 2u);
  EXPECT_TRUE(watch.now()->at(0).is_healthy);
}

}  // namespace
}  // namespace dure::server
