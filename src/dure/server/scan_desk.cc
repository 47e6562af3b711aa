#include "dure/server/scan_desk.h"

#include <utility>

namespace dure::server {

ScanDesk::ScanDesk() : thread_([this] { run(); }) {}

ScanDesk::~ScanDesk() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

ScanDesk::Taken ScanDesk::post(const std::string& token, std::function<void()> serve) {
  const std::lock_guard lock(mutex_);
  std::size_t& theirs = of_token_[token];
  if (theirs == most_of_a_token) return Taken::too_many_of_the_token;
  if (waiting_.size() == most_waiting || is_over_) {
    if (theirs == 0) of_token_.erase(token);
    return Taken::too_many;
  }
  ++theirs;
  waiting_.push_back({token, std::move(serve)});
  changed_.notify_one();
  return Taken::yes;
}

void ScanDesk::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
    if (is_over_) return;
    Scan scan = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    scan.serve();
    scan.serve = nullptr;
    lock.lock();
    const auto theirs = of_token_.find(scan.token);
    if (--theirs->second == 0) of_token_.erase(theirs);
  }
}

}  // namespace dure::server
