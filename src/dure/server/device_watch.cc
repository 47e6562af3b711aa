#include "dure/server/device_watch.h"

#include <utility>

namespace dure::server {
namespace {

AllDeviceFacts facts_of(const engine::Machine& machine) {
  AllDeviceFacts facts;
  for (const engine::Device& device : machine.devices) {
    api::DeviceFacts fact{.index = device.index,
                          .model = device.model,
                          .uuid = device.uuid,
                          .memory_mib = device.memory_mib,
                          .is_healthy = device.is_healthy,
                          .why_not = device.why_not,
                          .temperature_celsius = device.temperature_celsius,
                          .utilization_percent = device.utilization_percent};
    if (device.power_milliwatt) fact.power_w = static_cast<double>(*device.power_milliwatt) / 1000;
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace

DeviceWatch::DeviceWatch(engine::Machine machine, engine::DeviceOptions options, OnSick on_sick,
                         std::chrono::milliseconds every)
    : machine_(std::move(machine)),
      options_(std::move(options)),
      on_sick_(std::move(on_sick)),
      every_(every),
      facts_(std::make_shared<const AllDeviceFacts>(facts_of(machine_))) {
  const bool has_driver = !options_.emulated && !machine_.devices.empty();
  if (has_driver && every_ > std::chrono::milliseconds{}) thread_ = std::thread([this] { run(); });
}

DeviceWatch::~DeviceWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const AllDeviceFacts> DeviceWatch::now() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

void DeviceWatch::look_and(std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(then));
  changed_.notify_all();
}

void DeviceWatch::look() {
  const bool has_answer = engine::refresh(machine_, options_);
  if (has_answer) on_sick_(sick_devices(machine_));
  auto facts = std::make_shared<const AllDeviceFacts>(facts_of(machine_));
  const std::lock_guard lock(mutex_);
  facts_ = std::move(facts);
}

void DeviceWatch::run() {
  for (;;) {
    std::vector<std::function<void()>> waiting;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, every_, [this] { return is_closed_ || !waiting_.empty(); });
      if (is_closed_) return;
      waiting.swap(waiting_);
    }
    look();
    for (const auto& then : waiting) then();
  }
}

}  // namespace dure::server
