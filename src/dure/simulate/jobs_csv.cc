#include "dure/simulate/jobs_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>

#include "dure/fleet/folded_nodes.h"

namespace dure::simulate {
namespace {

constexpr std::size_t flush_at = 1 << 20;

// By hand, here and below: a row has eight numbers, and a run a million rows.
void append_integer(std::string& out, std::int64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.begin(), end);
}

// Seconds, with a fraction only where there is one.
void append_seconds(std::string& out, std::int64_t ns) {
  constexpr std::int64_t second = 1'000'000'000;
  if (ns % second == 0) {
    append_integer(out, ns / second);
  } else {
    const std::uint64_t size = ns < 0 ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
    fmt::format_to(std::back_inserter(out), "{}{}.{:09}", ns < 0 ? "-" : "", size / second, size % second);
    out.erase(out.find_last_not_of('0') + 1);
  }
}

void append_milli(std::string& out, std::int64_t milli) {
  if (milli % 1000 == 0) return append_integer(out, milli / 1000);
  fmt::format_to(std::back_inserter(out), "{}", static_cast<double>(milli) / 1000.0);
}

bool must_be_quoted(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }

// RFC 4180: quoted where it must be.
void append_text(std::string& out, std::string_view text) {
  if (std::none_of(text.begin(), text.end(), must_be_quoted)) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

Error cannot_write(const std::string& path, int error) {
  return {Code::failed, fmt::format("{}: cannot be written: {}", path, std::strerror(error))};
}

}  // namespace

Result<JobsCsv> JobsCsv::create(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return tl::unexpected<Error>(cannot_write(path.string(), errno));
  JobsCsv csv(file, path.string());
  csv.buffer_ = "job,submit_s,start_s,end_s,wait_s,tenant,size,tasks,outcome,evictions,where\n";
  return csv;
}

void JobsCsv::add(const State& state, const FinishedJob& finished) {
  const Job& job = finished.job;
  if (finished.source_id.empty()) {
    append_integer(buffer_, job.id.value);
  } else {
    append_text(buffer_, finished.source_id);
  }
  for (std::int64_t ns : {job.submitted.ns, finished.start.ns, finished.end.ns, (finished.start - job.submitted).ns}) {
    buffer_ += ',';
    append_seconds(buffer_, ns);
  }
  buffer_ += ',';
  append_text(buffer_, state.tenants()[job.tenant].path);
  buffer_ += ',';
  append_milli(buffer_, finished.size_milli);
  buffer_ += ',';
  append_integer(buffer_, job.placed_tasks());
  buffer_.append(",").append(to_text(finished.outcome)).append(",");
  append_integer(buffer_, job.evictions);
  buffer_ += ',';
  append_text(buffer_, folded_nodes(state.fleet(), job.allocation));
  buffer_ += '\n';
  if (buffer_.size() >= flush_at) flush();
}

void JobsCsv::flush() {
  const bool is_written = std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) == buffer_.size();
  if (!is_written && error_ == 0) error_ = errno;
  buffer_.clear();
}

Result<void> JobsCsv::close() {
  flush();
  if (std::fclose(file_.release()) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) return tl::unexpected<Error>(cannot_write(path_, error_));
  return {};
}

}  // namespace dure::simulate
