#include "dure/engine/slurm/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "dure/engine/environment.h"
#include "dure/engine/fd.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"
#include "dure/engine/spawn.h"

namespace dure::engine {
namespace {

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(system_error("cannot make", "a pipe"));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// A file without a name, from its beginning: unlike a pipe it takes all of the text at once.
Result<Fd> file_with(std::string_view text) {
  Fd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), text) || ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return tl::unexpected(system_error("cannot make", "the input of a program"));
  }
  return file;
}

// The program's path, by the PATH it is given.
std::optional<std::string> found(const std::string& name, const std::vector<Variable>& environment) {
  if (name.find('/') != std::string::npos) return name;
  const auto path =
      std::find_if(environment.begin(), environment.end(), [](const Variable& v) { return v.name == "PATH"; });
  std::string_view folders = path != environment.end() ? std::string_view(path->value) : std::string_view();
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::string candidate = std::string(folders.substr(0, end)) + '/' + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return std::nullopt;
}

// Reads both until both are closed; false if that takes longer.
bool read_all(Fd& output, Fd& error, ProgramEnd& end, Duration most) {
  const Duration until = steady_time() + most;
  std::array<pollfd, 2> ends{pollfd{output.get(), POLLIN, 0}, pollfd{error.get(), POLLIN, 0}};
  const std::array<std::string*, 2> texts{&end.output, &end.error};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const Duration left = until - steady_time();
    if (left.ns <= 0) return false;
    const int ready = ::poll(ends.data(), ends.size(), static_cast<int>(left.ns / 1'000'000 + 1));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      std::array<char, 65'536> buffer;
      const ssize_t size = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (size > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(size));
      } else if (size == 0 || errno != EINTR) {
        ends[i].fd = -1;
      }
    }
  }
  return true;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

std::vector<Variable> program_environment() {
  std::vector<Variable> environment = inherited_environment();
  const bool has_path =
      std::any_of(environment.begin(), environment.end(), [](const Variable& v) { return v.name == "PATH"; });
  if (!has_path) environment.push_back({"PATH", "/usr/local/bin:/usr/bin:/bin"});
  return environment;
}

std::vector<Variable> with_variables(std::vector<Variable> environment, const std::vector<Variable>& more) {
  for (const Variable& variable : more) {
    std::erase_if(environment, [&](const Variable& old) { return old.name == variable.name; });
    environment.push_back(variable);
  }
  return environment;
}

Result<ProgramEnd> run_program(const std::vector<std::string>& command, const std::vector<Variable>& environment,
                               Duration most, std::string_view input) {
  const auto path = found(command.front(), environment);
  if (!path) return fail(Code::not_found, command.front() + ": there is no such program");
  auto output = make_pipe();
  if (!output) return tl::unexpected(output.error());
  auto error = make_pipe();
  if (!error) return tl::unexpected(error.error());
  const auto text = file_with(input);
  if (!text) return tl::unexpected(text.error());

  std::vector<std::string> words = command;
  std::vector<std::string> variables;
  for (const Variable& variable : environment) variables.push_back(variable.name + '=' + variable.value);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, text->get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output->writer.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, error->writer.get(), STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, path->c_str(), &files, &attributes, null_ended(words).data(), null_ended(variables).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    errno = failed;
    return tl::unexpected(system_error("cannot run", *path));
  }
  output->writer = Fd();
  error->writer = Fd();
  ProgramEnd end;
  const bool is_done = read_all(output->reader, error->reader, end, most);
  if (!is_done) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!is_done) return fail(Code::unavailable, command.front() + " did not answer");
  end.exit_code = exit_code_of(status);
  return end;
}

}  // namespace dure::engine
