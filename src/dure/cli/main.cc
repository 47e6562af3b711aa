// The program: the command tree, and nothing else.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "dure/base/result.h"
#include "dure/cli/simulate_command.h"

namespace {

std::string as_typed(int argc, char** argv) {
  std::string command = "dure";
  for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
  return command;
}

// An option that is there says something: a variable that a shell expands to nothing is a mistake.
auto something(const char* remedy) {
  return [remedy](const std::string& value) { return value.empty() ? std::string("found nothing; ") + remedy : ""; };
}

void add_simulate(CLI::App& app, dure::cli::SimulateArguments& arguments) {
  CLI::App* command =
      app.add_subcommand("simulate", "Play a scenario: a fleet, tenants, a trace or a demand model, a policy");
  command->add_option("scenario", arguments.scenario, "The scenario file")->required()->type_name("SCENARIO.yaml");
  command->add_option("--set", arguments.overrides, "Replace a value of the scenario, such as policy.name=easy")
      ->type_name("KEY.PATH=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--out", arguments.out, "Write summary.json, jobs.csv and report.html there")
      ->type_name("DIR")
      ->check(something("name a folder"));
  command->add_flag("--json", arguments.json, "Print the summary as JSON");
  command->add_flag("--verify", arguments.verify, "Check the invariants after every turn, and run twice");
  command->add_option("--seeds", arguments.seeds, "Run once for each seed; outputs go to DIR/SEED")
      ->type_name("1..20")
      ->check(something("write a seed or a range such as 1..20"));
  command->add_option("--policies", arguments.policies, "Run once for each policy; outputs go to DIR/POLICY")
      ->type_name("NAME,NAME")
      ->check(something("write names such as dure,easy"));
  command
      ->add_option("--threads", arguments.threads, "Runs at a time with --seeds or --policies; all cores if not given")
      ->type_name("N")
      ->check(CLI::Range(1u, 1024u));
  command->footer("Example: dure simulate scenarios/day.yaml --set seed=7 --out out/day");
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Dure shares a fleet of accelerators among organisations.", "dure");
  app.set_version_flag("--version", DURE_VERSION);
  app.require_subcommand(1);
  dure::cli::SimulateArguments simulate{.command = as_typed(argc, argv)};
  add_simulate(app, simulate);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : dure::exit_code(dure::Code::invalid_argument);
  }
  const int code = dure::cli::simulate(simulate);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fputs("dure: the output could not be written; is the disk full?\n", stderr);
  return dure::exit_code(dure::Code::failed);
} catch (const std::bad_alloc&) {
  std::fputs("dure: out of memory; try a smaller fleet or trace\n", stderr);
  return dure::exit_code(dure::Code::failed);
} catch (const std::exception& error) {
  std::fprintf(stderr, "dure: %s\n", error.what());
  return dure::exit_code(dure::Code::failed);
}
