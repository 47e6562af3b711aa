#include "dure/cli/terminal_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "dure/cli/job_watch.h"
#include "dure/cli/terminal_session.h"
#include "dure/engine/local/local_engine.h"
#include "dure/engine/local/terminal_link.h"
#include "dure/server/live_server.h"

namespace dure::cli {
namespace {

constexpr int hung_up_code = 129;  // as of a shell

// It has ended before anybody could sit down.
Result<int> show_all(Attendance& attendance) {
  const OnText print = [&](std::string_view bytes) { attendance.console().print(bytes); };
  return attendance.follow(print, [](const Received&) {});
}

Result<int> sit_down(Attendance& attendance, const engine::Fd& socket) {
  const auto end = sit_at_terminal(socket, attendance.console());
  if (!end) return tl::unexpected(end.error());
  if (*end == SessionEnd::missed) return show_all(attendance);
  // Nobody is left to be told anything.
  if (*end == SessionEnd::hung_up) return hung_up_code;
  if (*end == SessionEnd::told_to_end && !attendance.cancel()) return interrupted_code;
  return attendance.wait_for_end();
}

}  // namespace

Result<void> check_has_terminal() {
  if (::isatty(STDIN_FILENO) != 0) return {};
  return fail(Code::invalid_argument,
              "-t: the standard input is no terminal; leave out -it, and the output is shown as it comes");
}

Result<void> check_is_here(Connection& connection) {
  const auto server = connection.get("/v1/server");
  if (!server) return tl::unexpected(server.error());
  const std::string folder = server::engine_folder(server->answer["data"].text()).string();
  if (engine::LocalEngine::is_open_in(folder, static_cast<pid_t>(server->answer["pid"].integer()))) return {};
  return fail(Code::not_permitted,
              fmt::format("-it: a terminal is for the machine and the account that the server runs on, and {} is "
                          "elsewhere; leave out -it, and the output is shown as it comes",
                          connection.address().url));
}

Result<int> run_at_terminal(Attendance& attendance) {
  const auto has_place = [&](const Answer& row) {
    return has_ended(row) || (!attendance.is_cancelled() && row["terminal"].exists());
  };
  const auto row = attendance.wait([&](Connection& connection) {
    return wait_for_row(connection, attendance.job(), Patience(attendance.console()), has_place);
  });
  if (!row) return tl::unexpected(row.error());
  if (!*row) return interrupted_code;
  const std::string path = (*row)->answer["terminal"].text();
  if (path.empty()) return show_all(attendance);
  const auto socket = engine::connect_to(path);
  if (socket) return sit_down(attendance, *socket);
  if (socket.error().code == Code::not_found) return show_all(attendance);
  attendance.cancel();
  return tl::unexpected(socket.error());
}

}  // namespace dure::cli
