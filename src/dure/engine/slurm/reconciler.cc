#include "dure/engine/slurm/reconciler.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "dure/engine/process.h"
#include "dure/engine/slurm/attempt_files.h"

namespace dure::engine {
namespace {

constexpr Duration cancel_again{seconds(10)};
constexpr Duration submissions_most{seconds(1)};        // in one step
constexpr Duration late_submissions_most{minutes(10)};  // by when whatever was submitted is in a list
constexpr std::string_view our_reason = "dure: ";       // begins what we say of nodes that we drain

std::string what_ended(const SlurmJob& job) {
  if (job.state == SlurmState::completed || job.state == SlurmState::failed) {
    return job.state_text == "OUT_OF_MEMORY" ? "it used more memory than it had asked for" : "";
  }
  std::string text = fmt::format("Slurm ended job {}: {}", job.id, job.state_text);
  if (!job.reason.empty()) text += " (" + job.reason + ')';
  return text;
}

std::vector<Variable> environment_of(const std::optional<Account>& account, const ShelfPlace& place) {
  return account ? environment_of(*account, place.home) : std::vector<Variable>{};
}

std::string exit_text(int code) { return code == 0 ? "" : fmt::format("it ended with exit code {}", code); }

}  // namespace

Reconciler::Reconciler(std::unique_ptr<SlurmLink> link, Shelf shelf, SlurmOptions options, SlurmHearers hearers)
    : link_(std::move(link)), shelf_(std::move(shelf)), options_(std::move(options)), hearers_(std::move(hearers)) {}

void Reconciler::expect(Expected expected) {
  const Attempt& attempt = expected.attempt;
  const AttemptId id = attempt.id;
  if (expected.has_started) {
    entries_[id] = Entry{.decision = {id, attempt.ordered},
                         .phase = Phase::running,
                         .since = wall_time(),
                         .time_limit = attempt.time_limit};
    if (options_.account_of) entries_[id].uid = shelf_.owner_of(entries_[id].decision);
  } else {
    start(std::move(expected.attempt));
    if (entries_.at(id).phase == Phase::over) return;
    entries_.at(id).phase = Phase::unsure;
  }
  if (expected.stop) stop(id, *std::move(expected.stop));
}

void Reconciler::start(Attempt attempt) {
  Entry entry{.decision = {attempt.id, attempt.ordered}, .time_limit = attempt.time_limit};
  entry.since = wall_time();
  if (const auto old = entries_.find(attempt.id); old != entries_.end()) {
    if (old->second.decision == entry.decision) return;
    taken_back_.emplace(old->second.decision, entry.since);
    entries_.erase(old);
  }
  const ShelfPlace place{.attempt = shelf_.folder_of(entry.decision), .home = shelf_.home_of(attempt.id.job)};
  std::optional<Account> account;
  const auto prepare = [&]() -> Result<void> {
    if (auto checked = check(attempt); !checked) return checked;
    auto found = account_of(attempt);
    if (!found) return tl::unexpected(found.error());
    account = *std::move(found);
    auto files = files_of(attempt, place);
    files.push_back({.name = "batch.sh", .text = batch_script_of(attempt, place), .is_program = true});
    return shelf_.put(entry.decision, files, account ? &*account : nullptr);
  };
  const bool is_there = shelf_.owner_of(entry.decision).has_value();
  const auto prepared = prepare();
  if (account) entry.uid = account->uid;
  Entry& kept = entries_.insert_or_assign(attempt.id, std::move(entry)).first->second;
  if (!prepared) {
    // A server before this one, which could prepare it, may have sent it.
    if (const auto taken = is_there ? shelf_.take_back(kept.decision) : Result<bool>(true); taken && !*taken) {
      kept.uid = shelf_.owner_of(kept.decision);
      kept.phase = Phase::unsure;
      return;
    }
    return report_end(kept, {.how = How::start_failed, .at = kept.since, .why = prepared.error().message});
  }
  constexpr std::int64_t minute = minutes(1).ns;
  kept.submission = std::make_unique<SlurmSubmission>(SlurmSubmission{
      .name = attempt.names.job.empty() ? "job" + std::to_string(attempt.id.job.value) : attempt.names.job,
      .comment = comment_of(options_.server, kept.decision),
      .partition = options_.partition,
      .qos = options_.qos,
      .script = batch_script_of(attempt, place),
      .log = place.attempt + "/slurm.log",
      .folder = place.home,
      .minutes = (attempt.time_limit.ns + minute - 1) / minute,
      .components = components_of(attempt),
      .account = account,
      .environment = environment_of(account, place)});
}

Result<std::optional<Account>> Reconciler::account_of(const Attempt& attempt) const {
  if (!options_.account_of) return std::nullopt;
  return options_.account_of({.tenant = attempt.names.tenant, .user = attempt.names.user})
      .map([](const Account& account) { return std::optional(account); });
}

void Reconciler::stop(AttemptId id, StopOrder order) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return hearers_.on_report(
        {.id = id,
         .kind = Report::Kind::ended,
         .at = wall_time(),
         .ending = {.how = How::lost, .at = wall_time(), .why = "this site knows nothing of it"}});
  }
  Entry& entry = found->second;
  if (entry.phase == Phase::over) return;
  // A cancellation hastens an eviction.
  if (entry.stop && entry.stop->kind == order.kind) return;
  entry.stop = std::move(order);
  if (entry.stop->kind == StopKind::cancel) entry.cancel_at = wall_time();
}

void Reconciler::forget(AttemptId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.phase != Phase::over) return;
  const DecisionId decision = found->second.decision;
  entries_.erase(found);
  if (shelf_.is_taken_back(decision)) {
    taken_back_.emplace(decision, wall_time());
  } else {
    shelf_.remove(decision);
  }
}

void Reconciler::drain(std::string node, std::string reason) { marks_[std::move(node)] = std::move(reason); }

void Reconciler::resume(std::string node) { marks_[std::move(node)].clear(); }

Time Reconciler::step(Time now) {
  if (!away_since_ || now >= jobs_at_) {
    if (!is_checked_) {
      if (auto checked = link_->check(options_.partition); checked) {
        is_checked_ = true;
      } else {
        hear({Code::unavailable, checked.error().message}, now);  // whatever it is: nothing can be started there
      }
    }
    if (is_checked_) submit_all(now);
    if (is_checked_ && now >= jobs_at_) list_jobs(now);
    if (!away_since_ && now >= nodes_at_) list_nodes(now);
    if (!away_since_) mark_nodes(now);
  }
  const bool is_away = away_since_ && now - *away_since_ >= options_.away_most;
  bool has_more = false;  // to submit
  for (auto& [id, entry] : entries_) {
    if (entry.phase == Phase::over) continue;
    if (entry.phase == Phase::running) {
      if (!away_since_) stop_running(entry, now);
    } else if (entry.stop) {
      stop_unbegun(entry, now);
    } else if (is_away || (entry.phase == Phase::unsure && now - entry.since >= options_.pending_most)) {
      take_back(entry, now, is_away ? away_why_ : "Slurm did not say what came of it");
    }
    has_more = has_more || entry.phase == Phase::ordered;
  }
  if (is_away) tell_news({.away = away_why_, .nodes = {}});
  sweep(now);
  if (away_since_) return jobs_at_;
  return has_more ? now : std::min(jobs_at_, nodes_at_);
}

// For about a second: who is to be stopped, and what has ended, must not wait for a thousand that are to start.
void Reconciler::submit_all(Time now) {
  for (auto& [id, entry] : entries_) {
    if (entry.phase != Phase::ordered || entry.stop) continue;
    if (!is_checked_ || wall_time() - now >= submissions_most) return;
    submit(entry, now);
  }
}

void Reconciler::submit(Entry& entry, Time now) {
  if (shelf_.is_taken_back(entry.decision)) {
    return report_end(entry, {.how = How::taken_back, .at = now, .why = "it was taken back before"});
  }
  auto submitted = link_->submit(*entry.submission);
  entry.since = now;
  if (submitted) {
    entry.phase = Phase::waiting;
    entry.slurm_id = *submitted;
    jobs_at_ = std::min(jobs_at_, now + options_.poll_busy);
    return;
  }
  if (submitted.error().code == Code::unavailable) {
    entry.phase = Phase::unsure;
    return hear(submitted.error(), now);
  }
  is_checked_ = false;  // it may be about the site
  take_back(entry, now, "Slurm refused it: " + submitted.error().message);
}

void Reconciler::list_jobs(Time now) {
  const Time begun = wall_time();
  const auto jobs = link_->jobs();
  const Time ended = wall_time();
  if (!jobs) return hear({Code::unavailable, jobs.error().message}, now);
  answered();
  const bool is_busy = std::any_of(entries_.begin(), entries_.end(), [](const auto& known) {
    const Entry& entry = known.second;
    return entry.phase != Phase::over && (entry.phase != Phase::running || entry.stop || entry.missed_since);
  });
  // Never more than a tenth of the time of a controller that is slow.
  jobs_at_ = ended + std::max(is_busy ? options_.poll_busy : options_.poll_idle, (ended - begun) * 9);

  std::set<AttemptId> seen;
  others_.clear();
  for (const SlurmJob& job : *jobs) {
    const auto decision = decision_of_comment(options_.server, job.comment);
    if (!decision) {
      if (job.state != SlurmState::running) continue;
      for (const std::string& node : job.nodes) others_.emplace(node, fmt::format("job {} of {}", job.id, job.user));
      continue;
    }
    if (job.leader != 0 && job.leader != job.id) continue;
    const auto found = entries_.find(decision->attempt);
    if (found == entries_.end() || found->second.decision != *decision || found->second.phase == Phase::over) continue;
    if (found->second.uid && *found->second.uid != job.uid) continue;  // whoever asks Slurm may write any comment
    const auto by = shelf_.begun_by(*decision);
    if (by && *by != job.id) continue;  // another came first
    seen.insert(decision->attempt);
    observe(found->second, job, now);
  }
  for (auto& [id, entry] : entries_) {
    if (entry.phase != Phase::over && !seen.contains(id)) miss(entry, begun, now);
  }
  cancel_strays(*jobs, now);
  if (!std::exchange(is_swept_, true)) {
    for (const DecisionId& decision : shelf_.decisions()) {
      if (!entries_.contains(decision.attempt)) taken_back_.emplace(decision, now);
    }
  }
}

void Reconciler::observe(Entry& entry, const SlurmJob& job, Time now) {
  entry.slurm_id = job.id;
  if (!is_over(job.state)) entry.missed_since.reset();
  if (is_over(job.state)) {
    observe_end(entry, job, now);
  } else if (job.state == SlurmState::pending) {
    observe_waiting(entry, job, now);
  } else {
    observe_running(entry, job, now);
  }
}

void Reconciler::observe_waiting(Entry& entry, const SlurmJob& job, Time now) {
  // A controller that came back with an older state takes what runs for what waits.
  if (entry.phase == Phase::running || shelf_.begun_by(entry.decision)) return;
  if (entry.phase != Phase::waiting) {
    entry.phase = Phase::waiting;
    entry.since = now;
  }
  if (entry.stop || now - entry.since < options_.pending_most) return;
  take_back(entry, now, fmt::format("Slurm kept its job {} waiting: {}", job.id, job.reason));
}

void Reconciler::observe_running(Entry& entry, const SlurmJob& job, Time now) {
  if (entry.phase == Phase::running) {
    if (!entry.started) entry.started = job.started;
    return;
  }
  if (job.is_completing) return;
  if (!shelf_.begun_by(entry.decision)) {
    // What has nodes and has not begun may still be taken back.
    if (entry.phase != Phase::waiting) {
      entry.phase = Phase::waiting;
      entry.since = now;
    }
    if (entry.stop || now - entry.since < options_.pending_most) return;
    take_back(entry, now, fmt::format("Slurm's job {} runs, and its script has not begun", job.id));
    return;
  }
  report_started(entry, job.started.value_or(now));
}

How Reconciler::how_of(const Entry& entry, const SlurmJob& job) const {
  const bool is_told = entry.is_signalled || (entry.cancel_at && entry.stop);
  if (entry.stop && entry.stop->kind == StopKind::evict && is_told) return How::evicted;
  switch (job.state) {
    case SlurmState::timed_out: return How::timed_out;
    case SlurmState::node_failed: return How::lost;
    case SlurmState::cancelled:
      if (entry.is_over_its_limit) return How::timed_out;
      return How::cancelled;
    default: return entry.stop && is_told ? How::cancelled : How::exited;
  }
}

void Reconciler::observe_end(Entry& entry, const SlurmJob& job, Time now) {
  const Time at = job.ended.value_or(now);
  if (!shelf_.begun_by(entry.decision)) {
    // Nodes that never came up, a folder that is not there, somebody's scancel.
    std::string why = what_ended(job);
    if (why.empty())
      why = fmt::format("Slurm's job {} ended and had done nothing: see {}/slurm.log", job.id,
                        shelf_.folder_of(entry.decision));
    take_back(entry, now, std::move(why));
    return;
  }
  const auto exit = shelf_.exit_of(entry.decision);
  if (!exit && job.state == SlurmState::completed) {
    // Its script says how it ended before it does: it is on its way, or this was a second that did nothing.
    if (!entry.missed_since) entry.missed_since = now;
    if (now - *entry.missed_since < options_.vanished_most) return;
  }
  Ending ending{.how = how_of(entry, job), .at = at, .started_at = job.started, .exit_code = job.exit_code};
  ending.why = what_ended(job);
  // Slurm may take what had ended for what waits or runs, if it was killed at the wrong moment. A script that was
  // cancelled by others has an exit too.
  const bool is_by_itself =
      exit && !entry.stop && !entry.is_over_its_limit &&
      (job.state == SlurmState::node_failed || (job.state == SlurmState::cancelled && exit->code == 0));
  if (is_by_itself) {
    ending = {.how = How::exited, .at = exit->at, .started_at = job.started, .exit_code = exit->code};
  } else if (!exit && job.state == SlurmState::completed) {
    ending.how = How::lost;
    ending.why = fmt::format("Slurm's job {} ended, and its script has not said how", job.id);
  }
  if (ending.how == How::exited && exit) {
    // Slurm may have sent its script a second time, which did nothing, and tell the end of that.
    ending.exit_code = exit->code;
    if (!exit->is_by_script) ending.how = How::lost;
  }
  if (ending.exit_code != 0 && (ending.how == How::exited || (exit && !exit->is_by_script))) {
    if (ending.why.empty()) ending.why = exit_text(ending.exit_code);
    if (const std::string words = shelf_.last_words_of(entry.decision); !words.empty()) ending.why += "; " + words;
  }
  if (ending.how == How::cancelled && entry.stop) ending.why.clear();
  if (entry.phase != Phase::running) report_started(entry, job.started.value_or(at));
  report_end(entry, std::move(ending));
}

// No list has it.
void Reconciler::miss(Entry& entry, Time begun, Time now) {
  if (!entry.missed_since) entry.missed_since = now;
  if (const auto exit = shelf_.exit_of(entry.decision)) {
    // Slurm has forgotten a job that ended long ago, or all of its jobs.
    const How how = entry.stop && entry.stop->kind == StopKind::evict ? How::evicted
                    : entry.stop                                      ? How::cancelled
                                                                      : How::exited;
    if (entry.phase != Phase::running) report_started(entry, entry.since);
    return report_end(entry, {.how = how == How::exited && !exit->is_by_script ? How::lost : how,
                              .at = exit->at,
                              .exit_code = exit->code,
                              .why = exit_text(exit->code)});
  }
  const bool has_begun = shelf_.begun_by(entry.decision).has_value();
  if (has_begun) {
    if (now - *entry.missed_since < options_.vanished_most) return;
    return report_end(entry, {.how = How::lost, .at = now, .why = "Slurm knows nothing of it any more"});
  }
  if (entry.phase == Phase::running || !entry.submission) {
    return report_end(entry, {.how = How::lost, .at = now, .why = "the records of its run are gone"});
  }
  // Submitted and not there. A list that was begun before says nothing.
  if (entry.phase != Phase::ordered && begun > entry.since) {
    entry.phase = Phase::ordered;
    entry.missed_since.reset();
    hearers_.on_tell(fmt::format("{} is not in Slurm's list: it is submitted again", to_text(entry.decision.attempt)));
  }
}

void Reconciler::stop_unbegun(Entry& entry, Time now) {
  const auto taken = shelf_.take_back(entry.decision);
  if (!taken || !*taken) return;  // it has begun: the next list has it
  const bool is_eviction = entry.stop->kind == StopKind::evict;
  report_end(entry, {.how = is_eviction ? How::evicted : How::cancelled, .at = now, .why = "it had not begun"});
}

void Reconciler::stop_running(Entry& entry, Time now) {
  if (entry.missed_since) return;  // a controller that has forgotten it may have given its number away
  if (!entry.stop && entry.started && entry.time_limit.ns > 0 && now >= *entry.started + entry.time_limit) {
    entry.is_over_its_limit = true;
    if (!entry.cancel_at) entry.cancel_at = now;
  }
  if (entry.stop && entry.stop->kind == StopKind::evict && !entry.is_signalled) {
    entry.is_signalled = true;
    if (!entry.cancel_at) entry.cancel_at = now + (entry.stop->signal.empty() ? Duration{} : entry.stop->grace);
    if (!entry.stop->signal.empty()) {
      if (auto signalled = link_->signal(entry.slurm_id, bell_signal); !signalled) {
        entry.is_signalled = false;
        return hear(signalled.error(), now);
      }
    }
  }
  if (!entry.cancel_at || now < *entry.cancel_at || entry.slurm_id == 0) return;
  entry.cancel_at = now + cancel_again;
  if (auto cancelled = link_->cancel(entry.slurm_id); !cancelled) hear(cancelled.error(), now);
}

// Jobs of this server that it does not wait for: of decisions that were taken back, or came second, or are unknown.
void Reconciler::cancel_strays(const std::vector<SlurmJob>& jobs, Time now) {
  for (const SlurmJob& job : jobs) {
    const auto decision = decision_of_comment(options_.server, job.comment);
    if (!decision || is_over(job.state) || job.is_completing) continue;
    const auto found = entries_.find(decision->attempt);
    const bool is_expected = found != entries_.end() && found->second.decision == *decision &&
                             found->second.phase != Phase::over &&
                             (!found->second.uid || *found->second.uid == job.uid);
    const auto by = shelf_.begun_by(*decision);
    if (is_expected && (!by || *by == job.id)) continue;
    if (job.leader != 0 && job.leader != job.id && is_expected) continue;
    Time& at = cancelled_[job.id];
    if (at != Time{} && now - at < cancel_again) continue;
    if (at == Time{})
      hearers_.on_tell(fmt::format("Slurm's job {} ({}) is not to run: it is cancelled", job.id, job.comment));
    at = now;
    if (auto cancelled = link_->cancel(job.id); !cancelled) {
      hear(cancelled.error(), now);
      if (away_since_) return;
    }
  }
}

// True if it can never begin any more; then it is over.
bool Reconciler::take_back(Entry& entry, Time now, std::string why) {
  const bool is_spoilt = shelf_.is_spoilt(entry.decision);
  const auto taken = shelf_.take_back(entry.decision);
  if (!taken) {
    hearers_.on_tell(taken.error().message);
    return false;
  }
  if (!*taken) return false;
  hearers_.on_tell(fmt::format("{} is taken back: {}", to_text(entry.decision.attempt), why));
  // Else it would be started again, and the nodes be blamed.
  if (is_spoilt) why = "its account has changed the claim in its folder";
  report_end(entry, {.how = is_spoilt ? How::start_failed : How::taken_back, .at = now, .why = std::move(why)});
  return true;
}

void Reconciler::report_started(Entry& entry, Time at) {
  entry.phase = Phase::running;
  entry.started = at;
  entry.submission.reset();
  hearers_.on_report({.id = entry.decision.attempt, .kind = Report::Kind::started, .at = at, .ending = {}});
}

void Reconciler::report_end(Entry& entry, Ending ending) {
  const bool has_begun = entry.phase == Phase::running;
  entry.phase = Phase::over;
  entry.submission.reset();
  const Time at = ending.at;
  hearers_.on_report({.id = entry.decision.attempt,
                      .kind = has_begun ? Report::Kind::ended : Report::Kind::start_failed,
                      .at = at,
                      .ending = std::move(ending)});
}

void Reconciler::hear(const Error& error, Time now) {
  if (error.code != Code::unavailable) {
    hearers_.on_tell(error.message);
    return;
  }
  if (!away_since_) {
    away_since_ = now;
    retry_after_ = seconds(1);
    hearers_.on_tell(error.message);
  } else if (error.message != away_why_) {
    hearers_.on_tell(error.message);
  }
  away_why_ = error.message;
  is_checked_ = false;
  jobs_at_ = now + retry_after_;
  retry_after_ = std::min(retry_after_ * 2, seconds(30));
}

void Reconciler::answered() {
  if (!away_since_) return;
  away_since_.reset();
  nodes_at_ = {};
  hearers_.on_tell("Slurm answers again");
}

void Reconciler::list_nodes(Time now) {
  const Time begun = wall_time();
  auto nodes = link_->nodes();
  const Time ended = wall_time();
  if (!nodes) return hear({Code::unavailable, nodes.error().message}, now);
  nodes_at_ = ended + std::max(options_.poll_nodes, (ended - begun) * 9);
  SiteNews news;
  ours_.clear();
  for (SlurmNode& node : *nodes) {
    SiteNode told{.name = std::move(node.name), .is_down = node.is_down, .why = std::move(node.why)};
    // Our own drains are known here already.
    if (told.why.starts_with(our_reason)) ours_.insert(told.name);
    if (!told.is_down && told.why.starts_with(our_reason)) told.why.clear();
    if (const auto other = others_.find(told.name); other != others_.end() && told.why.empty()) {
      told.why = other->second + " runs there";
    }
    news.nodes.push_back(std::move(told));
  }
  tell_news(std::move(news));
}

void Reconciler::tell_news(SiteNews news) {
  std::string text = news.away;
  for (const SiteNode& node : news.nodes) text += fmt::format("\n{} {} {}", node.name, node.is_down, node.why);
  if (text == told_news_) return;
  told_news_ = std::move(text);
  hearers_.on_news(std::move(news));
}

// What operators have said of nodes here.
void Reconciler::mark_nodes(Time now) {
  for (auto mark = marks_.begin(); mark != marks_.end();) {
    const auto& [node, reason] = *mark;
    if (reason.empty() && !ours_.contains(node)) {
      // Nothing that this server has said of it is to be taken back there.
      mark = marks_.erase(mark);
      continue;
    }
    auto marked = reason.empty() ? link_->resume(node) : link_->drain(node, std::string(our_reason) + reason);
    if (!marked) {
      hear(marked.error(), now);
      if (marked.error().code == Code::unavailable) return;
    }
    if (!reason.empty()) ours_.insert(node);
    mark = marks_.erase(mark);
  }
}

void Reconciler::sweep(Time now) {
  std::erase_if(taken_back_, [&](const auto& known) {
    if (now - known.second < late_submissions_most) return false;
    shelf_.remove(known.first);
    return true;
  });
  std::erase_if(cancelled_, [&](const auto& known) { return now - known.second >= late_submissions_most; });
}

}  // namespace dure::engine
