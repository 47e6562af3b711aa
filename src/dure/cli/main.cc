// The program: the command tree, and what was chosen of it.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/cli/command_line.h"
#include "dure/cli/completion.h"
#include "dure/cli/connection.h"
#include "dure/cli/console.h"
#include "dure/cli/ledger_commands.h"
#include "dure/cli/typed.h"
#include "dure/cli/wiring.h"

namespace {

using dure::Result;
using namespace dure::cli;

// Adds commands one by one. `app` and `typed` must outlive it.
class Tree {
 public:
  Tree(CLI::App& app, Typed& typed, Action& chosen)
      : app_(app), typed_(typed), chosen_(chosen), console_(Console::of_process()) {}

  void add_all();

 private:
  CLI::App* add(const char* name, const char* description, const char* example, Action action) {
    CLI::App* command = app_.add_subcommand(name, description);
    command->footer(std::string("Example: ") + example);
    command->callback([this, action = std::move(action)] { chosen_ = action; });
    return command;
  }
  // A command that asks the server.
  CLI::App* add_client(const char* name, const char* description, const char* example, ServerAction action) {
    return with_server(add(name, description, example, connected(std::move(action))));
  }
  Action connected(ServerAction action) {
    return [this, action = std::move(action)]() -> Result<int> {
      auto address = find_server(typed_.server, environment_of_process());
      if (!address) return tl::unexpected(address.error());
      Connection connection(*std::move(address));
      return action(connection);
    };
  }
  CLI::App* with_server(CLI::App* command) {
    command
        ->add_option("--server", typed_.server,
                     "The server's address, in place of DURE_SERVER and the one that is known")
        ->type_name("URL");
    return command;
  }
  static void add_json(CLI::App* command, bool& json) {
    command->add_flag("--json", json, "Print the server's answers as they are, one a line");
  }
  static void add_jobs(CLI::App* command, std::vector<std::string>& jobs) {
    command->add_option("jobs", jobs, "Jobs, such as 12, 10 for an array, 10_2 for one of it")
        ->required()
        ->type_name("JOB...");
  }

  void add_simulate();
  void add_import();
  void add_serve();
  void add_journal();
  void add_audit();
  void add_job_options(CLI::App* command, JobOptions& job);
  void add_submit();
  void add_run();
  void add_step();
  void add_act(const char* name, const char* description, const char* example, ActArguments& arguments);
  void add_update();
  void add_queue();
  void add_show();
  Result<int> forecast_or_what_if();
  void add_what_if(CLI::App* command);
  void add_forecast();
  void add_logs();
  void add_fleet();
  void add_nodes();
  void add_windows();
  void add_tenants();
  void add_apply();
  void add_events();
  void add_login();
  void add_token();
  void add_completion();

  CLI::App& app_;
  Typed& typed_;
  Action& chosen_;
  Console console_;
  Result<int> (*token_action_)(const TokenArguments&, Connection&, const Console&) = nullptr;
};

// An option that is there says something: a variable that a shell expands to nothing is a mistake.
auto something(const char* remedy) {
  return [remedy](const std::string& value) { return value.empty() ? std::string("found nothing; ") + remedy : ""; };
}

void Tree::add_serve() {
  ServeArguments& arguments = typed_.serve;
  CLI::App* command = add("serve", "Run the control plane on this machine: API, journal, jobs",
                          "dure serve --emulated 4", [&] { return Result<int>(serve(arguments, DURE_VERSION)); });
  command->add_option("--config", arguments.config, "A file; dure serve --reference lists its keys")
      ->type_name("SERVER.yaml");
  command
      ->add_option("--data", arguments.data, "The folder of the journal and the jobs, in place of the configured one")
      ->type_name("DIR")
      ->check(something("name a folder"));
  command->add_option("--listen", arguments.listen, "Address and port; port 0: any that is free")
      ->type_name("ADDRESS:PORT")
      ->check(something("write 127.0.0.1:8470"));
  command->add_option("--emulated", arguments.emulated, "Offer so many emulated devices in place of GPUs")
      ->type_name("N")
      ->check(CLI::Range(0, 64));
  command->add_flag("--trust-jobs", arguments.trusts_jobs,
                    "Let several tenants have jobs, which can reach each other's files and processes");
  command->add_flag("--check", arguments.checks_only, "Read the configuration, say what is wrong with it, and end");
  command->add_flag("--reference", arguments.prints_reference, "Print every key of the configuration");
}

void Tree::add_journal() {
  JournalArguments& arguments = typed_.journal;
  CLI::App* journal = app_.add_subcommand("journal", "Look after a server's journal");
  journal->footer("Example: dure journal verify --data /var/lib/dure");
  journal->require_subcommand(1);
  const auto add_one = [&](const char* name, const char* description, Result<int> (*act)(const JournalArguments&)) {
    CLI::App* command = journal->add_subcommand(name, description);
    command->footer(std::string("Example: dure journal ") + name);
    command->add_option("--data", arguments.data, "The server's data folder")->type_name("DIR");
    command->callback([this, act, &arguments] { chosen_ = [act, &arguments] { return act(arguments); }; });
    return command;
  };
  add_json(add_one("verify", "Read everything, and say whether it is whole", verify_journal), arguments.json);
  add_json(add_one("dump", "Print every fact, a line of JSON each", dump_journal), arguments.json);
  CLI::App* compact =
      add_one("compact", "Pack old facts; nothing is forgotten. Not while a server runs", compact_journal);
  compact
      ->add_option("--keep", arguments.keep_turns, "Leave so many of the newest turns as they are, 1000 if not given")
      ->type_name("N");
  add_json(compact, arguments.json);
  add_json(
      add_one("accept-end", "Go on from the last fact there is, where the end is lost for good", accept_journal_end),
      arguments.json);
}

void Tree::add_audit() {
  AuditArguments& arguments = typed_.audit;
  CLI::App* audit = app_.add_subcommand("audit", "Check and read the log of what was done and refused");
  audit->footer("Example: dure audit verify --data /var/lib/dure");
  audit->require_subcommand(1);
  const auto add_one = [&](const char* name, const char* description, Result<int> (*act)(const AuditArguments&)) {
    CLI::App* command = audit->add_subcommand(name, description);
    command->footer(std::string("Example: dure audit ") + name);
    command->add_option("--data", arguments.data, "The server's data folder")->type_name("DIR");
    command->callback([this, act, &arguments] { chosen_ = [act, &arguments] { return act(arguments); }; });
    return command;
  };
  CLI::App* verify = add_one("verify", "Read every row, and name the first that is missing or changed", verify_audit);
  verify->add_option("--known", arguments.known, "A row that was noted before, and must still be there")
      ->type_name("NUMBER:HASH");
  add_json(verify, arguments.json);
  add_one("dump", "Print every row: its hash, and its line of JSON", dump_audit);
  CLI::App* read = audit->add_subcommand("read", "Print the rows of a server that is asked, as dump does");
  read->footer("Example: dure audit read --after 1000");
  read->add_option("--after", arguments.after, "Begin with the row after this one")->type_name("NUMBER");
  const auto ask = [&](Connection& connection) { return read_audit(arguments, connection, console_); };
  with_server(read)->callback([this, asked = connected(ask)] { chosen_ = asked; });
}

void Tree::add_simulate() {
  SimulateArguments& arguments = typed_.simulate;
  CLI::App* command = add("simulate", "Play a scenario: a fleet, tenants, a trace or a demand model, a policy",
                          "dure simulate scenarios/day.yaml --set seed=7 --out out/day",
                          [&] { return Result<int>(simulate(arguments)); });
  command->add_option("scenario", arguments.scenario, "The scenario file")->required()->type_name("SCENARIO.yaml");
  command->add_option("--set", arguments.overrides, "Replace a value of the scenario, such as policy.name=easy")
      ->type_name("KEY.PATH=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--out", arguments.out, "Write summary.json, jobs.csv, evictions.csv and report.html there")
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
}

void Tree::add_import() {
  ImportArguments& arguments = typed_.import;
  CLI::App* import = app_.add_subcommand("import", "Begin with what another system knows");
  import->footer("Example: dure import slurm --out hall");
  import->require_subcommand(1);
  CLI::App* command = import->add_subcommand(
      "slurm", "Make a fleet, tenants and a trace of a cluster that Slurm runs; changes nothing there");
  command->footer("Example: dure import slurm --out hall && dure simulate hall/scenario.yaml");
  command->callback([this, &arguments] { chosen_ = [this, &arguments] { return import_slurm(arguments, console_); }; });
  command
      ->add_option("--out", arguments.out,
                   "Write fleet.yaml, tenants.yaml, server.yaml, scenario.yaml and trace.csv there")
      ->type_name("DIR")
      ->check(something("name a folder"));
  command->add_option("--from", arguments.from, "Read files that were taken elsewhere, in place of asking Slurm here")
      ->type_name("DIR")
      ->check(something("name a folder"));
  command->add_flag("--script", arguments.prints_script, "Print a script that takes such files, and end");
  command
      ->add_option("--since", arguments.since,
                   "Jobs that ended from then on; a day, or how long ago; a year if not given")
      ->type_name("DAY|365d")
      ->check(something("write a day such as 2026-01-31"));
  command->add_option("--until", arguments.until, "Jobs that ended before; tomorrow if not given")
      ->type_name("DAY|30d")
      ->check(something("write a day such as 2026-01-31"));
  command
      ->add_option("--folder", arguments.folder,
                   "For server.yaml: the folder that this machine and all nodes share, /shared/dure if not given")
      ->type_name("DIR")
      ->check(something("name a folder"));
}

void Tree::add_job_options(CLI::App* command, JobOptions& job) {
  const auto text = [&](const char* name, std::string& into, const char* type, const char* description) {
    command->add_option(name, into, description)->type_name(type)->check(something("leave it out"));
  };
  const auto list = [&](const char* name, std::vector<std::string>& into, const char* type, const char* description) {
    command->add_option(name, into, description)->type_name(type)->expected(1)->take_all()->delimiter(',');
  };
  text("-n,--name", job.name, "NAME", "The job's name; that of the script or command if not given");
  text("--gpus", job.gpus, "N", "GPUs of each task: 8, or a part of one such as 0.25");
  text("--cpus", job.cpus, "N", "CPUs of each task");
  text("--memory", job.memory, "64Gi", "Memory of each task");
  text("--tasks", job.tasks, "N|MIN-MAX", "Tasks, which all start together; 2-8 for as many as fit");
  text("--gpu-model", job.gpu_model, "MODEL", "Only GPUs of this model");
  text("--within", job.within, "LEVEL", "All tasks within one node, rack or block");
  text("--tenant", job.tenant, "PATH", "Whose share it counts on");
  list("--pool", job.pools, "SITE/POOL", "Where it may run; any if not given");
  text("--window", job.window, "NAME", "Only in this reserved window");
  text("--time", job.time_limit, "2h", "It is ended then");
  text("--start-by", job.start_by, "2h", "It ends as expired if it has not begun by then, or by a time");
  text("--finish-by", job.finish_by, "8h", "It ends as expired if it could not end by then, taking all of its time");
  text("--priority", job.priority, "N", "Within its tenant; higher first");
  list("--after", job.after, "ok:JOB", "Start after the end of another job: ok:12, any:12 or not_ok:12");
  command->add_option("--env", job.environment, "Set a variable")->type_name("NAME=VALUE")->expected(1)->take_all();
  text("--directory", job.directory, "DIR", "Where it runs; here if not given");
  text("-o,--output", job.output, "FILE", "Where output goes, such as out-%j.txt; kept by the server if not given");
  text("-e,--error", job.error, "FILE", "Where errors go; with the output if not given");
}

void Tree::add_submit() {
  SubmitArguments& arguments = typed_.submit;
  CLI::App* command = add_client(
      "submit", "Submit a job file, a batch script with the options of sbatch behind it, or a command",
      "dure submit job.yaml\n         dure submit train.sh --mem=64G -t 2:00:00 -- --epochs 3\n"
      "         dure submit --gpus 1 --time 2h -- python3 train.py --epochs 3",
      [&](Connection& connection) { return submit(arguments, Surroundings::of_process(), connection, console_); });
  // What stands behind the file belongs to it: `-n` there is sbatch's.
  command->prefix_command();
  add_job_options(command, arguments.job);
  command->add_option("--array", arguments.job.array, "One job for each index")->type_name("0-99");
  command->add_flag("--hold", arguments.job.hold, "Wait until it is released");
  command->add_flag("--hot-swap", arguments.job.hot_swap,
                    "When some of its nodes fail, go on with others in their place");
  command
      ->add_option("--deadline", arguments.deadline,
                   "With a time to start by: warn where it is not likely, or refuse below one in ten")
      ->type_name("warn|refuse")
      ->check(CLI::IsMember({"warn", "refuse"}));
  command->add_flag("--plan", arguments.plan,
                    "Only say when and where it would start, its cost, and what would start it sooner");
  command->add_flag("--wait", arguments.wait, "Return when it has ended, with its exit code");
  add_json(command, arguments.json);
}

void Tree::add_run() {
  RunArguments& arguments = typed_.run;
  const auto action = [&]() -> Result<int> {
    const auto address = find_server(typed_.server, environment_of_process());
    if (!address) return tl::unexpected(address.error());
    return run(arguments, Surroundings::of_process(), *address, console_);
  };
  CLI::App* command =
      with_server(add("run",
                      "Run a command as a job: shows its output, ends with its exit code; Ctrl-C "
                      "cancels it",
                      "dure run --gpus 1 -- python3 train.py\n         dure run -it --gpus 1 -- bash", action));
  add_job_options(command, arguments.job);
  command->add_flag("-i,-t,--interactive", arguments.job.terminal,
                    "With a terminal, which is this one: keys go to the command, Ctrl-C too");
  add_json(command, arguments.json);
}

void Tree::add_step() {
  StepArguments& arguments = typed_.step;
  CLI::App* command = add("step", "Start tasks inside the job that calls it; jobs also know it as srun",
                          "srun -n 2 --gpus-per-task 1 python3 train.py",
                          [&] { return step(arguments, environment_of_process(), console_); });
  // What stands behind the command's name belongs to it.
  command->prefix_command();
  const auto number = [&](const char* name, std::optional<std::uint32_t>& into, std::uint32_t least,
                          const char* description) {
    command->add_option(name, into, description)->type_name("N")->check(CLI::Range(least, step_tasks_max));
  };
  number("-n,--ntasks", arguments.tasks, 1, "Tasks; SLURM_NTASKS if not given");
  number("-N,--nodes", arguments.nodes, 1, "Nodes; a job has one");
  number("-c,--cpus-per-task", arguments.cpus_per_task, 1, "CPUs of each task");
  number("--gpus-per-task", arguments.gpus_per_task, 0,
         "GPUs of each task, no two the same; all of the job's if not given");
  command->add_flag("-l,--label", arguments.labels, "Begin each line with the number of its task");
  command->add_flag("-u,--unbuffered", arguments.unbuffered, "As it is without it too");
  command->add_flag("--exclusive", arguments.exclusive, "Left out with a warning");
}

void Tree::add_act(const char* name, const char* description, const char* example, ActArguments& arguments) {
  CLI::App* command = add_client(name, description, example,
                                 [&](Connection& connection) { return act_on_jobs(arguments, connection, console_); });
  add_jobs(command, arguments.jobs);
  add_json(command, arguments.json);
}

void Tree::add_update() {
  UpdateArguments& arguments = typed_.update;
  CLI::App* command = add_client("update", "Change jobs that wait", "dure update 12 --time 4h --priority 10",
                                 [&](Connection& connection) { return update_jobs(arguments, connection, console_); });
  add_jobs(command, arguments.jobs);
  command->add_option("--time", arguments.time_limit, "The new time limit")->type_name("2h");
  command->add_option("--priority", arguments.priority, "Within its tenant; higher first")
      ->type_name("N")
      ->check(CLI::Range(-1'000'000, 1'000'000));
  command->add_option("-n,--name", arguments.name, "The new name")->type_name("NAME");
  add_json(command, arguments.json);
}

void Tree::add_queue() {
  QueueArguments& arguments = typed_.queue;
  CLI::App* command = add_client("queue", "List jobs: where they run, or why and until when they wait",
                                 "dure queue --tenant nipa --state pending,held",
                                 [&](Connection& connection) { return queue(arguments, connection, console_); });
  command->add_option("--state", arguments.filter.states, "held, pending, starting, running, stopping, ended")
      ->type_name("STATE,...");
  command->add_option("--tenant", arguments.filter.tenant, "Of a tenant and those below it")->type_name("PATH");
  command->add_option("--user", arguments.filter.user, "Of a user")->type_name("USER");
  command->add_option("-n,--name", arguments.filter.name, "Of this name")->type_name("NAME");
  command->add_flag("-a,--all", arguments.all, "Those that have ended too");
  command->add_option("--limit", arguments.limit, "At most so many, 1000 if not given; 0 for all")->type_name("N");
  command->add_flag("-w,--watch", arguments.watch, "Draw it anew when something happens");
  add_json(command, arguments.json);
}

void Tree::add_show() {
  const auto add_one = [&](const char* name, const char* description, const char* example, ShowArguments& arguments,
                           Result<int> (*action)(const ShowArguments&, Connection&, const Console&)) {
    CLI::App* command = add_client(name, description, example, [this, &arguments, action](Connection& connection) {
      return action(arguments, connection, console_);
    });
    add_jobs(command, arguments.jobs);
    add_json(command, arguments.json);
  };
  add_one("show", "Show all there is to know of a job", "dure show 12", typed_.show, show);
  add_one("why", "Say what keeps a job from starting, and what would change that", "dure why 12", typed_.why, why);
  add_one("wait", "Return when jobs have ended, with the highest of their exit codes", "dure wait 12 13 && echo done",
          typed_.wait, wait);
}

// What would be if something were otherwise is found out in the journal, and no server is asked.
Result<int> Tree::forecast_or_what_if() {
  const ForecastArguments& arguments = typed_.forecast;
  WhatIfArguments& what_if_arguments = typed_.what_if;
  if (what_if_arguments.file.empty()) {
    return connected([&](Connection& connection) { return forecast(arguments, connection, console_); })();
  }
  if (arguments.record || !arguments.jobs.empty() || !typed_.server.empty()) {
    return dure::fail(dure::Code::invalid_argument,
                      "--what-if is of the whole journal and asks no server; leave jobs, --record and --server away");
  }
  what_if_arguments.tenant = arguments.tenant;
  what_if_arguments.json = arguments.json;
  return what_if(what_if_arguments, console_);
}

void Tree::add_what_if(CLI::App* command) {
  WhatIfArguments& arguments = typed_.what_if;
  CLI::Option* what_if = command->add_option(
      "--what-if", arguments.file, "Say what would come of changes, by tenant, beside what does without them");
  what_if->type_name("CHANGES.yaml")->check(something("name a file"));
  const auto option = [&](const char* name, auto& into, const char* type, const char* description) {
    return command->add_option(name, into, description)->type_name(type)->needs(what_if);
  };
  option("--data,--journal", arguments.data, "DIR", "The server's data folder, whose journal is read");
  option("--config", arguments.config, "SERVER.yaml", "The server's configuration, for its policy and its folder");
  option("--at", arguments.at, "TIME",
         "The past moment of the change, or how long before the journal's end; else that");
  option("--until", arguments.until, "TIME", "How far to look, or how long; to the journal's end, or a day beyond it");
  option("--draws", arguments.draws, "N", "How often to draw what may come beyond the journal's end, 16 if not given")
      ->check(CLI::Range(1u, 1000u));
}

void Tree::add_forecast() {
  ForecastArguments& arguments = typed_.forecast;
  CLI::App* command =
      with_server(add("forecast", "Say when waiting jobs are expected to start, or what would change that",
                      "dure forecast --tenant nipa\n         dure forecast --what-if changes.yaml",
                      [&] { return forecast_or_what_if(); }));
  command->add_option("jobs", arguments.jobs, "Jobs, such as 12, 10 for an array, 10_2 for one of it; all if not given")
      ->type_name("JOB...");
  command->add_option("--tenant", arguments.tenant, "Of a tenant and those below it")->type_name("PATH");
  command->add_option("--limit", arguments.limit, "At most so many, 1000 if not given; 0 for all")->type_name("N");
  command->add_flag("--record", arguments.record, "How good forecasts have been, by horizon and size");
  add_what_if(command);
  add_json(command, arguments.json);
}

void Tree::add_logs() {
  LogsArguments& arguments = typed_.logs;
  CLI::App* command = add_client("logs", "Show what a job has written", "dure logs -f 12",
                                 [&](Connection& connection) { return logs(arguments, connection, console_); });
  command->add_option("job", arguments.job, "The job, such as 12 or 10_2")->required()->type_name("JOB");
  command->add_flag("-f,--follow", arguments.follow, "Go on until it has ended");
  command->add_option("--task", arguments.task, "Of this task, counted from 0")->type_name("N");
  command->add_flag("--stderr", arguments.error_stream, "Its errors, where they go to a file of their own");
  add_json(command, arguments.json);
}

void Tree::add_fleet() {
  FleetArguments& arguments = typed_.fleet;
  CLI::App* command =
      add_client("fleet", "List pools, nodes or GPUs, and what is held of them", "dure fleet --nodes --pool local/gpu",
                 [&](Connection& connection) { return fleet(arguments, connection, console_); });
  command->add_flag("--nodes", arguments.nodes, "Each node, with its jobs");
  command->add_flag("--devices", arguments.devices, "Each GPU, as its driver tells of it");
  command->add_option("--pool", arguments.pool, "The nodes of this pool")->type_name("SITE/POOL");
  add_json(command, arguments.json);
}

void Tree::add_nodes() {
  NodeArguments& drained = typed_.drain;
  CLI::App* drain_command = add_client("drain", "Give nodes no new work; what runs there goes on",
                                       "dure drain local-gpu-n1 --reason 'fan is loud'",
                                       [&](Connection& connection) { return drain(drained, connection, console_); });
  drain_command->add_option("nodes", drained.nodes, "Names of nodes")->required()->type_name("NODE...");
  drain_command->add_option("--reason", drained.reason, "What is wrong, for whoever looks")
      ->required()
      ->type_name("TEXT")
      ->check(something("say what is wrong"));
  add_json(drain_command, drained.json);
  NodeArguments& resumed = typed_.resume;
  CLI::App* resume_command = add_client("resume", "Give drained nodes work again", "dure resume local-gpu-n1",
                                        [&](Connection& connection) { return resume(resumed, connection, console_); });
  resume_command->add_option("nodes", resumed.nodes, "Names of nodes")->required()->type_name("NODE...");
  add_json(resume_command, resumed.json);
}

void Tree::add_windows() {
  WindowArguments& arguments = typed_.window;
  CLI::App* command =
      with_server(app_.add_subcommand("window", "Keep nodes free for a while: list, open and close windows"));
  add_json(command, arguments.json);
  command->footer("Example: dure window list");
  command->require_subcommand(1);
  const auto add_one = [&](const char* name, const char* description, const char* example,
                           Result<int> (*act)(const WindowArguments&, Connection&, const Console&)) {
    CLI::App* sub = command->add_subcommand(name, description);
    sub->footer(std::string("Example: ") + example);
    sub->fallthrough();
    sub->callback([this, &arguments, act] {
      chosen_ = connected([this, &arguments, act](Connection& it) { return act(arguments, it, console_); });
    });
    return sub;
  };
  add_one("list", "List windows that are not over", "dure window list", list_windows);
  CLI::App* open = add_one("open", "Empty nodes for maintenance, or reserve them for a tenant",
                           "dure window open cables --node local-gpu-n1 --from 2h --for 4h", open_window);
  open->add_option("name", arguments.names, "What it is called")->required()->expected(1)->type_name("NAME");
  open->add_option("--node", arguments.nodes, "A node")->type_name("NODE")->expected(1)->take_all()->delimiter(',');
  const auto option = [&](const char* name, std::string& into, const char* type, const char* description) {
    open->add_option(name, into, description)->type_name(type)->check(something("leave it out"));
  };
  option("--pool", arguments.pool, "SITE/POOL", "All nodes of a pool");
  option("--from", arguments.from, "TIME", "When it begins, or after how long; now if not given");
  option("--until", arguments.until, "TIME", "When it ends");
  option("--for", arguments.lasts, "4h", "How long it lasts");
  option("--tenant", arguments.tenant, "PATH", "Reserve it for jobs of a tenant and those below it");
  option("--reason", arguments.reason, "TEXT", "What it is for");
  CLI::App* close = add_one("close", "Withdraw windows", "dure window close cables", close_windows);
  close->add_option("names", arguments.names, "Names of windows")->required()->type_name("NAME...");
}

void Tree::add_tenants() {
  const auto add_one = [&](const char* name, const char* description, const char* example, TenantArguments& arguments,
                           Result<int> (*action)(const TenantArguments&, Connection&, const Console&)) {
    CLI::App* command = add_client(name, description, example, [this, &arguments, action](Connection& connection) {
      return action(arguments, connection, console_);
    });
    command->add_option("tenant", arguments.tenant, "A tenant and those below it; all if not given")->type_name("PATH");
    add_json(command, arguments.json);
  };
  add_one("tenants", "List tenants: what is guaranteed to them, what they hold and borrow", "dure tenants nipa",
          typed_.tenants, tenants);
  add_one("usage", "List what tenants have used", "dure usage nipa/sovereign-fm", typed_.usage, usage);
}

void Tree::add_apply() {
  ApplyArguments& arguments = typed_.apply;
  CLI::App* command = add_client("apply", "Make the tenants or the fleet of the server those of a file",
                                 "dure apply tenants.yaml --dry-run",
                                 [&](Connection& connection) { return apply_file(arguments, connection, console_); });
  command->add_option("file", arguments.file, "A file of tenants; - for the standard input")
      ->required()
      ->type_name("FILE.yaml");
  command->add_flag("--dry-run", arguments.dry_run, "Only say what would change");
  add_json(command, arguments.json);
}

void Tree::add_events() {
  EventArguments& arguments = typed_.events;
  CLI::App* command =
      add_client("events", "List what has happened, or follow what happens", "dure events -f --job 12",
                 [&](Connection& connection) { return events(arguments, connection.address(), console_); });
  command->add_flag("-f,--follow", arguments.follow, "Go on with what happens next");
  command->add_option("--job", arguments.job, "Of a job")->type_name("JOB");
  command->add_option("--tenant", arguments.tenant, "Of a tenant and those below it")->type_name("PATH");
  command->add_option("--last", arguments.last, "Go back so far, 100 if not given")->type_name("N");
  add_json(command, arguments.json);
}

void Tree::add_login() {
  LoginArguments& arguments = typed_.login;
  CLI::App* login_command = add("login", "Keep the address and the token of a server for the next commands",
                                "dure login https://dure.example.org --token-file token.txt",
                                [&] { return login(arguments, environment_of_process(), console_); });
  login_command->add_option("url", arguments.url, "The server's address")->required()->type_name("URL");
  login_command->add_option("--token-file", arguments.token_file, "Where the token stands; asked for if not given")
      ->type_name("FILE");
  login_command
      ->add_option("--fingerprint", arguments.fingerprint, "Of the server's key, as it prints it; else it is asked")
      ->type_name("sha256//...");
  login_command->add_option("--ca", arguments.ca_file, "The certificate of the site's own authority")
      ->type_name("FILE");
  add_json(login_command, arguments.json);
}

void Tree::add_token() {
  TokenArguments& arguments = typed_.token;
  CLI::App* command =
      add_client("token", "Print the token in use, and say where it came from; make, list and revoke tokens",
                 "dure token", [&](Connection& connection) {
                   if (token_action_ != nullptr) return token_action_(arguments, connection, console_);
                   return token(connection.address(), arguments.json, console_);
                 });
  add_json(command, arguments.json);
  command->require_subcommand(0, 1);
  command->fallthrough();
  const auto add_one = [&](const char* name, const char* description, const char* example,
                           Result<int> (*act)(const TokenArguments&, Connection&, const Console&)) {
    CLI::App* sub = command->add_subcommand(name, description);
    sub->footer(std::string("Example: ") + example);
    sub->fallthrough();
    sub->callback([this, act] { token_action_ = act; });
    return sub;
  };
  CLI::App* create = add_one("create", "Make a token; its secret is printed this once",
                             "dure token create kim member:nipa/vision --expires 30d", create_token);
  create->add_option("subject", arguments.subject, "Whose it is: the user of the jobs that it submits")
      ->required()
      ->type_name("SUBJECT");
  create
      ->add_option("grants", arguments.grants,
                   "operator, auditor, or owner, programme, member or guest of a tenant and those below it")
      ->required()
      ->type_name("ROLE[:TENANT]...");
  create->add_option("--expires", arguments.expires_in, "After how long it is worthless; never without it")
      ->type_name("TIME")
      ->check(something("write a time such as 30d"));
  add_one("list", "List tokens, without their secrets", "dure token list", list_tokens);
  add_one("revoke", "Make tokens worthless", "dure token revoke t0123456789ab", revoke_tokens)
      ->add_option("ids", arguments.ids, "Tokens, as dure token list names them")
      ->required()
      ->type_name("TOKEN...");
}

CommandTree tree_of(const CLI::App& app) {
  CommandTree tree{.name = app.get_name(), .description = app.get_description(), .options = {}, .commands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) tree.words = values_of(option->get_type_name());
    OptionName name{.names = {},
                    .description = option->get_description(),
                    .takes_value = option->get_type_size() > 0,
                    .values = values_of(option->get_type_name())};
    for (const std::string& letter : option->get_snames()) name.names.push_back("-" + letter);
    for (const std::string& word : option->get_lnames()) name.names.push_back("--" + word);
    if (!name.names.empty()) tree.options.push_back(std::move(name));
  }
  for (const CLI::App* command : app.get_subcommands({})) tree.commands.push_back(tree_of(*command));
  return tree;
}

void Tree::add_completion() {
  CLI::App* command = add("completion", "Print what a shell needs to complete commands and options",
                          "source <(dure completion bash)", [&]() -> Result<int> {
                            const auto script = completion_script(tree_of(app_), typed_.shell);
                            if (!script) return tl::unexpected(script.error());
                            console_.print(*script);
                            return 0;
                          });
  command->add_option("shell", typed_.shell, "bash or zsh")->required()->type_name("SHELL");
}

void Tree::add_all() {
  add_submit();
  add_run();
  add_step();
  add_queue();
  add_show();
  add_forecast();
  add_logs();
  add_act("cancel", "End jobs, or take them out of the queue", "dure cancel 12 10_2", typed_.cancel);
  add_act("hold", "Keep waiting jobs from starting", "dure hold 12", typed_.hold);
  add_act("release", "Let held jobs start again", "dure release 12", typed_.release);
  add_update();
  add_fleet();
  add_nodes();
  add_windows();
  add_tenants();
  add_apply();
  add_events();
  add_login();
  add_token();
  add_serve();
  add_journal();
  add_audit();
  add_ledger_commands({.app = app_,
                       .typed = typed_,
                       .console = console_,
                       .choose = [this](Action action) { chosen_ = std::move(action); },
                       .connected = [this](ServerAction action) { return connected(std::move(action)); },
                       .with_server = [this](CLI::App* command) { with_server(command); }});
  add_simulate();
  add_import();
  add_completion();
}

std::string as_typed(int argc, char** argv) {
  std::string command = "dure";
  for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
  return command;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Dure shares a fleet of accelerators among organisations.", "dure");
  app.set_version_flag("--version", DURE_VERSION);
  app.require_subcommand(1);
  app.failure_message(usage_mistake);
  Typed typed{.simulate = {.command = as_typed(argc, argv)}};
  Action chosen;
  Tree tree(app, typed, chosen);
  tree.add_all();
  try {
    parse_all(app, typed, argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : dure::exit_code(dure::Code::invalid_argument);
  }
  const Result<int> done = chosen();
  const int code = done ? *done : Console().complain(done.error());
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
