#include "dure/engine/slurm/rest_link.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "dure/base/host_list.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/program.h"
#include "dure/engine/slurm/slurm_json.h"
#include "dure/http/target.h"

namespace dure::engine {
namespace {

namespace json = boost::json;

http::ClientOptions client_options(const RestOptions& options) {
  return {.url = options.socket.empty() ? options.url : "http://slurmrestd",
          .unix_socket = options.socket,
          .remedy = "start slurmrestd there, and slurmctld",
          .timeout = SlurmLink::call_most};
}

json::object component_of(const SlurmSubmission& job, const SlurmComponent& part, const json::object& environment) {
  json::object out{{"name", job.name},
                   {"comment", job.comment},
                   {"partition", job.partition},
                   {"nodelist", to_host_list(part.nodes)},
                   {"nodes", {part.nodes.size(), part.nodes.size()}},
                   {"tasks", part.tasks_per_node * part.nodes.size()},
                   {"tasks_per_node", part.tasks_per_node},
                   {"cpus_per_task", part.cpus_per_task},
                   {"no_requeue", true},  // `requeue` allows it, whatever its value
                   {"standard_output", job.log},
                   {"open_mode", "append"},
                   {"current_working_directory", job.folder},
                   {"environment", environment}};
  if (part.memory_mib_per_node > 0) out["memory_per_node"] = part.memory_mib_per_node;
  if (part.gpus_per_node > 0) out["gres"] = fmt::format("gpu:{}", part.gpus_per_node);
  if (!job.qos.empty()) out["qos"] = job.qos;
  if (job.minutes > 0) out["time_limit"] = job.minutes;
  return out;
}

// Those that sbatch adds, and srun reads.
void add_shape(json::object& environment, const std::vector<SlurmComponent>& components) {
  for (std::size_t i = 0; i < components.size(); ++i) {
    const SlurmComponent& part = components[i];
    const std::string group = components.size() > 1 ? fmt::format("_HET_GROUP_{}", i) : "";
    environment["SLURM_NTASKS" + group] = std::to_string(part.tasks_per_node * part.nodes.size());
    environment["SLURM_NTASKS_PER_NODE" + group] = std::to_string(part.tasks_per_node);
    environment["SLURM_CPUS_PER_TASK" + group] = std::to_string(part.cpus_per_task);
  }
}

std::string body_of(const SlurmSubmission& job, const std::vector<Variable>& variables) {
  json::object environment;
  for (const Variable& variable : variables) environment[variable.name] = variable.value;
  add_shape(environment, job.components);
  json::array parts;
  for (const SlurmComponent& part : job.components) parts.push_back(component_of(job, part, environment));
  json::object body{{"script", job.script}};
  if (parts.size() == 1) {
    body["job"] = std::move(parts.front());
  } else {
    body["jobs"] = std::move(parts);
  }
  return json::serialize(body);
}

std::string job_path(std::uint64_t job) { return fmt::format("/job/{}", job); }

// Of answers that are no JSON.
Error error_of_status(unsigned status, const std::string& where) {
  switch (status) {
    case 401:
    case 403:
      return {Code::unavailable,
              fmt::format("slurmrestd at {} does not know this server's user; give it a valid token as `token_file`, "
                          "or a socket of its own user with rest_auth/local",
                          where)};
    case 404:
      return {Code::unavailable,
              fmt::format("slurmrestd at {} has no v0.0.38; it must be of Slurm 22.05 to 23.11, started with "
                          "openapi/v0.0.38",
                          where)};
    default:
      return {Code::unavailable,
              fmt::format("slurmrestd at {} answered {} {}; see its log", where, status, http::reason_phrase(status))};
  }
}

Error cannot_mark(const std::string& node, const std::string& state) {
  return {Code::failed,
          fmt::format("slurmrestd's v0.0.38 cannot change node {0}; run there: scontrol update nodename={0} {1}", node,
                      state)};
}

}  // namespace

RestLink::RestLink(RestOptions options)
    : options_(std::move(options)), client_(client_options(options_)), environment_(program_environment()) {
  if (!options_.config.empty()) environment_.push_back({"SLURM_CONF", options_.config});
}

Result<std::vector<http::Header>> RestLink::credentials(const std::string& user) const {
  std::vector<http::Header> headers;
  if (!user.empty()) headers.push_back({"X-SLURM-USER-NAME", user});
  if (options_.token_file.empty()) return headers;
  auto text = read_file(options_.token_file);
  if (!text) return fail(Code::unavailable, text.error().message + "; write one with scontrol token");
  constexpr std::string_view label = "SLURM_JWT=";
  std::string_view token = *text;
  if (token.starts_with(label)) token.remove_prefix(label.size());
  token = token.substr(0, token.find_first_of(" \r\n"));
  if (token.empty())
    return fail(Code::unavailable, options_.token_file + " is empty; write a token with scontrol token");
  headers.push_back({"X-SLURM-USER-TOKEN", std::string(token)});
  return headers;
}

Result<std::string> RestLink::ask(const Question& question, std::string_view path, std::string_view body) {
  const auto headers = credentials(question.user.empty() ? options_.user : question.user);
  if (!headers) return tl::unexpected(headers.error());
  auto answer = client_.send(question.method, fmt::format("/{}/v0.0.38{}", question.part, path), body, *headers);
  if (!answer) return fail(Code::unavailable, answer.error().message);
  if (answer->content_type.starts_with("application/json")) return std::move(answer->body);
  return tl::unexpected(error_of_status(answer->status, options_.socket.empty() ? options_.url : options_.socket));
}

Result<void> RestLink::check(const std::string& partition) {
  return ask({}, "/partition/" + http::encode(partition)).and_then(read_done);
}

Result<std::uint64_t> RestLink::submit(const SlurmSubmission& job) {
  const std::string body = body_of(job, with_variables(environment_, job.environment));
  auto submitted =
      ask({.method = http::Method::post, .user = job.account ? job.account->name : ""}, "/job/submit", body)
          .and_then(read_submitted);
  // So it says that the token is not one with which a job of another can be submitted.
  const bool is_refused = !submitted && submitted.error().message.starts_with("Zero Bytes were transmitted");
  if (!is_refused || !job.account) return submitted;
  return fail(Code::unavailable, fmt::format("slurmrestd does not take a job of {} with this token; give the server "
                                             "one of root or SlurmUser as `token_file`",
                                             job.account->name));
}

Result<std::vector<SlurmJob>> RestLink::jobs() { return ask({}, "/jobs").and_then(read_jobs); }

Result<std::vector<SlurmNode>> RestLink::nodes() { return ask({}, "/nodes").and_then(read_nodes); }

// Where slurmrestd has no slurmdb, or that holds no such job, it says so; that is no news.
std::optional<SlurmJob> RestLink::recall(std::uint64_t job, Time at) {
  const auto read = [&](const std::string& text) { return read_kept(text, job, at); };
  auto kept = ask({.part = "slurmdb"}, job_path(job)).and_then(read);
  return kept ? *std::move(kept) : std::nullopt;
}

Result<void> RestLink::signal(std::uint64_t job, const std::string& signal) {
  return ask({.method = http::Method::del}, job_path(job) + "?signal=" + http::encode(signal)).and_then(read_done);
}

Result<void> RestLink::cancel(std::uint64_t job) {
  auto done = ask({.method = http::Method::del}, job_path(job)).and_then(read_done);
  // As scancel has it: what is not there is not cancelled, and that is no error.
  for (const char* over : {"Invalid job id", "already completing"}) {
    if (!done && done.error().message.find(over) != std::string::npos) return {};
  }
  return done;
}

Result<void> RestLink::drain(const std::string& node, const std::string& reason) {
  return tl::unexpected(cannot_mark(node, fmt::format("state=drain reason=\"{}\"", reason)));
}

Result<void> RestLink::resume(const std::string& node) { return tl::unexpected(cannot_mark(node, "state=resume")); }

}  // namespace dure::engine
