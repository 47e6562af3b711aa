// Users who submit, cancel, hold and release, and remember every word that was given to them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dure/base/random.h"
#include "server_process.h"

namespace dure::e2e {

// A job whose submission was acknowledged.
struct Promise {
  std::string name;
  int exit_code = 0;
  bool is_cancelled = false;      // acknowledged
  bool may_be_cancelled = false;  // asked for, and the answer was lost
};

struct Promises {
  std::map<std::uint32_t, Promise> jobs;
  std::map<std::string, std::uint32_t> asked;  // by name, one a request: how many jobs; acknowledged or not
};

// Threads that ask a few things of each server and then wait for the next one.
class Load {
 public:
  // Jobs write into `runs`. `seed` decides who asks for what.
  Load(std::uint64_t seed, std::size_t users, std::filesystem::path runs);
  ~Load() { finish(); }

  // A server is up.
  void begin(const ServerProcess& server);
  // Requests that were sent, or are just being sent. Each user sends at least one to each server.
  const std::atomic<std::uint64_t>& sent() const { return sent_; }
  // Returns everything that was promised. Nothing more is asked for.
  Promises finish();

 private:
  struct Submission {
    std::string name;  // also its key
    std::string body;
    int exit_code = 0;
  };
  struct User {
    std::uint64_t number = 0;
    Random random;
    std::uint64_t requests = 0;
    Promises promises;
    std::optional<Submission> unanswered;  // sent again, under its key, to the next server
  };

  void be(User& user);
  bool ask(User& user, http::Client& client);
  Submission invent(User& user);
  bool submit(User& user, http::Client& client, Submission submission);
  bool act(User& user, http::Client& client);
  std::string job_text(const std::string& name, const std::string& seconds, int code, const char* more) const;

  std::filesystem::path runs_;
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;  // guards the next four
  std::condition_variable changed_;
  std::uint64_t generation_ = 0;
  bool is_finished_ = false;
  std::string address_;
  std::string token_;
  std::vector<std::unique_ptr<User>> users_;
  std::vector<std::thread> threads_;
};

}  // namespace dure::e2e
