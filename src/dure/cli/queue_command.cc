#include "dure/cli/queue_command.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>

#include "dure/cli/job_row.h"
#include "dure/cli/patience.h"

namespace dure::cli {
namespace {

std::string list_text(const JobList& list, const Console& console) {
  const Table table = queue_table(list.rows, list.now);
  return table.is_empty() ? "no jobs\n" : table.draw(console);
}

void print_list(const JobList& list, const QueueArguments& arguments, const Console& console) {
  if (arguments.json) {
    for (const std::string& page : list.pages) console.print_line(page);
    return;
  }
  console.print(list_text(list, console));
  if (list.has_more) {
    console.note(
        fmt::format("there are more than {} jobs; see all with --limit 0, or narrow it down with --tenant, "
                    "--user, --name or --state",
                    arguments.limit));
  }
}

// As many lines as the screen has, from the top of it.
void redraw(const std::string& text, const Console& console) {
  std::string shown;
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < text.size(); ++lines) {
    if (console.height > 0 && lines + 1 >= console.height) break;
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1);
    shown += text.substr(begin, end - begin) + (console.is_terminal ? "\x1b[K\n" : "\n");
    begin = end + 1;
  }
  if (!console.is_terminal) shown += "\n";
  console.print(console.is_terminal ? "\x1b[H" + shown + "\x1b[J" : shown);
  console.flush();
}

// The list on the screen, drawn anew when something has happened.
class Display {
 public:
  Display(const QueueArguments& arguments, Connection& connection, const Console& console)
      : arguments_(arguments), connection_(connection), console_(console) {}

  Result<void> draw() {
    const auto list = list_jobs(connection_, arguments_.filter, arguments_.limit);
    if (!list) return tl::unexpected(list.error());
    if (arguments_.json) {
      print_list(*list, arguments_, console_);
      console_.flush();
    } else {
      redraw(list_text(*list, console_), console_);
    }
    sequence_ = list->sequence;
    drawn_ = Clock::now();
    return {};
  }

  std::int64_t sequence() const { return sequence_; }

  // Draws unless what has happened shows already; at most twice a second.
  Result<void> take(const http::Event& event) {
    const auto data = Answer::parse(event.data);
    if (data && (*data)["sequence"].integer() <= sequence_) return {};
    using namespace std::chrono_literals;
    const auto wait = drawn_ + 500ms - Clock::now();
    if (wait > 0ms) pause_for({std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count()});
    return draw();
  }

 private:
  using Clock = std::chrono::steady_clock;

  const QueueArguments& arguments_;
  Connection& connection_;
  const Console& console_;
  std::int64_t sequence_ = 0;
  Clock::time_point drawn_;
};

Result<void> watch_once(Display& display, Connection& events) {
  if (const auto drawn = display.draw(); !drawn) return drawn;
  std::optional<Error> failed;
  const auto followed = events.stream(
      "/v1/events",
      [&](const http::Event& event) {
        if (const auto drawn = display.take(event); !drawn) failed = drawn.error();
        return failed ? http::Next::stop : http::Next::go_on;
      },
      std::to_string(display.sequence()));
  if (failed) return tl::unexpected(*failed);
  return followed;
}

Result<int> watch(const QueueArguments& arguments, Connection& connection, const Console& console) {
  Connection questions = connection.another();
  Display display(arguments, questions, console);
  Patience patience(console);
  if (console.is_terminal && !arguments.json) console.print("\x1b[2J");
  while (true) {
    const auto watched = watch_once(display, connection);
    if (watched) {
      patience.renew();
      pause_for(seconds(1));
    } else if (!patience.wait_after(watched.error())) {
      return tl::unexpected(watched.error());
    }
  }
}

}  // namespace

Result<int> queue(QueueArguments arguments, Connection& connection, const Console& console) {
  if (arguments.all && !arguments.filter.states.empty()) {
    return fail(Code::invalid_argument, "--all and --state exclude each other; keep one of them");
  }
  if (arguments.all) arguments.filter.states = all_states;
  if (arguments.watch) return watch(arguments, connection, console);
  const auto list = list_jobs(connection, arguments.filter, arguments.limit);
  if (!list) return tl::unexpected(list.error());
  print_list(*list, arguments, console);
  return 0;
}

}  // namespace dure::cli
