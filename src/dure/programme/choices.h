// What may be awarded: each application with each kind of cards that would do for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dure/programme/call.h"

namespace dure::programme {

struct Choice {
  std::size_t application = 0;
  std::size_t ask = 0;
  std::size_t kind = 0;
  std::int64_t least = 0;  // cards
  std::int64_t most = 0;
  std::int64_t step = 1;  // cards between two amounts that may be awarded
  std::int64_t score = 0;
};

// Why something may not be awarded, whatever else is.
struct Fault {
  std::size_t application = 0;
  std::size_t ask = 0;
  std::string text;
};

struct Choices {
  std::vector<Choice> choices;    // in order of application and ask
  std::vector<Fault> faults;      // of the asks that are no choice
  std::vector<std::size_t> rank;  // the applications, best score first, then fewer cards, then by name
};

// `round` must be as read: its indices hold.
Choices choices_of(const Round& round);

// What of the total a choice is with that many cards.
std::int64_t worth(const Call& call, const Choice& choice, std::int64_t cards);

// `87.25`.
std::string score_text(std::int64_t hundredths);

}  // namespace dure::programme
