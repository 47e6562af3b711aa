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
constexpr std::int64_t rest_for_each = 3;               // a list takes a quarter of the time at most
constexpr Duration clocks_apart{seconds(10)};           // Slurm's, and that of the shared folder
constexpr Duration submissions_most{seconds(1)};        // in one step
constexpr Duration late_submissions_most{minutes(10)};  // by when whatever was submitted is in a list

std::vector<Variable> environment_of(const std::optional<Account>& account, const ShelfPlace& place) {
  return account ? environment_of(*account, place.home) : std::vector<Variable>{};
}

}  // namespace

Reconciler::Reconciler(std::unique_ptr<SlurmLink> link, Shelf shelf, SlurmOptions options, SlurmHearers hearers)
    : link_(std::move(link)),
      shelf_(std::move(shelf)),
      options_(std::move(options)),
      hearers_(std::move(hearers)),
      nodes_(hearers_.on_news) {}

void Reconciler::expect(Expected expected) {
  const Attempt& attempt = expected.attempt;
  const AttemptId id = attempt.id;
  if (expected.started) {
    entries_[id] = Entry{.decision = {id, attempt.ordered},
                         .nodes = attempt.nodes,
                         .phase = Phase::running,
                         .since = wall_time(),
                         .started = expected.started,
                         .time_limit = attempt.time_limit};
    entries_[id].slurm_id = shelf_.begun_by(entries_[id].decision).value_or(0);
    if (options_.account_of) entries_[id].uid = shelf_.owner_of(entries_[id].decision);
  } else {
    start(std::move(expected.attempt));
    if (entries_.at(id).phase == Phase::over) return;
    entries_.at(id).phase = Phase::unsure;
  }
  if (expected.stop) stop(id, *std::move(expected.stop));
}

void Reconciler::start(Attempt attempt) {
  Entry entry{.decision = {attempt.id, attempt.ordered}, .nodes = attempt.nodes, .time_limit = attempt.time_limit};
  entry.since = wall_time();
  if (const auto old = entries_.find(attempt.id); old != entries_.end()) {
    if (old->second.decision == entry.decision) return;
    taken_back_.emplace(old->second.decision, entry.since);
    entries_.erase(old);
  }
  const bool is_there = shelf_.owner_of(entry.decision).has_value();
  auto prepared = prepare(attempt, entry.decision);
  if (prepared && (*prepared)->account) entry.uid = (*prepared)->account->uid;
  Entry& kept = entries_.insert_or_assign(attempt.id, std::move(entry)).first->second;
  if (prepared) {
    kept.submission = *std::move(prepared);
    return;
  }
  // A server before this one, which could prepare it, may have sent it.
  if (const auto taken = is_there ? shelf_.take_back(kept.decision) : Result<bool>(true); taken && !*taken) {
    kept.uid = shelf_.owner_of(kept.decision);
    kept.phase = Phase::unsure;
    return;
  }
  report_end(kept, {.how = How::start_failed, .at = kept.since, .why = prepared.error().message});
}

// Lays out what it needs on the shelf. What Slurm is to be asked for then.
Result<std::unique_ptr<SlurmSubmission>> Reconciler::prepare(const Attempt& attempt, const DecisionId& decision) {
  if (auto checked = check(attempt); !checked) return tl::unexpected(checked.error());
  auto account = account_of(attempt);
  if (!account) return tl::unexpected(account.error());
  const ShelfPlace place{.attempt = shelf_.folder_of(decision), .home = shelf_.home_of(attempt.id.job)};
  std::string script = batch_script_of(attempt, place);
  auto files = files_of(attempt, place);
  files.push_back({.name = "batch.sh", .text = script, .is_program = true});
  if (auto put = shelf_.put(decision, files, *account ? &**account : nullptr); !put) return tl::unexpected(put.error());
  constexpr std::int64_t minute = minutes(1).ns;
  return std::make_unique<SlurmSubmission>(SlurmSubmission{
      .name = attempt.names.job.empty() ? "job" + std::to_string(attempt.id.job.value) : attempt.names.job,
      .comment = comment_of(options_.server, decision),
      .partition = options_.partition,
      .qos = options_.qos,
      .script = std::move(script),
      .log = place.attempt + "/slurm.log",
      .folder = place.home,
      .minutes = (attempt.time_limit.ns + minute - 1) / minute,
      .components = components_of(attempt),
      .account = *account,
      .environment = environment_of(*account, place)});
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
    if (!away_since_) {
      for (const Error& error : nodes_.mark(*link_)) hear(error, now);
    }
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
  if (is_away) nodes_.tell_away(away_why_);
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
  jobs_at_ = ended + std::max(is_busy ? options_.poll_busy : options_.poll_idle, (ended - begun) * rest_for_each);

  note_numbers();
  nodes_.note_jobs(*jobs,
                   [&](const SlurmJob& job) { return decision_in(job).has_value() || expected_by(job) != nullptr; });
  note_devices(*jobs);
  std::map<AttemptId, const SlurmJob*> found;
  for (const SlurmJob& job : *jobs) {
    const Entry* entry = expected_by(job);
    if (entry == nullptr || (job.leader != 0 && job.leader != job.id)) continue;
    const SlurmJob*& kept = found[entry->decision.attempt];
    if (kept == nullptr || is_rather(*entry, job, *kept)) kept = &job;
  }
  for (auto& [id, entry] : entries_) {
    if (entry.phase == Phase::over) continue;
    if (const auto job = found.find(id); job != found.end()) {
      observe(entry, *job->second, now);
    } else {
      miss(entry, begun, now);
    }
  }
  cancel_strays(*jobs, now);
  if (!std::exchange(is_swept_, true)) {
    for (const DecisionId& decision : shelf_.decisions()) {
      if (!entries_.contains(decision.attempt)) taken_back_.emplace(decision, now);
    }
  }
}

// Of a job in several components each has its own.
void Reconciler::note_devices(const std::vector<SlurmJob>& jobs) {
  devices_.clear();
  for (const SlurmJob& job : jobs) {
    const Entry* entry = job.state == SlurmState::running ? expected_by(job) : nullptr;
    for (std::size_t i = 0; entry != nullptr && i < std::min(job.nodes.size(), job.devices.size()); ++i) {
      devices_[entry->decision][job.nodes[i]] = job.devices[i];
    }
  }
}

std::optional<DecisionId> Reconciler::decision_in(const SlurmJob& job) const {
  if (auto decision = decision_of_comment(options_.server, job.comment)) return decision;
  return decision_of_comment(options_.former, job.comment);
}

void Reconciler::note_numbers() {
  numbers_.clear();
  for (auto& [id, entry] : entries_) {
    const bool is_there = entry.phase == Phase::running || entry.phase == Phase::waiting;
    if (is_there && entry.slurm_id != 0) numbers_[entry.slurm_id] = &entry;
  }
}

// The attempt that it runs, and that is waited for. By its comment and its account, as whoever asks Slurm may write any
// comment; or by its number, and its start where that is known, as its account may change its comment.
Reconciler::Entry* Reconciler::expected_by(const SlurmJob& job) {
  const auto is_its = [&](const Entry& entry) {
    return entry.phase != Phase::over && (!entry.uid || *entry.uid == job.uid);
  };
  if (const auto known = numbers_.find(job.id); known != numbers_.end() && is_its(*known->second)) {
    const Entry& entry = *known->second;
    const bool is_same =
        entry.started ? job.started && *job.started <= *entry.started && *entry.started - *job.started < seconds(1)
                      : !decision_in(job);
    if (is_same) return known->second;
  }
  const auto decision = decision_in(job);
  const auto found = decision ? entries_.find(decision->attempt) : entries_.end();
  if (found == entries_.end() || found->second.decision != *decision) return nullptr;
  return is_its(found->second) ? &found->second : nullptr;
}

// The number of the Slurm job that began it, as it was seen, or as the claim says, which is its account's.
std::optional<std::uint64_t> Reconciler::begun_by(const Entry& entry) const {
  const bool is_seen = entry.phase == Phase::running && entry.slurm_id != 0;
  return is_seen ? entry.slurm_id : shelf_.begun_by(entry.decision);
}

// Of several jobs of one attempt the one that began it; where that is not among them, the first.
bool Reconciler::is_rather(const Entry& entry, const SlurmJob& job, const SlurmJob& than) const {
  const auto by = begun_by(entry);
  if (by && (*by == job.id || *by == than.id)) return *by == job.id;
  const auto start = [](const SlurmJob& of) { return of.started.value_or(Time::never()); };
  return start(job) < start(than);
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
  if (!is_repeat(entry, job)) entry.seen = now;
  if (entry.phase == Phase::running) return;
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

void Reconciler::observe_end(Entry& entry, const SlurmJob& job, Time now) {
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
  come_to_an_end(entry, job, exit, now);
}

void Reconciler::come_to_an_end(Entry& entry, SlurmJob job, const std::optional<ShelfExit>& exit, Time now) {
  if (is_repeat(entry, job)) return end_forgotten(entry, exit);
  if (!job.started) job.started = begun(entry);
  if (!job.ended) job.ended = now;
  Ending ending = ending_of(job, exit, orders_of(entry), shelf_.last_words_of(entry.decision));
  if (entry.phase != Phase::running) report_started(entry, *job.started);
  report_end(entry, std::move(ending));
}

void Reconciler::end_forgotten(Entry& entry, const std::optional<ShelfExit>& exit) {
  const Time sign = std::max({begun(entry), entry.seen.value_or(Time{}), shelf_.last_sign_of(entry.decision)});
  if (entry.phase != Phase::running) report_started(entry, begun(entry));
  Ending ending = ending_of_forgotten(exit, sign, orders_of(entry));
  ending.at = std::max(ending.at, entry.seen.value_or(Time{}));  // its account may have written any time
  report_end(entry, std::move(ending));
}

bool Reconciler::is_of_its_account(const Entry& entry, const SlurmJob& kept) {
  if (!entry.uid) return true;
  const auto account = find_account(kept.user);
  return account && account->uid == *entry.uid;
}

Time Reconciler::begun(const Entry& entry) const {
  return entry.started ? *entry.started : shelf_.begun_at(entry.decision).value_or(entry.since);
}

// A controller that was killed at the wrong moment runs the same job once more, which does nothing. What it says then
// is of that.
bool Reconciler::is_repeat(const Entry& entry, const SlurmJob& job) const {
  if (!job.started) return false;
  if (entry.started) return *job.started > *entry.started;
  const auto claimed = shelf_.begun_at(entry.decision);
  return claimed && *job.started > *claimed + clocks_apart;
}

RunOrders Reconciler::orders_of(const Entry& entry) {
  RunOrders orders{.stop = std::nullopt,
                   .is_told = entry.is_signalled || entry.cancel_at,
                   .is_over_its_limit = entry.is_over_its_limit};
  if (entry.stop) orders.stop = entry.stop->kind;
  return orders;
}

// No list has it.
void Reconciler::miss(Entry& entry, Time begun, Time now) {
  if (!entry.missed_since) entry.missed_since = now;
  const auto by = begun_by(entry);
  const auto exit = shelf_.exit_of(entry.decision);
  const bool has_vanished = by && now - *entry.missed_since >= options_.vanished_most;
  if (by && (exit || has_vanished)) {
    // Slurm has forgotten a job that ended long ago, or all of its jobs. Its accounts may know.
    const auto kept = link_->recall(*by, shelf_.begun_at(entry.decision).value_or(entry.since));
    if (kept && is_over(kept->state) && is_of_its_account(entry, *kept)) return come_to_an_end(entry, *kept, exit, now);
  }
  if (exit || has_vanished || (!by && (entry.phase == Phase::running || !entry.submission))) {
    return end_forgotten(entry, exit);
  }
  if (by) return;
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
    const auto decision = decision_of_comment(options_.server, job.comment);  // the former word names no site
    if (!decision || is_over(job.state) || job.is_completing) continue;
    const Entry* entry = expected_by(job);
    const bool is_expected = entry != nullptr;
    const auto by = is_expected ? begun_by(*entry) : shelf_.begun_by(*decision);
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
  Report report{.id = entry.decision.attempt, .kind = Report::Kind::started, .at = at, .ending = {}};
  if (const auto chosen = devices_.find(entry.decision); chosen != devices_.end()) {
    for (const std::string& node : entry.nodes) report.devices.push_back(chosen->second[node]);
  }
  hearers_.on_report(std::move(report));
}

void Reconciler::report_end(Entry& entry, Ending ending) {
  const bool has_begun = entry.phase == Phase::running;
  if (has_begun && !ending.started_at) ending.started_at = entry.started;
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
  const auto listed = nodes_.list(*link_);
  const Time ended = wall_time();
  if (!listed) return hear({Code::unavailable, listed.error().message}, now);
  nodes_at_ = ended + std::max(options_.poll_nodes, (ended - begun) * rest_for_each);
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
