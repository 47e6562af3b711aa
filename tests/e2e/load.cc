#include "load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <utility>

#include "runs.h"

namespace dure::e2e {

Load::Load(std::uint64_t seed, std::size_t users, std::filesystem::path runs) : runs_(std::move(runs)) {
  for (std::size_t number = 0; number < users; ++number) {
    auto user = std::make_unique<User>(User{.number = number, .random = Random(seed * 1000 + number)});
    threads_.emplace_back([this, &user = *user] { be(user); });
    users_.push_back(std::move(user));
  }
}

void Load::begin(const ServerProcess& server) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  address_ = server.address();
  token_ = server.token();
  changed_.notify_all();
}

Promises Load::finish() {
  {
    const std::lock_guard lock(mutex_);
    is_finished_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  Promises all;
  for (const auto& user : users_) {
    all.jobs.merge(user->promises.jobs);
    all.asked.merge(user->promises.asked);
  }
  return all;
}

void Load::be(User& user) {
  for (std::uint64_t seen = 0;;) {
    http::ClientOptions options;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return generation_ != seen || is_finished_; });
      if (is_finished_) return;
      seen = generation_;
      options.url = address_;
      options.token = token_;
    }
    http::Client client(options);
    const std::uint64_t requests = 1 + user.random.below(5);
    for (std::uint64_t i = 0; i < requests && ask(user, client); ++i) {
    }
  }
}

// False when the server is gone.
bool Load::ask(User& user, http::Client& client) {
  if (user.unanswered) return submit(user, client, *std::exchange(user.unanswered, std::nullopt));
  const bool acts = user.random.below(4) == 0 && !user.promises.jobs.empty();
  return acts ? act(user, client) : submit(user, client, invent(user));
}

std::string Load::job_text(const std::string& name, const std::string& seconds, int code, const char* more) const {
  return fmt::format(R"({{"name":"{}","per_task":{{"gpus":0.25}},"time_limit":"5m","script":{},)"
                     R"("arguments":["{}","{}","{}"]{}}})",
                     name, boost::json::serialize(boost::json::value(run_script)), runs_.string(), seconds, code, more);
}

Load::Submission Load::invent(User& user) {
  constexpr int codes[] = {0, 0, 0, 1, 3, 42};
  const std::string name = fmt::format("u{}-{}", user.number, user.requests++);
  const int code = codes[user.random.below(std::size(codes))];
  const std::string seconds = user.random.below(3) == 0 ? "0.05" : "0";
  std::string body;
  std::uint32_t count = 1;
  switch (user.random.below(6)) {
    case 0:
      count = 3;
      body = job_text(name, seconds, code, R"(,"array":"0-2")");
      break;
    case 1: {
      count = 2;
      const std::string one = job_text(name, seconds, code, "");
      body = fmt::format(R"({{"jobs":[{},{}]}})", one, one);
      break;
    }
    case 2: body = job_text(name, seconds, code, R"(,"hold":true)"); break;
    default: body = job_text(name, seconds, code, "");
  }
  user.promises.asked[name] = count;
  return {.name = name, .body = body, .exit_code = code};
}

bool Load::submit(User& user, http::Client& client, Submission submission) {
  sent_.fetch_add(1);
  sent_.notify_all();
  const auto response =
      client.send(http::Method::post, "/v1/jobs", submission.body, {{"Idempotency-Key", submission.name}});
  if (!response || response->status == 503) {
    user.unanswered = std::move(submission);
    return false;
  }
  EXPECT_EQ(response->status, 201u) << response->body;
  if (response->status != 201) return false;
  const boost::json::value answer = boost::json::parse(response->body);
  for (const boost::json::value& job : answer.at("jobs").as_array()) {
    const auto first = job.at("id").to_number<std::uint32_t>();
    const auto jobs = job.at("count").to_number<std::uint32_t>();
    for (std::uint32_t id = first; id < first + jobs; ++id) {
      user.promises.jobs[id] = {.name = submission.name, .exit_code = submission.exit_code};
    }
  }
  return true;
}

bool Load::act(User& user, http::Client& client) {
  constexpr const char* acts[] = {"cancel", "cancel", "hold", "release"};
  const std::string what = acts[user.random.below(std::size(acts))];
  // One of the latest: the others have ended.
  const std::size_t back = 1 + user.random.below(std::min<std::size_t>(user.promises.jobs.size(), 6));
  const auto chosen = std::prev(user.promises.jobs.end(), static_cast<std::ptrdiff_t>(back));
  sent_.fetch_add(1);
  sent_.notify_all();
  const auto response = client.send(http::Method::post, fmt::format("/v1/jobs/{}/{}", chosen->first, what));
  if (what == "cancel") {
    chosen->second.may_be_cancelled = true;
    if (response && response->status == 200) chosen->second.is_cancelled = true;
  }
  return response.has_value();
}

}  // namespace dure::e2e
