#include "dure/cli/audit_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "dure/journal/audit_tools.h"
#include "dure/server/config.h"

namespace dure::cli {
namespace {

constexpr std::uint64_t rows_at_once = 1000;

std::filesystem::path folder_of(const AuditArguments& arguments) {
  return arguments.data.empty() ? server::default_data_folder() : std::filesystem::path(arguments.data);
}

Result<std::optional<AuditEnd>> read_known(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t colon = text.find(':');
  AuditEnd known;
  const char* end = text.data() + std::min(colon, text.size());
  const auto [stop, error] = std::from_chars(text.data(), end, known.number);
  const auto hash = colon == std::string::npos ? std::nullopt : parse_sha256(std::string_view(text).substr(colon + 1));
  if (error != std::errc{} || stop != end || !hash) {
    return fail(Code::invalid_argument,
                "--known: write the number of a row and its hash, as dure audit verify prints them");
  }
  known.hash = *hash;
  return known;
}

}  // namespace

Result<int> verify_audit(const AuditArguments& arguments) {
  const auto known = read_known(arguments.known);
  if (!known) return tl::unexpected(known.error());
  return journal::verify_audit(folder_of(arguments), *known).map([&](const AuditEnd& end) {
    if (arguments.json) {
      fmt::print(R"({{"rows":{},"hash":"{}"}})"
                 "\n",
                 end.number, hex(end.hash));
    } else {
      fmt::print("{} audit rows are whole; the last is {}:{}\n", end.number, end.number, hex(end.hash));
    }
    return 0;
  });
}

Result<int> dump_audit(const AuditArguments& arguments) {
  const auto print = [](const std::string& line) { fmt::print("{}\n", line); };
  return journal::dump_audit(folder_of(arguments), print).map([] { return 0; });
}

Result<int> read_audit(const AuditArguments& arguments, Connection& connection, const Console& console) {
  for (std::uint64_t after = arguments.after;; after += rows_at_once) {
    const auto received = connection.get(fmt::format("/v1/audit?after={}&limit={}", after, rows_at_once));
    if (!received) return tl::unexpected(received.error());
    const auto rows = received->answer["rows"].items();
    for (const Answer& row : rows) console.print_line(row["hash"].text() + " " + row["line"].text());
    if (rows.size() < rows_at_once) return 0;
  }
}

}  // namespace dure::cli
