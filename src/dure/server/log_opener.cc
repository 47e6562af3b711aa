#include "dure/server/log_opener.h"

#include <utility>

namespace dure::server {

LogOpener::LogOpener(LogSource& source, OnOpened on_opened, std::size_t threads)
    : source_(source), on_opened_(std::move(on_opened)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

LogOpener::~LogOpener() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::shared_ptr<Opening> LogOpener::open(LogFile file) {
  auto opening = std::make_shared<Opening>();
  const std::lock_guard lock(mutex_);
  orders_.push_back({std::move(file), opening});
  changed_.notify_one();
  return opening;
}

void LogOpener::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return is_closed_ || !orders_.empty(); });
    if (is_closed_) return;
    const Order order = std::move(orders_.front());
    orders_.pop_front();
    if (order.opening.use_count() == 1) continue;  // who asked is gone, and nobody else can come by it
    lock.unlock();
    order.opening->file = source_.open(order.file);
    on_opened_(*order.opening);
    lock.lock();
  }
}

}  // namespace dure::server
