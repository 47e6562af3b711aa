#include "dure/cli/step_command.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "dure/cli/step_tasks.h"
#include "dure/engine/fd.h"

namespace dure::cli {
namespace {

// Steps of an attempt are counted by the bytes of a file in the job's own folder: each adds one.
// Returns 0 where there is no such folder: the number is for people, and nothing depends on it.
std::uint64_t take_number(const Environment& environment) {
  const std::filesystem::path checkpoints = environment("DURE_CHECKPOINT_DIR");
  if (checkpoints.empty()) return 0;
  const auto path = checkpoints.parent_path() / ("restart" + environment("DURE_RESTART") + ".steps");
  const engine::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  struct stat status{};
  if (!file || ::flock(file.get(), LOCK_EX) != 0 || ::fstat(file.get(), &status) != 0) return 0;
  [[maybe_unused]] const ssize_t written = ::write(file.get(), ".", 1);
  return static_cast<std::uint64_t>(status.st_size);
}

// Returns 0 if there is none.
std::uint16_t free_port() {
  const engine::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return 0;
  if (::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace

Result<int> step(const StepArguments& arguments, const Environment& environment, const Console& console) {
  auto plan = plan_step(arguments, environment);
  if (!plan) return tl::unexpected(plan.error());
  if (arguments.exclusive) {
    console.note("--exclusive: left out; steps that run at the same time share the job's CPUs and GPUs");
  }
  const std::string number = std::to_string(take_number(environment));
  for (const char* name : {"SLURM_STEP_ID", "SLURM_STEPID"}) plan->variables.push_back({name, number});
  if (environment("MASTER_PORT").empty()) plan->variables.push_back({"MASTER_PORT", std::to_string(free_port())});
  console.flush();
  return run_tasks(arguments.words, *plan, {.has_labels = arguments.labels});
}

}  // namespace dure::cli
