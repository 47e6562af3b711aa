#include "dure/cli/file_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "dure/spec/file.h"
#include "dure/spec/value.h"

namespace dure::cli {
namespace {

Result<std::string> input_text() {
  std::string text;
  std::array<char, 65'536> bytes;
  for (std::size_t read = 0; (read = std::fread(bytes.data(), 1, bytes.size(), stdin)) > 0;) {
    text.append(bytes.data(), read);
    if (text.size() > spec::most_text_bytes) {
      return fail(Code::invalid_argument,
                  fmt::format("standard input: found more than {} bytes; name a smaller file", spec::most_text_bytes));
    }
  }
  return text;
}

// Gives each line that begins with `front` another beginning: `replace` makes it of what stands behind that.
template <class Replace>
std::string with_fronts(const std::string& message, const std::string& front, const Replace& replace) {
  std::string text;
  for (std::size_t begin = 0; begin < message.size();) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    const std::string line = message.substr(begin, end - begin);
    text += begin > 0 ? "\n" : "";
    text += line.starts_with(front) ? replace(std::string_view(line).substr(front.size())) : line;
    begin = end + 1;
  }
  return text;
}

}  // namespace

Result<std::string> file_text(const std::string& path) { return path == "-" ? input_text() : spec::read_file(path); }

std::string with_file_name(const std::string& message, const std::string& theirs, const std::string& ours) {
  return with_fronts(message, theirs + ":", [&](std::string_view rest) { return ours + ":" + std::string(rest); });
}

std::string without_places(const std::string& message, const std::string& theirs, const std::string& ours) {
  return with_fronts(message, theirs + ":", [&](std::string_view rest) {
    const std::size_t end = rest.find_first_not_of("0123456789:");
    return ours + ":" + std::string(rest.substr(std::min(end, rest.size())));
  });
}

}  // namespace dure::cli
