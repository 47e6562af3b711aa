#include "dure/engine/output_name.h"

#include <gtest/gtest.h>

namespace dure::engine {
namespace {

const OutputName name{.id = {JobId{7}, 2}, .job = "a/b", .element = ArrayElement{JobId{5}, 3}, .task = 1};

TEST(output_name, a_job_that_names_no_file_gets_one_a_task_and_attempt) {
  EXPECT_EQ(output_path({}, name, Stream::output, "/jobs/7"), "/jobs/7/restart2-task1.out");
  EXPECT_EQ(output_path({}, name, Stream::error, "/jobs/7"), "/jobs/7/restart2-task1.out");
}

TEST(output_name, letters_stand_for_job_array_name_and_task) {
  JobText text;
  text.output = "%j-%A_%a-%x-%t-100%%-%q%";
  EXPECT_EQ(output_path(text, name, Stream::output, "/jobs/7"), "/jobs/7/7-5_3-a_b-1-100%-%q%");
}

TEST(output_name, outside_an_array_the_array_is_the_job) {
  JobText text;
  text.output = "/logs/%A_%a";
  EXPECT_EQ(output_path(text, {.id = {JobId{7}, 0}}, Stream::output, "/jobs/7"), "/logs/7_0");
}

TEST(output_name, errors_go_where_the_job_says_in_the_folder_that_it_names) {
  JobText text;
  text.directory = "/data";
  text.output = "out";
  EXPECT_EQ(output_path(text, name, Stream::error, "/jobs/7"), "/data/out");
  text.error = "err";
  EXPECT_EQ(output_path(text, name, Stream::error, "/jobs/7"), "/data/err");
}

}  // namespace
}  // namespace dure::engine
