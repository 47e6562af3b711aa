#include "dure/journal/audit.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

namespace dure {
namespace {

namespace json = boost::json;

// Names come from far: what is not text is not written, whoever sent it.
std::string as_text(std::string_view bytes) {
  std::string text(bytes);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return text;
}

Sha256 hash_after(const Sha256& before, std::string_view line) {
  return sha256(fmt::format("{} {}\n", hex(before), line));
}

// The number that the line itself says; 0 if it says none.
std::uint64_t number_in(const std::string& line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* number = object == nullptr ? nullptr : object->if_contains("number");
  return number != nullptr && number->is_int64() ? static_cast<std::uint64_t>(number->get_int64()) : 0;
}

tl::unexpected<Error> damaged(std::string what) {
  return fail(Code::failed, std::move(what) + "; restore the journal from a backup, and look into who could write it");
}

}  // namespace

AuditRow chained(AuditEnd end, const AuditEntry& entry) {
  AuditRow row{.number = end.number + 1};
  row.line = json::serialize(json::object{{"number", row.number},
                                          {"time", to_text(entry.at)},
                                          {"actor", as_text(entry.actor)},
                                          {"token", as_text(entry.token)},
                                          {"action", as_text(entry.action)},
                                          {"target", as_text(entry.target)},
                                          {"outcome", as_text(entry.outcome)}});
  row.hash = hash_after(end.hash, row.line);
  return row;
}

Result<void> follow(AuditEnd& end, const AuditRow& row) {
  if (row.number != end.number + 1) {
    const bool is_one = row.number == end.number + 2;
    return damaged(is_one ? fmt::format("audit row {} is missing", end.number + 1)
                          : fmt::format("audit rows {} to {} are missing", end.number + 1, row.number - 1));
  }
  if (hash_after(end.hash, row.line) != row.hash || number_in(row.line) != row.number) {
    return damaged(fmt::format("audit row {} is not what was written", row.number));
  }
  end = row.end();
  return {};
}

Result<void> compare(AuditEnd last, AuditEnd witness, const AuditRow* row) {
  if (witness.number == 0) return {};
  if (witness.number > last.number) {
    return damaged(fmt::format("the audit log ends with row {} and row {} was acknowledged: its tail is missing",
                               last.number, witness.number));
  }
  if (row == nullptr || row->hash != witness.hash) {
    return damaged(fmt::format("audit row {} is not the one that was acknowledged", witness.number));
  }
  return {};
}

}  // namespace dure
