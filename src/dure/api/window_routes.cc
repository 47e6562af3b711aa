#include "dure/api/window_routes.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "dure/api/window_json.h"
#include "dure/spec/json_value.h"
#include "dure/spec/window_reader.h"

namespace dure::api {
namespace {

namespace json = boost::json;

std::string opened_body(const json::object& window, const CommandResult& result) {
  json::object out{{"window", window}, {"sequence", result.sequence}};
  if (result.notice) {
    out["evicts"] = result.notice->jobs;
    if (result.notice->shortest) out["shortest_notice_s"] = result.notice->shortest->whole_seconds();
    if (result.notice->gone_by) out["gone_by"] = dure::to_text(*result.notice->gone_by);
  }
  return json::serialize(out);
}

}  // namespace

Answer list_windows(const Call& call) {
  return json_response(200, json::serialize(json::object{{"windows", windows_json(call.view, call.access, call.now)}}));
}

Answer open_window(const Call& call) {
  const auto read = [&](const spec::Node& node) {
    return spec::read_window(node, *call.view.fleet, *call.view.tenants, call.now);
  };
  auto window = spec::read_json_text(call.request.body, "window", read);
  if (!window) return problem(window.error());
  // What is told of it is made now: the view may be another one when it is done.
  OpenWindow command{std::move(*window)};
  auto told = window_json(call.view, call.access, command.window, call.now);
  return Ask{std::move(command), [told = std::move(told)](const CommandResult& result) {
               if (!result.done) return problem(result.done.error());
               return json_response(201, opened_body(told, result));
             }};
}

Answer close_window(const Call& call) { return Ask{CloseWindow{call.parameters.front()}, tell_done}; }

}  // namespace dure::api
