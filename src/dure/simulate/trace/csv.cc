// A comma-separated file of any origin: the scenario says which of its columns is which of our fields.

#include <map>
#include <memory>
#include <string>

#include "dure/simulate/trace/table_format.h"

namespace dure::simulate {
namespace {

// `3600` and `1h`.
std::optional<Duration> read_any_duration(std::string_view text) {
  if (const auto plain = read_seconds(text)) return plain;
  const auto duration = parse_duration(text);
  return duration ? std::optional(*duration) : std::nullopt;
}

constexpr Notation<Duration> duration_notation{read_any_duration,
                                               "write seconds or a duration such as 1h30m, at most a hundred years"};

class Csv : public TableFormat {
 public:
  explicit Csv(std::map<std::string, std::string> columns)
      : TableFormat(',', Quotes::rfc_4180), columns_(std::move(columns)) {}
  bool ids_are_unique() const override { return static_cast<bool>(id_); }
  bool is_dated() const override { return dated_.value_or(false); }

 private:
  void bind() override;
  Outcome read_row(TraceRow& row) override;

  Column mapped(const char* field);
  Column require_mapped(const char* field);
  Time submit_time();
  template <class T>
  T read_if_said(const Notation<T>& notation, const Column& column);

  std::map<std::string, std::string> columns_;  // our field -> name in the header; others go by our name
  Column id_, submit_, run_time_, time_limit_, gpus_, cpus_, memory_, user_, tenant_, name_, gpu_model_, partition_;
  std::optional<bool> dated_;  // by the first row
  std::uint64_t row_number_ = 0;
};

void Csv::bind() {
  submit_ = require_mapped("submit");
  run_time_ = require_mapped("run_time");
  id_ = mapped("id");
  time_limit_ = mapped("time_limit");
  gpus_ = mapped("gpus");
  cpus_ = mapped("cpus");
  memory_ = mapped("memory");
  user_ = mapped("user");
  tenant_ = mapped("tenant");
  name_ = mapped("name");
  gpu_model_ = mapped("gpu_model");
  partition_ = mapped("partition");
  // A column that the scenario names is missing by that name already.
  const bool is_named = columns_.contains("gpus") || columns_.contains("cpus");
  if (!gpus_ && !cpus_ && !is_named) lacks("gpus (or cpus)");
}

// A field the scenario names a column for must have it.
Column Csv::mapped(const char* field) {
  const auto named = columns_.find(field);
  return named == columns_.end() ? find(field) : require(named->second);
}

Column Csv::require_mapped(const char* field) { return columns_.contains(field) ? mapped(field) : require(field); }

Outcome Csv::read_row(TraceRow& row) {
  ++row_number_;
  row.id = id_ ? name(id_) : std::to_string(row_number_);
  row.submit = submit_time();
  row.run_time = read_if_said(duration_notation, run_time_);
  if (const Duration limit = read_if_said(duration_notation, time_limit_); limit > Duration{}) row.time_limit = limit;
  row.gpus_milli = read_if_said(gpus_notation, gpus_);
  row.cpus = read_if_said(cpus_notation, cpus_);
  row.memory_mib = read_if_said(memory_notation, memory_);
  row.user = name(user_);
  row.tenant = tenant_ ? name(tenant_) : row.user;
  row.name = name(name_);
  row.gpu_model = name(gpu_model_);
  row.partition = name(partition_);
  if (row.run_time <= Duration{}) return {Verdict::rejected, "no run time"};
  if (row.gpus_milli <= 0 && row.cpus <= 0) return {Verdict::rejected, gpus_ ? "no GPUs" : "no processors"};
  return {Verdict::job};
}

// Seconds or dates, but not both in one file: the difference would be a wait of fifty years.
Time Csv::submit_time() {
  const Cell submit = cell(submit_);
  const auto date = read_date(submit.text);
  const auto since_start = date ? std::nullopt : read_any_duration(submit.text);
  if (!date && !since_start) {
    cells().refuse(submit, "write seconds since the start, or a time such as 2026-11-23T09:00:00");
    return {};
  }
  if (dated_.value_or(date.has_value()) != date.has_value()) {
    cells().refuse(submit, *dated_ ? "write a time, as in the rows above" : "write seconds, as in the rows above");
  }
  if (!dated_) dated_ = date.has_value();
  return date ? *date : Time{} + *since_start;
}

// An empty or absent cell says nothing: T{}.
template <class T>
T Csv::read_if_said(const Notation<T>& notation, const Column& column) {
  return text(column).empty() ? T{} : cells().read(notation, cell(column));
}

}  // namespace

std::unique_ptr<Format> csv_format(const TraceSpec& spec) { return std::make_unique<Csv>(spec.columns); }

}  // namespace dure::simulate
