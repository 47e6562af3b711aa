#include "dure/cli/tenant_command.h"

#include <fmt/format.h>

#include "dure/cli/file_text.h"
#include "dure/cli/table.h"
#include "dure/spec/mistakes.h"
#include "dure/spec/value.h"

namespace dure::cli {
namespace {

std::string unless_zero(const Answer& value) { return value.number() > 0 ? value.amount() : ""; }

std::string draw_tenants(const Answer& answer, const Console& console) {
  Table table({{.title = "TENANT", .gives_way = 1},
               {.title = "WEIGHT", .align = Align::right, .leaves = 1},
               {.title = "POOL", .gives_way = 2},
               {.title = "GUARANTEE", .align = Align::right},
               {.title = "RACKS", .align = Align::right, .leaves = 6},
               {.title = "LIMIT", .align = Align::right, .leaves = 5},
               {.title = "HELD", .align = Align::right},
               {.title = "BORROWED", .align = Align::right, .leaves = 4},
               {.title = "UNIT"},
               {.title = "RUNNING", .align = Align::right, .leaves = 3},
               {.title = "WAITING", .align = Align::right, .leaves = 2}});
  for (const Answer& tenant : answer["tenants"].items()) {
    const auto pools = tenant["pools"].items();
    const std::string path = tenant["path"].text();
    const std::string weight = tenant["weight"].amount();
    if (pools.empty()) table.add({path, weight, "", "", "", "", "", "", "", "", ""});
    for (const Answer& pool : pools) {
      table.add({path, weight, pool["pool"].text(), unless_zero(pool["guarantee"]), pool["racks"].amount(),
                 pool["limit"].amount(), pool["held"].amount(), Cell(unless_zero(pool["borrowed"]), Colour::yellow),
                 pool["unit"].text(), pool["running"].amount(), pool["pending"].amount()});
    }
  }
  return table.is_empty() ? "no tenants\n" : table.draw(console);
}

// `GPU-hours` of `GPUs`.
std::string hours_of(std::string unit) {
  if (unit.ends_with('s')) unit.pop_back();
  return unit + "-hours";
}

// Two decimals, or four where it is little.
std::string hours_text(double hours) {
  if (hours > 0 && hours < 0.0001) return "<0.0001";
  return hours < 0.1 ? fmt::format("{:.4f}", hours) : fmt::format("{:.2f}", hours);
}

// Hours, and how often; empty if never, so that the column is left out where nobody was interrupted.
std::string harm_text(const Answer& harm) {
  if (harm["times"].integer() == 0) return "";
  return fmt::format("{} ({}×)", hours_text(harm["hours"].number()), harm["times"].integer());
}

std::string draw_usage(const Answer& answer, const Console& console) {
  Table table({{.title = "TENANT", .gives_way = 1},
               {.title = "POOL", .gives_way = 2},
               {.title = "USED", .align = Align::right},
               {.title = "UNIT"},
               {.title = "LOST TO EVICTION", .align = Align::right, .leaves = 2},
               {.title = "LOST TO FAULTS", .align = Align::right, .leaves = 1},
               {.title = "JOBS ENDED", .align = Align::right, .leaves = 4},
               {.title = "RUNNING", .align = Align::right, .leaves = 3}});
  for (const Answer& tenant : answer["tenants"].items()) {
    for (const Answer& pool : tenant["pools"].items()) {
      table.add({tenant["path"].text(), pool["pool"].text(), hours_text(pool["hours"].number()),
                 hours_of(pool["unit"].text()), harm_text(pool["lost"]["evicted"]),
                 harm_text(pool["lost"]["node_lost"]), pool["jobs_ended"].amount(), pool["jobs_running"].amount()});
    }
  }
  return table.is_empty() ? "nothing was used\n" : table.draw(console);
}

template <class Draw>
Result<int> print_table(const std::string& path, const TenantArguments& arguments, Connection& connection,
                        const Console& console, const Draw& draw) {
  const auto received = connection.get(Path(path).with("tenant", arguments.tenant).text());
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
  } else {
    console.print(draw(received->answer, console));
  }
  return 0;
}

bool is_fleet(const std::string& text) {
  spec::Mistakes mistakes;
  const auto root = spec::parse(text, mistakes.add_file("fleet"), mistakes);
  return root && root->find("fleet") != nullptr && root->find("tenants") == nullptr;
}

std::string changes_text(const Answer& answer, bool is_dry_run) {
  const auto changes = answer["changes"].items();
  if (changes.empty()) return "nothing changes\n";
  std::string text;
  for (const Answer& change : changes) text += printable(change.text()) + "\n";
  return text + (is_dry_run ? "nothing was changed; leave out --dry-run to do it\n" : "");
}

}  // namespace

Result<int> tenants(const TenantArguments& arguments, Connection& connection, const Console& console) {
  return print_table("/v1/tenants", arguments, connection, console, draw_tenants);
}

Result<int> usage(const TenantArguments& arguments, Connection& connection, const Console& console) {
  return print_table("/v1/usage", arguments, connection, console, draw_usage);
}

Result<int> apply_file(const ApplyArguments& arguments, Connection& connection, const Console& console) {
  const auto text = file_text(arguments.file);
  if (!text) return tl::unexpected(text.error());
  const std::string part = is_fleet(*text) ? "fleet" : "tenants";
  const std::string target = "/v1/" + part + (arguments.dry_run ? "?dry_run=true" : "");
  const auto received = connection.send(http::Method::put, target, *text, {{"Content-Type", "application/yaml"}});
  if (!received) return fail(received.error().code, with_file_name(received.error().message, part, arguments.file));
  console.print(arguments.json ? received->body + "\n" : changes_text(received->answer, arguments.dry_run));
  return 0;
}

}  // namespace dure::cli
