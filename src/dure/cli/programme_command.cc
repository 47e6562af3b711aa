#include "dure/cli/programme_command.h"

#include <fmt/format.h>

#include "dure/cli/credits_text.h"
#include "dure/cli/file_text.h"
#include "dure/cli/table.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

std::string rules_text(const Answer& programme) {
  std::string text;
  for (const Answer& rule : programme["use"].items()) {
    text += fmt::format("{}{}% by {}%", text.empty() ? "" : ", ", rule["least_percent"].integer(),
                        rule["at_percent"].integer());
  }
  return text;
}

std::string draw_rates(const Answer& rates, const Console& console) {
  Table table({{.title = "FROM"}, {.title = "KIND"}, {.title = "CREDITS AN HOUR", .align = Align::right}});
  for (const Answer& one : rates.items()) {
    for (const auto& member : one["per_hour"].members())
      table.add({one["from"].text(), member.key, member.value.text()});
  }
  return table.is_empty() ? "no rates: nothing costs anything\n" : table.draw(console);
}

std::string draw_programmes(const Answer& programmes, const Console& console) {
  Table table({{.title = "PROGRAMME", .gives_way = 2},
               {.title = "TENANT", .gives_way = 1},
               {.title = "OVERRUN"},
               {.title = "DEBT", .align = Align::right},
               {.title = "LEAST USE"},
               {.title = "HOURS"},
               {.title = "BURST"},
               {.title = "ISOLATION"},
               {.title = "EMERGENCY"}});
  for (const Answer& programme : programmes.items()) {
    const std::string isolation = programme["isolation"].text();
    table.add({programme["name"].text(), programme["tenant"].text(), programme["overrun"].text(),
               programme["debt"].text(), rules_text(programme), programme["hours"].text(),
               programme["burst"].is_true() ? "yes" : "", isolation == "shared" ? "" : isolation,
               programme["emergency"].is_true() ? "yes" : ""});
  }
  return table.is_empty() ? "no programmes\n" : table.draw(console);
}

}  // namespace

std::string booked_text(const Answer& answer, bool is_dry_run) {
  std::string text;
  for (const Answer& change : answer["changes"].items())
    text += (is_dry_run ? "would be done: " : "") + printable(change.text()) + "\n";
  for (const Answer& grant : answer["grants"].items()) text += fmt::format("grant {}\n", grant.integer());
  return text.empty() ? (is_dry_run ? "nothing would change\n" : "nothing changed\n") : text;
}

Result<int> declare_ledger(const std::string& text, const std::string& name, bool is_dry_run, bool json,
                           Connection& connection, const Console& console) {
  const std::string path = Path("/v1/ledger").with("dry_run", is_dry_run ? "true" : "").text();
  // Not sent again by itself: a server that was started anew meanwhile would award twice.
  const auto received = connection.send(http::Method::post, path, text, {{"Content-Type", "application/yaml"}});
  if (!received) return fail(received.error().code, with_file_name(received.error().message, "ledger", name));
  console.print(json ? received->body + "\n" : booked_text(received->answer, is_dry_run));
  return 0;
}

Result<int> apply_programmes(const ProgrammeArguments& arguments, Connection& connection, const Console& console) {
  const auto text = file_text(arguments.file);
  if (!text) return tl::unexpected(text.error());
  return declare_ledger(*text, arguments.file, arguments.dry_run, arguments.json, connection, console);
}

Result<int> list_programmes(const ProgrammeArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get("/v1/programmes");
  if (!received) return tl::unexpected(received.error());
  console.print(arguments.json ? received->body + "\n"
                               : draw_rates(received->answer["rates"], console) + "\n" +
                                     draw_programmes(received->answer["programmes"], console));
  return 0;
}

}  // namespace dure::cli
