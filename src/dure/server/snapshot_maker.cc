#include "dure/server/snapshot_maker.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "dure/core/state.h"
#include "dure/journal/snapshot.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/server/publisher.h"

namespace dure::server {

SnapshotMaker::SnapshotMaker(std::filesystem::path folder, std::uint64_t every, std::uint64_t last)
    : folder_(std::move(folder)), every_(every), next_(last + every), thread_([this] { run(); }) {}

SnapshotMaker::~SnapshotMaker() {
  is_closed_ = true;
  {
    const std::lock_guard lock(mutex_);
  }
  changed_.notify_all();
  thread_.join();
}

void SnapshotMaker::hear(std::uint64_t sequence) {
  if (sequence < next_) return;
  next_ = sequence + every_;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = sequence;
  }
  changed_.notify_all();
}

void SnapshotMaker::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);  // of this thread alone
  std::uint64_t made = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return is_closed_ || wanted_ > made; });
      if (is_closed_) return;
      made = wanted_;
    }
    const auto done = make();
    if (done || is_closed_) continue;
    // The server goes on: a later one will do, and the facts have everything.
    fmt::print(stderr, "dure: no snapshot after fact {}: {}\n", made, done.error().message);
  }
}

Result<std::uint64_t> SnapshotMaker::make() {
  auto reader = JournalReader::open(folder_);
  if (!reader) return tl::unexpected(reader.error());
  Publisher publisher;
  State state;
  auto last = newest_snapshot(folder_, [&](Link link) { return reader->has(link); });
  if (last && publisher.restore(last->state, last->aside)) state = std::move(last->state);
  last.reset();
  const auto replayed = reader->replay(state, [&](const Fact& fact) -> Result<void> {
    publisher.replay(state, fact);
    if (is_closed_) return fail(Code::unavailable, "the server ends");
    return {};
  });
  if (!replayed) return tl::unexpected(replayed.error());
  if (auto saved = save_snapshot(folder_, state, publisher.aside()); !saved) return tl::unexpected(saved.error());
  return state.fact_count();
}

}  // namespace dure::server
