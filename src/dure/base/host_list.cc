#include "dure/base/host_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/digit.h"

namespace dure {
namespace {

template <class T>
using Read = tl::expected<T, HostListMistake>;

constexpr std::size_t most_digits = 15;

std::size_t digits(std::uint64_t number) {
  std::size_t result = 1;
  for (; number >= 10; number /= 10) ++result;
  return result;
}

// Requires 1 to most_digits digits.
std::uint64_t value_of(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void append_number(std::string& out, std::uint64_t number, std::size_t width) {
  out.append(std::max(width, digits(number)), '0');
  for (std::size_t at = out.size(); number > 0; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
}

// Numbers one after the other, each with at least `width` digits.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t width = 0;
};

// Some text and, but at the end of a name, the bracket after it.
struct Part {
  std::string_view text;
  std::vector<Range> ranges;
};

// A part of the list between two commas.
struct Pattern {
  std::vector<Part> parts;
  std::uint64_t count = 1;
  std::size_t longest = 0;  // of its names
};

// Appends every name that begins with `name`, which is left as it was.
void expand(std::span<const Part> parts, std::string& name, std::vector<std::string>& out) {
  const std::size_t size = name.size();
  name += parts.front().text;
  if (parts.front().ranges.empty()) out.push_back(name);
  const std::size_t before_number = name.size();
  for (const Range& range : parts.front().ranges) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      append_number(name, number, range.width);
      expand(parts.subspan(1), name, out);
      name.resize(before_number);
    }
  }
  name.resize(size);
}

class Reader {
 public:
  Reader(std::string_view text, std::uint32_t most) : text_(text), most_(most) {}

  Read<std::vector<std::string>> names() {
    do {
      const auto pattern = this->pattern();
      if (!pattern) return tl::unexpected(pattern.error());
      if (names_.size() + pattern->count > most_) return too_many();
      std::string name;
      expand(pattern->parts, name, names_);
    } while (skip(','));
    return std::move(names_);
  }

 private:
  bool skip(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view take_until(std::string_view ends) {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(ends, at_), text_.size());
    return text_.substr(begin, at_ - begin);
  }
  // ` at character 5`: what begins at that byte.
  std::string place(std::size_t at) const {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return fmt::format(" at character {}", std::ranges::count_if(text_.substr(0, at), begins) + 1);
  }
  tl::unexpected<HostListMistake> refuse(std::string_view what, std::size_t at, std::string remedy,
                                         std::string_view more = "") const {
    return tl::unexpected(HostListMistake{fmt::format("found {}{}{}", what, place(at), more), std::move(remedy)});
  }
  tl::unexpected<HostListMistake> too_many() const {
    return tl::unexpected(HostListMistake{fmt::format("found more than {} names", most_), "write fewer"});
  }

  Read<Pattern> pattern() {
    const std::size_t begin = at_;
    Pattern pattern;
    do {
      pattern.parts.push_back({.text = take_until(",[]"), .ranges = {}});
      pattern.longest += pattern.parts.back().text.size();
      if (!skip('[')) break;
      if (auto read = ranges(pattern); !read) return tl::unexpected(read.error());
    } while (true);
    if (at_ < text_.size() && text_[at_] == ']') return refuse("a ']'", at_, "remove it", " without a '[' before it");
    if (at_ == begin) return refuse("no name", at_, "write names such as gpu[001-016],login1");
    if (pattern.longest > longest_host_name) {
      return refuse("a name", begin, "write shorter ones", fmt::format(" of more than {} bytes", longest_host_name));
    }
    return pattern;
  }

  // What is in a bracket, and its end.
  Read<void> ranges(Pattern& pattern) {
    const std::size_t bracket = at_ - 1;
    std::uint64_t count = 0;
    std::size_t longest = 0;
    if (text_.find(']', at_) == text_.npos) return refuse("a '['", bracket, "write the ']'", " that is never closed");
    do {
      const auto range = this->range();
      if (!range) return tl::unexpected(range.error());
      count += range->last - range->first + 1;
      if (count > most_ / pattern.count) return too_many();
      longest = std::max({longest, range->width, digits(range->last)});
      pattern.parts.back().ranges.push_back(*range);
    } while (skip(','));
    if (!skip(']')) return refuse("neither ',' nor ']'", at_, "write numbers and ranges such as [1-4,7]");
    pattern.count *= count;
    pattern.longest += longest;
    return {};
  }

  Read<Range> range() {
    const std::size_t begin = at_;
    const auto first = number();
    if (!first) return tl::unexpected(first.error());
    if (!skip('-')) return Range{value_of(*first), value_of(*first), first->size()};
    const auto last = number();
    if (!last) return tl::unexpected(last.error());
    const Range range{value_of(*first), value_of(*last), first->size()};
    if (range.last < range.first) return refuse("a range", begin, "write the smaller number first", " that falls");
    if (last->size() > std::max(range.width, digits(range.last))) {
      return refuse("a range", begin, "write its first number with as many zeros",
                    " whose last number has more zeros before it than the first");
    }
    return range;
  }

  Read<std::string_view> number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    const std::string_view number = text_.substr(begin, at_ - begin);
    if (number.empty()) return refuse("no number", begin, "write numbers and ranges such as [1-4,7]");
    if (number.size() > most_digits) {
      return refuse("a number", begin, "write fewer", fmt::format(" of more than {} digits", most_digits));
    }
    return number;
  }

  std::string_view text_;
  std::uint32_t most_;
  std::size_t at_ = 0;
  std::vector<std::string> names_;
};

// A name around its last number, or what of that can be counted.
struct Split {
  std::string_view before;
  std::string_view number;  // empty: there is none
  std::string_view after;

  bool differs_in_number(const Split& other) const {
    return !number.empty() && !other.number.empty() && before == other.before && after == other.after;
  }
};

Split split(std::string_view name) {
  const auto end = static_cast<std::size_t>(std::find_if(name.rbegin(), name.rend(), is_digit).base() - name.begin());
  std::size_t begin = end;
  while (begin > 0 && end - begin < most_digits && is_digit(name[begin - 1])) --begin;
  return {name.substr(0, begin), name.substr(begin, end - begin), name.substr(end)};
}

// Whether a range whose first number has `width` digits goes on from `number` to `next`.
bool is_next(std::string_view number, std::string_view next, std::size_t width) {
  const std::uint64_t value = value_of(number) + 1;
  return value_of(next) == value && next.size() == std::max(width, digits(value));
}

// The numbers of one bracket, as they come.
class Numbers {
 public:
  void add(std::string_view number) {
    if (!last_.empty() && is_next(last_, number, first_.size())) {
      last_ = number;
      return;
    }
    end_range();
    first_ = last_ = number;
  }
  std::string text() && {
    end_range();
    return std::move(text_);
  }

 private:
  void end_range() {
    if (first_.empty()) return;
    if (!text_.empty()) text_ += ',';
    text_ += first_;
    if (last_.data() != first_.data()) text_.append("-").append(last_);
  }

  std::string text_;
  std::string_view first_;
  std::string_view last_;
};

}  // namespace

Read<std::vector<std::string>> read_host_list(std::string_view text, std::uint32_t most) {
  return Reader(text, most).names();
}

std::string to_host_list(std::span<const std::string> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size();) {
    DURE_ASSERT(!names[i].empty() && names[i].find_first_of(",[]") == std::string::npos);
    const Split first = split(names[i]);
    Numbers numbers;
    std::size_t end = i + 1;
    numbers.add(first.number);
    for (; end < names.size(); ++end) {
      const Split next = split(names[end]);
      if (!first.differs_in_number(next)) break;
      numbers.add(next.number);
    }
    if (!text.empty()) text += ',';
    if (end == i + 1) {
      text += names[i];
    } else {
      text.append(first.before).append("[").append(std::move(numbers).text()).append("]").append(first.after);
    }
    i = end;
  }
  return text;
}

}  // namespace dure
