#include "dure/cli/window_command.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dure/cli/job_row.h"
#include "dure/cli/table.h"
#include "dure/http/target.h"

namespace dure::cli {
namespace {

namespace json = boost::json;

std::string body_of(const WindowArguments& arguments) {
  json::object body{{"name", arguments.names.front()}};
  if (!arguments.nodes.empty()) body["nodes"] = json::array(arguments.nodes.begin(), arguments.nodes.end());
  const auto put = [&](const char* key, const std::string& text) {
    if (!text.empty()) body[key] = text;
  };
  put("pool", arguments.pool);
  put("from", arguments.from);
  put("until", arguments.until);
  put("for", arguments.lasts);
  put("tenant", arguments.tenant);
  put("reason", arguments.reason);
  return json::serialize(body);
}

// What it does to those who run there.
std::string effect_text(const Answer& answer) {
  const double jobs = answer["evicts"].number();
  if (jobs == 0) return "nobody who runs there may be there then";
  const auto notice = Duration{static_cast<std::int64_t>(answer["shortest_notice_s"].number()) * seconds(1).ns};
  const std::string gone_by = answer["gone_by"].text();
  std::string text = fmt::format("{} may run beyond its begin; evicted in time, the first {}; gone by {}",
                                 jobs == 1 ? "1 job" : answer["evicts"].amount() + " jobs",
                                 notice.ns > 0 ? "in " + to_text(notice) : "now", gone_by);
  if (gone_by > answer["window"]["from"].text()) text += ", which is after it begins";
  return text;
}

}  // namespace

std::string draw_windows(const Answer& windows, const Console& console) {
  Table table({{.title = "WINDOW", .gives_way = 2},
               {.title = "PURPOSE"},
               {.title = "STATE"},
               {.title = "FROM"},
               {.title = "UNTIL"},
               {.title = "NODES", .align = Align::right},
               {.title = "TENANT", .gives_way = 3, .leaves = 2},
               {.title = "REASON", .gives_way = 1, .leaves = 1}});
  for (const Answer& window : windows.items()) {
    const bool is_open = window["is_open"].is_true();
    table.add({window["name"].text(), window["purpose"].text(),
               Cell(is_open ? "open" : "to come", is_open ? Colour::yellow : Colour::none), window["from"].text(),
               window["until"].text(), window["node_count"].amount(), window["tenant"].text(),
               window["reason"].text()});
  }
  return table.is_empty() ? "" : table.draw(console);
}

Result<int> list_windows(const WindowArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get("/v1/windows");
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
  } else {
    const std::string table = draw_windows(received->answer["windows"], console);
    console.print(table.empty() ? "no windows\n" : table);
  }
  return 0;
}

Result<int> open_window(const WindowArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.send(http::Method::post, "/v1/windows", body_of(arguments));
  if (!received) return tl::unexpected(received.error());
  const Answer& window = received->answer["window"];
  console.print_line(arguments.json ? received->body
                                    : fmt::format("opened window {} on {} from {} to {}\n{}", window["name"].text(),
                                                  counted(window["node_count"].amount(), "node"), window["from"].text(),
                                                  window["until"].text(), effect_text(received->answer)));
  return 0;
}

Result<int> close_windows(const WindowArguments& arguments, Connection& connection, const Console& console) {
  int code = 0;
  for (const std::string& name : arguments.names) {
    const auto received = connection.send(http::Method::del, "/v1/windows/" + http::encode(name));
    if (!received) {
      code = console.complain(received.error());
      if (received.error().code == Code::unavailable) break;
    } else {
      console.print_line(arguments.json ? received->body : "closed window " + name);
    }
  }
  return code;
}

}  // namespace dure::cli
