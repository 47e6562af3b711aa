// What the command line says, command by command.
#pragma once

#include <string>

#include "dure/cli/audit_command.h"
#include "dure/cli/call_command.h"
#include "dure/cli/change_command.h"
#include "dure/cli/events_command.h"
#include "dure/cli/fleet_command.h"
#include "dure/cli/forecast_command.h"
#include "dure/cli/grant_command.h"
#include "dure/cli/import_command.h"
#include "dure/cli/journal_command.h"
#include "dure/cli/login_command.h"
#include "dure/cli/programme_command.h"
#include "dure/cli/queue_command.h"
#include "dure/cli/round_command.h"
#include "dure/cli/run_command.h"
#include "dure/cli/serve_command.h"
#include "dure/cli/show_command.h"
#include "dure/cli/simulate_command.h"
#include "dure/cli/statement_command.h"
#include "dure/cli/step_command.h"
#include "dure/cli/submit_command.h"
#include "dure/cli/tenant_command.h"
#include "dure/cli/token_command.h"
#include "dure/cli/what_if_command.h"
#include "dure/cli/window_command.h"

namespace dure::cli {

// CLI11 writes into it.
struct Typed {
  std::string server;
  SimulateArguments simulate;
  ServeArguments serve;
  ImportArguments import;
  JournalArguments journal;
  AuditArguments audit;
  CallArguments call;
  RoundArguments round;
  ProgrammeArguments programme;
  GrantArguments grants;
  StatementArguments statement;
  StatementArguments balance;
  StatementArguments loans;
  SubmitArguments submit;
  RunArguments run;
  StepArguments step;
  ActArguments cancel{.act = JobAct::cancel};
  ActArguments hold{.act = JobAct::hold};
  ActArguments release{.act = JobAct::release};
  UpdateArguments update;
  QueueArguments queue;
  ShowArguments show;
  ShowArguments why;
  ShowArguments wait;
  ForecastArguments forecast;
  WhatIfArguments what_if;
  LogsArguments logs;
  FleetArguments fleet;
  NodeArguments drain;
  NodeArguments resume;
  TenantArguments tenants;
  TenantArguments usage;
  ApplyArguments apply;
  EventArguments events;
  LoginArguments login;
  TokenArguments token;
  WindowArguments window;
  std::string shell;
};

}  // namespace dure::cli
