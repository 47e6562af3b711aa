// What is wrong with one set of input files: every mistake with its place, what was found and what would be
// right.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"

namespace dure::spec {

// Where a value was written. Lines and columns count from 1, columns in characters; line 0 means the source
// as a whole.
struct Place {
  std::uint32_t source = 0;  // as numbered by Mistakes
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  auto operator<=>(const Place&) const = default;
};

// Collects the mistakes of all files that are read together, so that a user sees them in one go.
class Mistakes {
 public:
  // Each returns the number that places of that source carry.
  std::uint32_t add_file(std::string name);
  std::uint32_t add_override(std::string key_path);

  // Records a mistake. The message reads `file:line:column: field: found; remedy`.
  void add(Place place, std::string_view field, std::string_view found, std::string_view remedy,
           Code code = Code::invalid_argument);
  // Records that a required field is not there.
  void add_missing(Place place, std::string_view field, std::string_view remedy);
  // Takes that back: the field is there under a misspelt key, which is reported instead.
  void forget_missing(std::uint32_t source, std::string_view field);

  bool empty() const { return mistakes_.empty(); }
  std::size_t count() const { return mistakes_.size() + beyond_bound_; }
  // Whether further mistakes are only counted, so that no work need go into their messages.
  bool are_only_counted() const { return beyond_bound_ > 0; }
  // Returns all messages, one a line, in the order of their places. The code is `not_found` if nothing but
  // files is missing, else `invalid_argument`. Requires !empty().
  Error error() const;

 private:
  struct Source {
    std::string name;
    bool is_file = true;
  };
  struct Mistake {
    Place place;
    std::string field;
    std::string text;
    Code code = Code::invalid_argument;
    bool is_missing = false;
  };

  void keep(Mistake mistake);
  std::string message(const Mistake& mistake) const;

  std::vector<Source> sources_;
  std::vector<Mistake> mistakes_;  // as many as a person may want to read
  std::size_t beyond_bound_ = 0;
};

}  // namespace dure::spec
