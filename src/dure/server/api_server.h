// Binds the API to HTTP: who may ask, what is answered from the view, and what goes to the loop.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dure/api/route.h"
#include "dure/http/server.h"
#include "dure/journal/sqlite/shared_reader.h"
#include "dure/server/desk.h"
#include "dure/server/device_watch.h"
#include "dure/server/event_log.h"
#include "dure/server/forecast_desk.h"
#include "dure/server/live_desk.h"
#include "dure/server/log_follower.h"
#include "dure/server/metrics.h"
#include "dure/server/portal_files.h"
#include "dure/server/publisher.h"
#include "dure/server/request_rate.h"
#include "dure/server/scan_desk.h"
#include "dure/server/sessions.h"
#include "dure/server/use_history.h"

namespace dure::server {

struct ApiParts {
  Publisher& publisher;
  Desk& desk;
  EventLog& events;
  LogFollower& logs;
  Metrics& metrics;
  SharedReader& archive;
  const api::TokenSource& tokens;
  const api::Authenticator& authenticator;
  Sessions& sessions;
  const PortalFiles& portal;
  const UseHistory& use_history;
  LiveDesk& live;
  ForecastDesk* forecasts;  // null: they are off
};

// Called on network threads. All parts and `devices` must outlive it.
class ApiServer final : public http::Handler {
 public:
  ApiServer(ApiParts parts, api::ServerFacts facts, const DeviceWatch& devices, RateLimit rate);

  void handle(http::Request request, http::Reply reply) override;
  // Who is not known sends no body.
  std::optional<http::Response> refuse_early(const http::Request& head) override;

  // Before this, nothing is answered but 503: requests may come as soon as there is a port.
  void open(std::string address) {
    facts_.address = std::move(address);
    is_open_.store(true, std::memory_order_release);
  }
  // Requests that change something are answered 503 from now on.
  void set_ready(bool is_ready) { is_ready_ = is_ready; }

 private:
  // An answer that is kept for whoever asks again with the same key.
  struct Kept {
    std::string request;  // a hash of what was asked
    std::optional<http::Response> response;
    std::vector<std::shared_ptr<http::Reply>> waiting;  // shared with the callbacks of the loop
  };

  using Actor = std::shared_ptr<const api::Actor>;

  bool answer_without_token(const http::Request& request, http::Reply& reply);
  // Who asks, and by what: the token in the header goes before the session.
  enum class Proof : std::uint8_t { none, token, session, published };
  struct Caller {
    Actor actor;
    Proof proof = Proof::none;
  };
  Caller caller_of(const http::Request& request, Time now) const;
  // Whether what it began may go on: until the token is no longer good, or the session is over.
  LiveDesk::Lasts lasts_of(const http::Request& request, const Caller& caller) const;
  void serve(const http::Request& request, const Caller& caller, Time now, http::Reply reply);
  void scan(http::Request request, Caller caller, Time now, http::Reply reply);
  bool answer_of_session(const http::Request& request, const Caller& caller, Time now, http::Reply& reply) const;
  http::Response refusal_of_unknown(const http::Request& request, Time now);
  void note(const http::Request& request, const api::Actor& actor, const api::Route* route, Time now,
            const http::Response& response);
  std::optional<http::Response> too_fast(const api::Actor& actor);
  std::shared_ptr<const api::Forecasts> forecasts() const;
  http::Response metrics(const http::Request& request, const api::Access& access) const;
  using View = std::shared_ptr<const api::View>;
  void ask(const api::Call& call, const View& view, const Actor& actor, api::Ask ask, http::Reply reply);
  // Answers a request, for whoever repeats it too.
  using Tell = std::function<void(const http::Response&)>;
  void post(PendingRequest request, const Tell& tell);
  // Posts it if the job that it submits is likely enough to start by the time it names.
  void post_if_likely(PendingRequest request, const View& view, api::Ask question, Tell tell);
  void plan(const http::Request& request, std::shared_ptr<const api::View> view, Actor actor, spec::JobFile file,
            http::Reply reply);
  struct KeptResult {
    std::string request;
    api::CommandResult result;
  };
  Result<std::optional<KeptResult>> kept_before_restart(const std::string& key, std::uint64_t sequence);
  bool is_repeated(const std::string& key, const std::string& request, std::shared_ptr<http::Reply> reply);
  void keep(const std::string& key, const http::Response& response);

  ApiParts parts_;
  api::ServerFacts facts_;
  const DeviceWatch& devices_;
  RequestRate rate_;
  std::atomic<bool> is_open_{false};
  std::atomic<bool> is_ready_{true};

  std::mutex kept_mutex_;  // guards the next two
  std::unordered_map<std::string, Kept> kept_;
  std::deque<std::string> kept_order_;

  ScanDesk scans_;  // goes first: it uses the rest
};

}  // namespace dure::server
