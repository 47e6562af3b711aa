#include "dure/simulate/trace/record_source.h"

#include <algorithm>

namespace dure::simulate {
namespace {

bool opens_or_closes(std::string_view line) { return std::count(line.begin(), line.end(), '"') % 2 != 0; }

}  // namespace

Result<std::optional<std::string_view>> RecordSource::next() {
  auto line = text_.next_line();
  line_number_ = text_.line_number();
  if (!line || !*line || !quotes_ || !opens_or_closes(**line)) return line;
  return join(**line);
}

// Adds lines to `line` until one closes the quote it leaves open.
Result<std::optional<std::string_view>> RecordSource::join(std::string_view line) {
  joined_ = line;
  while (joined_.size() <= record_size_max) {
    const auto more = text_.next_line();
    if (!more) return more;
    if (!*more) break;
    joined_ += '\n';
    joined_ += **more;
    if (opens_or_closes(**more)) break;
  }
  return joined_;
}

}  // namespace dure::simulate
