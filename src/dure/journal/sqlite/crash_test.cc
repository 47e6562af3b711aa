// What becomes of a journal whose process ends in the middle, and of a process whose journal cannot be written.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string>

#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"

namespace dure {
namespace {

// Runs `body` in a child whose stderr is `error`; returns its pid.
template <class Body>
pid_t start_child(int error, const Body& body) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::dup2(error, STDERR_FILENO);
  body();
  ::_exit(42);
}

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() { ::close(read), close_write(); }
  Pipe(const Pipe&) = delete;
  void close_write() {
    if (write >= 0) ::close(std::exchange(write, -1));
  }
  std::string read_all() {
    std::string text;
    std::array<char, 4096> some{};
    for (ssize_t size = ::read(read, some.data(), some.size()); size > 0; size = ::read(read, some.data(), some.size()))
      text.append(some.data(), static_cast<std::size_t>(size));
    return text;
  }
};

struct Exit {
  int status = 0;
  std::string error;
};

// What a child that runs `body` says and how it ends.
template <class Body>
Exit run_child(const Body& body) {
  Pipe pipe;
  const pid_t pid = start_child(pipe.write, body);
  pipe.close_write();
  Exit exit{.error = pipe.read_all()};
  ::waitpid(pid, &exit.status, 0);
  return exit;
}

// Goes on with the journal in `folder` for ever; says each sequence that is durable.
void append_for_ever(const std::filesystem::path& folder, std::uint64_t seed, int acknowledge) {
  auto journal = SqliteJournal::open(folder, {.digest_every = 200, .checkpoint_pages = 30}).value();
  Story story(seed);
  if (!journal->replay(story.state)) ::_exit(3);
  journal->follow(story.state);
  Random random(seed);
  while (true) {
    story.tell(*journal, 1 + random.below(5));
    const std::uint64_t sequence = story.state.fact_count();
    const BlobId id{sequence, 0};
    journal->put_blob(id, std::as_bytes(std::span(&sequence, 1)));
    journal->put_ended({.id = JobId{static_cast<std::uint32_t>(sequence)}});
    journal->commit();
    if (::write(acknowledge, &sequence, sizeof sequence) != sizeof sequence) ::_exit(4);
  }
}

// Kills the child after so many acknowledgements and a little; returns the last that arrived.
std::uint64_t kill_after(pid_t pid, Pipe& pipe, std::uint64_t count, Random& random) {
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (::read(pipe.read, &last, sizeof last) != sizeof last) break;
  }
  // Somewhere in the turns that follow.
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(random.below(500'000));
  while (std::chrono::steady_clock::now() < end) {
  }
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
  pipe.close_write();
  std::uint64_t sequence = 0;
  while (::read(pipe.read, &sequence, sizeof sequence) == sizeof sequence) last = sequence;
  return last;
}

TEST(Crash, NothingAcknowledgedIsLostByKilling) {
  TempFolder folder;
  Random random(1);
  for (std::uint64_t round = 0; round < 200; ++round) {
    Pipe pipe;
    const pid_t pid =
        start_child(STDERR_FILENO, [&] { append_for_ever(folder.path() / "j", 1'000'000 + round, pipe.write); });
    const std::uint64_t last = kill_after(pid, pipe, 1 + random.below(10), random);
    auto journal = SqliteJournal::open(folder.path() / "j");
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_GE((*journal)->committed().sequence, last) << "round " << round;
    auto reader = JournalReader::open(folder.path() / "j");
    EXPECT_TRUE(reader->ended(JobId{static_cast<std::uint32_t>(last)}).value()) << "round " << round;
    if (round % 20 != 0) continue;
    State state;
    const auto replayed = (*journal)->replay(state);
    ASSERT_TRUE(replayed) << replayed.error().message;
  }
}

// A limit on the size of files stands in for a full disk: neither can be written any further.
TEST(Crash, AFullDiskEndsTheProcessWithOneSentence) {
  TempFolder folder;
  Pipe pipe;
  const Exit exit = run_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400'000, 400'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    append_for_ever(folder.path() / "j", 1, pipe.write);
  });
  EXPECT_TRUE(WIFEXITED(exit.status) && WEXITSTATUS(exit.status) == 1) << exit.status;
  EXPECT_TRUE(exit.error.starts_with("dure: the journal in " + (folder.path() / "j").string())) << exit.error;
  EXPECT_NE(exit.error.find("nothing of it was acknowledged"), std::string::npos) << exit.error;
  EXPECT_EQ(exit.error.find('\n'), exit.error.size() - 1) << exit.error;
  pipe.close_write();
  const std::string said = pipe.read_all();
  std::uint64_t last = 0;
  std::memcpy(&last, said.data() + said.size() - sizeof last, sizeof last);
  auto journal = SqliteJournal::open(folder.path() / "j");
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_GE((*journal)->committed().sequence, last);
  State state;
  EXPECT_TRUE((*journal)->replay(state));
}

TEST(Crash, AFailedCommitIsHandedToWhoAskedForIt) {
  TempFolder folder;
  const Exit exit = run_child([&] {
    auto journal = SqliteJournal::open(folder.path() / "j", {.on_failure = [](const Error&) { ::_exit(7); }}).value();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Story story(1);
    story.tell(*journal, 5);
    journal->commit();
  });
  EXPECT_TRUE(WIFEXITED(exit.status) && WEXITSTATUS(exit.status) == 7) << exit.status << exit.error;
}

TEST(Crash, AFolderThatMayNotBeWrittenIsRefused) {
  TempFolder folder;
  ASSERT_TRUE(SqliteJournal::open(folder.path() / "j"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  std::filesystem::permissions(folder.path() / "j", std::filesystem::perms(0555));
  const Exit exit = run_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);  // the superuser may write everywhere
    for (const char* name : {"j", "new"}) {
      if (const auto journal = SqliteJournal::open(folder.path() / name); !journal) {
        ::dprintf(STDERR_FILENO, "%s\n", journal.error().message.c_str());
      }
    }
  });
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
  EXPECT_EQ(exit.error, (folder.path() / "j" / "lock").string() + " cannot be opened: Permission denied\nthe folder " +
                            (folder.path() / "new").string() + " cannot be made: Permission denied\n");
}

}  // namespace
}  // namespace dure
