#include "dure/server/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "dure/api/token_rights.h"
#include "dure/base/overload.h"
#include "dure/fleet/served_fleet.h"
#include "dure/server/ending.h"
#include "dure/server/job_resolver.h"

namespace dure::server {
namespace {

std::optional<KeptJobs> to_keep(const Result<api::Submitted>& jobs) {
  if (!jobs) return std::nullopt;
  return KeptJobs{jobs->first, jobs->count};
}

const std::string refused_text = "refused: ";

// `done`, `refused: why`, `jobs 12-15`, `jobs 12-15, 20; 3 refused: why`.
std::string outcome_of(const api::CommandResult& result) {
  if (!result.done) return refused_text + result.done.error().message;
  if (result.jobs.empty()) return "done";
  std::string jobs;
  std::size_t refused = 0;
  std::string why;
  std::uint32_t first = 0;
  std::uint32_t next = 0;  // after the run of numbers at hand
  const auto end_run = [&] {
    if (next == first) return;
    jobs += jobs.empty() ? "jobs " : ", ";
    jobs += next - first == 1 ? std::to_string(first) : fmt::format("{}-{}", first, next - 1);
  };
  for (const Result<api::Submitted>& job : result.jobs) {
    if (!job) {
      if (refused++ == 0) why = job.error().message;
      continue;
    }
    if (job->first.value != next) {
      end_run();
      first = job->first.value;
    }
    next = job->first.value + job->count;
  }
  end_run();
  if (refused == 0) return jobs;
  if (jobs.empty()) return refused_text + why;
  return fmt::format("{}; {} refused: {}", jobs, refused, why);
}

bool is_start(const engine::Report& report) { return report.kind == engine::Report::Kind::started; }

}  // namespace

bool Desk::post(PendingRequest request) {
  const std::lock_guard lock(mutex_);
  if (is_closed_ || requests_.size() >= most_waiting) return false;
  requests_.push_back(std::move(request));
  something_.notify_one();
  return true;
}

void Desk::post(engine::Report report) {
  const std::lock_guard lock(mutex_);
  reports_.push_back({std::move(report)});
  something_.notify_one();
}

void Desk::post(const std::string& site, engine::SiteNews news) {
  const std::lock_guard lock(mutex_);
  posted_news_[site] = std::move(news);
  is_woken_ = true;
  something_.notify_one();
}

void Desk::post(SickDevices sick) {
  const std::lock_guard lock(mutex_);
  posted_sick_ = std::move(sick);
  is_woken_ = true;
  something_.notify_one();
}

// A flood of them does not wake the loop more often than it is told word for word.
void Desk::note(AuditEntry entry) {
  if (door_.note(std::move(entry), DoorBook::Clock::now())) wake();
}

std::optional<Duration> Desk::until_count() const {
  const auto due = door_.due();
  if (!due) return std::nullopt;
  return Duration{std::max<std::int64_t>(0, std::chrono::nanoseconds(*due - DoorBook::Clock::now()).count())};
}

void Desk::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  something_.notify_one();
}

void Desk::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  something_.notify_one();
}

bool Desk::wait(std::optional<Duration> most) {
  std::unique_lock lock(mutex_);
  const auto is_ready = [&] { return is_closed_ || is_woken_ || !requests_.empty() || !reports_.empty(); };
  if (most) {
    something_.wait_for(lock, std::chrono::nanoseconds(most->ns), is_ready);
  } else {
    something_.wait(lock, is_ready);
  }
  is_woken_ = false;
  return !is_closed_ || !requests_.empty();
}

void Desk::drain(Time now, std::vector<Change>& out) {
  now_ = now;
  next_job_ = std::max(state_.next_job(), JobId{1});  // numbers of refused jobs are given out again
  next_window_ = state_.next_window();
  places_.clear();
  new_users_.clear();
  arrived_.clear();
  ending_.clear();
  changes_estate_ = books_ = false;
  std::vector<PendingRequest> requests;
  std::vector<Posted> reports;
  {
    const std::lock_guard lock(mutex_);
    reports.swap(reports_);
    if (posted_sick_) sick_ = *std::exchange(posted_sick_, std::nullopt);
    for (auto& [site, news] : posted_news_) news_[site] = std::move(news), is_news_due_ = true;
    posted_news_.clear();
    // A flood is taken in turns: it costs latency, not memory.
    if (requests_.size() <= changes_per_turn) {
      requests.swap(requests_);
    } else {
      const auto cut = requests_.begin() + changes_per_turn;
      requests.assign(std::move_iterator(requests_.begin()), std::move_iterator(cut));
      requests_.erase(requests_.begin(), cut);
      is_woken_ = true;
    }
  }
  add_devices(out);
  add_nodes(out);
  for (const Posted& report : reports) add_report(report, out);
  auto next = requests.begin();
  for (; next != requests.end() && out.size() < changes_per_turn && !must_wait(*next); ++next)
    take(std::move(*next), out);
  if (next != requests.end()) put_back({std::move_iterator(next), std::move_iterator(requests.end())});
}

// Whether what it is about is just being changed by this turn: the names of tenants, or a job that it comes after.
bool Desk::must_wait(const PendingRequest& request) const {
  const auto* submission = std::get_if<api::SubmitJobs>(&request.command);
  const auto* action = std::get_if<api::ActOnJob>(&request.command);
  if (action != nullptr) return std::find(ending_.begin(), ending_.end(), action->job) != ending_.end();
  // Numbers of grants and the like are given out from what is there.
  if (std::holds_alternative<api::Book>(request.command)) return books_ || changes_estate_;
  if (submission == nullptr) return false;
  if (changes_estate_) return true;
  const auto is_ending = [&](const Dependency& on) { return may_be_ending(on.job); };
  return std::any_of(submission->jobs.begin(), submission->jobs.end(), [&](const api::NewJob& job) {
    if (job.file.is_singleton && !ending_.empty()) return true;
    return std::any_of(job.file.job.after.begin(), job.file.job.after.end(), is_ending);
  });
}

// The job, or one of the array that it began.
bool Desk::may_be_ending(JobId job) const {
  return std::any_of(ending_.begin(), ending_.end(), [&](JobId id) {
    const Job* ending = state_.jobs().find(id);
    return id == job || (ending != nullptr && ending->array && ending->array->array == job);
  });
}

void Desk::put_back(std::vector<PendingRequest> requests) {
  const std::lock_guard lock(mutex_);
  requests_.insert(requests_.begin(), std::move_iterator(requests.begin()), std::move_iterator(requests.end()));
  is_woken_ = true;
}

// What is broken by now, where the state does not know yet.
void Desk::add_devices(std::vector<Change>& out) {
  if (state_.fleet().node_count() == 0) return;
  for (Change& change : device_changes(state_, sick_)) {
    places_.push_back({nobody, 0});
    out.push_back(std::move(change));
  }
}

// What clusters say of their nodes, where the state does not know yet.
void Desk::add_nodes(std::vector<Change>& out) {
  if (!is_news_due_ || state_.fleet().node_count() == 0) return;
  is_news_due_ = false;
  for (const auto& [site, news] : news_) {
    for (Change& change : node_changes(state_, site, news, why_drained_)) {
      places_.push_back({nobody, 0});
      out.push_back(std::move(change));
    }
  }
}

// A report of an attempt that is over says nothing any more.
void Desk::add_report(const Posted& posted, std::vector<Change>& out) {
  const engine::Report& report = posted.report;
  const Job* job = state_.jobs().find(report.id.job);
  if (job == nullptr || job->evictions != report.id.restart) return;
  const bool is_here = is_local(state_.fleet(), job->pool);
  if (is_here && look_and_ && !posted.has_looked && !is_start(report) && may_be_the_devices(*job, report.ending)) {
    return look_and_([this, report] {
      const std::lock_guard lock(mutex_);
      reports_.push_back({report, true});
      something_.notify_one();
    });
  }
  if (!is_start(report)) ending_.push_back(report.id.job);
  places_.push_back({nobody, 0});
  if (is_start(report)) return out.push_back(to_fact(*job, report, now_));
  // Whoever is told to stop meanwhile is not started again.
  const bool may_start = report.ending.how == engine::How::taken_back && job->state == JobState::starting;
  if (may_start) return out.push_back(StartFailed{job->id, report.ending.why});
  out.push_back(to_fact(*job, report.ending, is_here ? sick_ : SickDevices{}, now_));
}

void Desk::add(Change change, std::vector<Change>& out) {
  places_.push_back({callers_.size() - 1, 0});
  out.push_back(std::move(change));
}

// A change that names a node: by a view that must be of the present estate, as nodes get other numbers with another.
void Desk::add_of_estate(Change change, std::vector<Change>& out) {
  Caller& caller = callers_.back();
  if (changes_estate_ || caller.request.estate_version != estate_version_) {
    caller.result.done = fail(Code::unavailable, "the fleet has just been changed; ask again");
    return;
  }
  add(std::move(change), out);
}

void Desk::take(PendingRequest request, std::vector<Change>& out) {
  callers_.push_back({.request = std::move(request)});
  Caller& caller = callers_.back();
  std::visit(Overload{
                 [&](api::SubmitJobs&) { submit(caller, out); },
                 [&](const api::ActOnJob& c) { act(c, out); },
                 [&](api::ChangeJob& c) { add(std::move(c.change), out); },
                 [&](api::DrainNode& c) { add_of_estate(NodeDrained{c.node, std::move(c.reason)}, out); },
                 [&](const api::ResumeNode& c) {
                   add_of_estate(NodeResumed{c.node}, out);
                   is_news_due_ = true;
                 },
                 [&](api::OpenWindow& c) { open_window(caller, std::move(c.window), out); },
                 [&](const api::CloseWindow& c) { close_window(caller, c.name, out); },
                 [&](api::DeclareEstate& c) {
                   Change change = std::visit([](auto& part) { return Change{std::move(part)}; }, c.change);
                   if (c.is_dry_run) {
                     caller.result.done = state_.check(change);
                     return;
                   }
                   changes_estate_ = true;
                   add(std::move(change), out);
                 },
                 [&](api::Book& c) { book(caller, c, out); },
                 [&](api::CreateToken& c) { create_token(caller, std::move(c.token)); },
                 [&](const api::RevokeToken& c) { revoke_token(caller, c.id); },
             },
             caller.request.command);
}

void Desk::open_window(Caller& caller, Window window, std::vector<Change>& out) {
  window.id = next_window_;
  next_window_ = WindowId{next_window_.value + 1};
  caller.result.notice = notice_of(state_, window, now_);
  add_of_estate(WindowOpened{std::move(window)}, out);
}

void Desk::close_window(Caller& caller, const std::string& name, std::vector<Change>& out) {
  const Window* window = state_.find_window(name);
  if (window == nullptr) {
    caller.result.done = fail(Code::not_found, fmt::format("there is no window {}; dure window list has those", name));
    return;
  }
  add(WindowClosed{window->id, CloseCause::withdrawn}, out);
}

// Several changes are judged together on a copy, as later ones may need the former.
void Desk::book(Caller& caller, api::Book& book, std::vector<Change>& out) {
  books_ = true;
  next_grant_ = id_of<GrantTag>(state_.ledger().grants().size());
  std::vector<Change> users;
  const std::vector<std::string> users_before = new_users_;
  const UserId by = user(caller.request.actor->subject, users);
  for (ledger::Change& change : book.changes) complete(change, book, by, caller.result);
  if (book.changes.size() == 1) {
    if (book.is_dry_run) caller.result.done = state_.check(Change{Booked{book.changes.front()}});
  } else {
    ledger::Ledger trial = state_.ledger();
    for (const ledger::Change& change : book.changes) {
      caller.result.done =
          state_.tenants().size() == 0 ? state_.check(Change{Booked{change}}) : trial.check(change, now_);
      if (!caller.result.done) break;
      trial.apply(change, now_);
    }
  }
  if (book.is_dry_run || !caller.result.done) {
    if (!users.empty()) places_.pop_back();
    new_users_ = users_before;
    return;
  }
  out.insert(out.end(), users.begin(), users.end());
  for (ledger::Change& change : book.changes) add(Booked{std::move(change)}, out);
  if (!caller.result.grants.empty()) {
    caller.told = caller.result.grants.size() == 1 ? fmt::format("grant {}", caller.result.grants.front().value)
                                                   : fmt::format("grants {}-{}", caller.result.grants.front().value,
                                                                 caller.result.grants.back().value);
  }
}

void Desk::complete(ledger::Change& change, const api::Book& book, UserId by, api::CommandResult& result) {
  const auto begin = [&](Time& from) {
    if (from == book.read_at) from = std::max(from, now_);
  };
  std::visit(Overload{
                 [&](ledger::RatesDeclared& c) { begin(c.from); },
                 [&](ledger::CallOpened& c) {
                   c.call = id_of<CallTag>(state_.ledger().calls().size());
                   begin(c.from);
                   c.by = by;
                 },
                 [&](ledger::ApplicationFiled& c) {
                   c.application = id_of<ApplicationTag>(state_.ledger().applications().size());
                   c.by = by;
                 },
                 [&](ledger::GrantAwarded& c) {
                   c.grant = next_grant_;
                   next_grant_ = GrantId{next_grant_.value + 1};
                   c.by = by;
                   result.grants.push_back(c.grant);
                 },
                 [&](auto& c) {
                   if constexpr (requires { c.by; }) c.by = by;
                 },
             },
             change);
}

void Desk::create_token(Caller& caller, StoredToken token) {
  if (tokens_.token(token.id)) {
    caller.result.done = fail(Code::unavailable, "that token is there already; ask for another");
    return;
  }
  // The network's thread has asked before: two may have been told there that the name is free.
  const api::Access access(*caller.request.actor, state_.tenants());
  if (auto checked = api::check_subject(access, tokens_, new_tokens_, token.subject); !checked) {
    caller.result.done = tl::unexpected(checked.error());
    return;
  }
  token.created = now_;
  caller.told = fmt::format("token {} of {}: {}", token.id, token.subject, to_text(token.grants));
  journal_.put_token(token);
  new_tokens_.push_back(std::move(token));
}

void Desk::revoke_token(Caller& caller, const std::string& id) {
  const auto known = tokens_.token(id);
  if (!known) {
    caller.result.done = fail(Code::not_found, fmt::format("there is no token {}", id));
    return;
  }
  caller.told = fmt::format("token {} of {} is worthless", known->id, known->subject);
  if (known->revoked) return;
  StoredToken token = *known;
  token.revoked = now_;
  journal_.put_token(token);
  new_tokens_.push_back(std::move(token));
}

void Desk::submit(Caller& caller, std::vector<Change>& out) {
  const std::size_t me = callers_.size() - 1;
  auto& jobs = std::get<api::SubmitJobs>(caller.request.command).jobs;
  const UserId by = user(caller.request.actor->subject, out);
  for (api::NewJob& job : jobs) {
    if (caller.request.estate_version != estate_version_) {
      caller.result.jobs.push_back(
          fail(Code::unavailable, "the fleet or the tenants have just been changed; submit the job again"));
      continue;
    }
    const JobResolver resolver(state_, archive_, {&names_, &arrived_}, next_job_);
    if (auto resolved = resolver.resolve(job.file, by); !resolved) {
      caller.result.jobs.push_back(tl::unexpected(resolved.error()));
      continue;
    }
    journal_.put_blob(job.text_id, job.text);
    const auto count = static_cast<std::uint32_t>(std::max<std::size_t>(job.file.array.size(), 1));
    const JobId first = next_job_;
    if (count > ~std::uint32_t{0} - first.value) {
      caller.result.jobs.push_back(fail(Code::failed, "all numbers of jobs have been given out; begin a new journal"));
      continue;
    }
    next_job_ = JobId{first.value + count};
    caller.result.jobs.push_back(api::Submitted{first, count});
    JobSpec& spec = job.file.job;
    spec.user = by;
    spec.text = job.text_id;
    if (job.file.start_within) spec.start_by = now_ + *job.file.start_within;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!job.file.array.empty()) spec.array = ArrayMember{first, job.file.array[i]};
      if (i == 0) arrived_.add(first, spec);
      places_.push_back({me, caller.result.jobs.size() - 1});
      out.push_back(JobSubmitted{JobId{first.value + i}, spec});
    }
  }
  keep_submission(caller);
}

// Written before it is known what the state accepts, and again when it refuses: the commit comes after both.
void Desk::keep_submission(const Caller& caller) {
  const auto may_be_tried_again = [](const Result<api::Submitted>& job) {
    return !job && job.error().code == Code::unavailable;
  };
  const std::vector<Result<api::Submitted>>& jobs = caller.result.jobs;
  if (caller.request.key.empty() || std::any_of(jobs.begin(), jobs.end(), may_be_tried_again)) return;
  KeptSubmission kept{.key = caller.request.key, .request = caller.request.request};
  std::transform(jobs.begin(), jobs.end(), std::back_inserter(kept.jobs), to_keep);
  journal_.put_submission(kept);
}

void Desk::act(const api::ActOnJob& request, std::vector<Change>& out) {
  switch (request.act) {
    case api::JobAct::hold: return add(JobHeld{request.job}, out);
    case api::JobAct::release: return add(JobReleased{request.job}, out);
    case api::JobAct::cancel: break;
  }
  const Job* job = state_.jobs().find(request.job);
  if (job != nullptr && job->holds_devices()) return add(StopOrdered{request.job, Outcome::cancelled}, out);
  ending_.push_back(request.job);
  add(JobCancelled{request.job}, out);
}

UserId Desk::user(const std::string& name, std::vector<Change>& out) {
  const std::vector<std::string>& known = state_.users();
  while (user_ids_.size() < known.size()) user_ids_.emplace(known[user_ids_.size()], id_of<UserTag>(user_ids_.size()));
  const auto found = user_ids_.find(name);
  if (found != user_ids_.end()) return found->second;
  const auto fresh = std::find(new_users_.begin(), new_users_.end(), name);
  const UserId id = id_of<UserTag>(known.size() + static_cast<std::size_t>(fresh - new_users_.begin()));
  if (fresh != new_users_.end()) return id;
  new_users_.push_back(name);
  places_.push_back({nobody, 0});
  out.push_back(UserDeclared{id, name});
  return id;
}

void Desk::refused(std::size_t position, const Change&, const Error& error) {
  const Place place = places_[position];
  if (place.caller == nobody) return;  // a report that came too late
  api::CommandResult& result = callers_[place.caller].result;
  if (result.jobs.empty()) {
    result.done = tl::unexpected(error);
  } else {
    result.jobs[place.job] = tl::unexpected(error);
    keep_submission(callers_[place.caller]);
  }
}

void Desk::checked(Time now) {
  const auto clock = DoorBook::Clock::now();
  for (const Caller& caller : callers_) {
    const PendingRequest& request = caller.request;
    AuditEntry entry{.at = now,
                     .actor = request.actor->subject,
                     .token = request.actor->token,
                     .action = request.action,
                     .target = request.target,
                     .outcome = caller.result.done && !caller.told.empty() ? caller.told : outcome_of(caller.result)};
    if (entry.outcome.starts_with(refused_text)) {
      door_.note(std::move(entry), clock);
    } else {
      journal_.put_audit(entry);
    }
  }
  for (const AuditEntry& entry : door_.take(now, clock)) journal_.put_audit(entry);
}

void Desk::settle(std::uint64_t sequence) {
  for (StoredToken& token : std::exchange(new_tokens_, {})) tokens_.put(std::move(token));
  for (Caller& caller : callers_) {
    caller.result.sequence = sequence;
    caller.request.done(caller.result);
  }
  callers_.clear();
}

}  // namespace dure::server
