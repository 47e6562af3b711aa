#include "dure/api/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dure/api/call_routes.h"
#include "dure/api/fleet_routes.h"
#include "dure/api/forecast_routes.h"
#include "dure/api/job_list.h"
#include "dure/api/job_routes.h"
#include "dure/api/ledger_routes.h"
#include "dure/api/openapi.h"
#include "dure/api/token_routes.h"
#include "dure/api/window_routes.h"
#include "dure/spec/suggest.h"
#include "dure/spec/value.h"

namespace dure::api {
namespace {

using enum http::Method;

Answer show_openapi(const Call& call) { return json_response(200, openapi(call.server.version)); }

// Returns what stands for the parts in braces, or nullopt if the path is another one.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  for (;;) {
    const std::size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const std::size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view wanted = pattern.substr(0, pattern_end);
    const std::string_view found = path.substr(0, path_end);
    if (wanted.starts_with("/{")) {
      if (found.size() < 2) return std::nullopt;
      parameters.emplace_back(found.substr(1));
    } else if (wanted != found) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) break;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

// A name that nobody reads would be a filter that holds back nothing.
std::optional<Error> unknown_parameter(const Route& route, const http::Request& request) {
  for (const http::Parameter& parameter : request.query) {
    if (std::find(route.query.begin(), route.query.end(), parameter.name) != route.query.end()) continue;
    const std::string remedy = route.query.empty() ? "leave it out" : spec::suggest(parameter.name, route.query);
    return Error{Code::invalid_argument, fmt::format("{}: found the unknown parameter {}; {}", route.path,
                                                     spec::quote(parameter.name), remedy)};
  }
  return std::nullopt;
}

Error not_permitted(const Call& call, const Route& route) {
  std::string roles;
  for (const Grant& grant : call.access.actor().grants) {
    roles += (roles.empty() ? "" : ", ") + std::string(to_text(grant.role));
  }
  return {Code::not_permitted, fmt::format("{} {} is not for your token, which has the roles: {}; ask an operator",
                                           to_text(route.method), route.path, roles.empty() ? "none" : roles)};
}

unsigned status_of(Code code) {
  switch (code) {
    case Code::failed: return 500;
    case Code::invalid_argument: return 400;
    case Code::not_permitted: return 403;
    case Code::not_found: return 404;
    case Code::unavailable: return 503;
  }
  return 500;
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> all{
      {post,
       "/v1/jobs",
       "submitJobs",
       "Submit one job, or several as {\"jobs\": [...]}",
       {"deadline"},
       Right::submit,
       submit_jobs},
      {get,
       "/v1/jobs",
       "listJobs",
       "Jobs, the oldest first or as `sort` says",
       {"state", "tenant", "user", "name", "array", "search", "sort", "limit", "cursor"},
       {},
       list_jobs},
      {post,
       "/v1/plans",
       "planJob",
       "When and where a job would start, and what would start it sooner; nothing is submitted",
       {},
       Right::submit,
       plan_job},
      {get, "/v1/jobs/{id}", "showJob", "One job, with what it runs", {}, {}, show_job},
      {get,
       "/v1/jobs/{id}/events",
       "listJobEvents",
       "What is at hand of what has happened to a job",
       {},
       {},
       list_job_events},
      {patch, "/v1/jobs/{id}", "changeJob", "Change a job that waits: time_limit, priority, name", {}, {}, change_job},
      {get, "/v1/jobs/{id}/why", "whyJob", "Everything that keeps a job from starting", {}, {}, why_job},
      {get,
       "/v1/jobs/{id}/logs",
       "readLog",
       "What a task has written",
       {"task", "stream", "offset", "follow"},
       {},
       read_log},
      {get,
       "/v1/forecasts",
       "listForecasts",
       "Jobs of which it is said when they start, the oldest first",
       {"job", "tenant", "user", "name", "limit", "cursor"},
       {},
       list_forecasts},
      {get,
       "/v1/forecasts/record",
       "showForecastRecord",
       "How well forecasts were borne out, by horizon and size",
       {},
       {},
       show_forecast_record},
      {post, "/v1/jobs/{id}/cancel", "cancelJob", "End a job, or take it out of the queue", {}, {}, cancel_job},
      {post, "/v1/jobs/{id}/hold", "holdJob", "Keep a waiting job from starting", {}, {}, hold_job},
      {post, "/v1/jobs/{id}/release", "releaseJob", "Let a held job start again", {}, {}, release_job},
      {get, "/v1/fleet", "showFleet", "The pools, and what is held of them", {}, Right::see_pools, show_fleet},
      {put,
       "/v1/fleet",
       "declareFleet",
       "Replace what the fleet offers (fleet.yaml)",
       {"dry_run"},
       Right::run_estate,
       declare_fleet},
      {get,
       "/v1/nodes",
       "listNodes",
       "The nodes, with what runs there",
       {"pool", "state", "search", "limit", "cursor"},
       Right::see_nodes,
       list_nodes},
      {get, "/v1/nodes/{name}", "showNode", "One node", {}, Right::see_nodes, show_node},
      {post, "/v1/nodes/{name}/drain", "drainNode", "Give a node no new work", {}, Right::run_estate, drain_node},
      {post,
       "/v1/nodes/{name}/resume",
       "resumeNode",
       "Give a drained node work again",
       {},
       Right::run_estate,
       resume_node},
      {get,
       "/v1/windows",
       "listWindows",
       "Windows that are not over, the next first",
       {},
       Right::see_pools,
       list_windows},
      {post,
       "/v1/windows",
       "openWindow",
       "Keep nodes free for a while, or for jobs that name it",
       {},
       Right::run_estate,
       open_window},
      {del, "/v1/windows/{name}", "closeWindow", "Withdraw a window", {}, Right::run_estate, close_window},
      {get,
       "/v1/tenants",
       "listTenants",
       "Tenants: guarantees, limits, what they hold",
       {"tenant"},
       Right::see_use,
       list_tenants},
      {put,
       "/v1/tenants",
       "declareTenants",
       "Replace the tenant tree (tenants.yaml)",
       {"dry_run"},
       Right::run_estate,
       declare_tenants},
      {get,
       "/v1/programmes",
       "listProgrammes",
       "Programmes, and what an hour of a device costs",
       {},
       Right::see_programmes,
       list_programmes},
      {post,
       "/v1/ledger",
       "declareLedger",
       "Declare rates and programmes, and award grants: all of the document or nothing",
       {"dry_run"},
       {},
       declare_ledger},
      {get,
       "/v1/grants",
       "listGrants",
       "Grants, the oldest first",
       {"tenant", "programme"},
       Right::see_credits,
       list_grants},
      {get, "/v1/grants/{id}", "showGrant", "One grant, with all that was done", {}, Right::see_credits, show_grant},
      {post,
       "/v1/grants/{id}/close",
       "closeGrant",
       "Let what is free of a grant lapse; what runs goes on",
       {},
       Right::run_programme,
       close_grant},
      {post,
       "/v1/grants/{id}/refund",
       "refundGrant",
       "Give back some of what was charged",
       {},
       Right::run_programme,
       refund_grant},
      {post,
       "/v1/grants/{id}/appeal",
       "appealForGrant",
       "Say why a grant that was warned is to stay as it is",
       {},
       Right::apply,
       appeal_for_grant},
      {post,
       "/v1/grants/{id}/appeal/decision",
       "decideAppeal",
       "Grant or refuse an appeal",
       {},
       Right::run_programme,
       decide_appeal},
      {get, "/v1/balances", "listBalances", "What tenants have left", {"tenant"}, Right::see_balance, list_balances},
      {get,
       "/v1/statements",
       "listStatements",
       "What tenants were awarded and charged, by month and pool",
       {"tenant", "month"},
       Right::see_credits,
       list_statements},
      {get,
       "/v1/loans",
       "listLoans",
       "Who used whose devices, by month and pool",
       {"month"},
       Right::see_loans,
       list_loans},
      {get, "/v1/calls", "listCalls", "Calls for applications", {}, Right::see_credits, list_calls},
      {post,
       "/v1/calls",
       "openCall",
       "Open a call for applications, by its rules",
       {"programme", "from", "dry_run"},
       Right::run_programme,
       open_call},
      {get,
       "/v1/calls/{call}",
       "showCall",
       "A call, with the applications that one may see",
       {},
       Right::see_credits,
       show_call},
      {post,
       "/v1/calls/{call}/applications",
       "fileApplication",
       "Apply for a tenant",
       {"tenant", "dry_run"},
       Right::apply,
       file_application},
      {post,
       "/v1/calls/{call}/applications/{application}/review",
       "reviewApplication",
       "Score an application",
       {},
       Right::run_programme,
       review_application},
      {post,
       "/v1/calls/{call}/decision",
       "decideCall",
       "Decide a call: who is awarded what, and why others wait",
       {"dry_run"},
       Right::run_programme,
       decide_call},
      {get,
       "/v1/public",
       "showPublic",
       "Aggregates for everybody, where the server publishes them",
       {},
       {},
       show_public},
      {get, "/v1/usage", "showUsage", "What tenants have used", {"tenant"}, Right::see_use, show_usage},
      {get,
       "/v1/usage/history",
       "showUseHistory",
       "What tenants have held, once a minute for the last day",
       {"tenant"},
       Right::see_use,
       show_use_history},
      {get,
       "/v1/live",
       "watchLive",
       "The estate and what changes of it, as server-sent events for a browser",
       {"since"},
       {},
       watch_live},
      {get,
       "/v1/events",
       "watchEvents",
       "Everything that happens, as server-sent events",
       {"job", "tenant", "since"},
       {},
       watch_events},
      {get,
       "/v1/tokens",
       "listTokens",
       "Tokens, without their secrets",
       {"limit", "cursor"},
       Right::see_tokens,
       list_tokens},
      {post,
       "/v1/tokens",
       "createToken",
       "Make a token; its secret is told this once",
       {},
       Right::see_tokens,
       create_token},
      {del, "/v1/tokens/{id}", "revokeToken", "Make a token worthless", {}, Right::see_tokens, revoke_token},
      {get,
       "/v1/audit",
       "readAudit",
       "What was done and refused, with its chain",
       {"after", "limit"},
       Right::see_audit,
       read_audit},
      {get, "/v1/server", "showServer", "Which server this is", {}, {}, show_server},
      {get, "/openapi.json", "showOpenapi", "This description", {}, {}, show_openapi},
  };
  return all;
}

Answer dispatch(Call& call) {
  std::vector<http::Method> methods;
  for (const Route& route : routes()) {
    auto parameters = match(route.path, call.request.path);
    if (!parameters) continue;
    methods.push_back(route.method);
    if (route.method != call.request.method) continue;
    call.route = &route;
    if (route.needs && !call.access.may(*route.needs)) return problem(not_permitted(call, route));
    if (const auto unknown = unknown_parameter(route, call.request)) return problem(*unknown);
    call.parameters = std::move(*parameters);
    return route.answer(call);
  }
  if (!methods.empty()) return wrong_method(call.request, methods);
  return problem(
      {Code::not_found, fmt::format("there is no {}; /openapi.json lists what there is", call.request.path)});
}

http::Response wrong_method(const http::Request& request, const std::vector<http::Method>& methods) {
  std::string allowed;
  for (const http::Method method : methods) {
    allowed += (allowed.empty() ? "" : ", ") + std::string(to_text(method));
    if (method == http::Method::get) allowed += ", HEAD";
  }
  http::Response response = to_response(http::Problem{
      .status = 405,
      .detail = fmt::format("{} does not take {}; it takes {}", request.path, to_text(request.method), allowed)});
  response.headers.push_back({"Allow", std::move(allowed)});
  return response;
}

// Whoever writes `dry_run=1` must not find it done.
Result<bool> read_flag(const Call& call, std::string_view name) {
  const std::string_view text = call.request.parameter(name).value_or("false");
  if (text == "true" || text == "false") return text == "true";
  return fail(Code::invalid_argument, fmt::format("{}: found {}; write true or false", name, spec::quote(text)));
}

http::Response json_response(unsigned status, std::string body) {
  return {.status = status, .content_type = "application/json", .headers = {}, .body = std::move(body)};
}

http::Response problem(const Error& error) {
  return to_response(http::Problem{.status = status_of(error.code), .detail = error.message});
}

http::Response tell_done(const CommandResult& result) {
  if (!result.done) return problem(result.done.error());
  return json_response(200, fmt::format(R"({{"sequence":{}}})", result.sequence));
}

}  // namespace dure::api
