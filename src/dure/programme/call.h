// A call for applications: what a programme offers, to whom, and by which rules it is shared out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dure::programme {

// Scores and points count in hundredths, percentages too.
constexpr std::int64_t hundred = 100;

// Cards of one kind.
struct Kind {
  std::string name;
  std::int64_t cards = 0;
  std::int64_t per_server = 1;        // what is reduced goes by whole servers
  std::optional<std::int64_t> cap;    // cards a project
  std::optional<std::int64_t> price;  // of a card for a month, in whole units of money
};

// The largest size whose `from` an application reaches is its size.
struct Size {
  std::string name;
  std::vector<std::optional<std::int64_t>> from;  // cards by kind; none: no application for that kind has this size
  std::int64_t least_score = 0;
  std::vector<std::string> needs;  // tags
};

// Several regions under one name, such as those outside the capital.
struct RegionGroup {
  std::string name;
  std::vector<std::string> regions;
};

// Which applications a rule is about: those that have all that it names.
struct Selector {
  std::optional<std::string> applicant_class;
  std::optional<std::string> region;  // or a group of them
  std::optional<std::string> organisation;
  std::optional<std::string> tag;
  std::optional<std::string> size;
  std::optional<std::size_t> kind;
};

enum class Each : std::uint8_t { none, applicant_class, region, organisation };
enum class Counts : std::uint8_t { cards, awards };

// How much of the round those may get together; with `each`, those of each one for themselves.
struct Share {
  Selector who;
  Each each = Each::none;
  Counts counts = Counts::cards;
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
  std::string most_text;  // as it was written: `10%`
  std::string least_text;
};

struct Bonus {
  Selector who;
  std::int64_t points = 0;
};

// What an award costs its holder; the first tier that is about it holds.
struct Tier {
  Selector who;
  std::int64_t percent = 0;  // of the price, in hundredths
};

// What the total is the sum of: the score of each award, or that of each card awarded.
enum class Weigh : std::uint8_t { awards, cards };

struct Call {
  std::string name;
  std::vector<Kind> kinds;
  std::vector<std::string> classes;
  std::vector<RegionGroup> regions;  // empty: any region may be named
  std::vector<std::string> tags;
  std::vector<Size> sizes;
  std::vector<std::string> needs;  // tags that every application must have
  std::optional<std::int64_t> months;
  std::int64_t least_score = 0;
  std::int64_t awards_per_project = 1;
  Weigh weigh = Weigh::awards;
  bool reducible = false;
  std::vector<Share> shares;
  std::vector<Bonus> bonuses;
  std::vector<Tier> pays;
};

// Cards of one kind that would do.
struct Ask {
  std::size_t kind = 0;
  std::int64_t cards = 0;
};

struct Application {
  std::string name;
  std::string project;
  std::string organisation;
  std::string applicant_class;
  std::string region;
  std::vector<std::string> tags;
  std::int64_t score = 0;  // of the review
  std::int64_t months = 1;
  std::vector<Ask> asks;              // one of them would do; the first is liked best
  std::optional<std::int64_t> least;  // cards, where the call may reduce it; else what it asks for
};

struct Round {
  Call call;
  std::vector<Application> applications;
};

// The size of an application that gets what it asks for there, or nullptr.
const Size* size_of(const Call& call, const Ask& ask);
bool has_tag(const Application& application, const std::string& tag);
// Whether the rule is about that application if it gets what it asks for there.
bool is_about(const Selector& who, const Call& call, const Application& application, const Ask& ask);
// The review's score and the bonuses. A bonus that names a kind or a size holds for that ask alone.
std::int64_t score_of(const Call& call, const Application& application, const Ask& ask);

}  // namespace dure::programme
