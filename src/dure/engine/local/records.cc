#include "dure/engine/local/records.h"

#include <array>
#include <utility>

namespace dure::engine {
namespace {

struct Word {
  How how;
  std::string_view text;
};

constexpr std::array how_words{
    Word{How::exited, "exited"},   Word{How::timed_out, "timed_out"},       Word{How::cancelled, "cancelled"},
    Word{How::evicted, "evicted"}, Word{How::start_failed, "start_failed"}, Word{How::lost, "lost"},
};

std::string assignment(const Variable& variable) { return variable.name + '=' + variable.value; }

// Reads a record's fields one after the other; remembers whether all could be read.
class FieldReader {
 public:
  explicit FieldReader(const Record::Field& field) : field_(field) {}

  // Returns true if this is the field; the value is then in `target`.
  bool is(std::string_view key, std::string& target) { return is_key(key) && (target = field_.value, true); }
  bool is(std::string_view key, Duration& target) { return is(key, target.ns); }
  bool is(std::string_view key, Time& target) { return is(key, target.ns); }
  bool is(std::string_view key, std::optional<Time>& target) { return is_key(key) && is(key, target.emplace()); }
  bool is(std::string_view key, bool& target) {
    std::int64_t number = 0;
    return is(key, number) && (target = number != 0, true);
  }
  template <class Integer>
    requires std::is_integral_v<Integer>
  bool is(std::string_view key, Integer& target) {
    if (!is_key(key)) return false;
    const auto number = parse_integer(field_.value);
    is_readable_ = number && std::in_range<Integer>(*number);
    if (is_readable_) target = static_cast<Integer>(*number);
    return true;
  }
  bool is(std::string_view key, std::vector<std::string>& target) {
    return is_key(key) && (target.push_back(field_.value), true);
  }
  bool is(std::string_view key, std::vector<Variable>& target) {
    if (!is_key(key)) return false;
    const std::size_t equals = field_.value.find('=');
    is_readable_ = equals != std::string::npos;
    if (is_readable_) target.push_back({field_.value.substr(0, equals), field_.value.substr(equals + 1)});
    return true;
  }
  template <class Integer>
    requires std::is_integral_v<Integer>
  bool is(std::string_view key, std::vector<Integer>& target) {
    return is_key(key) && is(key, target.emplace_back());
  }

  bool is_key(std::string_view key) const { return field_.key == key; }
  bool is_readable() const { return is_readable_; }

 private:
  const Record::Field& field_;
  bool is_readable_ = true;
};

Result<Record> read_record(const std::string& folder, const char* name) {
  return read_file(folder + '/' + name).and_then([&](const std::string& text) { return Record::parse(name, text); });
}

// Reads each field of the record by `read(reader)`; fields that a newer dure added are passed over.
template <class Read>
Result<void> read_fields(const std::string& folder, const char* name, const Read& read) {
  const auto record = read_record(folder, name);
  if (!record) return tl::unexpected(record.error());
  for (const Record::Field& field : record->fields()) {
    FieldReader reader(field);
    read(reader);
    if (!reader.is_readable()) {
      return fail(Code::failed, "the record `" + std::string(name) + "` has `" + field.value + "` as " + field.key);
    }
  }
  return {};
}

template <class Value>
Result<Value> or_error(const Result<void>& read, Value&& value) {
  if (!read) return tl::unexpected(read.error());
  return std::forward<Value>(value);
}

void add_process(Record& record, const ProcessPlan& plan) {
  record.add("process", plan.rank);
  record.add("output", plan.output);
  record.add("error", plan.error);
  for (const Variable& variable : plan.environment) record.add("process_set", assignment(variable));
}

// The fields that follow a `process` belong to it.
void read_process(FieldReader& reader, std::vector<ProcessPlan>& plans) {
  if (reader.is_key("process")) plans.emplace_back();
  if (plans.empty()) return;
  ProcessPlan& plan = plans.back();
  reader.is("process", plan.rank) || reader.is("output", plan.output) || reader.is("error", plan.error) ||
      reader.is("process_set", plan.environment);
}

std::string_view to_word(How how) {
  for (const Word& word : how_words) {
    if (word.how == how) return word.text;
  }
  return "lost";
}

void read_how(FieldReader& reader, Ending& ending) {
  std::string text;
  if (!reader.is("how", text)) return;
  ending.how = How::lost;
  for (const Word& word : how_words) {
    if (word.text == text) ending.how = word.how;
  }
}

void read_task(FieldReader& reader, std::vector<TaskEnd>& tasks) {
  if (reader.is_key("task")) tasks.emplace_back();
  if (tasks.empty()) return;
  TaskEnd& task = tasks.back();
  reader.is("task", task.rank) || reader.is("task_exit_code", task.exit_code) || reader.is("task_at", task.at);
}

}  // namespace

Result<void> write_record(const std::string& folder, const Launch& launch, Sync sync) {
  Record record(file::launch);
  record.add("job", launch.id.job.value);
  record.add("restart", launch.id.restart);
  record.add("token", launch.token);
  record.add("tenant", launch.tenant);
  record.add("user", launch.user);
  record.add("home", launch.home);
  for (const std::string& argument : launch.arguments) record.add("argument", argument);
  record.add("directory", launch.directory);
  record.add("appends", launch.appends);
  record.add("terminal", launch.has_terminal);
  if (launch.early_signal) {
    record.add("early_signal", launch.early_signal->signal);
    record.add("early_signal_before", launch.early_signal->before.ns);
    record.add("early_signal_script_alone", launch.early_signal->script_alone);
  }
  record.add("time_limit", launch.time_limit.ns);
  record.add("grace", launch.grace.ns);
  record.add("term_grace", launch.term_grace.ns);
  record.add("output_bytes_max", launch.output_bytes_max);
  record.add("open_files", static_cast<std::int64_t>(launch.open_files));
  record.add("port", launch.port);
  record.add("cgroup", launch.cgroup.is_wanted);
  record.add("cgroup_parent", launch.cgroup.parent);
  record.add("cpu_milli", launch.cgroup.cpu_milli);
  record.add("memory_mib", launch.cgroup.memory_mib);
  for (const std::uint32_t gpu : launch.gpus) record.add("gpu", gpu);
  for (const Variable& variable : launch.environment) record.add("set", assignment(variable));
  for (const ProcessPlan& plan : launch.processes) add_process(record, plan);
  return write_file(folder, file::launch, record.text(), sync);
}

Result<Launch> read_launch(const std::string& folder) {
  Launch launch;
  EarlySignal early;
  const auto read = read_fields(folder, file::launch, [&](FieldReader& reader) {
    read_process(reader, launch.processes);
    reader.is("job", launch.id.job.value) || reader.is("restart", launch.id.restart) ||
        reader.is("token", launch.token) || reader.is("tenant", launch.tenant) || reader.is("user", launch.user) ||
        reader.is("home", launch.home) || reader.is("argument", launch.arguments) ||
        reader.is("directory", launch.directory) || reader.is("appends", launch.appends) ||
        reader.is("terminal", launch.has_terminal) || reader.is("early_signal", early.signal) ||
        reader.is("early_signal_before", early.before) || reader.is("early_signal_script_alone", early.script_alone) ||
        reader.is("time_limit", launch.time_limit) || reader.is("grace", launch.grace) ||
        reader.is("term_grace", launch.term_grace) || reader.is("output_bytes_max", launch.output_bytes_max) ||
        reader.is("open_files", launch.open_files) || reader.is("port", launch.port) ||
        reader.is("cgroup", launch.cgroup.is_wanted) || reader.is("cgroup_parent", launch.cgroup.parent) ||
        reader.is("cpu_milli", launch.cgroup.cpu_milli) || reader.is("memory_mib", launch.cgroup.memory_mib) ||
        reader.is("gpu", launch.gpus) || reader.is("set", launch.environment);
  });
  if (!early.signal.empty()) launch.early_signal = early;
  return or_error(read, std::move(launch));
}

Result<void> write_record(const std::string& folder, const Running& running, Sync sync) {
  Record record(file::running);
  record.add("boot", running.boot);
  record.add("pid", running.pid);
  record.add("start", static_cast<std::int64_t>(running.start));
  record.add("at", running.at.ns);
  record.add("limits", running.limits);
  for (const std::string& cgroup : running.cgroups) record.add("cgroup", cgroup);
  return write_file(folder, file::running, record.text(), sync);
}

Result<Running> read_running(const std::string& folder) {
  Running running;
  const auto read = read_fields(folder, file::running, [&](FieldReader& reader) {
    reader.is("boot", running.boot) || reader.is("pid", running.pid) || reader.is("start", running.start) ||
        reader.is("at", running.at) || reader.is("limits", running.limits) || reader.is("cgroup", running.cgroups);
  });
  return or_error(read, std::move(running));
}

Result<void> write_record(const std::string& folder, const Started& started, Sync sync) {
  Record record(file::started);
  record.add("at", started.at.ns);
  for (const pid_t pid : started.pids) record.add("pid", pid);
  return write_file(folder, file::started, record.text(), sync);
}

Result<Started> read_started(const std::string& folder) {
  Started started;
  const auto read = read_fields(folder, file::started, [&](FieldReader& reader) {
    reader.is("at", started.at) || reader.is("pid", started.pids);
  });
  return or_error(read, std::move(started));
}

Result<void> write_record(const std::string& folder, const StopOrder& order, Sync sync) {
  Record record(file::stop);
  record.add("evict", order.kind == StopKind::evict);
  record.add("signal", order.signal);
  record.add("grace", order.grace.ns);
  return write_file(folder, file::stop, record.text(), sync);
}

Result<StopOrder> read_stop(const std::string& folder) {
  StopOrder order;
  bool is_eviction = false;
  const auto read = read_fields(folder, file::stop, [&](FieldReader& reader) {
    reader.is("evict", is_eviction) || reader.is("signal", order.signal) || reader.is("grace", order.grace);
  });
  order.kind = is_eviction ? StopKind::evict : StopKind::cancel;
  return or_error(read, std::move(order));
}

Result<void> write_record(const std::string& folder, const Ending& ending, Sync sync) {
  Record record(file::ended);
  record.add("how", to_word(ending.how));
  record.add("at", ending.at.ns);
  if (ending.started_at) record.add("started_at", ending.started_at->ns);
  record.add("exit_code", ending.exit_code);
  record.add("why", ending.why);
  record.add("cpu_time", ending.cpu_time.ns);
  record.add("memory_mib_max", ending.memory_mib_max);
  for (const TaskEnd& task : ending.tasks) {
    record.add("task", task.rank);
    record.add("task_exit_code", task.exit_code);
    record.add("task_at", task.at.ns);
  }
  return write_file(folder, file::ended, record.text(), sync);
}

Result<Ending> read_ending(const std::string& folder) {
  Ending ending;
  const auto read = read_fields(folder, file::ended, [&](FieldReader& reader) {
    read_how(reader, ending);
    read_task(reader, ending.tasks);
    reader.is("at", ending.at) || reader.is("started_at", ending.started_at) ||
        reader.is("exit_code", ending.exit_code) || reader.is("why", ending.why) ||
        reader.is("cpu_time", ending.cpu_time) || reader.is("memory_mib_max", ending.memory_mib_max);
  });
  return or_error(read, std::move(ending));
}

}  // namespace dure::engine
