#include "dure/simulate/trace/trace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <utility>

#include "dure/simulate/trace/arrivals.h"
#include "dure/simulate/trace/format.h"
#include "dure/simulate/trace/record_source.h"
#include "dure/simulate/trace/text_source.h"

namespace dure::simulate {
namespace {

std::unique_ptr<Format> make_format(const TraceSpec& spec) {
  switch (spec.format) {
    case TraceFormat::swf: return swf_format();
    case TraceFormat::itp: return itp_format();
    case TraceFormat::philly: return philly_format();
    case TraceFormat::sacct: return sacct_format();
    case TraceFormat::csv: break;
  }
  return csv_format(spec);
}

// Rows of equal time stay in file order.
void sort_by_submit(std::vector<TraceRow>& rows) {
  const auto by_submit = [](const TraceRow& a, const TraceRow& b) { return a.submit < b.submit; };
  if (std::is_sorted(rows.begin(), rows.end(), by_submit)) return;
  std::vector<std::pair<Time, std::size_t>> order;
  order.reserve(rows.size());
  for (const TraceRow& row : rows) order.emplace_back(row.submit, order.size());
  std::sort(order.begin(), order.end());
  std::vector<TraceRow> sorted;
  sorted.reserve(rows.size());
  for (const auto& [submit, index] : order) sorted.push_back(std::move(rows[index]));
  rows = std::move(sorted);
}

// Gathers what the records of one file come to.
class Reading {
 public:
  Reading(const TraceSpec& spec, std::string name, Format& format)
      : spec_(spec), name_(std::move(name)), format_(format) {}

  // Takes one record. Fails if the file is unreadable.
  Result<void> take(std::string_view record, std::uint64_t line);
  bool is_full() const { return spec_.limit != 0 && trace_.rows.size() >= spec_.limit; }
  // Requires that nothing is taken afterwards.
  Result<Trace> finish();

 private:
  void reject(std::string_view reason);
  void malformed(std::uint64_t line, std::string_view what);
  // Returns the line that had `id` before, or 0.
  std::uint64_t seen_before(const std::string& id, std::uint64_t line);

  const TraceSpec& spec_;
  std::string name_;
  Format& format_;
  Trace trace_;
  boost::unordered_flat_map<std::string, std::uint64_t> lines_by_id_;
  std::vector<std::string> malformed_;  // the first few
  std::uint64_t malformed_count_ = 0;
};

constexpr std::size_t malformed_shown_max = 10;

Result<void> Reading::take(std::string_view record, std::uint64_t line) {
  TraceRow row;
  const Outcome outcome = format_.read(record, row);
  switch (outcome.verdict) {
    case Verdict::nothing: break;
    case Verdict::unreadable: return fail(Code::invalid_argument, fmt::format("{}:{}: {}", name_, line, outcome.why));
    case Verdict::malformed: malformed(line, outcome.why); break;
    case Verdict::job:
    case Verdict::rejected:
      if (const std::uint64_t before = seen_before(row.id, line); before != 0) {
        malformed(line, fmt::format("job id '{}' is that of line {}; give every job its own", row.id, before));
      } else if (outcome.verdict == Verdict::rejected) {
        reject(outcome.why);
      } else {
        trace_.rows.push_back(std::move(row));
      }
  }
  return {};
}

std::uint64_t Reading::seen_before(const std::string& id, std::uint64_t line) {
  if (!format_.ids_are_unique()) return 0;
  const auto [seen, is_new] = lines_by_id_.try_emplace(id, line);
  return is_new ? 0 : seen->second;
}

void Reading::reject(std::string_view reason) {
  const auto same = [&](const Rejected& rejected) { return rejected.reason == reason; };
  auto found = std::find_if(trace_.rejected.begin(), trace_.rejected.end(), same);
  if (found == trace_.rejected.end()) found = trace_.rejected.insert(found, {std::string(reason), 0});
  ++found->count;
}

void Reading::malformed(std::uint64_t line, std::string_view what) {
  ++malformed_count_;
  if (malformed_.size() < malformed_shown_max) malformed_.push_back(fmt::format("{}:{}: {}", name_, line, what));
}

Result<Trace> Reading::finish() {
  if (malformed_count_ > malformed_.size()) {
    malformed_.push_back(fmt::format("and {} more", malformed_count_ - malformed_.size()));
  }
  if (malformed_count_ > 0 && spec_.on_error == OnError::stop) {
    return fail(Code::invalid_argument, fmt::format("{}", fmt::join(malformed_, "\n")));
  }
  if (trace_.rows.empty() && trace_.rejected.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("{}: no job could be read from it; is it of the format named?", name_));
  }
  const auto by_reason = [](const Rejected& a, const Rejected& b) { return a.reason < b.reason; };
  std::sort(trace_.rejected.begin(), trace_.rejected.end(), by_reason);
  sort_by_submit(trace_.rows);
  trace_.skipped = malformed_count_;
  trace_.machine_processors = format_.machine_processors();
  trace_.dated = format_.is_dated();
  return scale_arrivals(trace_.rows, spec_.scale_arrivals).map([&] { return std::move(trace_); });
}

Result<Trace> read(const TraceSpec& spec, TextSource text) {
  const auto format = make_format(spec);
  Reading reading(spec, text.name(), *format);
  RecordSource records(std::move(text), format->quotes());
  while (!reading.is_full()) {
    const auto record = records.next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    if (auto taken = reading.take(**record, records.line_number()); !taken) return tl::unexpected(taken.error());
  }
  return reading.finish();
}

}  // namespace

Result<Trace> read_trace(const TraceSpec& spec) {
  return TextSource::open(spec.path).and_then([&](TextSource text) { return read(spec, std::move(text)); });
}

Result<Trace> read_trace_text(const TraceSpec& spec, std::string name, std::string_view bytes) {
  return TextSource::from_bytes(std::move(name), bytes).and_then([&](TextSource text) {
    return read(spec, std::move(text));
  });
}

}  // namespace dure::simulate
