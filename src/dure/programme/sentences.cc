#include "dure/programme/sentences.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure::programme {
namespace {

constexpr std::size_t most_named = 8;

std::string bound_text(std::int64_t bound, const std::string& written) {
  return written.empty() ? fmt::to_string(bound) : fmt::format("{} ({})", bound, written);
}

class Sentences {
 public:
  Sentences(const Round& round, const Allotted& allotted, const Refusal& refusal)
      : round_(round), allotted_(allotted), refusal_(refusal), who_(round.applications[refusal.application]) {}

  std::vector<std::string> all() {
    for (const Fault& fault : refusal_.faults) add(fault.ask, fault.text);
    for (const Turned& turned : refusal_.turned) {
      for (const Blocker& blocker : turned.blockers) add(turned.ask, blocker_text(blocker));
      for (const Way& way : turned.ways) add(turned.ask, way_text(turned, way));
      if (turned.blockers.empty()) add(turned.ask, "fits, and the search was ended before it was found");
    }
    return std::move(sentences_);
  }

 private:
  void add(std::size_t ask, std::string text) {
    if (who_.asks.size() > 1) text = round_.call.kinds[who_.asks[ask].kind].name + ": " + text;
    sentences_.push_back(std::move(text));
  }

  std::string blocker_text(const Blocker& blocker) const {
    const Limit& limit = allotted_.limits[blocker.limit];
    return fmt::format("would have needed {} more {}: {} has {}", blocker.over, limit.unit, limit.name,
                       used_text(limit, blocker.used));
  }

  std::string names_of(const std::vector<std::size_t>& applications) const {
    std::string names;
    for (std::size_t i = 0; i < std::min(applications.size(), most_named); ++i) {
      if (i > 0) names += i + 1 == applications.size() ? " and " : ", ";
      names += round_.applications[applications[i]].name;
    }
    if (applications.size() > most_named) names += fmt::format(" and {} others", applications.size() - most_named);
    return names;
  }

  std::string way_text(const Turned& turned, const Way& way) const {
    const std::string out = names_of(way.out);
    const std::string worth = fmt::format("{} for {}", score_text(way.out_worth), score_text(turned.worth));
    if (way.floors.empty()) {
      const char* const tie = way.out_worth == turned.worth ? ", as much, and the rank decides" : "";
      return fmt::format("to take it in, {} would go out: {}{}", out, worth, tie);
    }
    std::string text = fmt::format("may not replace {} ({})", out, worth);
    for (const Floor& floor : way.floors) {
      const Limit& limit = allotted_.limits[floor.limit];
      text += fmt::format(": {} would be left with {} of at least {} {}", limit.name, floor.left,
                          bound_text(*limit.least, limit.least_text), limit.unit);
    }
    return text;
  }

  const Round& round_;
  const Allotted& allotted_;
  const Refusal& refusal_;
  const Application& who_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::string used_text(const Limit& limit, std::int64_t used) {
  if (!limit.most) return fmt::format("{} {}", used, limit.unit);
  return fmt::format("{} of {} {}", used, bound_text(*limit.most, limit.most_text), limit.unit);
}

std::vector<std::string> sentences_of(const Round& round, const Allotted& allotted, const Refusal& refusal) {
  return Sentences(round, allotted, refusal).all();
}

}  // namespace dure::programme
