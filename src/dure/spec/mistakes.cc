#include "dure/spec/mistakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "dure/base/assert.h"

namespace dure::spec {
namespace {

constexpr std::size_t most_mistakes = 100;

}  // namespace

std::uint32_t Mistakes::add_file(std::string name) {
  sources_.push_back({.name = std::move(name), .is_file = true});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

std::uint32_t Mistakes::add_override(std::string key_path) {
  sources_.push_back({.name = std::move(key_path), .is_file = false});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

void Mistakes::add(Place place, std::string_view field, std::string_view found, std::string_view remedy, Code code) {
  keep({.place = place, .field = std::string(field), .text = fmt::format("{}; {}", found, remedy), .code = code});
}

void Mistakes::add_missing(Place place, std::string_view field, std::string_view remedy) {
  keep({.place = place, .field = std::string(field), .text = fmt::format("missing; {}", remedy), .is_missing = true});
}

void Mistakes::forget_missing(std::uint32_t source, std::string_view field) {
  std::erase_if(mistakes_, [&](const Mistake& mistake) {
    return mistake.is_missing && mistake.place.source == source && mistake.field == field;
  });
}

void Mistakes::keep(Mistake mistake) {
  DURE_ASSERT(mistake.place.source < sources_.size());
  if (mistakes_.size() < most_mistakes) {
    mistakes_.push_back(std::move(mistake));
  } else {
    ++beyond_bound_;
  }
}

std::string Mistakes::message(const Mistake& mistake) const {
  const Source& source = sources_[mistake.place.source];
  std::string text = source.is_file ? source.name : "--set " + source.name;
  if (source.is_file && mistake.place.line > 0) {
    text += fmt::format(":{}:{}", mistake.place.line, mistake.place.column);
  }
  const bool said = !source.is_file && mistake.field == source.name;
  if (!mistake.field.empty() && !said) text += ": " + mistake.field;
  return text + ": " + mistake.text;
}

Error Mistakes::error() const {
  DURE_ASSERT(!empty());
  std::vector<std::size_t> by_place(mistakes_.size());
  std::iota(by_place.begin(), by_place.end(), std::size_t{0});
  std::sort(by_place.begin(), by_place.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(mistakes_[a].place, a) < std::tie(mistakes_[b].place, b);
  });
  Error error{.code = Code::not_found, .message = {}};
  for (const std::size_t i : by_place) {
    if (!error.message.empty()) error.message += '\n';
    error.message += message(mistakes_[i]);
    if (mistakes_[i].code != Code::not_found) error.code = mistakes_[i].code;
  }
  if (beyond_bound_ > 0) error.message += fmt::format("\n... and {} more", beyond_bound_);
  return error;
}

}  // namespace dure::spec
