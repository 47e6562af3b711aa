// What the server said, in JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"

namespace dure::cli {

// A value of an answer, or nothing. It is read leniently: what is not there, or of another type, reads as empty, so
// that an older or newer server does not break a command.
class Answer {
 public:
  Answer() = default;
  static Result<Answer> parse(std::string_view json);

  // Of a mapping.
  Answer operator[](std::string_view key) const;
  // Of a list.
  std::vector<Answer> items() const;
  // The members of a mapping, in order.
  struct Member;
  std::vector<Member> members() const;

  bool exists() const;  // and is not null
  std::string text() const;
  std::int64_t integer() const;
  double number() const;
  bool is_true() const;
  std::optional<Time> time() const;
  // A number as a person writes it: `8`, `0.5`; empty if there is none.
  std::string amount() const;
  // The texts of a list, separated by commas.
  std::string joined() const;

 private:
  std::shared_ptr<const boost::json::value> root_;  // shared by all that was taken from it
  const boost::json::value* value_ = nullptr;
};

struct Answer::Member {
  std::string key;
  Answer value;
};

// Returns `text` as JSON, in quotes.
std::string json_text(std::string_view text);

}  // namespace dure::cli
