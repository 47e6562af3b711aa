#include "dure/engine/slurm/slurm_engine.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "dure/engine/process.h"

namespace dure::engine {

class SlurmEngine::Body {
 public:
  using Order = std::function<void(Reconciler&)>;

  Body(std::unique_ptr<SlurmLink> link, Shelf shelf, SlurmOptions options, SlurmHearers hearers)
      : reconciler_(std::move(link), std::move(shelf), std::move(options), std::move(hearers)) {}
  ~Body() {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    something_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void begin(std::vector<Expected> expected) {
    for (Expected& attempt : expected) reconciler_.expect(std::move(attempt));
    thread_ = std::thread([this] { run(); });
  }

  void give(Order order) {
    {
      const std::lock_guard lock(mutex_);
      orders_.push_back(std::move(order));
    }
    something_.notify_one();
  }

 private:
  void run() {
    Time next;
    for (;;) {
      std::vector<Order> orders;
      {
        std::unique_lock lock(mutex_);
        const Duration left = std::max(next - wall_time(), Duration{});
        something_.wait_for(lock, std::chrono::nanoseconds(left.ns), [&] { return is_closed_ || !orders_.empty(); });
        if (is_closed_) return;
        orders.swap(orders_);
      }
      for (const Order& order : orders) order(reconciler_);
      next = reconciler_.step(wall_time());
    }
  }

  Reconciler reconciler_;  // the thread's, once it runs
  std::mutex mutex_;       // guards the next two
  std::vector<Order> orders_;
  bool is_closed_ = false;
  std::condition_variable something_;
  std::thread thread_;
};

SlurmEngine::SlurmEngine(std::unique_ptr<SlurmLink> link, Shelf shelf, SlurmOptions options, SlurmHearers hearers)
    : body_(std::make_unique<Body>(std::move(link), std::move(shelf), std::move(options), std::move(hearers))) {}
SlurmEngine::SlurmEngine(SlurmEngine&&) noexcept = default;
SlurmEngine& SlurmEngine::operator=(SlurmEngine&&) noexcept = default;
SlurmEngine::~SlurmEngine() = default;

void SlurmEngine::begin(std::vector<Expected> expected) { body_->begin(std::move(expected)); }

void SlurmEngine::start(Attempt attempt) {
  auto shared = std::make_shared<Attempt>(std::move(attempt));
  body_->give([shared](Reconciler& reconciler) { reconciler.start(std::move(*shared)); });
}

void SlurmEngine::stop(AttemptId id, StopOrder order) {
  body_->give([id, order = std::move(order)](Reconciler& reconciler) { reconciler.stop(id, order); });
}

void SlurmEngine::forget(AttemptId id) {
  body_->give([id](Reconciler& reconciler) { reconciler.forget(id); });
}

void SlurmEngine::drain(std::string node, std::string reason) {
  body_->give([=](Reconciler& reconciler) { reconciler.drain(node, reason); });
}

void SlurmEngine::resume(std::string node) {
  body_->give([=](Reconciler& reconciler) { reconciler.resume(node); });
}

}  // namespace dure::engine
