#include "dure/what_if/trial.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace dure::what_if {

Result<Survey> survey(const Past& past, Time moment) {
  Survey survey;
  bool is_later = false;
  auto done = past(State{}, [&](const PastTurn& turn) -> Result<void> {
    if (!survey.first) survey.first = turn.facts.front().time;
    if (!is_later && turn.time() > moment) {
      survey.start = survey.end;
      is_later = true;
    }
    if (is_later && turn.facts.front().time < turn.time()) survey.catches.push_back(turn.time());
    for (const Fact& fact : turn.facts) {
      survey.end.apply(fact);
      survey.book.note(survey.end, fact);
    }
    return {};
  });
  if (!done) return tl::unexpected<Error>(std::move(done.error()));
  if (!is_later) survey.start = survey.end;
  survey.book.close(survey.end);
  return survey;
}

Result<Side> replay(const Trial& trial, const Changes* changes) {
  const State& start = trial.survey.start;
  std::unique_ptr<Translation> translation;
  if (changes != nullptr && changes->renames()) {
    translation =
        std::make_unique<Translation>(start, changes->fleet.has_value(), changes->tenants.has_value(), changes->demand);
  }
  const DureOptions policy = changes != nullptr ? changes->policy.value_or(trial.policy) : trial.policy;
  Replay replay(start, std::make_unique<DurePolicy>(policy), trial.survey.book, std::move(translation));
  Tally tally(start, trial.moment);
  replay.add_observer(tally);
  if (changes != nullptr) {
    if (auto made = replay.change(trial.moment, changes->facts(start)); !made)
      return tl::unexpected<Error>(made.error());
  }
  auto done = trial.past(start, [&](const PastTurn& turn) -> Result<void> {
    return turn.facts.front().time <= trial.until ? replay.follow(turn) : Result<void>{};
  });
  if (done) done = replay.go_on(trial.until);
  if (!done) return tl::unexpected<Error>(std::move(done.error()));
  return Side{.figures = tally.close(replay.state(), std::max(trial.until, replay.state().now())),
              .departure = replay.departure(),
              .passed_over = replay.passed_over()};
}

}  // namespace dure::what_if
