#include "dure/programme/choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace dure::programme {
namespace {

std::vector<std::string> missing_tags(const Application& application, const std::vector<std::string>& needs) {
  std::vector<std::string> missing;
  for (const std::string& tag : needs) {
    if (!has_tag(application, tag)) missing.push_back(tag);
  }
  return missing;
}

// The rules that an application keeps or breaks by itself.
class AskCheck {
 public:
  AskCheck(const Round& round, std::size_t application, std::size_t ask)
      : call_(round.call),
        application_(round.applications[application]),
        ask_(application_.asks[ask]),
        kind_(call_.kinds[ask_.kind]) {}

  Choice choice() const {
    Choice choice{.kind = ask_.kind, .least = ask_.cards, .most = ask_.cards};
    choice.score = score_of(call_, application_, ask_);
    if (!call_.reducible || !application_.least) return choice;
    choice.least = std::min(*application_.least, ask_.cards);
    choice.step = kind_.per_server;
    const std::int64_t cap = std::min({ask_.cards, kind_.cards, kind_.cap.value_or(ask_.cards)});
    if (cap < choice.least) return choice;
    choice.most = choice.least + (cap - choice.least) / choice.step * choice.step;
    return choice;
  }

  std::vector<std::string> faults(const Choice& choice) const {
    std::vector<std::string> found;
    if (kind_.cap && choice.least > *kind_.cap) {
      found.push_back(
          fmt::format("asks for {} {}, above the cap of {} cards per project", choice.least, kind_.name, *kind_.cap));
    }
    if (choice.least > kind_.cards) {
      found.push_back(fmt::format("asks for {} {} of {} that are offered", choice.least, kind_.name, kind_.cards));
    }
    if (call_.months && application_.months > *call_.months) {
      found.push_back(fmt::format("asks for {} months, above the cap of {}", application_.months, *call_.months));
    }
    if (choice.score < call_.least_score) {
      found.push_back(fmt::format("scored {}, below {}", score_text(choice.score), score_text(call_.least_score)));
    }
    add_missing(call_.needs, "the call", found);
    if (const Size* size = size_of(call_, ask_)) {
      if (choice.score < size->least_score && size->least_score > call_.least_score) {
        found.push_back(fmt::format("scored {}, below the {} that size {} needs", score_text(choice.score),
                                    score_text(size->least_score), size->name));
      }
      add_missing(size->needs, "size " + size->name, found);
    }
    return found;
  }

 private:
  void add_missing(const std::vector<std::string>& needs, const std::string& whose,
                   std::vector<std::string>& found) const {
    for (const std::string& tag : missing_tags(application_, needs)) {
      found.push_back(fmt::format("lacks the tag {}, which {} needs", tag, whose));
    }
  }

  const Call& call_;
  const Application& application_;
  const Ask& ask_;
  const Kind& kind_;
};

// The best score and fewest cards of what an application asks for.
struct Standing {
  std::int64_t score = 0;
  std::int64_t cards = 0;
};

std::vector<std::size_t> ranked(const Round& round) {
  std::vector<Standing> standing;
  for (const Application& application : round.applications) {
    Standing best{.score = score_of(round.call, application, application.asks.front()),
                  .cards = application.asks.front().cards};
    for (const Ask& ask : application.asks) {
      best.score = std::max(best.score, score_of(round.call, application, ask));
      best.cards = std::min(best.cards, ask.cards);
    }
    standing.push_back(best);
  }
  std::vector<std::size_t> rank(round.applications.size());
  std::iota(rank.begin(), rank.end(), std::size_t{0});
  std::sort(rank.begin(), rank.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(standing[b].score, standing[a].cards, round.applications[a].name) <
           std::tie(standing[a].score, standing[b].cards, round.applications[b].name);
  });
  return rank;
}

}  // namespace

std::string score_text(std::int64_t hundredths) {
  std::string text = fmt::format("{}.{:02}", hundredths / hundred, hundredths % hundred);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::int64_t worth(const Call& call, const Choice& choice, std::int64_t cards) {
  return call.weigh == Weigh::cards ? choice.score * cards : choice.score;
}

Choices choices_of(const Round& round) {
  Choices all{.rank = ranked(round)};
  for (std::size_t i = 0; i < round.applications.size(); ++i) {
    for (std::size_t k = 0; k < round.applications[i].asks.size(); ++k) {
      const AskCheck check(round, i, k);
      Choice choice = check.choice();
      choice.application = i;
      choice.ask = k;
      const std::vector<std::string> faults = check.faults(choice);
      if (faults.empty()) all.choices.push_back(choice);
      for (const std::string& text : faults) all.faults.push_back({.application = i, .ask = k, .text = text});
    }
  }
  return all;
}

}  // namespace dure::programme
