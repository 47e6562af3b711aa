#include "dure/engine/local/machine.h"

#include <gtest/gtest.h>

#include "dure/engine/local/cgroup.h"

namespace dure::engine {
namespace {

TEST(machine, has_cpus_and_memory_and_says_why_it_has_no_gpus) {
  const Machine machine = discover({.nvml_library = "libno-such-driver.so"});
  EXPECT_GE(machine.cpu_milli, 10);
  EXPECT_GE(machine.memory_mib, 16);
  EXPECT_FALSE(machine.host.empty());
  EXPECT_TRUE(machine.devices.empty());
  EXPECT_EQ(machine.note, "no GPU driver: libno-such-driver.so is not on this machine");
}

TEST(machine, emulated_devices_are_labelled_and_have_no_uuid) {
  const Machine machine = discover({.emulated = 3});
  ASSERT_EQ(machine.devices.size(), 3u);
  EXPECT_EQ(machine.devices[2].index, 2u);
  EXPECT_EQ(machine.devices[2].model, "emulated");
  EXPECT_TRUE(machine.devices[2].uuid.empty());
}

TEST(machine, a_gpu_in_mig_mode_is_its_instances) {
  const Machine machine = discover({.nvml_library = DURE_FAKE_NVML});
  EXPECT_EQ(machine.driver, "555.1") << machine.note;
  ASSERT_EQ(machine.devices.size(), 5u);
  EXPECT_EQ(machine.devices[0].uuid, "GPU-1");
  EXPECT_EQ(machine.devices[0].memory_mib, 80 * 1024);
  EXPECT_EQ(machine.devices[0].power_milliwatt, 71'000);
  EXPECT_EQ(machine.devices[0].power_limit_milliwatt, 700'000);
  EXPECT_EQ(machine.devices[0].temperature_celsius, 33);
  EXPECT_EQ(machine.devices[0].utilization_percent, 97);
  EXPECT_FALSE(machine.devices[1].power_limit_milliwatt);  // The driver does not tell of this one.
  EXPECT_EQ(machine.devices[1].uuid, "MIG-10");
  EXPECT_EQ(machine.devices[2].uuid, "MIG-12");
  EXPECT_TRUE(machine.devices[2].is_mig);
  EXPECT_EQ(machine.devices[2].gpu, 1u);
  EXPECT_EQ(machine.devices[0].minor, 6u);
  EXPECT_EQ(machine.devices[2].minor, 5u);  // that of the GPU it is part of
  EXPECT_EQ(machine.devices[2].index, 2u);
  EXPECT_EQ(machine.devices[2].memory_mib, 40 * 1024);
}

TEST(machine, a_gpu_with_broken_memory_and_a_lost_one_are_not_healthy) {
  Machine machine = discover({.nvml_library = DURE_FAKE_NVML});
  ASSERT_EQ(machine.devices.size(), 5u);
  EXPECT_TRUE(machine.devices[0].is_healthy);
  EXPECT_FALSE(machine.devices[3].is_healthy);
  EXPECT_EQ(machine.devices[3].why_not, "its memory has errors that could not be mapped away");
  EXPECT_EQ(machine.devices[4].why_not, "the driver has lost the GPU");
}

TEST(machine, a_gpu_that_the_driver_no_longer_shows_is_not_healthy) {
  Machine machine = discover({.nvml_library = DURE_FAKE_NVML});
  ASSERT_EQ(machine.devices.size(), 5u);
  machine.devices[0].uuid = "GPU-of-yesterday";
  refresh(machine, {.nvml_library = DURE_FAKE_NVML});
  EXPECT_EQ(machine.devices[0].why_not, "the driver no longer shows it");
  EXPECT_TRUE(machine.devices[1].is_healthy);
  EXPECT_EQ(machine.devices[1].index, 1u);
}

TEST(machine, groups_of_both_versions_are_found_where_they_are_mounted) {
  const auto groups = own_groups("4:memory:/slice/job\n1:cpu,cpuacct:/\n7:freezer:/x\n0::/user\n",
                                 "30 1 0:26 / /sys/fs/cgroup/memory rw shared:1 - cgroup cgroup rw,memory\n"
                                 "31 1 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                                 "32 1 0:28 /user /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].folder, "/sys/fs/cgroup/memory/slice/job");
  EXPECT_EQ(groups[1].folder, "/sys/fs/cgroup/cpu");
  EXPECT_EQ(groups[2].folder, "/sys/fs/cgroup/unified");
  EXPECT_TRUE(groups[2].is_unified());
}

}  // namespace
}  // namespace dure::engine
