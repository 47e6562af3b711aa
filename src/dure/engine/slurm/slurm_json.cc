#include "dure/engine/slurm/slurm_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string>

#include "dure/engine/record.h"
#include "dure/engine/slurm/refusal.h"

namespace dure::engine {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  return 0;
}

std::optional<Time> time_of(const json::object& object, std::string_view key) {
  const std::int64_t at = number_of(object, key);
  return at > 0 ? std::optional(Time{} + seconds(at)) : std::nullopt;
}

std::string first_error(const json::object& answer) {
  const json::value* errors = answer.if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->get_array().empty()) return "";
  const json::value& first = errors->get_array().front();
  if (!first.is_object()) return "an error";
  for (const char* key : {"description", "error"}) {
    if (std::string what = text_of(first.get_object(), key); !what.empty()) return what;
  }
  return "an error";
}

Result<json::object> answer_in(std::string_view text) {
  boost::system::error_code error;
  json::value answer = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !answer.is_object()) {
    return fail(Code::unavailable, "what Slurm answers is no JSON; it must be of Slurm 22.05 (v0.0.38)");
  }
  if (const std::string what = first_error(answer.get_object()); !what.empty()) {
    return tl::unexpected(refusal_of(what));
  }
  return std::move(answer.get_object());
}

Result<json::array> list_in(std::string_view text, std::string_view key) {
  auto answer = answer_in(text);
  if (!answer) return fail(Code::unavailable, answer.error().message);
  json::value* list = answer->if_contains(key);
  if (list == nullptr || !list->is_array()) {
    return fail(Code::unavailable,
                fmt::format("what Slurm answers holds no {}; it must be of Slurm 22.05 (v0.0.38)", key));
  }
  return std::move(list->get_array());
}

struct StateName {
  std::string_view name;
  SlurmState state;
};

constexpr std::array states{StateName{"PENDING", SlurmState::pending},
                            StateName{"REQUEUED", SlurmState::pending},
                            StateName{"REQUEUE_HOLD", SlurmState::pending},
                            StateName{"COMPLETED", SlurmState::completed},
                            StateName{"FAILED", SlurmState::failed},
                            StateName{"OUT_OF_MEMORY", SlurmState::failed},
                            StateName{"TIMEOUT", SlurmState::timed_out},
                            StateName{"DEADLINE", SlurmState::timed_out},
                            StateName{"CANCELLED", SlurmState::cancelled},
                            StateName{"REVOKED", SlurmState::cancelled},
                            StateName{"NODE_FAIL", SlurmState::node_failed},
                            StateName{"BOOT_FAIL", SlurmState::node_failed},
                            StateName{"LAUNCH_FAILED", SlurmState::node_failed},
                            StateName{"PREEMPTED", SlurmState::node_failed}};

// All others are some way of having its nodes.
SlurmState state_of(std::string_view name) {
  const auto known = std::find_if(states.begin(), states.end(), [&](const StateName& s) { return s.name == name; });
  return known != states.end() ? known->state : SlurmState::running;
}

// As wait(2) has it, to as a shell says it.
int exit_code_of(std::int64_t status) {
  const auto signal = static_cast<int>(status & 0x7f);
  return signal != 0 ? 128 + signal : static_cast<int>((status >> 8) & 0xff);
}

std::vector<std::string> allocated_nodes(const json::object& job) {
  std::vector<std::string> names;
  const json::value* resources = job.if_contains("job_resources");
  if (resources == nullptr || !resources->is_object()) return names;
  const json::value* nodes = resources->get_object().if_contains("allocated_nodes");
  if (nodes == nullptr || !nodes->is_array()) return names;
  for (const json::value& node : nodes->get_array()) {
    if (node.is_object()) names.push_back(text_of(node.get_object(), "nodename"));
  }
  return names;
}

// `gpu:h100:2(IDX:0,4-5)` as a mask; with kinds that are no GPUs beside, divided by commas that are not in brackets.
std::uint64_t gpus_in(std::string_view gres) {
  constexpr std::string_view index_mark = "(IDX:";
  std::uint64_t mask = 0;
  for (std::size_t at = 0; at < gres.size();) {
    const std::size_t open = gres.find(index_mark, at);
    const std::size_t close = gres.find(')', at);
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) break;
    if (gres.substr(at).starts_with("gpu")) {
      std::string_view list = gres.substr(open + index_mark.size(), close - open - index_mark.size());
      while (!list.empty()) {
        const std::string_view range = list.substr(0, list.find(','));
        const auto first = parse_integer(range.substr(0, range.find('-')));
        const auto last = parse_integer(range.substr(range.find('-') + 1));
        if (!first || !last || *first < 0 || *last >= 64) return 0;
        for (std::int64_t device = *first; device <= *last; ++device) mask |= std::uint64_t{1} << device;
        list.remove_prefix(std::min(list.size(), range.size() + 1));
      }
    }
    at = std::min(gres.size(), close + 2);
  }
  return mask;
}

// By place among its nodes. Nothing unless each has some.
std::vector<std::uint64_t> devices_of(const json::object& job) {
  std::vector<std::uint64_t> devices;
  const json::value* details = job.if_contains("gres_detail");
  if (details == nullptr || !details->is_array()) return devices;
  for (const json::value& detail : details->get_array()) {
    devices.push_back(detail.is_string() ? gpus_in(std::string_view(detail.get_string())) : 0);
    if (devices.back() == 0) return {};
  }
  return devices;
}

SlurmJob job_of(const json::object& in) {
  SlurmJob job{.id = static_cast<std::uint64_t>(number_of(in, "job_id")),
               .state_text = text_of(in, "job_state"),
               .comment = text_of(in, "comment"),
               .user = text_of(in, "user_name"),
               .uid = static_cast<std::uint32_t>(number_of(in, "user_id")),
               .nodes = allocated_nodes(in),
               .devices = devices_of(in),
               .exit_code = exit_code_of(number_of(in, "exit_code"))};
  job.leader = static_cast<std::uint64_t>(number_of(in, "het_job_id"));
  job.state = state_of(job.state_text);
  job.is_completing = job.state_text == "COMPLETING";
  if (std::string reason = text_of(in, "state_reason"); reason != "None") job.reason = std::move(reason);
  if (job.state != SlurmState::pending) job.started = time_of(in, "start_time");
  if (is_over(job.state)) job.ended = time_of(in, "end_time");
  return job;
}

// Times in accounts are whole seconds, and of another machine's clock.
constexpr Duration about = seconds(2);

bool ran_at(const SlurmJob& job, Time at) {
  return job.started && *job.started <= at + about && (!job.ended || at <= *job.ended + about);
}

const json::object& object_in(const json::object& object, std::string_view key) {
  static const json::object nothing;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : nothing;
}

// Its exit codes are not to be had: of a script that ended with 3, slurmrestd 22.05.8 says SUCCESS.
SlurmJob kept_of(const json::object& in) {
  const json::object& state = object_in(in, "state");
  const json::object& time = object_in(in, "time");
  SlurmJob job{.id = static_cast<std::uint64_t>(number_of(in, "job_id")), .state_text = text_of(state, "current")};
  job.state = state_of(job.state_text);
  if (std::string reason = text_of(state, "reason"); reason != "None") job.reason = std::move(reason);
  job.user = text_of(in, "user");
  if (job.user.empty()) job.user = text_of(object_in(in, "association"), "user");
  job.started = time_of(time, "start");
  if (is_over(job.state)) job.ended = time_of(time, "end");
  return job;
}

std::optional<Time> time_in(std::string_view text) {
  const auto at = parse_integer(text);
  return at && *at > 0 ? std::optional(Time{} + seconds(*at)) : std::nullopt;
}

SlurmNode node_of(const json::object& in) {
  SlurmNode node{.name = text_of(in, "name")};
  const std::string state = text_of(in, "state");
  std::vector<std::string> flags;
  if (const json::value* list = in.if_contains("state_flags"); list != nullptr && list->is_array()) {
    for (const json::value& flag : list->get_array()) {
      if (flag.is_string()) flags.emplace_back(flag.get_string());
    }
  }
  const auto first_of = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (const std::string_view name : names) {
      if (std::find(flags.begin(), flags.end(), name) != flags.end()) return std::string(name);
    }
    return "";
  };
  std::string why;
  if (state == "down" || state == "error") {
    node.is_down = true;
    why = state;
  } else if (std::string flag = first_of({"NOT_RESPONDING", "POWERED_DOWN", "POWERING_DOWN"}); !flag.empty()) {
    node.is_down = true;
    why = flag;
  } else if (state == "unknown" || state == "future") {
    node.takes_work = false;
    why = state;
  } else if (flag = first_of({"DRAIN", "FAIL", "RESERVED", "MAINTENANCE", "REBOOT_REQUESTED", "REBOOT_ISSUED"});
             !flag.empty()) {
    node.takes_work = false;
    why = flag;
  }
  const std::string reason = text_of(in, "reason");
  node.why = reason.empty() || why.empty() ? why : reason;
  std::transform(node.why.begin(), node.why.end(), node.why.begin(), [&](char c) { return c == '\n' ? ' ' : c; });
  return node;
}

template <class T, class Read>
Result<std::vector<T>> read_list(std::string_view text, std::string_view key, const Read& read) {
  return list_in(text, key).map([&](const json::array& list) {
    std::vector<T> out;
    for (const json::value& item : list) {
      if (item.is_object()) out.push_back(read(item.get_object()));
    }
    return out;
  });
}

}  // namespace

Result<std::vector<SlurmJob>> read_jobs(std::string_view json) { return read_list<SlurmJob>(json, "jobs", job_of); }

Result<std::vector<SlurmNode>> read_nodes(std::string_view json) {
  return read_list<SlurmNode>(json, "nodes", node_of);
}

Result<std::optional<SlurmJob>> read_kept(std::string_view text, std::uint64_t wanted, Time at) {
  return list_in(text, "jobs").map([&](const json::array& list) {
    std::optional<SlurmJob> kept;
    for (const json::value& item : list) {
      if (!item.is_object()) continue;
      SlurmJob job = kept_of(item.get_object());
      if (job.id == wanted && ran_at(job, at)) kept = std::move(job);
    }
    return kept;
  });
}

std::optional<SlurmJob> kept_in(std::string_view lines, std::uint64_t wanted, Time at) {
  std::optional<SlurmJob> kept;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    std::array<std::string_view, 6> fields;
    for (std::string_view& field : fields) {
      field = line.substr(0, line.find('|'));
      line.remove_prefix(std::min(line.size(), field.size() + 1));
    }
    const auto& [id, state, exit, start, end, user] = fields;
    const auto number = parse_integer(id);
    if (!number) continue;
    // `CANCELLED by 1000`, and `0:9` for one that was killed by SIGKILL.
    SlurmJob job{.id = static_cast<std::uint64_t>(*number),
                 .state_text = std::string(state.substr(0, state.find(' ')))};
    job.state = state_of(job.state_text);
    const auto code = parse_integer(exit.substr(0, exit.find(':')));
    const auto signal = parse_integer(exit.substr(exit.find(':') + 1));
    job.exit_code = static_cast<int>(signal && *signal > 0 ? 128 + *signal : code.value_or(0));
    job.user = user;
    job.started = time_in(start);
    if (is_over(job.state)) job.ended = time_in(end);
    if (job.id == wanted && ran_at(job, at)) kept = std::move(job);
  }
  return kept;
}

Result<void> read_done(std::string_view json) {
  return answer_in(json).map([](const auto&) {});
}

// With a number it is submitted, whatever is said beside: nodes that cannot be had at the moment are an "error" too.
Result<std::uint64_t> read_submitted(std::string_view text) {
  boost::system::error_code error;
  const json::value answer = json::parse(json::string_view(text.data(), text.size()), error);
  if (!error && answer.is_object()) {
    if (const std::int64_t id = number_of(answer.get_object(), "job_id"); id > 0) return static_cast<std::uint64_t>(id);
  }
  if (auto done = read_done(text); !done) return tl::unexpected(done.error());
  return fail(Code::unavailable, "slurmrestd answers without the number of the job");
}

}  // namespace dure::engine
