#include "dure/engine/local/launcher_starter.h"

#include <poll.h>

#include <utility>
#include <vector>

#include "dure/engine/local/launcher_link.h"
#include "dure/engine/local/records.h"
#include "dure/engine/process.h"

namespace dure::engine {
namespace {

constexpr int answer_ms_max = 5'000;
constexpr int hello_ms_max = 1'000;   // whoever waits for a greeting can be told to stop
constexpr int forget_ms_max = 1'000;  // what is not forgotten does no harm
constexpr int log_ms_max = 2'000;     // somebody waits for a log, and others behind him

Result<Message> ask(const std::string& path, const std::vector<std::string>& words, int timeout_ms) {
  const auto socket = connect_to_launcher(path, timeout_ms);
  if (!socket) return tl::unexpected(socket.error());
  if (auto sent = send_message(*socket, words); !sent) return tl::unexpected(sent.error());
  auto answer = receive_message(*socket);
  if (!answer && answer.error().code == Code::unavailable) {
    return fail(Code::unavailable, "the launcher at " + path + " does not answer: " + answer.error().message);
  }
  if (!answer) return answer;
  if (!answer->words.empty() && answer->words[0] == answer_ok) return answer;
  return fail(Code::not_permitted,
              answer->words.size() < 2 ? "the launcher's answer cannot be understood" : answer->words[1]);
}

Result<Message> greet(const std::string& path, const LauncherPatience& patience) {
  constexpr int pause_ms = 50;
  const Duration begin = steady_time();
  for (bool is_first = true;; is_first = false) {
    auto answer = ask(path, {question::hello, link_version}, hello_ms_max);
    const bool is_away = !answer && answer.error().code == Code::unavailable;
    if (!is_away || steady_time() - begin >= patience.longest) return answer;
    if (is_first && patience.on_wait) patience.on_wait(answer.error());
    if (patience.is_stopped && patience.is_stopped()) return answer;
    ::poll(nullptr, 0, pause_ms);
  }
}

// As `0,3`.
std::string in_one_word(const std::vector<std::uint32_t>& numbers) {
  std::string word;
  for (const std::uint32_t number : numbers) word += (word.empty() ? "" : ",") + std::to_string(number);
  return word;
}

class ByLauncher final : public Starter {
 public:
  ByLauncher(std::string socket, std::string jobs_folder)
      : socket_(std::move(socket)), jobs_folder_(std::move(jobs_folder)) {}

  const std::string& jobs_folder() const override { return jobs_folder_; }

  Result<Fd> start(AttemptId id, const Owner& owner, const AttemptFolder& folder) override {
    const auto launch = read_launch(folder.path());
    if (!launch) return tl::unexpected(launch.error());
    auto answer =
        ask(socket_, {question::start, to_text(id), owner.tenant, owner.user, folder.path(), in_one_word(launch->gpus)},
            answer_ms_max);
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->file) return fail(Code::failed, "the launcher gave no handle on the supervisor");
    return std::move(answer->file);
  }

  Result<void> kill_leftovers(AttemptId id, const AttemptFolder& folder) override {
    const auto launch = read_launch(folder.path()).value_or(Launch{});
    const auto answer =
        ask(socket_, {question::sweep, to_text(id), launch.tenant, launch.user, launch.token}, answer_ms_max);
    // One that is refused will be refused again; that its account is gone is no reason to keep the job for ever.
    if (!answer && answer.error().code == Code::unavailable) return tl::unexpected(answer.error());
    return {};
  }

  void forget(AttemptId id) override { (void)ask(socket_, {question::sweep, to_text(id), "", "", ""}, forget_ms_max); }

  Result<Fd> open_log(const Owner& owner, const std::string& path, const Reach&) override {
    auto answer = ask(socket_, {question::open_log, owner.tenant, owner.user, path}, log_ms_max);
    if (!answer) return tl::unexpected(answer.error());
    return std::move(answer->file);
  }

 private:
  std::string socket_;
  std::string jobs_folder_;
};

}  // namespace

Result<std::unique_ptr<Starter>> start_by_launcher(std::string socket, const LauncherPatience& patience) {
  const auto answer = greet(socket, patience);
  if (!answer) {
    return fail(answer.error().code, answer.error().message + "; start dure-launcher, or leave out `launcher:`");
  }
  if (answer->words.size() < 2) return fail(Code::failed, "the launcher's answer cannot be understood");
  return std::make_unique<ByLauncher>(std::move(socket), answer->words[1]);
}

}  // namespace dure::engine
