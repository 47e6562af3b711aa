#include "options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace dure::train {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text, T least, T most) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= least && value <= most)) return std::nullopt;
  return value;
}

template <class T>
bool take(T& into, std::string_view text, T least, T most) {
  const auto value = parse_number(text, least, most);
  if (value) into = *value;
  return value.has_value();
}

bool take(std::filesystem::path& into, std::string_view text) {
  into = text;
  return !text.empty();
}

bool take_self_signal(std::vector<SelfSignal>& into, std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto step = parse_number<std::uint64_t>(text.substr(0, colon), 0, 1'000'000'000);
  const auto signal = colon == std::string_view::npos ? std::nullopt : signal_of_name(text.substr(colon + 1));
  if (!step || !signal) return false;
  into.push_back({.step = *step, .signal = *signal});
  return true;
}

struct Row {
  std::string_view name;
  std::string_view operand;  // empty: a flag
  std::string_view help;
  std::string_view wanted;  // completes `write ...`
  bool (*read)(Options&, std::string_view);
};

using Text = std::string_view;

constexpr std::array rows{
    Row{"--epochs", "N", "how often to go over all images (6)", "a whole number from 1 to 10000",
        [](Options& o, Text text) { return take<std::uint32_t>(o.epochs, text, 1, 10'000); }},
    Row{"--batch", "N", "images a step, over all ranks (128)", "a whole number from 1 to 60000",
        [](Options& o, Text text) { return take<std::uint32_t>(o.batch, text, 1, 60'000); }},
    Row{"--seed", "N", "of the first weights and the order of images (1)", "a whole number",
        [](Options& o, Text text) {
          return take<std::uint64_t>(o.seed, text, 0, std::numeric_limits<std::uint64_t>::max());
        }},
    Row{"--learning-rate", "X", "of the first epoch; less from one to the next (0.05)", "a number from 0.000001 to 10",
        [](Options& o, Text text) { return take(o.learning_rate, text, 1e-6f, 10.0f); }},
    Row{"--hidden", "N", "units of the hidden layer (128)", "a whole number from 1 to 4096",
        [](Options& o, Text text) { return take<std::uint32_t>(o.hidden, text, 1, 4096); }},
    Row{"--limit", "N", "use only the first N images of each part", "a whole number from 1 to 60000",
        [](Options& o, Text text) { return take<std::uint32_t>(o.limit, text, 1, 60'000); }},
    Row{"--data", "DIR", "where the dataset lies (/usr/share/datasets/fashion-mnist)", "a folder",
        [](Options& o, Text text) { return take(o.data, text); }},
    Row{"--checkpoint", "DIR", "keep checkpoints there, and go on from one ($DURE_CHECKPOINT_DIR)", "a folder",
        [](Options& o, Text text) { return take(o.checkpoint.emplace(), text); }},
    Row{"--checkpoint-every", "STEPS", "between checkpoints without a signal; 0: none (200)", "a whole number of steps",
        [](Options& o, Text text) { return take<std::uint32_t>(o.checkpoint_every, text, 0, 1'000'000'000); }},
    Row{"--out", "FILE", "write the final weights there: 32-bit floats", "a file",
        [](Options& o, Text text) { return take(o.out.emplace(), text); }},
    Row{"--patience", "SECONDS", "how long to wait for the other ranks (30)", "a whole number of seconds up to 3600",
        [](Options& o, Text text) {
          std::uint32_t seconds = 0;
          const bool taken = take<std::uint32_t>(seconds, text, 1, 3600);
          o.patience = std::chrono::seconds(seconds);
          return taken;
        }},
    Row{"--raise", "STEP:SIGNAL", "send itself a signal before a step, for tests; may be repeated",
        "a step and a signal such as 17:USR1", [](Options& o, Text text) { return take_self_signal(o.raise, text); }},
    Row{"--json", "", "print JSON, one object a line", "", [](Options& o, Text) { return o.json = true; }},
    Row{"--help", "", "print this text", "", [](Options& o, Text) { return o.help = true; }},
};

const Row* find_row(std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

Error not_understood(std::string_view name, std::string_view found, std::string_view wanted) {
  return {Code::invalid_argument,
          std::string(name) + ": found '" + std::string(found) + "'; write " + std::string(wanted)};
}

Result<void> read_arguments(Options& options, std::span<char*> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    std::optional<std::string_view> operand;
    if (const std::size_t equals = name.find('='); equals != std::string_view::npos) {
      operand = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const Row* row = find_row(name);
    if (row == nullptr || (row->operand.empty() && operand)) {
      return fail(Code::invalid_argument,
                  "unknown option '" + std::string(arguments[i]) + "'; --help lists the options");
    }
    if (!row->operand.empty() && !operand && i + 1 < arguments.size()) operand = arguments[++i];
    if (!row->operand.empty() && !operand) {
      return fail(Code::invalid_argument, std::string(name) + " needs " + std::string(row->wanted) + " after it");
    }
    if (!row->read(options, operand.value_or(""))) {
      return tl::unexpected(not_understood(name, operand.value_or(""), row->wanted));
    }
  }
  return {};
}

std::optional<std::string_view> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Result<void> read_variable(const char* name, std::uint32_t& into, std::uint32_t least, std::uint32_t most) {
  const auto text = variable(name);
  if (!text)
    return fail(Code::invalid_argument, std::string(name) + " is not set; set both the rank and the number of ranks");
  if (!take<std::uint32_t>(into, *text, least, most)) {
    return tl::unexpected(
        not_understood(name, *text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most)));
  }
  return {};
}

constexpr std::uint32_t most_ranks = 1024;

// Either pair of variables; alone if there is none.
Result<void> read_ranks(Place& place) {
  struct Pair {
    const char* rank;
    const char* width;
  };
  for (const Pair& pair : {Pair{"RANK", "WORLD_SIZE"}, Pair{"SLURM_PROCID", "SLURM_NTASKS"}}) {
    if (!variable(pair.rank) && !variable(pair.width)) continue;
    return read_variable(pair.width, place.width, 1, most_ranks).and_then([&] {
      return read_variable(pair.rank, place.rank, 0, place.width - 1);
    });
  }
  return {};
}

Result<void> read_environment(Options& options) {
  std::uint32_t port = 29'500;
  options.place.master.host = variable("MASTER_ADDR").value_or("127.0.0.1");
  if (const auto ranks = read_ranks(options.place); !ranks) return ranks;
  if (variable("MASTER_PORT")) {
    if (const auto read = read_variable("MASTER_PORT", port, 1, 65'535); !read) return read;
  }
  options.place.master.port = static_cast<std::uint16_t>(port);
  if (const auto folder = variable("DURE_CHECKPOINT_DIR"); folder && !options.checkpoint) options.checkpoint = *folder;
  const std::string_view name = variable("DURE_CHECKPOINT_SIGNAL").value_or("USR1");
  const auto signal = signal_of_name(name);
  if (!signal || *signal == SIGKILL) {
    return tl::unexpected(not_understood("DURE_CHECKPOINT_SIGNAL", name, "USR1, USR2, TERM, INT, HUP or CONT"));
  }
  options.checkpoint_signal = *signal;
  return {};
}

}  // namespace

Result<Options> read_options(std::span<char*> arguments) {
  Options options;
  if (const auto read = read_arguments(options, arguments); !read) return tl::unexpected(read.error());
  if (options.help) return options;
  if (const auto read = read_environment(options); !read) return tl::unexpected(read.error());
  return options;
}

std::string usage() {
  std::string text =
      "Usage: dure-train [option]...\n\n"
      "Trains a small network on Fashion-MNIST, alone or as one of several ranks: RANK, WORLD_SIZE, MASTER_ADDR and\n"
      "MASTER_PORT (or SLURM_PROCID and SLURM_NTASKS) say which one, and where they meet. USR1 (or what\n"
      "DURE_CHECKPOINT_SIGNAL names) asks for a checkpoint, TERM for one and an end.\n\n";
  for (const Row& row : rows) {
    std::string left = "  " + std::string(row.name) + " " + std::string(row.operand);
    left.resize(std::max<std::size_t>(left.size() + 1, 28), ' ');
    text += left + std::string(row.help) + "\n";
  }
  return text;
}

}  // namespace dure::train
