#include "dure/cli/fleet_command.h"

#include <fmt/format.h>

#include "dure/cli/table.h"
#include "dure/cli/window_command.h"
#include "dure/http/target.h"

namespace dure::cli {
namespace {

// `3.5 of 8`; empty where there is nothing of it.
std::string share_text(const Answer& held, const Answer& all) {
  return all.number() > 0 ? fmt::format("{} of {}", held.amount().empty() ? "0" : held.amount(), all.amount()) : "";
}

std::string percent_text(double part, double all) { return all > 0 ? fmt::format("{:.0f}%", part / all * 100) : ""; }

std::string memory_text(double mib) {
  return fmt::format("{:.10g}", static_cast<double>(static_cast<long>(mib / 102.4)) / 10);
}

std::string count_unless_zero(const Answer& value) { return value.number() > 0 ? value.amount() : ""; }

std::string draw_pools(const Answer& answer, const Console& console) {
  Table table({{.title = "POOL", .gives_way = 1},
               {.title = "GPU", .gives_way = 2, .leaves = 3},
               {.title = "NODES", .align = Align::right},
               {.title = "DRAINED", .align = Align::right, .leaves = 4},
               {.title = "LOST", .align = Align::right, .leaves = 5},
               {.title = "SICK", .align = Align::right, .leaves = 6},
               {.title = "RACKS KEPT", .align = Align::right, .leaves = 7},
               {.title = "HELD", .align = Align::right},
               {.title = "OF", .align = Align::right},
               {.title = "UNIT"},
               {.title = "BUSY", .align = Align::right, .leaves = 2},
               {.title = "ENGINE", .gives_way = 3, .leaves = 1}});
  for (const Answer& pool : answer["pools"].items()) {
    table.add({pool["path"].text(), pool["gpu_model"].text(), pool["nodes"].amount(),
               Cell(count_unless_zero(pool["drained"]), Colour::yellow),
               Cell(count_unless_zero(pool["lost"]), Colour::red),
               Cell(count_unless_zero(pool["sick_gpus"]), Colour::red), share_text(pool["kept_racks"], pool["racks"]),
               pool["held"].amount(), pool["capacity"].amount(), pool["unit"].text(),
               percent_text(pool["held"].number(), pool["capacity"].number()), pool["engine"].text()});
  }
  return table.is_empty() ? "no pools\n" : table.draw(console);
}

Colour colour_of_state(const std::string& state) {
  if (state == "ok") return Colour::green;
  return state == "lost" ? Colour::red : Colour::yellow;
}

std::string memory_share(const Answer& node) {
  if (node["memory_mib"].number() <= 0) return "";
  return fmt::format("{} of {} GiB", memory_text(node["memory_held_mib"].number()),
                     memory_text(node["memory_mib"].number()));
}

std::string draw_nodes(const Answer& answer, const Console& console) {
  Table table({{.title = "NODE", .gives_way = 3},
               {.title = "POOL", .gives_way = 4, .leaves = 1},
               {.title = "STATE"},
               {.title = "GPUS", .align = Align::right},
               {.title = "SICK", .leaves = 4},
               {.title = "CPUS", .align = Align::right, .leaves = 3},
               {.title = "MEMORY", .align = Align::right, .leaves = 2},
               {.title = "JOBS", .gives_way = 1},
               {.title = "REASON", .gives_way = 2}});
  for (const Answer& node : answer["nodes"].items()) {
    const std::string state = node["state"].text();
    table.add({node["name"].text(), node["pool"].text(), Cell(state, colour_of_state(state)),
               share_text(node["gpus_held"], node["gpus"]), Cell(node["sick_gpus"].joined(), Colour::red),
               share_text(node["cpus_held"], node["cpus"]), memory_share(node), node["jobs"].joined(),
               node["reason"].text()});
  }
  return table.is_empty() ? "no nodes\n" : table.draw(console);
}

void add_device(Table& table, const std::string& node, const Answer& device) {
  const bool is_healthy = device["healthy"].is_true();
  table.add({node, device["index"].amount(), device["model"].text(),
             device["memory_mib"].number() > 0 ? memory_text(device["memory_mib"].number()) + " GiB" : "",
             Cell(is_healthy ? "ok" : "unhealthy", is_healthy ? Colour::green : Colour::red),
             device["utilization_percent"].exists() ? device["utilization_percent"].amount() + "%" : "",
             device["power_w"].exists() ? fmt::format("{:.0f} W", device["power_w"].number()) : "",
             device["temperature_c"].exists() ? device["temperature_c"].amount() + " °C" : "",
             device["why_not"].text()});
}

std::string draw_devices(const Answer& answer, const Console& console) {
  Table table({{.title = "NODE", .gives_way = 2, .leaves = 1},
               {.title = "GPU", .align = Align::right},
               {.title = "MODEL", .gives_way = 3},
               {.title = "MEMORY", .align = Align::right},
               {.title = "STATE"},
               {.title = "BUSY", .align = Align::right},
               {.title = "POWER", .align = Align::right, .leaves = 3},
               {.title = "HEAT", .align = Align::right, .leaves = 2},
               {.title = "WHY NOT", .gives_way = 1}});
  for (const Answer& node : answer["nodes"].items()) {
    for (const Answer& device : node["devices"].items()) add_device(table, node["name"].text(), device);
  }
  return table.is_empty() ? "the server tells of no devices\n" : table.draw(console);
}

// Does `act` to each node, and goes on after one that could not.
Result<int> each_node(const NodeArguments& arguments, std::string_view verb, std::string_view past,
                      const std::string& body, Connection& connection, const Console& console) {
  int code = 0;
  for (const std::string& node : arguments.nodes) {
    const auto received =
        connection.send(http::Method::post, fmt::format("/v1/nodes/{}/{}", http::encode(node), verb), body);
    if (!received) {
      code = console.complain(received.error());
      if (received.error().code == Code::unavailable) break;
    } else {
      console.print_line(arguments.json ? received->body : fmt::format("{} {}", past, node));
    }
  }
  return code;
}

}  // namespace

Result<int> fleet(const FleetArguments& arguments, Connection& connection, const Console& console) {
  const bool is_by_node = arguments.nodes || arguments.devices || !arguments.pool.empty();
  const auto received =
      connection.get(is_by_node ? Path("/v1/nodes").with("pool", arguments.pool).text() : "/v1/fleet");
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
  } else if (arguments.devices) {
    console.print(draw_devices(received->answer, console));
  } else {
    console.print(is_by_node ? draw_nodes(received->answer, console) : draw_pools(received->answer, console));
    if (!is_by_node) console.print(draw_windows(received->answer["windows"], console));
  }
  return 0;
}

Result<int> drain(const NodeArguments& arguments, Connection& connection, const Console& console) {
  return each_node(arguments, "drain", "drained", fmt::format(R"({{"reason":{}}})", json_text(arguments.reason)),
                   connection, console);
}

Result<int> resume(const NodeArguments& arguments, Connection& connection, const Console& console) {
  return each_node(arguments, "resume", "resumed", "", connection, console);
}

}  // namespace dure::cli
