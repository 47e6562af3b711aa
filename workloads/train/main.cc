// The program: reads what it was told, meets the other ranks, trains.
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>

#include "options.h"
#include "training.h"

namespace {

using namespace dure::train;  // NOLINT(google-build-using-namespace): the program is of that namespace

constexpr int exit_by_term = 128 + SIGTERM;

dure::Result<Images> read_images(const Options& options) {
  auto train = read_dataset(options.data, Part::train, options.limit);
  if (!train) return tl::unexpected(train.error());
  auto test = read_dataset(options.data, Part::test, options.limit);
  if (!test) return tl::unexpected(test.error());
  return Images{.train = std::move(*train), .test = std::move(*test)};
}

dure::Result<End> train(const Options& options) {
  const auto images = read_images(options);
  if (!images) return tl::unexpected(images.error());
  auto peers = Peers::meet(options.place, identity_of(options, images->train), options.patience);
  if (!peers && is_stop_wished()) return End::stopped;
  if (!peers) return tl::unexpected(peers.error());
  return Training(options, *images, *peers).run();
}

int run(std::span<char*> arguments) {
  const auto options = read_options(arguments);
  if (!options) {
    std::fprintf(stderr, "dure-train: %s\n", options.error().message.c_str());
    return dure::exit_code(options.error().code);
  }
  if (options->help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  listen_to_signals(options->checkpoint_signal);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const auto end = train(*options);
  if (end) return *end == End::stopped ? exit_by_term : 0;
  note(options->place.rank, end.error().message);
  return dure::exit_code(end.error().code);
}

}  // namespace

int main(int argc, char** argv) try {
  return run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
} catch (const std::exception& error) {
  std::fprintf(stderr, "dure-train: %s\n", error.what());
  return dure::exit_code(dure::Code::failed);
}
