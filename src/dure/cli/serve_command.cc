#include "dure/cli/serve_command.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "dure/cli/console.h"
#include "dure/engine/local/machine.h"
#include "dure/server/config.h"
#include "dure/server/estate.h"
#include "dure/server/fleet_match.h"
#include "dure/server/live_server.h"
#include "dure/server/precedence.h"

namespace dure::cli {
namespace {

Result<server::Config> read(const ServeArguments& arguments) {
  std::optional<engine::DeviceOptions> devices;
  if (arguments.emulated >= 0) devices = {.emulated = static_cast<std::uint32_t>(arguments.emulated)};
  Result<server::Config> config = server::default_config();
  if (!arguments.config.empty()) config = server::read_config(arguments.config, devices);
  if (!config) return config;
  if (!arguments.data.empty()) config->data = arguments.data;
  if (devices) config->devices = *devices;
  config->trusts_jobs |= arguments.trusts_jobs;
  if (arguments.listen.empty()) return config;
  const auto listen = server::parse_listen(arguments.listen);
  if (!listen) return fail(Code::invalid_argument, "--listen: " + listen.error().message);
  config->network.listen = *listen;
  return config;
}

// A watcher is a descriptor; the usual soft limit is 1,024. Returns what it was, which is what jobs get; 0 if
// there was nothing to raise.
std::uint64_t allow_many_connections() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  const rlim_t before = std::exchange(files.rlim_cur, files.rlim_max);
  setrlimit(RLIMIT_NOFILE, &files);
  return before == RLIM_INFINITY ? 0 : before;
}

// Whether a signal to end has come; they are held back until somebody waits for them.
bool is_told_to_end() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

// What the server would run with.
void print_configuration(const server::Config& config, const server::Estate& estate) {
  std::string tenants;
  for (const TenantSpec& root : estate.tenants.roots) tenants += (tenants.empty() ? "" : ", ") + root.name;
  const server::Listen& listen = config.network.listen;
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  fmt::print("The configuration is good.\n");
  fmt::print("  listen   {}{}{}:{}{}\n", is_v6 ? "[" : "", listen.address, is_v6 ? "]" : "", listen.port,
             server::uses_tls(config.network) ? ", with TLS" : "");
  fmt::print("  data     {}\n", config.data.string());
  fmt::print("  fleet    {}\n", server::summary(estate.fleet));
  fmt::print("  tenants  {}\n", tenants);
}

// Asks what a start asks whose journal is new.
int check_only(const server::Config& config) {
  const server::Estate estate = server::estate_of(config, engine::discover(config.devices));
  if (const auto checked = check(estate, isolation_of(config)); !checked) return Console().complain(checked.error());
  print_configuration(config, estate);
  return 0;
}

}  // namespace

int serve(const ServeArguments& arguments, const std::string& version) {
  if (arguments.prints_reference) {
    fmt::print("{}", server::config_reference());
    return 0;
  }
  auto config = read(arguments);
  if (!config) return Console().complain(config.error());
  if (const auto checked = server::check(config->network); !checked) return Console().complain(checked.error());
  if (arguments.checks_only) return check_only(*config);
  // All threads inherit the mask; one waits for the signals. Without TLS, SIGHUP ends the process as ever.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  if (server::uses_tls(config->network)) sigaddset(&ending, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
  config->open_files = allow_many_connections();
  server::run_before_jobs();
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk, and told as one

  const auto server = server::LiveServer::open(*config, version, is_told_to_end);
  if (!server && is_told_to_end()) return 0;
  if (!server) return Console().complain(server.error());
  const server::Greeting& greeting = (*server)->greeting();
  fmt::print("Dure {} on {}: {}\n", version, greeting.address, greeting.machine);
  fmt::print("  data   {} ({} facts, {} jobs)\n", greeting.data, greeting.facts, greeting.jobs);
  for (const std::string& cluster : greeting.clusters) fmt::print("  site   {}\n", cluster);
  if (!greeting.rehearsed.empty()) fmt::print("  rehearsed: sites {} (nothing runs there)\n", greeting.rehearsed);
  fmt::print("  token  {}\n", greeting.token_file);
  if (!greeting.certificate.empty()) fmt::print("  key    {}\n", greeting.certificate);
  std::fflush(stdout);

  std::thread ender([&] {
    int got = 0;
    while (sigwait(&ending, &got) == 0 && got == SIGHUP) (*server)->reload_certificate();
    fmt::print("Ending. What runs goes on, and is found again by the next dure serve.\n");
    std::fflush(stdout);
    (*server)->stop();
  });
  (*server)->run();
  ender.join();
  return 0;
}

}  // namespace dure::cli
