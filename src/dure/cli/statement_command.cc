#include "dure/cli/statement_command.h"

#include <fmt/format.h>

#include "dure/cli/credits_text.h"
#include "dure/cli/table.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/recount/recount.h"

namespace dure::cli {
namespace {

std::string waived_text(const Answer& waived) {
  std::string text;
  for (const auto& member : waived.members())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", member.value.text(), member.key);
  return text;
}

std::string balance_text(const Answer& account) {
  std::string text = fmt::format("{}: {} credits, {} of them free and {} held", account["tenant"].text(),
                                 account["balance"].text(), account["free"].text(), account["held"].text());
  if (account["owed"].exists()) text += fmt::format("; {} owed", account["owed"].text());
  if (account["first_lapses"].exists())
    text += fmt::format("; the first lapse on {}", day_text(account["first_lapses"]));
  return printable(text) + "\n";
}

std::string draw_statement(const Answer& statement, const Console& console) {
  Table months({{.title = "MONTH"},
                {.title = "OPENING", .align = Align::right},
                {.title = "AWARDED", .align = Align::right},
                {.title = "CHARGED", .align = Align::right},
                {.title = "REFUNDED", .align = Align::right},
                {.title = "LAPSED", .align = Align::right},
                {.title = "REDUCED", .align = Align::right},
                {.title = "CLOSING", .align = Align::right}});
  Table pools({{.title = "MONTH"},
               {.title = "POOL", .gives_way = 2},
               {.title = "KIND"},
               {.title = "RUNS", .align = Align::right},
               {.title = "DEVICE-HOURS", .align = Align::right},
               {.title = "CHARGED", .align = Align::right},
               {.title = "NOT CHARGED", .gives_way = 1}});
  for (const Answer& month : statement["months"].items()) {
    months.add({month["month"].text(), month["opening"].text(), unless_nothing(month["awarded"]),
                unless_nothing(month["charged"]), unless_nothing(month["refunded"]), unless_nothing(month["lapsed"]),
                unless_nothing(month["reduced"]), month["closing"].text()});
    for (const Answer& pool : month["pools"].items()) {
      pools.add({month["month"].text(), pool["pool"].text(), pool["kind"].text(), pool["runs"].amount(),
                 fmt::format("{:.4f}", pool["hours"].number()), pool["charged"].text(), waived_text(pool["waived"])});
    }
  }
  std::string text = balance_text(statement);
  if (!months.is_empty()) text += months.draw(console);
  if (!pools.is_empty()) text += pools.draw(console);
  return text;
}

// `2 times, 1 late; 45 s on average, promised 60 s`.
std::string reclaims_text(const Answer& reclaims) {
  if (!reclaims.exists()) return "";
  return fmt::format("{} times, {} late; {:.0f} s on average, promised {} s", reclaims["times"].integer(),
                     reclaims["late"].integer(), reclaims["mean_s"].number(), reclaims["promised_s"].integer());
}

std::string draw_loans(const Answer& answer, const Console& console) {
  Table loans({{.title = "MONTH"},
               {.title = "POOL", .gives_way = 2},
               {.title = "LENDER", .gives_way = 3},
               {.title = "BORROWER", .gives_way = 4},
               {.title = "WHY"},
               {.title = "DEVICE-HOURS", .align = Align::right},
               {.title = "TAKEN BACK", .gives_way = 1}});
  for (const Answer& loan : answer["loans"].items()) {
    const std::string lender = loan["lender"].text();
    loans.add({loan["month"].text(), loan["pool"].text(), lender.empty() ? "nobody" : lender, loan["borrower"].text(),
               loan["reason"].text(), fmt::format("{:.4f}", loan["hours"].number()), reclaims_text(loan["reclaims"])});
  }
  if (loans.is_empty()) return "no loans\n";
  Table owners({{.title = "OWNER", .gives_way = 1},
                {.title = "LENT", .align = Align::right},
                {.title = "BORROWED", .align = Align::right},
                {.title = "NET", .align = Align::right}});
  for (const Answer& owner : answer["owners"].items()) {
    owners.add({owner["owner"].text(), fmt::format("{:.4f}", owner["lent_hours"].number()),
                fmt::format("{:.4f}", owner["borrowed_hours"].number()),
                fmt::format("{:+.4f}", owner["net_hours"].number())});
  }
  return loans.draw(console) + "\n" + owners.draw(console);
}

}  // namespace

Result<int> statement(const StatementArguments& arguments, Connection& connection, const Console& console) {
  const auto received =
      connection.get(Path("/v1/statements").with("tenant", arguments.tenant).with("month", arguments.month).text());
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
    return 0;
  }
  std::string text;
  for (const Answer& one : received->answer["statements"].items())
    text += (text.empty() ? "" : "\n") + draw_statement(one, console);
  console.print(text.empty() ? "no accounts\n" : text);
  return 0;
}

Result<int> verify_statements(const StatementArguments& arguments, const Console& console) {
  auto journal = JournalReader::open(arguments.verify);
  if (!journal) return tl::unexpected(journal.error());
  State state;
  recount::Recount recount;
  const auto replayed = journal->replay(state, [&](const Fact& fact) -> Result<void> {
    recount.add(fact);
    return {};
  });
  if (!replayed) return tl::unexpected(replayed.error());
  const std::vector<std::string> differences = recount.differences(state);
  if (arguments.json) {
    std::string lines;
    for (const std::string& line : differences) lines += (lines.empty() ? "" : ",") + json_text(line);
    console.print_line(fmt::format(R"({{"facts":{},"accounts":{},"differences":[{}]}})", state.fact_count(),
                                   state.ledger().accounts().size(), lines));
  } else {
    for (const std::string& line : differences) console.print_line(printable(line));
    console.print_line(fmt::format(
        "{} accounts of {} facts counted once more: {}", state.ledger().accounts().size(), state.fact_count(),
        differences.empty() ? "the same to the last unit" : fmt::format("{} differences", differences.size())));
  }
  return differences.empty() ? 0 : 1;
}

Result<int> balance(const StatementArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get(Path("/v1/balances").with("tenant", arguments.tenant).text());
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
    return 0;
  }
  std::string text;
  for (const Answer& one : received->answer["balances"].items()) text += balance_text(one);
  console.print(text.empty() ? "no accounts\n" : text);
  return 0;
}

Result<int> loans(const StatementArguments& arguments, Connection& connection, const Console& console) {
  const auto received = connection.get(Path("/v1/loans").with("month", arguments.month).text());
  if (!received) return tl::unexpected(received.error());
  console.print(arguments.json ? received->body + "\n" : draw_loans(received->answer, console));
  return 0;
}

}  // namespace dure::cli
