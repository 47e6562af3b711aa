#include "dure/server/api_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "dure/api/job_list.h"
#include "dure/api/job_routes.h"
#include "dure/base/hash.h"
#include "dure/base/overload.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

constexpr std::size_t longest_key = 200;
constexpr std::size_t most_kept_answers = 10'000;

http::Response text_response(unsigned status, std::string body) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .headers = {}, .body = std::move(body)};
}

std::string fingerprint(const http::Request& request) {
  const std::string what = request.target + "\n" + request.body;
  const Hash128 hash = hash_128(std::as_bytes(std::span(what)));
  return hex16(hash.high) + hex16(hash.low);
}

http::Response repeated_differently() {
  return to_response(
      http::Problem{.status = 422, .detail = "this Idempotency-Key was sent with another request; use a new one"});
}

Result<api::Submitted> refused_before() {
  return fail(Code::invalid_argument, "it was refused when it was first sent");
}

// As it was sent, without anything that a reader of the log could trip over.
std::string target_text(const http::Request& request) {
  constexpr std::size_t longest = 300;
  std::string text = request.target.substr(0, longest);
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

// What the audit log tells of a request that did not come to the loop: whatever was refused for who asked, and every
// change that was not made.
bool is_noted(const http::Request& request, const http::Response& response) {
  const bool is_change = request.method != http::Method::get && request.method != http::Method::options;
  return response.status == 401 || response.status == 403 || (is_change && response.status >= 400);
}

// A browser sends the session's cookie for whatever page asks it to. What only our own page can send besides is this
// header: another one's would ask first, and is never allowed to.
bool is_forged(const http::Request& request, bool has_session) {
  const bool is_change = request.method != http::Method::get && request.method != http::Method::options;
  return has_session && is_change && !request.header("dure-portal");
}

http::Response refusal_of_forged() {
  return to_response(http::Problem{
      .status = 403,
      .detail = "a request that changes something and comes with a session needs the header Dure-Portal: 1"});
}

// Would go on when the session is over.
bool makes_token(const http::Request& request) {
  return request.method == http::Method::post && request.path == "/v1/tokens";
}

http::Response refusal_to_outlast() {
  return to_response(http::Problem{
      .status = 403, .detail = "a session makes no tokens, which would outlast it: send one as Authorization: Bearer"});
}

// Answered without a token.
bool is_probe(const http::Request& request) { return request.path == "/healthz" || request.path == "/readyz"; }

}  // namespace

ApiServer::ApiServer(ApiParts parts, api::ServerFacts facts, const DeviceWatch& devices, RateLimit rate)
    : parts_(parts), facts_(std::move(facts)), devices_(devices), rate_(rate) {}

bool ApiServer::answer_without_token(const http::Request& request, http::Reply& reply) {
  if (is_probe(request) && request.method != http::Method::get) {
    reply.send(api::wrong_method(request, {http::Method::get}));
  } else if (request.path == "/healthz") {
    reply.send(text_response(200, "ok\n"));
  } else if (request.path == "/readyz") {
    reply.send(is_ready_ ? text_response(200, "ready\n") : text_response(503, "closing\n"));
  } else {
    return false;
  }
  return true;
}

// What is published is read without a token.
ApiServer::Caller ApiServer::caller_of(const http::Request& request, Time now) const {
  static const Actor nobody = std::make_shared<const api::Actor>();
  constexpr std::string_view bearer = "Bearer ";
  if (const auto header = request.header("authorization")) {
    Actor actor = header->starts_with(bearer) ? parts_.authenticator.find(header->substr(bearer.size()), now) : nullptr;
    if (actor) return {std::move(actor), Proof::token};
  } else if (const auto token = parts_.sessions.token_of(request, now)) {
    if (Actor actor = parts_.authenticator.find_by_id(*token, now)) return {std::move(actor), Proof::session};
  }
  const bool is_published = facts_.is_public && request.path == "/v1/public" && request.method == http::Method::get;
  return is_published ? Caller{nobody, Proof::published} : Caller{};
}

// A session begins with a token, and ends.
bool ApiServer::answer_of_session(const http::Request& request, const Caller& caller, Time now,
                                  http::Reply& reply) const {
  if (request.path != "/v1/session") return false;
  http::Response response = text_response(200, request.method == http::Method::post ? "signed in\n" : "signed out\n");
  if (request.method == http::Method::post && caller.proof == Proof::token) {
    const bool is_tls = facts_.address.starts_with("https");
    response.headers.push_back(
        parts_.sessions.begin(caller.actor->token, now, is_tls ? Sessions::Tls::yes : Sessions::Tls::no));
  } else if (request.method == http::Method::post) {
    response = to_response(
        http::Problem{.status = 403, .detail = "a session begins with a token: send one as Authorization: Bearer"});
  } else if (request.method == http::Method::del) {
    response.headers.push_back(parts_.sessions.end(request, now));
  } else {
    response = api::wrong_method(request, {http::Method::post, http::Method::del});
  }
  reply.send(std::move(response));
  return true;
}

http::Response ApiServer::refusal_of_unknown(const http::Request& request, Time now) {
  http::Response response = to_response(http::Problem{
      .status = 401,
      .detail = "no valid token; send one as Authorization: Bearer; operators and owners make them with dure token "
                "create"});
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  note(request, {}, nullptr, now, response);
  return response;
}

void ApiServer::note(const http::Request& request, const api::Actor& actor, const api::Route* route, Time now,
                     const http::Response& response) {
  if (!is_noted(request, response)) return;
  const std::string action = route != nullptr ? std::string(route->name) : std::string(to_text(request.method));
  parts_.desk.note({.at = now,
                    .actor = actor.subject,
                    .token = actor.token,
                    .action = action,
                    .target = target_text(request),
                    .outcome = fmt::format("refused: {} from {}", response.status, request.peer)});
}

// Those who run the estate are not kept from it.
std::optional<http::Response> ApiServer::too_fast(const api::Actor& actor) {
  if (api::is_operator(actor)) return std::nullopt;
  const auto wait = rate_.take(actor.token, RequestRate::Clock::now());
  if (!wait) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
  http::Response response = to_response(
      http::Problem{.status = 429, .detail = fmt::format("your token asks too often; ask again in {} s", seconds)});
  response.headers.push_back({"Retry-After", std::to_string(seconds)});
  return response;
}

std::shared_ptr<const api::Forecasts> ApiServer::forecasts() const {
  return parts_.forecasts != nullptr ? parts_.forecasts->now() : nullptr;
}

http::Response ApiServer::metrics(const http::Request& request, const api::Access& access) const {
  if (request.method != http::Method::get) return api::wrong_method(request, {http::Method::get});
  if (!access.may(api::Right::see_server)) {
    return to_response(
        http::Problem{.status = 403, .detail = "/metrics is for operators; give Prometheus such a token"});
  }
  return {.status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .headers = {},
          .body = parts_.metrics.text(*parts_.publisher.view(), parts_.events.watchers() + parts_.live.watchers(),
                                      forecasts().get())};
}

std::optional<http::Response> ApiServer::refuse_early(const http::Request& head) {
  const Time now = wall_clock();
  if (is_probe(head) || !is_open_.load(std::memory_order_acquire)) return std::nullopt;
  const Caller caller = caller_of(head, now);
  if (!caller.actor) return refusal_of_unknown(head, now);
  if (!is_forged(head, caller.proof == Proof::session)) return std::nullopt;
  http::Response refused = refusal_of_forged();
  note(head, *caller.actor, nullptr, now, refused);
  return refused;
}

void ApiServer::handle(http::Request request, http::Reply reply) {
  if (!is_open_.load(std::memory_order_acquire))
    return reply.refuse({.status = 503, .detail = "the server is starting"});
  if (answer_without_token(request, reply)) return;
  if (request.method == http::Method::get && !is_of_api(request.path)) return reply.send(parts_.portal.answer(request));
  const Time now = wall_clock();
  const Caller caller = caller_of(request, now);
  const Actor& actor = caller.actor;
  if (!actor) return reply.send(refusal_of_unknown(request, now));
  if (is_forged(request, caller.proof == Proof::session)) {
    http::Response refused = refusal_of_forged();
    note(request, *actor, nullptr, now, refused);
    return reply.send(std::move(refused));
  }
  if (makes_token(request) && caller.proof == Proof::session) {
    http::Response refused = refusal_to_outlast();
    note(request, *actor, nullptr, now, refused);
    return reply.send(std::move(refused));
  }
  if (auto refused = too_fast(*actor)) {
    note(request, *actor, nullptr, now, *refused);
    return reply.send(*std::move(refused));
  }
  if (answer_of_session(request, caller, now, reply)) return;
  if (api::is_scan(request)) return scan(std::move(request), caller, now, std::move(reply));
  serve(request, caller, now, std::move(reply));
}

// What looks at every job waits for others that do, and nothing else waits for it.
void ApiServer::scan(http::Request request, Caller caller, Time now, http::Reply reply) {
  const std::string token = caller.actor->token;
  auto shared = std::make_shared<http::Reply>(std::move(reply));  // shared as a function that can be copied holds it
  auto asked = std::make_shared<const http::Request>(std::move(request));
  const auto taken =
      scans_.post(token, [this, asked, caller, now, shared] { serve(*asked, caller, now, std::move(*shared)); });
  if (taken == ScanDesk::Taken::yes) return;
  const bool is_theirs = taken == ScanDesk::Taken::too_many_of_the_token;
  http::Response refused = to_response(http::Problem{
      .status = is_theirs ? 429u : 503u,
      .detail = is_theirs ? "your token looks through all jobs several times at once; wait for the answers"
                          : "too many look through all jobs; try again in a second"});
  refused.headers.push_back({"Retry-After", "1"});
  shared->send(std::move(refused));
}

LiveDesk::Lasts ApiServer::lasts_of(const http::Request& request, const Caller& caller) const {
  if (caller.proof != Proof::session) return [actor = caller.actor](Time now) { return actor->is_good(now); };
  http::Request cookie;
  if (const auto header = request.header("cookie")) cookie.headers.push_back({"Cookie", std::string(*header)});
  // The desk may ask when this is gone.
  return [&sessions = parts_.sessions, actor = caller.actor, cookie = std::move(cookie)](Time now) {
    return actor->is_good(now) && sessions.token_of(cookie, now).has_value();
  };
}

void ApiServer::serve(const http::Request& request, const Caller& caller, Time now, http::Reply reply) {
  const Actor& actor = caller.actor;
  const std::shared_ptr<const api::View> view = parts_.publisher.view();
  const std::shared_ptr<const AllDeviceFacts> devices = devices_.now();
  const std::shared_ptr<const api::Forecasts> expected = forecasts();
  const api::Access access(*actor, *view->tenants);
  api::Call call{.request = request,
                 .view = *view,
                 .parameters = {},
                 .access = access,
                 .now = now,
                 .server = facts_,
                 .archive = &parts_.archive,
                 .devices = devices.get(),
                 .tokens = &parts_.tokens,
                 .forecasts = expected.get()};
  api::Answer answer = request.path == "/metrics" ? api::Answer(metrics(request, access)) : api::dispatch(call);
  std::visit(Overload{
                 [&](http::Response& response) {
                   note(request, *actor, call.route, now, response);
                   reply.send(std::move(response));
                 },
                 [&](api::Ask& question) { ask(call, view, actor, std::move(question), std::move(reply)); },
                 [&](api::WatchEvents& watch) {
                   parts_.events.watch(std::move(reply), {actor, watch.job, watch.tenant}, watch.since);
                 },
                 [&](const api::WatchLive& watch) {
                   parts_.live.watch(std::move(reply), actor, lasts_of(request, caller), watch.since);
                 },
                 [&](const api::ReadJobEvents& read) {
                   reply.send(api::json_response(200, parts_.events.events_of({actor, read.job, std::nullopt})));
                 },
                 [&](const api::ReadUseHistory& read) {
                   reply.send(api::json_response(200, parts_.use_history.json(*view, access, read.tenant)));
                 },
                 [&](const api::ReadLog& log) { parts_.logs.read(std::move(reply), log, actor); },
                 [&](api::AskPlan& wish) { plan(request, view, actor, std::move(wish.file), std::move(reply)); },
             },
             answer);
}

void ApiServer::ask(const api::Call& call, const View& view, const Actor& actor, api::Ask question, http::Reply reply) {
  const http::Request& request = call.request;
  auto shared = std::make_shared<http::Reply>(std::move(reply));  // shared with those who repeat the request
  std::string key(request.header("idempotency-key").value_or(""));
  if (key.size() > longest_key) return shared->refuse({.status = 400, .detail = "Idempotency-Key: at most 200 bytes"});
  if (std::holds_alternative<api::CreateToken>(question.command)) key.clear();  // a secret is told once, and not kept
  if (!key.empty()) key = actor->subject + "/" + key;                           // everybody has keys of their own
  const std::string asked = key.empty() ? "" : fingerprint(request);
  if (!key.empty() && is_repeated(key, asked, shared)) return;
  if (!key.empty() && std::holds_alternative<api::SubmitJobs>(question.command)) {
    const auto kept = kept_before_restart(key, call.view.sequence);
    if (!kept) return keep(key, api::problem(kept.error()));
    if (*kept) return keep(key, (*kept)->request == asked ? question.respond((*kept)->result) : repeated_differently());
  }
  const Tell tell = [this, key, shared](const http::Response& response) {
    if (!key.empty()) return keep(key, response);
    shared->send(response);
  };
  PendingRequest pending{.command = std::move(question.command),
                         .estate_version = call.view.estate_version,
                         .actor = actor,
                         .action = std::string(call.route->name),
                         .target = target_text(request),
                         .key = key,
                         .request = asked,
                         .done = {}};
  if (question.if_unlikely) return post_if_likely(std::move(pending), view, std::move(question), tell);
  pending.done = [tell, respond = std::move(question.respond)](const api::CommandResult& result) {
    tell(respond(result));
  };
  post(std::move(pending), tell);
}

void ApiServer::post(PendingRequest request, const Tell& tell) {
  if (is_ready_ && parts_.desk.post(std::move(request))) return;
  tell(to_response(http::Problem{
      .status = 503, .detail = is_ready_ ? "too many requests wait; try again in a second" : "the server is closing"}));
}

// The plan is made once it is known that this is no repetition: what was accepted is not judged again.
void ApiServer::post_if_likely(PendingRequest request, const View& view, api::Ask question, Tell tell) {
  PlanRequest wish{.file = std::get<api::SubmitJobs>(request.command).jobs.front().file,
                   .view = view,
                   .user = request.actor->subject,
                   .done = {}};
  // Shared as a function that can be copied holds it.
  auto pending = std::make_shared<PendingRequest>(std::move(request));
  wish.done = [this, pending, tell = std::move(tell), asked = std::move(question)](const Result<api::JobPlan>& plan) {
    const auto judged = api::judge_start(plan, *asked.if_unlikely);
    if (!judged) return tell(api::problem(judged.error()));
    pending->done = [tell, respond = asked.respond, members = *judged](const api::CommandResult& result) {
      http::Response response = respond(result);
      if (response.status == 201) response.body.insert(response.body.size() - 1, "," + members);
      tell(response);
    };
    post(std::move(*pending), tell);
  };
  if (parts_.forecasts == nullptr) return wish.done(tl::unexpected(api::no_plans()));
  parts_.forecasts->plan(std::move(wish));
}

void ApiServer::plan(const http::Request& request, std::shared_ptr<const api::View> view, Actor actor,
                     spec::JobFile file, http::Reply reply) {
  // Shared as a function that can be copied holds them.
  auto asked = std::make_shared<const http::Request>(request);
  auto shared = std::make_shared<http::Reply>(std::move(reply));
  PlanRequest wish{.file = std::move(file), .view = view, .user = actor->subject, .done = {}};
  wish.done = [this, asked, shared, view, actor](const Result<api::JobPlan>& plan) {
    const api::Access access(*actor, *view->tenants);
    shared->send(api::tell_plan(
        {.request = *asked, .view = *view, .parameters = {}, .access = access, .now = wall_clock(), .server = facts_},
        plan));
  };
  parts_.forecasts->plan(std::move(wish));
}

// What the journal knows of a key, though this server has not seen it.
Result<std::optional<ApiServer::KeptResult>> ApiServer::kept_before_restart(const std::string& key,
                                                                            std::uint64_t sequence) {
  const auto kept = parts_.archive.submission(key);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return std::nullopt;
  KeptResult result{.request = (*kept)->request};
  result.result.sequence = sequence;
  for (const std::optional<KeptJobs>& jobs : (*kept)->jobs) {
    result.result.jobs.push_back(jobs ? Result<api::Submitted>({jobs->first, jobs->count}) : refused_before());
  }
  return result;
}

bool ApiServer::is_repeated(const std::string& key, const std::string& request, std::shared_ptr<http::Reply> reply) {
  const std::lock_guard lock(kept_mutex_);
  const auto [found, is_new] = kept_.try_emplace(key);
  Kept& kept = found->second;
  if (is_new) {
    kept.request = request;
    kept_order_.push_back(key);
    // The journal knows of those that are dropped here; one in flight is not.
    if (kept_order_.size() > most_kept_answers) {
      const auto oldest = kept_.find(kept_order_.front());
      const bool is_in_flight = oldest != kept_.end() && !oldest->second.response;
      if (is_in_flight) kept_order_.push_back(oldest->first);
      if (oldest != kept_.end() && !is_in_flight) kept_.erase(oldest);
      kept_order_.pop_front();
    }
  } else if (kept.request != request) {
    reply->send(repeated_differently());
    return true;
  } else if (kept.response) {
    reply->send(*kept.response);
    return true;
  }
  kept.waiting.push_back(std::move(reply));
  return !is_new;
}

// What failed for want of room may be tried again under its key.
void ApiServer::keep(const std::string& key, const http::Response& response) {
  std::vector<std::shared_ptr<http::Reply>> waiting;
  {
    const std::lock_guard lock(kept_mutex_);
    const auto found = kept_.find(key);
    if (found == kept_.end()) return;
    waiting.swap(found->second.waiting);
    if (response.status >= 500) {
      std::erase(kept_order_, key);
      kept_.erase(found);
    } else {
      found->second.response = response;
    }
  }
  for (const auto& reply : waiting) reply->send(response);
}

}  // namespace dure::server
