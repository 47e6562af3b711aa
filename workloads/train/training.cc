#include "training.h"

#include <algorithm>
#include <csignal>
#include <numeric>
#include <span>
#include <utility>

#include "durable_file.h"
#include "dure/base/random.h"

namespace dure::train {
namespace {

using std::chrono::steady_clock;

struct Slice {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Returns this rank's share of [begin, end); the shares of all ranks together are the whole.
Slice slice_of(const Peers& peers, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t size = end - begin;
  return {begin + size * peers.rank() / peers.width(), begin + size * (peers.rank() + 1) / peers.width()};
}

Format format_of(const Options& options) {
  if (options.place.rank != 0) return Format::none;
  return options.json ? Format::json : Format::text;
}

double per_second(std::uint64_t images, steady_clock::duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return seconds > 0 ? static_cast<double>(images) / seconds : 0;
}

}  // namespace

Identity identity_of(const Options& options, const Dataset& train) {
  return {.seed = options.seed,
          .width = options.place.width,
          .hidden = options.hidden,
          .batch = options.batch,
          .images = static_cast<std::uint32_t>(train.size()),
          .data = checksum(train),
          .learning_rate = options.learning_rate};
}

Training::Training(const Options& options, const Images& images, Peers& peers)
    : options_(options),
      images_(images),
      peers_(peers),
      report_(format_of(options)),
      identity_(identity_of(options, images.train)),
      progress_{.shuffle_state = options.seed},
      network_(options.hidden, options.seed),
      momentum_(network_.parameters().size()),
      gradient_(network_.parameters().size()),
      order_(images.train.size()) {}

Result<End> Training::run() {
  if (const auto resumed = resume(); !resumed) return tl::unexpected(resumed.error());
  while (!is_complete()) {
    const auto end = run_epoch();
    if (!end || *end == End::stopped) return end;
  }
  return finish().map([] { return End::complete; });
}

// Rank 0 alone reads the checkpoint, so that the others need not see its folder.
Result<void> Training::resume() {
  std::vector<std::byte> bytes;
  if (peers_.is_leader()) {
    auto read = read_checkpoint();
    if (!read) return tl::unexpected(read.error());
    bytes = std::move(*read);
  }
  if (const auto spread = peers_.spread(bytes); !spread || bytes.empty()) return spread;
  const auto checkpoint = decode(bytes, identity_, "the checkpoint of rank 0");
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  progress_ = checkpoint->progress;
  std::copy(checkpoint->parameters.begin(), checkpoint->parameters.end(), network_.parameters().begin());
  std::copy(checkpoint->velocity.begin(), checkpoint->velocity.end(), momentum_.velocity().begin());
  report_.resumed(steps_done());
  return {};
}

// Returns no bytes if there is none.
Result<std::vector<std::byte>> Training::read_checkpoint() const {
  if (!options_.checkpoint) return {};
  const CheckpointFolder folder(*options_.checkpoint);
  std::string sentence;
  const auto checkpoint = folder.read(identity_, sentence);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  if (!sentence.empty()) note(peers_.rank(), sentence);
  if (!*checkpoint) return {};
  if ((*checkpoint)->parameters.size() != gradient_.size()) {
    return fail(Code::failed, folder.newest().string() + " has another number of weights; remove it to start anew");
  }
  if ((*checkpoint)->progress.epoch > options_.epochs) {
    return fail(Code::invalid_argument, folder.newest().string() + " is past epoch " + std::to_string(options_.epochs) +
                                            "; give more --epochs, or another folder with --checkpoint");
  }
  return encode(**checkpoint);
}

Result<End> Training::run_epoch() {
  shuffle();
  const auto began = steady_clock::now();
  const std::uint64_t images_before = progress_.tally.images;
  while (progress_.step < steps_per_epoch()) {
    const auto wishes = step();
    if (!wishes) return tl::unexpected(wishes.error());
    if (const auto kept = keep(*wishes); !kept) return tl::unexpected(kept.error());
    if ((*wishes & wish_stop) != 0) return End::stopped;
  }
  const std::uint64_t images = progress_.tally.images - images_before;
  report_.epoch(progress_.epoch, options_.epochs, progress_.tally, per_second(images, steady_clock::now() - began));
  split_mix(progress_.shuffle_state);
  progress_ = {.shuffle_state = progress_.shuffle_state, .epoch = progress_.epoch + 1};
  return End::complete;
}

Result<Wishes> Training::step() {
  raise_signals();
  const std::uint64_t begin = std::uint64_t{progress_.step} * options_.batch;
  load_slice(begin, std::min<std::uint64_t>(begin + options_.batch, order_.size()));
  std::fill(gradient_.begin(), gradient_.end(), 0.0f);
  Notes notes{.tally = network_.judge(batch_, gradient_), .wishes = take_wishes()};
  if (const auto summed = peers_.sum(gradient_, notes); !summed) return tl::unexpected(summed.error());
  momentum_.step(network_.parameters(), gradient_, notes.tally.images,
                 rate_of_epoch(options_.learning_rate, progress_.epoch));
  progress_.tally += notes.tally;
  ++progress_.step;
  return notes.wishes;
}

void Training::load_slice(std::uint64_t begin, std::uint64_t end) {
  const Slice slice = slice_of(peers_, begin, end);
  batch_.clear();
  for (std::uint64_t i = slice.begin; i < slice.end; ++i) batch_.add(images_.train, order_[i]);
}

// All ranks go on, or end, only when the checkpoint lies on the disk: whoever ends the job when its first process ends
// must not cut it short.
Result<void> Training::keep(Wishes wishes) {
  if (wishes == 0 && !is_due()) return {};
  if (peers_.is_leader()) {
    if (const auto written = write_checkpoint(wishes); !written) return written;
  }
  return peers_.follow_leader();
}

bool Training::is_due() const {
  return options_.checkpoint && options_.checkpoint_every > 0 && steps_done() % options_.checkpoint_every == 0;
}

Result<void> Training::write_checkpoint(Wishes wishes) const {
  if (!options_.checkpoint) {
    note(peers_.rank(), "a checkpoint was asked for, but there is no folder for it; name one with --checkpoint");
    return {};
  }
  const std::span<const float> parameters = network_.parameters();
  const std::span<const float> velocity = momentum_.velocity();
  const auto written = CheckpointFolder(*options_.checkpoint)
                           .write({.identity = identity_,
                                   .progress = progress_,
                                   .parameters = {parameters.begin(), parameters.end()},
                                   .velocity = {velocity.begin(), velocity.end()}});
  if (written && wishes != 0) report_.kept(steps_done());
  if (written || (wishes & wish_stop) != 0) return written;
  note(peers_.rank(), written.error().message + "; the training goes on without this checkpoint");
  return {};
}

Result<void> Training::finish() {
  const bool is_kept = options_.checkpoint.has_value() && peers_.is_leader();
  if (is_kept) {
    if (const auto written = write_checkpoint(0); !written) return written;
  }
  const auto tally = test();
  if (!tally) return tl::unexpected(tally.error());
  const auto weights = std::as_bytes(std::as_const(network_).parameters());
  if (options_.out && peers_.is_leader()) {
    if (const auto written = write_durably(*options_.out, weights); !written) return written;
  }
  report_.result(sha256(weights), *tally);
  return {};
}

Result<Tally> Training::test() {
  constexpr std::uint64_t at_once = 500;
  Notes notes;
  const Slice slice = slice_of(peers_, 0, images_.test.size());
  for (std::uint64_t begin = slice.begin; begin < slice.end; begin += at_once) {
    batch_.clear();
    for (std::uint64_t i = begin; i < std::min(begin + at_once, slice.end); ++i) batch_.add(images_.test, i);
    notes.tally += network_.judge(batch_);
  }
  return peers_.sum({}, notes).map([&] { return notes.tally; });
}

std::uint32_t Training::steps_per_epoch() const {
  return static_cast<std::uint32_t>((order_.size() + options_.batch - 1) / options_.batch);
}

std::uint64_t Training::steps_done() const {
  return std::uint64_t{progress_.epoch} * steps_per_epoch() + progress_.step;
}

// The order of an epoch depends on its seed alone, so that one can go on in the middle.
void Training::shuffle() {
  std::uint64_t state = progress_.shuffle_state;
  Random random(split_mix(state));
  std::iota(order_.begin(), order_.end(), 0u);
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
}

void Training::raise_signals() const {
  for (const SelfSignal& self : options_.raise) {
    if (self.step == steps_done()) std::raise(self.signal);
  }
}

}  // namespace dure::train
