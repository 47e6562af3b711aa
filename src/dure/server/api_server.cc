#include "dure/server/api_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "dure/base/hash.h"
#include "dure/base/overload.h"

namespace dure::server {
namespace {

constexpr std::size_t longest_key = 200;
constexpr std::size_t most_kept_answers = 10'000;

Time wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

// Takes as long for every wrong token.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[b.empty() ? 0 : i % b.size()]));
  }
  return difference == 0;
}

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

std::optional<std::uint64_t> last_event(const http::Request& request) {
  std::string_view text = request.header("last-event-id").value_or("");
  if (text.empty()) text = request.parameter("since").value_or("");
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

ApiServer::ApiServer(ApiParts parts, api::ServerFacts facts, std::string token, std::string user,
                     const DeviceWatch& devices)
    : parts_(parts), facts_(std::move(facts)), token_(std::move(token)), user_(std::move(user)), devices_(devices) {}

bool ApiServer::answer_without_token(const http::Request& request, http::Reply& reply) {
  if (request.path == "/healthz") {
    reply.send(text_response(200, "ok\n"));
  } else if (request.path == "/readyz") {
    reply.send(is_ready_ ? text_response(200, "ready\n") : text_response(503, "closing\n"));
  } else if (request.path == "/metrics") {
    reply.send({.status = 200,
                .content_type = "text/plain; version=0.0.4; charset=utf-8",
                .headers = {},
                .body = parts_.metrics.text(*parts_.publisher.view(), parts_.events.watchers())});
  } else {
    return false;
  }
  return true;
}

bool ApiServer::is_known(const http::Request& request) const {
  constexpr std::string_view bearer = "Bearer ";
  const std::string_view header = request.header("authorization").value_or("");
  return header.starts_with(bearer) && equal_in_constant_time(header.substr(bearer.size()), token_);
}

http::Response ApiServer::refusal_of_unknown() const {
  http::Response response = to_response(http::Problem{
      .status = 401,
      .detail = fmt::format("no valid token; send the one in {}/token as Authorization: Bearer", facts_.data)});
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

std::optional<http::Response> ApiServer::refuse_early(const http::Request& head) {
  const bool is_open = is_open_.load(std::memory_order_acquire);
  if (!is_open || is_known(head)) return std::nullopt;
  return refusal_of_unknown();
}

void ApiServer::handle(http::Request request, http::Reply reply) {
  if (!is_open_.load(std::memory_order_acquire))
    return reply.refuse({.status = 503, .detail = "the server is starting"});
  if (answer_without_token(request, reply)) return;
  if (!is_known(request)) return reply.send(refusal_of_unknown());
  const std::shared_ptr<const api::View> view = parts_.publisher.view();
  const std::shared_ptr<const AllDeviceFacts> devices = devices_.now();
  api::Answer answer;
  {
    const std::lock_guard lock(parts_.archive_mutex);
    answer = api::dispatch({.request = request,
                            .view = *view,
                            .parameters = {},
                            .server = facts_,
                            .now = wall_clock(),
                            .archive = &parts_.archive,
                            .devices = devices.get()});
  }
  std::visit(Overload{
                 [&](http::Response& response) { reply.send(std::move(response)); },
                 [&](api::Ask& question) { ask(std::move(request), *view, std::move(question), std::move(reply)); },
                 [&](api::WatchEvents& watch) {
                   parts_.events.watch(std::move(reply), {watch.job, watch.tenant}, last_event(request));
                 },
                 [&](const api::ReadLog& log) { parts_.logs.read(std::move(reply), log); },
             },
             answer);
}

void ApiServer::ask(http::Request request, const api::View& view, api::Ask question, http::Reply reply) {
  auto shared = std::make_shared<http::Reply>(std::move(reply));  // shared with those who repeat the request
  const std::string key(request.header("idempotency-key").value_or(""));
  if (key.size() > longest_key) return shared->refuse({.status = 400, .detail = "Idempotency-Key: at most 200 bytes"});
  const std::string asked = key.empty() ? "" : fingerprint(request);
  if (!key.empty() && is_repeated(key, asked, shared)) return;
  if (!key.empty() && std::holds_alternative<api::SubmitJobs>(question.command)) {
    const auto kept = kept_before_restart(key, view.sequence);
    if (!kept) return keep(key, api::problem(kept.error()));
    if (*kept) return keep(key, (*kept)->request == asked ? question.respond((*kept)->result) : repeated_differently());
  }
  const auto done = [this, key, shared, respond = std::move(question.respond)](const api::CommandResult& result) {
    http::Response response = respond(result);
    if (!key.empty()) return keep(key, response);
    shared->send(std::move(response));
  };
  const bool is_taken = is_ready_ && parts_.desk.post({.command = std::move(question.command),
                                                       .estate_version = view.estate_version,
                                                       .user = user_,
                                                       .key = key,
                                                       .request = asked,
                                                       .done = done});
  if (is_taken) return;
  const http::Response busy = to_response(http::Problem{
      .status = 503, .detail = is_ready_ ? "too many requests wait; try again in a second" : "the server is closing"});
  if (!key.empty()) return keep(key, busy);
  shared->send(busy);
}

// What the journal knows of a key, though this server has not seen it.
Result<std::optional<ApiServer::KeptResult>> ApiServer::kept_before_restart(const std::string& key,
                                                                            std::uint64_t sequence) {
  const std::lock_guard lock(parts_.archive_mutex);
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
      if (oldest != kept_.end() && oldest->second.waiting.empty()) kept_.erase(oldest);
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

void ApiServer::forget(const std::string& key) {
  const std::lock_guard lock(kept_mutex_);
  kept_.erase(key);
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
      kept_.erase(found);
    } else {
      found->second.response = response;
    }
  }
  for (const auto& reply : waiting) reply->send(response);
}

}  // namespace dure::server
