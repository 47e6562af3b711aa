#include "dure/engine/local/records.h"

#include <gtest/gtest.h>

#include "dure/engine/local/test_engine.h"

namespace dure::engine {
namespace {

TEST(records, a_launch_is_read_as_it_was_written) {
  const TemporaryFolder folder;
  const Launch launch{.id = {JobId{4'000'000'000}, 2},
                      .token = "abc",
                      .arguments = {"", "two words", "three\nlines\\\n"},
                      .directory = "/work",
                      .appends = true,
                      .has_terminal = true,
                      .early_signal = EarlySignal{"USR2", seconds(9), true},
                      .time_limit = seconds(60),
                      .open_files = 1024,
                      .port = 65'535,
                      .gpus = {0, 7},
                      .environment = {{"A", "x=y"}, {"EMPTY", ""}},
                      .processes = {{.rank = 0, .environment = {{"RANK", "0"}}, .output = "o0"},
                                    {.rank = 1, .environment = {{"RANK", "1"}}, .output = "o1", .error = "e1"}}};
  ASSERT_TRUE(write_record(folder / "", launch, Sync::yes));
  const auto read = read_launch(folder / "");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id, launch.id);
  EXPECT_EQ(read->arguments, launch.arguments);
  EXPECT_TRUE(read->appends);
  EXPECT_TRUE(read->has_terminal);
  EXPECT_EQ(read->early_signal->signal, "USR2");
  EXPECT_EQ(read->early_signal->before, seconds(9));
  EXPECT_TRUE(read->early_signal->script_alone);
  EXPECT_EQ(read->open_files, 1024u);
  EXPECT_EQ(read->port, 65'535);
  EXPECT_EQ(read->gpus, launch.gpus);
  EXPECT_EQ(read->environment, launch.environment);
  ASSERT_EQ(read->processes.size(), 2u);
  EXPECT_EQ(read->processes[0].error, "");
  EXPECT_EQ(read->processes[1].error, "e1");
  EXPECT_EQ(read->processes[1].environment, launch.processes[1].environment);
}

TEST(records, an_ending_is_read_as_it_was_written) {
  const TemporaryFolder folder;
  const Ending ending{.how = How::timed_out,
                      .at = Time{123},
                      .started_at = Time{45},
                      .exit_code = 143,
                      .why = "too long",
                      .tasks = {{.rank = 1, .exit_code = 143, .at = Time{99}}},
                      .cpu_time = seconds(3),
                      .memory_mib_max = 12};
  ASSERT_TRUE(write_record(folder / "", ending, Sync::no));
  const auto read = read_ending(folder / "");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->how, How::timed_out);
  EXPECT_EQ(read->started_at, Time{45});
  EXPECT_EQ(read->why, "too long");
  ASSERT_EQ(read->tasks.size(), 1u);
  EXPECT_EQ(read->tasks[0].at, Time{99});
  EXPECT_EQ(read->memory_mib_max, 12);
}

TEST(records, one_that_is_not_there_is_told_from_one_that_is_damaged) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_started(folder / "").error().code, Code::not_found);
  ASSERT_TRUE(write_file(folder / "", file::started, "", Sync::no));
  EXPECT_EQ(read_started(folder / "").error().code, Code::failed);
}

TEST(records, one_that_was_cut_off_or_changed_anywhere_is_refused) {
  Record record("ended");
  record.add("why", "all is well");
  const std::string text = record.text();
  ASSERT_TRUE(Record::parse("ended", text));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(Record::parse("ended", text.substr(0, size)));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(Record::parse("ended", changed)) << at;
  }
}

TEST(records, one_of_another_kind_is_refused_by_name) {
  const auto read = Record::parse("ended", Record("started").text());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message,
            "the record begins with `dure started 1` in place of `dure ended 1`; another version of dure wrote it");
}

TEST(records, a_number_that_does_not_fit_is_refused) {
  const TemporaryFolder folder;
  Record record(file::launch);
  record.add("port", 65'536);
  ASSERT_TRUE(write_file(folder / "", file::launch, record.text(), Sync::no));
  EXPECT_EQ(read_launch(folder / "").error().message, "the record `launch` has `65536` as port");
}

TEST(records, attempts_are_named_by_job_and_restart) {
  EXPECT_EQ(to_text(AttemptId{JobId{7}, 1}), "7.1");
  EXPECT_EQ(attempt_of(std::string_view("7.1")), (AttemptId{JobId{7}, 1}));
  for (const char* text : {"7", "7.1.new", ".1", "7.", "-7.1", "4294967296.0", "x.y"})
    EXPECT_FALSE(attempt_of(std::string_view(text)));
}

}  // namespace
}  // namespace dure::engine
