// What the GPUs' driver tells of them, read again and again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dure/api/route.h"
#include "dure/engine/local/machine.h"
#include "dure/server/sick_devices.h"

namespace dure::server {

using AllDeviceFacts = std::vector<api::DeviceFacts>;

// A thread of its own asks the driver, which may take seconds; without GPUs there is none. `now` and `look_and` from
// any thread.
class DeviceWatch {
 public:
  using OnSick = std::function<void(SickDevices)>;
  // `on_sick` hears what is broken whenever the driver has answered, on the watch's thread.
  DeviceWatch(engine::Machine machine, engine::DeviceOptions options, OnSick on_sick,
              std::chrono::milliseconds every = std::chrono::seconds(15));
  ~DeviceWatch();
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

  // Never null. What was read stays as it is for whoever holds it.
  std::shared_ptr<const AllDeviceFacts> now() const;

  // Whether the driver is asked again and again.
  bool is_watching() const { return thread_.joinable(); }
  // Has the driver asked at once, tells what is broken, then calls `then`, on the watch's thread; never, if the watch
  // ends first. Requires is_watching().
  void look_and(std::function<void()> then);

  // Asks the driver at once. Not beside itself: for the thread, and for tests whose watch has none.
  void look();

 private:
  void run();

  engine::Machine machine_;
  engine::DeviceOptions options_;
  OnSick on_sick_;
  std::chrono::milliseconds every_;
  mutable std::mutex mutex_;  // guards the next three
  std::shared_ptr<const AllDeviceFacts> facts_;
  std::vector<std::function<void()>> waiting_;  // for the next look
  bool is_closed_ = false;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace dure::server
