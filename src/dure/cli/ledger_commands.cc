#include "dure/cli/ledger_commands.h"

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace dure::cli {
namespace {

// An option that is there says something: a variable that a shell expands to nothing is a mistake.
auto something(const char* remedy) {
  return [remedy](const std::string& value) { return value.empty() ? std::string("found nothing; ") + remedy : ""; };
}

class LedgerTree {
 public:
  explicit LedgerTree(const Wiring& wiring) : wiring_(wiring) {}

  void add_programme();
  void add_grants();
  void add_call();
  void add_statement();
  void add_loans();

 private:
  static void text(CLI::App* command, const char* name, std::string& into, const char* type, const char* description,
                   bool is_required = false) {
    CLI::Option* option = command->add_option(name, into, description)->type_name(type);
    option->check(something("leave it out"));
    if (is_required) option->required();
  }
  static void json(CLI::App* command, bool& json) {
    command->add_flag("--json", json, "Print the server's answers as they are, one a line");
  }
  // A group of commands that ask the server.
  CLI::App* group(const char* name, const char* description, const char* example, bool& json_flag) const {
    CLI::App* command = wiring_.app.add_subcommand(name, description);
    wiring_.with_server(command);
    json(command, json_flag);
    command->footer(std::string("Example: ") + example);
    return command;
  }
  template <class Arguments>
  CLI::App* add(CLI::App* group, const char* name, const char* description, const char* example, Arguments& arguments,
                Result<int> (*act)(const Arguments&, Connection&, const Console&)) const {
    CLI::App* command = group->add_subcommand(name, description);
    command->footer(std::string("Example: ") + example);
    command->fallthrough();
    command->callback([wiring = wiring_, &arguments, act] {
      wiring.choose(wiring.connected(
          [&arguments, act, &console = wiring.console](Connection& it) { return act(arguments, it, console); }));
    });
    return command;
  }
  CLI::App* add_grant(CLI::App* grants, const char* name, const char* description, const char* example,
                      Result<int> (*act)(const GrantArguments&, Connection&, const Console&)) const;
  void add_allot(CLI::App* call) const;

  const Wiring& wiring_;
};

void LedgerTree::add_programme() {
  ProgrammeArguments& arguments = wiring_.typed.programme;
  CLI::App* group = this->group("programme", "What things cost, and programmes that award credits",
                                "dure programme apply programme.yaml --dry-run", arguments.json);
  group->require_subcommand(1);
  CLI::App* apply = add(group, "apply", "Declare the rates, programmes and grants of a file: all or nothing",
                        "dure programme apply programme.yaml", arguments, apply_programmes);
  apply->add_option("file", arguments.file, "The file; - for the standard input")->required()->type_name("FILE.yaml");
  apply->add_flag("--dry-run", arguments.dry_run, "Only say what would be declared");
  add(group, "list", "List rates and programmes", "dure programme list", arguments, list_programmes);
}

// Chosen by the group, whose own action is the list.
CLI::App* LedgerTree::add_grant(CLI::App* grants, const char* name, const char* description, const char* example,
                                Result<int> (*act)(const GrantArguments&, Connection&, const Console&)) const {
  GrantArguments& arguments = wiring_.typed.grants;
  CLI::App* command = grants->add_subcommand(name, description);
  command->footer(std::string("Example: ") + example);
  command->fallthrough();
  command->callback([&arguments, act] { arguments.act = act; });
  return command;
}

void LedgerTree::add_grants() {
  GrantArguments& arguments = wiring_.typed.grants;
  CLI::App* group = this->group("grants", "List grants, how much of each is used; award, close and appeal",
                                "dure grants list nipa/large", arguments.json);
  group->require_subcommand(0, 1);
  group->callback([wiring = wiring_, &arguments] {
    wiring.choose(wiring.connected([&arguments, &console = wiring.console](Connection& it) {
      return arguments.act == nullptr ? list_grants(arguments, it, console) : arguments.act(arguments, it, console);
    }));
  });
  const auto id = [&](CLI::App* command) {
    command->add_option("grant", arguments.id, "Its number, as dure grants lists it")->required()->type_name("GRANT");
  };
  const auto why = [&](CLI::App* command, const char* description) {
    text(command, "--why", arguments.why, "TEXT", description, true);
  };
  CLI::App* list = add_grant(group, "list", "List grants", "dure grants list nipa/large", list_grants);
  list->add_option("tenant", arguments.tenant, "Of a tenant and those below it; all if not given")->type_name("PATH");
  text(list, "--programme", arguments.programme, "NAME", "Of this programme");
  id(add_grant(group, "show", "Show one, with its lots and all that was done", "dure grants show 3", show_grant));
  CLI::App* award =
      add_grant(group, "award", "Award credits to a tenant",
                "dure grants award nipa/large/arm --programme large --kinds H200 --cards 8 --for 90d", award_grant);
  award->add_option("tenant", arguments.tenant, "Whose jobs it pays for")->required()->type_name("PATH");
  text(award, "--programme", arguments.programme, "NAME", "By whose rules", true);
  award->add_option("--kinds", arguments.kinds, "For devices of these kinds; any if not given")
      ->type_name("KIND,...")
      ->expected(1)
      ->take_all()
      ->delimiter(',');
  award->add_option("--cards", arguments.cards, "At most so many at once")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  text(award, "--credits", arguments.credits, "N", "What it is worth; what these cards cost if not given");
  text(award, "--from", arguments.from, "TIME",
       "When it begins: a time, a day, or a duration from now; now if not given");
  text(award, "--to", arguments.to, "TIME", "When what is left lapses");
  text(award, "--for", arguments.lasts, "90d", "How long it lasts");
  text(award, "--lots", arguments.lots, "monthly|quarterly", "Parts that lapse one by one");
  text(award, "--why", arguments.why, "TEXT", "What it is for");
  award->add_flag("--dry-run", arguments.dry_run, "Only say what would be awarded");
  CLI::App* close = add_grant(group, "close", "Let what is free lapse; what runs goes on",
                              "dure grants close 3 --why 'the project has ended'", close_grant);
  id(close);
  why(close, "What has ended it");
  CLI::App* refund = add_grant(group, "refund", "Give back some of what was charged",
                               "dure grants refund 3 --credits 12.5 --why 'a wrong driver'", refund_grant);
  id(refund);
  text(refund, "--credits", arguments.credits, "N", "How much", true);
  why(refund, "What it is for");
  CLI::App* appeal = add_grant(group, "appeal", "Say why a grant that was warned is to stay as it is",
                               "dure grants appeal 3 --why 'the data came late'", appeal_for_grant);
  id(appeal);
  why(appeal, "Why it is to stay");
  CLI::App* decide = add_grant(group, "decide-appeal", "Grant an appeal, or refuse it",
                               "dure grants decide-appeal 3 --refuse --why 'no plan was given'", decide_appeal);
  id(decide);
  decide->add_flag("--refuse", arguments.is_refused, "It is refused; granted if not given");
  why(decide, "For whoever appealed");
}

void LedgerTree::add_allot(CLI::App* call) const {
  CallArguments& arguments = wiring_.typed.call;
  CLI::App* allot = call->add_subcommand(
      "allot", "Find the awards with the best total that the rules allow, and why others get none; asks no server");
  allot->footer("Example: dure call allot scenarios/round/call.yaml --out awards.csv");
  allot->add_option("call", arguments.call, "The call, which names its applications")
      ->required()
      ->type_name("CALL.yaml");
  allot->add_option("--out", arguments.out, "Write the awards there, as a table")
      ->type_name("AWARDS.csv")
      ->check(something("name a file"));
  allot->add_option("--within", arguments.within, "Take what is found by then; as long as it takes if not given")
      ->type_name("TIME")
      ->check(something("write a time such as 30s"));
  allot->add_flag("--json", arguments.json, "Print all of it as JSON");
  allot->callback([wiring = wiring_, &arguments] {
    wiring.choose([&arguments, &console = wiring.console] { return allot_call(arguments, console); });
  });
}

void LedgerTree::add_call() {
  RoundArguments& arguments = wiring_.typed.round;
  CLI::App* group = wiring_.app.add_subcommand("call", "Calls for applications: open, apply, review and decide");
  group->footer("Example: dure call show large-1");
  group->require_subcommand(1);
  add_allot(group);
  const auto add_one = [&](const char* name, const char* description, const char* example,
                           Result<int> (*act)(const RoundArguments&, Connection&, const Console&)) {
    CLI::App* command = add(group, name, description, example, arguments, act);
    wiring_.with_server(command);
    json(command, arguments.json);
    return command;
  };
  const auto call = [&](CLI::App* command) {
    command->add_option("call", arguments.call, "Its name, as dure call list has it")->required()->type_name("CALL");
  };
  const auto list = [&](CLI::App* command, const char* name, std::vector<std::string>& into, const char* type,
                        const char* description) {
    command->add_option(name, into, description)->type_name(type)->expected(1)->take_all()->delimiter(',');
  };
  add_one("list", "List calls", "dure call list", list_calls);
  call(add_one("show", "Show a call with its applications", "dure call show large-1", show_call));
  CLI::App* open = add_one("open", "Open a call by its rules, whose applications are filed here",
                           "dure call open call.yaml --programme large", open_call);
  open->add_option("file", arguments.file, "The call, without applications")->required()->type_name("CALL.yaml");
  text(open, "--programme", arguments.programme, "NAME", "Whose credits it awards", true);
  text(open, "--from", arguments.from, "TIME",
       "When awards begin: a time, a day, or a duration from now; now if not given");
  open->add_flag("--dry-run", arguments.dry_run, "Only say whether it could be opened");
  CLI::App* apply = add_one("apply", "Apply for a tenant",
                            "dure call apply large-1 --tenant nipa/large/arm --name arm --organisation ARM --class "
                            "industry --asks H200:8 --months 3",
                            apply_to_call);
  call(apply);
  text(apply, "--tenant", arguments.tenant, "PATH", "Who gets it", true);
  text(apply, "--file", arguments.file, "FILE.yaml", "The application, in place of the following");
  text(apply, "--name", arguments.name, "NAME", "What the application is called");
  text(apply, "--organisation", arguments.organisation, "NAME", "Of whom");
  text(apply, "--class", arguments.applicant_class, "NAME", "One of the call's classes");
  text(apply, "--region", arguments.region, "NAME", "One of the call's regions");
  list(apply, "--tags", arguments.tags, "TAG,...", "Some of the call's tags");
  list(apply, "--asks", arguments.asks, "KIND:CARDS,...", "Cards; or several of which one would do, the first rather");
  text(apply, "--months", arguments.months, "N", "For how long; one if not given");
  text(apply, "--least", arguments.least, "CARDS", "So few would do, where the call reduces");
  apply->add_flag("--dry-run", arguments.dry_run, "Only say whether it could be filed");
  CLI::App* review = add_one("review", "Score an application",
                             "dure call review large-1 arm --score 91.5 --why 'a clear plan'", review_application);
  call(review);
  review->add_option("application", arguments.application, "Its name")->required()->type_name("NAME");
  text(review, "--score", arguments.score, "N", "From 0 to 1000, with at most 2 decimals", true);
  text(review, "--why", arguments.why, "TEXT", "For whoever applied, once the call is decided", true);
  CLI::App* decide = add_one("decide", "Find the best awards that the rules allow, and make them",
                             "dure call decide large-1 --dry-run", decide_call);
  call(decide);
  text(decide, "--why", arguments.why, "TEXT", "What is said of the decision");
  text(decide, "--within", arguments.within, "TIME", "Take what is found by then; as long as it takes if not given");
  decide->add_flag("--dry-run", arguments.dry_run, "Only say what would be awarded");
}

void LedgerTree::add_statement() {
  const auto add_one = [&](const char* name, const char* description, const char* example,
                           StatementArguments& arguments,
                           Result<int> (*act)(const StatementArguments&, Connection&, const Console&)) {
    CLI::App* command = add(&wiring_.app, name, description, example, arguments, act);
    wiring_.with_server(command);
    json(command, arguments.json);
    command->add_option("tenant", arguments.tenant, "Of a tenant and those below it; all if not given")
        ->type_name("PATH");
    return command;
  };
  StatementArguments& arguments = wiring_.typed.statement;
  CLI::App* command = add_one("statement", "What tenants were awarded and charged, by month and pool",
                              "dure statement nipa/large/arm --month 2026-03", arguments, statement);
  text(command, "--month", arguments.month, "2026-03", "Of this month");
  text(command, "--verify", arguments.verify, "DATA",
       "Ask no server: count all accounts once more from the journal in its data folder");
  command->callback([wiring = wiring_, &arguments] {
    if (!arguments.verify.empty()) {
      return wiring.choose([&arguments, &console = wiring.console] { return verify_statements(arguments, console); });
    }
    wiring.choose(wiring.connected(
        [&arguments, &console = wiring.console](Connection& it) { return statement(arguments, it, console); }));
  });
  add_one("balance", "What tenants have left", "dure balance", wiring_.typed.balance, balance);
}

void LedgerTree::add_loans() {
  StatementArguments& arguments = wiring_.typed.loans;
  CLI::App* command = add(&wiring_.app, "loans", "Who used whose devices, by month and pool",
                          "dure loans --month 2026-03", arguments, loans);
  wiring_.with_server(command);
  json(command, arguments.json);
  text(command, "--month", arguments.month, "2026-03", "Of this month");
}

}  // namespace

void add_ledger_commands(const Wiring& wiring) {
  LedgerTree tree(wiring);
  tree.add_programme();
  tree.add_grants();
  tree.add_call();
  tree.add_statement();
  tree.add_loans();
}

}  // namespace dure::cli
