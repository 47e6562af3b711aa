#include "dure/cli/grant_command.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "dure/cli/credits_text.h"
#include "dure/cli/programme_command.h"
#include "dure/cli/table.h"
#include "dure/http/target.h"

namespace dure::cli {
namespace {

namespace json = boost::json;

Colour colour_of(const std::string& status) {
  if (status == "active") return Colour::green;
  return status == "warned" || status == "reduced" ? Colour::yellow : Colour::none;
}

std::string draw_grants(const Answer& grants, const Console& console) {
  Table table({{.title = "GRANT", .align = Align::right},
               {.title = "TENANT", .gives_way = 1},
               {.title = "PROGRAMME", .gives_way = 2},
               {.title = "STATUS"},
               {.title = "KINDS", .gives_way = 3},
               {.title = "CARDS", .align = Align::right},
               {.title = "FROM", .leaves = 2},
               {.title = "TO", .leaves = 3},
               {.title = "AWARDED", .align = Align::right},
               {.title = "USED", .align = Align::right},
               {.title = "EVEN USE", .align = Align::right, .leaves = 1},
               {.title = "HELD", .align = Align::right, .leaves = 4},
               {.title = "FREE", .align = Align::right}});
  for (const Answer& grant : grants.items()) {
    const std::string status = grant["status"].text();
    table.add({grant["id"].amount(), grant["tenant"].text(), grant["programme"].text(), Cell(status, colour_of(status)),
               kinds_text(grant["kinds"]), grant["cards"].amount(), day_text(grant["from"]), day_text(grant["to"]),
               grant["awarded"].text(), grant["used"].text(), grant["even_use"].text(), unless_nothing(grant["held"]),
               grant["free"].text()});
  }
  return table.is_empty() ? "no grants\n" : table.draw(console);
}

std::string notice_text(const Answer& notice) {
  if (!notice.exists()) return "";
  return fmt::format(
      "notice    {} of 2, first on {}: less than {}% of even use after {}% of the term; an appeal ({}) "
      "may be filed until {}\n",
      notice["number"].integer(), notice["first"].text(), notice["least_percent"].integer(),
      notice["at_percent"].integer(), notice["appeal"].text(), notice["appeal_until"].text());
}

std::string grant_text(const Answer& grant, const Console& console) {
  std::string text = fmt::format(
      "grant     {}\ntenant    {}\nprogramme {}\nstatus    {}\nfor       {}, {} to {}\ncredits   {} awarded: {} free, "
      "{} held, {} spent, {} lapsed\nuse       {} of {} at an even pace; {} of it waived\n",
      grant["id"].integer(), grant["tenant"].text(), grant["programme"].text(), grant["status"].text(),
      (grant["cards"].exists() ? grant["cards"].amount() + " cards of " : "") + kinds_text(grant["kinds"]),
      grant["from"].text(), grant["to"].text(), grant["awarded"].text(), grant["free"].text(), grant["held"].text(),
      grant["spent"].text(), grant["lapsed"].text(), grant["used"].text(), grant["even_use"].text(),
      grant["waived"].text());
  text += notice_text(grant["notice"]);
  Table lots({{.title = "LOT FROM"},
              {.title = "TO"},
              {.title = "STATE"},
              {.title = "AWARDED", .align = Align::right},
              {.title = "FREE", .align = Align::right},
              {.title = "HELD", .align = Align::right},
              {.title = "SPENT", .align = Align::right},
              {.title = "LAPSED", .align = Align::right}});
  for (const Answer& lot : grant["lots"].items()) {
    lots.add({day_text(lot["from"]), day_text(lot["to"]), lot["state"].text(), lot["awarded"].text(),
              lot["free"].text(), lot["held"].text(), lot["spent"].text(), lot["lapsed"].text()});
  }
  Table steps(
      {{.title = "WHEN"}, {.title = "WHAT", .gives_way = 2}, {.title = "BY"}, {.title = "WHY", .gives_way = 1}});
  for (const Answer& step : grant["steps"].items()) {
    const std::string by = step["by"].text();
    steps.add({step["at"].text(), step["text"].text(), by.empty() ? "the rules" : by, step["why"].text()});
  }
  return printable(text, Lines::many) + "\n" + lots.draw(console) + "\n" + steps.draw(console);
}

Result<int> post_about(const GrantArguments& arguments, const std::string& what, const json::object& body,
                       const std::string& done, Connection& connection, const Console& console) {
  const std::string path = "/v1/grants/" + http::encode(arguments.id) + what;
  const auto received =
      connection.send(http::Method::post, path, json::serialize(body), {{"Content-Type", "application/json"}});
  if (!received) return tl::unexpected(received.error());
  console.print_line(arguments.json ? received->body : fmt::format("{} grant {}", done, arguments.id));
  return 0;
}

}  // namespace

Result<int> list_grants(const GrantArguments& arguments, Connection& connection, const Console& console) {
  const auto received =
      connection.get(Path("/v1/grants").with("tenant", arguments.tenant).with("programme", arguments.programme).text());
  if (!received) return tl::unexpected(received.error());
  console.print(arguments.json ? received->body + "\n" : draw_grants(received->answer["grants"], console));
  return 0;
}

Result<int> show_grant(const GrantArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get("/v1/grants/" + http::encode(arguments.id));
  if (!received) return tl::unexpected(received.error());
  console.print(arguments.json ? received->body + "\n" : grant_text(received->answer, console));
  return 0;
}

// As a document with this one grant.
Result<int> award_grant(const GrantArguments& arguments, Connection& connection, const Console& console) {
  json::object grant{{"programme", arguments.programme}, {"tenant", arguments.tenant}};
  if (!arguments.kinds.empty()) grant["kinds"] = json::array(arguments.kinds.begin(), arguments.kinds.end());
  for (const auto& [key, value] :
       {std::pair("credits", &arguments.credits), std::pair("from", &arguments.from), std::pair("to", &arguments.to),
        std::pair("for", &arguments.lasts), std::pair("lots", &arguments.lots), std::pair("why", &arguments.why)}) {
    if (!value->empty()) grant[key] = *value;
  }
  std::string text = json::serialize(json::object{{"grants", json::array{std::move(grant)}}});
  // A number, as it was typed.
  if (!arguments.cards.empty()) text.insert(text.find("{\"programme\"") + 1, "\"cards\":" + arguments.cards + ",");
  return declare_ledger(text, "the grant", arguments.dry_run, arguments.json, connection, console);
}

Result<int> close_grant(const GrantArguments& arguments, Connection& connection, const Console& console) {
  return post_about(arguments, "/close", {{"why", arguments.why}}, "closed", connection, console);
}

Result<int> refund_grant(const GrantArguments& arguments, Connection& connection, const Console& console) {
  return post_about(arguments, "/refund", {{"credits", arguments.credits}, {"why", arguments.why}},
                    "refunded " + arguments.credits + " credits to", connection, console);
}

Result<int> appeal_for_grant(const GrantArguments& arguments, Connection& connection, const Console& console) {
  return post_about(arguments, "/appeal", {{"why", arguments.why}}, "filed the appeal of", connection, console);
}

Result<int> decide_appeal(const GrantArguments& arguments, Connection& connection, const Console& console) {
  return post_about(arguments, "/appeal/decision", {{"granted", !arguments.is_refused}, {"why", arguments.why}},
                    arguments.is_refused ? "refused the appeal of" : "granted the appeal of", connection, console);
}

}  // namespace dure::cli
