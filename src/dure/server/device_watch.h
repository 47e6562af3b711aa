// What the GPUs' driver tells of them, read again and again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dure/api/route.h"
#include "dure/engine/local/machine.h"

namespace dure::server {

using AllDeviceFacts = std::vector<api::DeviceFacts>;

// A thread of its own asks the driver, which may take seconds; without GPUs there is none. `now` from any thread.
class DeviceWatch {
 public:
  DeviceWatch(engine::Machine machine, engine::DeviceOptions options,
              std::chrono::milliseconds every = std::chrono::seconds(15));
  ~DeviceWatch();
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

  // Never null. What was read stays as it is for whoever holds it.
  std::shared_ptr<const AllDeviceFacts> now() const;

  // Asks the driver at once. Not beside itself: for the thread, and for tests whose watch has none.
  void look();

 private:
  void run();

  engine::Machine machine_;
  engine::DeviceOptions options_;
  std::chrono::milliseconds every_;
  mutable std::mutex mutex_;  // guards the next two
  std::shared_ptr<const AllDeviceFacts> facts_;
  bool is_closed_ = false;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace dure::server
