#include "dure/server/event_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "dure/base/overload.h"
#include "dure/fleet/folded_nodes.h"
#include "dure/http/event.h"
#include "dure/http/event_parser.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

std::string as_json(const std::string& text) { return boost::json::serialize(boost::json::value(text)); }

}  // namespace

EventLog::Told EventLog::tell(const State& state, const Change& change) {
  const auto of = [](const char* kind, JobId job) { return Told{kind, job}; };
  const auto node = [&](const char* kind, NodeId id, const std::string& reason = "") {
    return Told{kind, std::nullopt,
                fmt::format(R"(,"node":{},"reason":{})", as_json(state.fleet().node_name(id)), as_json(reason))};
  };
  const auto devices = [&](const char* kind, NodeId id, std::uint64_t gpus, const std::string& reason = "") {
    Told told = node(kind, id, reason);
    told.more += R"(,"gpus":[)";
    for_each_device(gpus, [&](std::uint32_t gpu) { told.more += fmt::format("{},", gpu); });
    told.more.back() = ']';
    return told;
  };
  return std::visit(
      Overload{
          [&](const FleetDeclared&) { return Told{"fleet_declared", {}}; },
          [&](const TenantsDeclared&) { return Told{"tenants_declared", {}}; },
          [&](const UserDeclared& c) {
            return Told{"user_declared", {}, fmt::format(R"(,"user":{})", as_json(c.name))};
          },
          [&](const JobSubmitted& c) {
            return Told{"job_submitted", c.job, fmt::format(R"(,"name":{})", as_json(c.spec.name))};
          },
          [&](const JobHeld& c) { return of("job_held", c.job); },
          [&](const JobReleased& c) { return of("job_released", c.job); },
          [&](const JobCancelled& c) {
            return Told{"job_ended", c.job, fmt::format(R"(,"outcome":"{}","final":true)", to_text(c.outcome))};
          },
          [&](const NodeDrained& c) { return node("node_drained", c.node, c.reason); },
          [&](const NodeResumed& c) { return node("node_resumed", c.node); },
          [&](const StartOrdered& c) {
            return Told{.kind = "start_ordered",
                        .job = c.job,
                        .hidden = Hidden::place,
                        .hidden_more = fmt::format(R"(,"pool":{})", as_json(state.fleet().pool(c.pool).path))};
          },
          [&](const StopOrdered& c) { return tell(state, c); },
          [&](const NodesReserved& c) {
            return Told{"reservation_made", c.job, fmt::format(R"(,"from":"{}")", to_text(c.from))};
          },
          [&](const ReservationMade& c) {
            return Told{"reservation_made", c.job, fmt::format(R"(,"from":"{}")", to_text(c.from))};
          },
          [&](const ReservationDropped& c) { return of("reservation_dropped", c.job); },
          [&](const Started& c) { return of("job_started", c.job); },
          [&](const StartFailed& c) { return of("start_failed", c.job); },
          [&](const Ended& c) {
            return Told{
                .kind = "job_ended",
                .job = c.job,
                .more = fmt::format(R"(,"outcome":"{}"{},"final":{})", to_text(c.outcome),
                                    c.outcome == Outcome::expired ? "" : fmt::format(R"(,"exit_code":{})", c.exit_code),
                                    state.jobs().find(c.job) == nullptr),
                .hidden = Hidden::cause,
                .hidden_more = fmt::format(R"(,"reason":{})", as_json(c.reason))};
          },
          [&](const NodeLost& c) { return node("node_lost", c.node); },
          [&](const NodeReturned& c) { return node("node_returned", c.node); },
          [&](const EstimateExceeded& c) { return of("estimate_exceeded", c.job); },
          [&](const JobUpdated& c) { return of("job_updated", c.job); },
          [&](const WindowOpened& c) {
            return Told{"window_opened",
                        {},
                        fmt::format(R"(,"window":{},"purpose":"{}","from":"{}","until":"{}")", as_json(c.window.name),
                                    to_text(c.window.purpose), to_text(c.window.from), to_text(c.window.until))};
          },
          [&](const WindowClosed& c) {
            return Told{
                "window_closed",
                {},
                fmt::format(R"(,"window":{},"cause":"{}")", as_json(state.window_name(c.window)), to_text(c.cause))};
          },
          [&](const DevicesFailed& c) { return devices("devices_failed", c.node, c.gpus, c.reason); },
          [&](const DevicesReturned& c) { return devices("devices_returned", c.node, c.gpus); },
          [](const Booked&) { return Told{"ledger_changed", {}}; },
          [&](const NodesSwapped& c) {
            return Told{.kind = "nodes_swapped",
                        .job = c.job,
                        .hidden = Hidden::place,
                        .hidden_more = fmt::format(
                            R"(,"from":{},"to":{})",
                            as_json(folded_nodes(state.fleet(), part_on(state.departed().allocation, c.from))),
                            as_json(folded_nodes(state.fleet(), c.to)))};
          },
      },
      change);
}

// For whom is told to those who may see that job.
EventLog::Told EventLog::tell(const State& state, const StopOrdered& change) {
  Told told{"stop_ordered", change.job, fmt::format(R"(,"outcome":"{}")", to_text(change.outcome))};
  const StopReason& why = change.why;
  if (why == StopReason{}) return told;
  told.more +=
      fmt::format(R"(,"cause":"{}","at_stake_hours":{})", to_text(why.cause), static_cast<double>(why.cost_s) / 3600);
  const Job* beneficiary = why.beneficiary ? state.jobs().find(*why.beneficiary) : nullptr;
  if (beneficiary == nullptr) return told;
  told.hidden = Hidden::beneficiary;
  told.beneficiary = {state.tenants()[beneficiary->tenant].path, state.users()[beneficiary->user.index()]};
  told.hidden_more = fmt::format(R"(,"beneficiary":{},"beneficiary_tenant":{})", beneficiary->id.value,
                                 as_json(told.beneficiary.tenant));
  return told;
}

void EventLog::on_fact(const State& state, const Fact& fact) {
  Told told = tell(state, fact.change);
  Entry entry{.sequence = state.fact_count(), .time = fact.time, .kind = told.kind, .job = told.job};
  std::string about = told.more;
  if (told.job) {
    const Job* job = state.jobs().find(*told.job);
    if (job == nullptr) job = &state.departed();
    entry.tenant = state.tenants()[job->tenant].path;
    entry.user = state.users()[job->user.index()];
    about = fmt::format(R"(,"job":{},"tenant":{})", told.job->value, as_json(entry.tenant)) + about;
  }
  entry.hidden = told.hidden;
  entry.beneficiary = std::move(told.beneficiary);
  entry.piece = make_piece(entry, about + told.hidden_more);
  if (told.hidden != Hidden::nothing) entry.without = make_piece(entry, about);
  fresh_.push_back(std::move(entry));
}

// `about`: members of the JSON object, each with a comma before it.
http::EventStream::Piece EventLog::make_piece(const Entry& entry, const std::string& about) {
  const std::string data = fmt::format(R"({{"sequence":{},"time":"{}","kind":"{}"{}}})", entry.sequence,
                                       to_text(entry.time), entry.kind, about);
  return std::make_shared<const std::string>(
      to_frame(http::Event{.id = std::to_string(entry.sequence), .name = entry.kind, .data = data}));
}

bool EventLog::is_hidden(const Interest& interest, const Entry& entry, api::Seen seen) {
  switch (entry.hidden) {
    case Hidden::nothing: return false;
    case Hidden::place: return !seen.has_place;
    case Hidden::cause: return seen.sight < api::Sight::full;
    case Hidden::beneficiary:
      return api::seen(*interest.actor, entry.beneficiary.tenant, entry.beneficiary.user).sight < api::Sight::status;
  }
  return true;
}

http::EventStream::Piece EventLog::piece_for(const Interest& interest, const Entry& entry) {
  if (interest.job && interest.job != entry.job) return nullptr;
  if (interest.tenant && !Grant{.tenant = *interest.tenant}.covers(entry.tenant)) return nullptr;
  if (!entry.job) return api::is_operator(*interest.actor) ? entry.piece : nullptr;
  const api::Seen seen = api::seen(*interest.actor, entry.tenant, entry.user);
  if (seen.sight == api::Sight::none || (seen.sight == api::Sight::opaque && interest.tenant)) return nullptr;
  if (seen.sight == api::Sight::opaque) return make_piece(entry, fmt::format(R"(,"job":{})", entry.job->value));
  return is_hidden(interest, entry, seen) ? entry.without : entry.piece;
}

// Who came with a token that is no longer good is shown out.
bool EventLog::has_left(const Watcher& watcher, Time now) {
  if (!watcher.interest.actor->is_good(now)) watcher.stream->finish();
  return !watcher.interest.actor->is_good(now) || !watcher.stream->is_open();
}

// Streams are written to under the lock: it only queues a pointer for each watcher.
bool EventLog::send() {
  constexpr std::chrono::milliseconds broadcast_every{20};
  const Time clock = wall_clock();
  const std::lock_guard lock(mutex_);
  for (Entry& entry : fresh_) {
    const auto watched = entry.job ? job_watchers_.find(*entry.job) : job_watchers_.end();
    if (watched != job_watchers_.end()) {
      std::erase_if(watched->second, [&](const Watcher& watcher) { return has_left(watcher, clock); });
      for (Watcher& watcher : watched->second) {
        if (auto piece = piece_for(watcher.interest, entry)) watcher.stream->send(std::move(piece));
      }
      if (watched->second.empty()) job_watchers_.erase(watched);
    }
    kept_.push_back(std::make_shared<const Entry>(std::move(entry)));
  }
  fresh_.clear();
  const auto now = std::chrono::steady_clock::now();
  if (now >= broadcast_at_ + broadcast_every || kept_.size() > most_kept_) {
    broadcast_at_ = now;
    broadcast();
  }
  while (kept_.size() > most_kept_) {
    kept_from_ = kept_.front()->sequence;
    kept_.pop_front();
  }
  return !watchers_.empty() && !kept_.empty() && kept_.back()->sequence > broadcast_to_;
}

// One piece for all who see the same.
void EventLog::broadcast() {
  const auto is_gone = [clock = wall_clock()](const Watcher& watcher) { return has_left(watcher, clock); };
  std::erase_if(watchers_, is_gone);
  for (auto& [job, watching] : job_watchers_) std::erase_if(watching, is_gone);
  std::erase_if(job_watchers_, [](const auto& watched) { return watched.second.empty(); });
  if (kept_.empty() || kept_.back()->sequence <= broadcast_to_) return;
  std::map<std::pair<const api::Actor*, std::string>, http::EventStream::Piece> pieces;  // by who, and tenant
  const auto first = first_after(broadcast_to_);
  for (Watcher& watcher : watchers_) {
    http::EventStream::Piece& piece = pieces[{watcher.interest.actor.get(), watcher.interest.tenant.value_or("")}];
    if (piece == nullptr) {
      std::string text;
      for (auto entry = first; entry != kept_.end(); ++entry) {
        if (const auto of_entry = piece_for(watcher.interest, **entry)) text += *of_entry;
      }
      piece = std::make_shared<const std::string>(std::move(text));
    }
    if (!piece->empty()) watcher.stream->send(piece);
  }
  broadcast_to_ = kept_.back()->sequence;
}

std::deque<EventLog::EntryPointer>::const_iterator EventLog::first_after(std::uint64_t sequence) const {
  return std::upper_bound(kept_.begin(), kept_.end(), sequence,
                          [](std::uint64_t known, const EntryPointer& entry) { return known < entry->sequence; });
}

// The loop takes the lock in every turn, and 65,536 entries take longer to look through than a turn.
void EventLog::catch_up(const Interest& interest, std::uint64_t known, std::string& text,
                        std::unique_lock<std::mutex>& lock) const {
  constexpr std::ptrdiff_t at_a_time = 1024;
  constexpr std::ptrdiff_t few = 64;  // to look through under the lock
  constexpr int most_rounds = 1000;   // whoever is overtaken all the time does the rest under it too
  std::vector<EntryPointer> entries;
  for (int round = 0;; ++round) {
    if (known < kept_from_) {
      known = kept_from_;
      text += to_frame(http::Event{
          .id = std::to_string(known), .name = "gap", .data = fmt::format(R"({{"kind":"gap","sequence":{}}})", known)});
    }
    const auto first = first_after(known);
    const std::ptrdiff_t left = kept_.end() - first;
    const bool is_last = left <= few || round == most_rounds;
    entries.assign(first, first + (is_last ? left : std::min(left, at_a_time)));
    if (!is_last) lock.unlock();
    for (const EntryPointer& entry : entries) {
      if (const auto piece = piece_for(interest, *entry)) text += *piece;
    }
    if (!entries.empty()) known = entries.back()->sequence;
    if (is_last) return;
    lock.lock();
  }
}

void EventLog::watch(http::Reply reply, Interest interest, std::optional<std::uint64_t> since) {
  Watcher watcher{.stream = reply.stream({}), .interest = std::move(interest)};
  std::string text;
  std::unique_lock lock(mutex_);
  if (since) catch_up(watcher.interest, *since, text, lock);
  broadcast();  // what the others are still to see is at hand for this one
  if (!text.empty()) watcher.stream->send(std::move(text));
  std::vector<Watcher>& group = watcher.interest.job ? job_watchers_[*watcher.interest.job] : watchers_;
  group.push_back(std::move(watcher));
}

std::string EventLog::events_of(const Interest& interest) const {
  std::string frames;
  {
    std::unique_lock lock(mutex_);
    catch_up(interest, 0, frames, lock);
  }
  std::string events;
  bool is_whole = false;
  const auto take = [&](const http::Event& event) {
    if (event.name == "gap") return http::Next::go_on;
    if (events.empty()) is_whole = event.name == "job_submitted";
    if (!events.empty()) events += ',';
    events += event.data;
    return http::Next::go_on;
  };
  (void)http::EventParser().feed(frames, take);  // no frame of ours is too long for it
  return fmt::format(R"({{"events":[{}],"is_whole":{}}})", events, is_whole);
}

std::size_t EventLog::watchers() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = watchers_.size();
  for (const auto& [job, watching] : job_watchers_) count += watching.size();
  return count;
}

}  // namespace dure::server
