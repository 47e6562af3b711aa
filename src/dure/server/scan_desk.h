// One thread for requests that look at every job, so that those which do not never wait for them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace dure::server {

// First come, first served; any thread.
class ScanDesk {
 public:
  static constexpr std::size_t most_waiting = 256;
  static constexpr std::size_t most_of_a_token = 8;  // that wait or are being served

  ScanDesk();
  // Those that wait are dropped, unserved. Waits for the one that is being served.
  ~ScanDesk();
  ScanDesk(const ScanDesk&) = delete;
  ScanDesk& operator=(const ScanDesk&) = delete;

  enum class Taken { yes, too_many_of_the_token, too_many };
  // Calls `serve` on the desk's thread, unless too many wait; then it is not called. O(log tokens).
  Taken post(const std::string& token, std::function<void()> serve);

 private:
  struct Scan {
    std::string token;
    std::function<void()> serve;
  };
  void run();

  std::mutex mutex_;  // guards the next four
  std::condition_variable changed_;
  std::deque<Scan> waiting_;
  std::map<std::string, std::size_t> of_token_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace dure::server
