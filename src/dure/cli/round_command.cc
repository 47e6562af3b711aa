#include "dure/cli/round_command.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "dure/cli/allotment_text.h"
#include "dure/cli/call_command.h"
#include "dure/cli/credits_text.h"
#include "dure/cli/file_text.h"
#include "dure/cli/programme_command.h"
#include "dure/cli/table.h"
#include "dure/http/target.h"
#include "dure/programme/sentences.h"
#include "dure/solver/cbc_solver.h"
#include "dure/spec/ledger_reader.h"
#include "dure/spec/round_reader.h"

namespace dure::cli {
namespace {

namespace json = boost::json;

std::string asks_text(const Answer& application) {
  std::string text;
  for (const Answer& ask : application["asks"].items()) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", ask["kind"].text(), ask["cards"].integer());
  }
  return text;
}

std::string path_of(const RoundArguments& arguments, const std::string& rest) {
  return "/v1/calls/" + http::encode(arguments.call) + rest;
}

Result<int> tell_booked(const Result<Received>& received, const RoundArguments& arguments, const Console& console) {
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
    return 0;
  }
  console.print(booked_text(received->answer, arguments.dry_run));
  return 0;
}

std::string draw_applications(const Answer& applications, const Console& console) {
  Table table({{.title = "APPLICATION", .gives_way = 2},
               {.title = "TENANT", .gives_way = 3},
               {.title = "ASKS"},
               {.title = "MONTHS", .align = Align::right},
               {.title = "SCORE", .align = Align::right},
               {.title = "STATUS"},
               {.title = "WHY NOT", .gives_way = 1}});
  for (const Answer& one : applications.items()) {
    const std::string status = one["status"].text();
    table.add({one["name"].text(), one["tenant"].text(), asks_text(one), one["months"].amount(), one["score"].text(),
               Cell(status, status == "awarded" ? Colour::green : Colour::none), one["why_not"].text()});
  }
  return table.is_empty() ? "no applications\n" : table.draw(console);
}

// The application as a document, of what was typed.
Result<std::string> application_text(const RoundArguments& arguments) {
  if (!arguments.file.empty()) return file_text(arguments.file);
  json::object body;
  for (const auto& [key, value] :
       {std::pair("name", &arguments.name), std::pair("organisation", &arguments.organisation),
        std::pair("class", &arguments.applicant_class), std::pair("region", &arguments.region)}) {
    if (!value->empty()) body[key] = *value;
  }
  if (!arguments.tags.empty()) body["tags"] = json::array(arguments.tags.begin(), arguments.tags.end());
  json::array asks;
  for (const std::string& text : arguments.asks) {
    const auto ask = spec::parse_ask(text);
    if (!ask) return fail(Code::invalid_argument, fmt::format("--asks: found '{}'; write KIND:CARDS, as H200:8", text));
    asks.push_back(json::object{{ask->kind, ask->cards}});
  }
  if (!asks.empty()) body["asks"] = std::move(asks);
  std::string text = json::serialize(body);
  // Numbers, as they were typed.
  const auto add = [&](const char* key, const std::string& number) {
    if (!number.empty())
      text.insert(text.size() - 1, fmt::format("{}\"{}\":{}", text.size() > 2 ? "," : "", key, number));
  };
  add("months", arguments.months);
  add("least", arguments.least);
  return text;
}

Result<programme::Round> round_of(const Answer& call) {
  std::vector<std::string> texts;
  std::vector<spec::ReviewedText> reviewed;
  const auto applications = call["applications"].items();
  texts.reserve(applications.size());
  for (const Answer& one : applications) {
    const auto score = spec::parse_score(one["score"].text());
    if (one["status"].text() != "reviewed" || !score) {
      return fail(Code::invalid_argument,
                  fmt::format("application {0} has no review; dure call review {1} {0} gives it "
                              "one",
                              one["name"].text(), call["name"].text()));
    }
    texts.push_back(one["text"].text());
    reviewed.push_back({.text = texts.back(), .score = *score});
  }
  if (reviewed.empty()) return fail(Code::invalid_argument, "call " + call["name"].text() + " has no applications");
  return spec::read_reviewed_round(call["text"].text(), reviewed);
}

// The server takes so many bytes of a reason; characters stay whole.
std::string cut(std::string text) {
  constexpr std::size_t longest = 1000;
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return text.substr(0, end);
}

json::object decision_of(const programme::Round& round, const programme::Allotted& allotted, const std::string& why) {
  json::array awarded;
  std::vector<bool> has_award(round.applications.size());
  for (const programme::Award& award : allotted.awards) {
    const programme::Application& who = round.applications[award.application];
    has_award[award.application] = true;
    awarded.push_back(json::object{
        {"application", who.name}, {"kind", round.call.kinds[who.asks[award.ask].kind].name}, {"cards", award.cards}});
  }
  json::array waiting;
  for (const programme::Refusal& refusal : allotted.refused) {
    std::string sentence;
    for (const std::string& text : programme::sentences_of(round, allotted, refusal))
      sentence += (sentence.empty() ? "" : "; ") + text;
    waiting.push_back(
        json::object{{"application", round.applications[refusal.application].name}, {"why", cut(std::move(sentence))}});
  }
  json::object out{{"awarded", std::move(awarded)}, {"waiting", std::move(waiting)}};
  if (!why.empty()) out["why"] = why;
  return out;
}

}  // namespace

Result<int> list_calls(const RoundArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get("/v1/calls");
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
    return 0;
  }
  Table table({{.title = "CALL"},
               {.title = "PROGRAMME"},
               {.title = "AWARDS FROM"},
               {.title = "APPLICATIONS", .align = Align::right},
               {.title = "STATE"}});
  for (const Answer& call : received->answer["calls"].items()) {
    table.add({call["name"].text(), call["programme"].text(), day_text(call["from"]),
               call["application_count"].amount(), call["is_decided"].is_true() ? "decided" : "open"});
  }
  console.print(table.is_empty() ? "no calls\n" : table.draw(console));
  return 0;
}

Result<int> show_call(const RoundArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get(path_of(arguments, ""));
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
    return 0;
  }
  const Answer& call = received->answer;
  console.print(fmt::format("call {} of programme {}, awards from {}: {}\n\n", printable(call["name"].text()),
                            printable(call["programme"].text()), call["from"].text(),
                            call["is_decided"].is_true() ? "decided" : "open"));
  console.print(draw_applications(call["applications"], console));
  return 0;
}

Result<int> open_call(const RoundArguments& arguments, Connection& connection, const Console& console) {
  const auto text = file_text(arguments.file);
  if (!text) return tl::unexpected(text.error());
  const std::string path = Path("/v1/calls")
                               .with("programme", arguments.programme)
                               .with("from", arguments.from)
                               .with("dry_run", arguments.dry_run ? "true" : "")
                               .text();
  const auto received = connection.post_once(path, *text, "application/yaml");
  if (!received) return fail(received.error().code, with_file_name(received.error().message, "call", arguments.file));
  return tell_booked(received, arguments, console);
}

Result<int> apply_to_call(const RoundArguments& arguments, Connection& connection, const Console& console) {
  const auto text = application_text(arguments);
  if (!text) return tl::unexpected(text.error());
  const std::string path = Path(path_of(arguments, "/applications"))
                               .with("tenant", arguments.tenant)
                               .with("dry_run", arguments.dry_run ? "true" : "")
                               .text();
  const auto received = connection.post_once(path, *text, "application/yaml");
  if (received) return tell_booked(received, arguments, console);
  const std::string& message = received.error().message;
  return fail(received.error().code, arguments.file.empty() ? without_places(message, "application", "application")
                                                            : with_file_name(message, "application", arguments.file));
}

Result<int> review_application(const RoundArguments& arguments, Connection& connection, const Console& console) {
  const json::object body{{"score", arguments.score}, {"why", arguments.why}};
  const std::string path = path_of(arguments, "/applications/" + http::encode(arguments.application) + "/review");
  const auto received = connection.post_once(path, json::serialize(body), "application/json");
  if (!received) return tl::unexpected(received.error());
  console.print_line(arguments.json ? received->body
                                    : fmt::format("reviewed {}: {}", arguments.application, arguments.score));
  return 0;
}

Result<int> decide_call(const RoundArguments& arguments, Connection& connection, const Console& console) {
  const auto bounds = search_bounds(arguments.within);
  if (!bounds) return tl::unexpected(bounds.error());
  const auto call = connection.get(path_of(arguments, ""));
  if (!call) return tl::unexpected(call.error());
  if (call->answer["is_decided"].is_true())
    return fail(Code::invalid_argument, "call " + arguments.call + " is decided");
  const auto round = round_of(call->answer);
  if (!round) return tl::unexpected(round.error());
  const auto begin = std::chrono::steady_clock::now();
  auto solver = solver::CbcSolver::open(*bounds);
  if (!solver) return tl::unexpected<Error>(solver.error());
  const auto allotted = programme::allot(*round, *solver);
  if (!allotted) return tl::unexpected(allotted.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const std::string path =
      Path(path_of(arguments, "/decision")).with("dry_run", arguments.dry_run ? "true" : "").text();
  const auto received =
      connection.post_once(path, json::serialize(decision_of(*round, *allotted, arguments.why)), "application/json");
  if (received && !arguments.json) console.print(allotment_text(*round, *allotted, seconds, console) + "\n");
  return tell_booked(received, arguments, console);
}

}  // namespace dure::cli
