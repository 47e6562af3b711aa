// A trace format: turns the records of a file into rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "dure/simulate/scenario.h"
#include "dure/simulate/trace/trace.h"

namespace dure::simulate {

enum class Verdict : std::uint8_t {
  job,         // the row is one
  nothing,     // a blank line, a comment, the header, a job step
  rejected,    // legal, but it cannot run
  malformed,   // the record is wrong
  unreadable,  // the file as a whole is not what it should be
};

struct Outcome {
  Verdict verdict = Verdict::job;
  std::string_view why = {};  // the reason or what is wrong; valid until the next record
};

class Format {
 public:
  virtual ~Format() = default;
  // Reads one record into `row`, which comes in as TraceRow{}. A record is a line, or several joined by LF
  // where the format quotes. What `row` holds after anything but a job or a rejection is of no use.
  virtual Outcome read(std::string_view record, TraceRow& row) = 0;

  virtual bool quotes() const { return false; }  // a field in quotes may hold line ends
  virtual bool ids_are_unique() const { return true; }
  virtual bool is_dated() const { return false; }  // as far as read: times are calendar times
  virtual std::optional<std::int64_t> machine_processors() const { return std::nullopt; }
};

std::unique_ptr<Format> swf_format();
std::unique_ptr<Format> itp_format();
std::unique_ptr<Format> philly_format();
std::unique_ptr<Format> sacct_format();
std::unique_ptr<Format> csv_format(const TraceSpec& spec);

}  // namespace dure::simulate
