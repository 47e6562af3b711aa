#include "dure/cli/job_ref.h"

#include <gtest/gtest.h>

#include "dure/cli/test_fake_server.h"

namespace dure::cli {
namespace {

using Ids = std::vector<std::uint64_t>;

TEST(JobRef, IsANumberOrAnIndexOfAnArray) {
  EXPECT_EQ(parse_job_ref("12").value(), (JobRef{.job = 12}));
  EXPECT_EQ(parse_job_ref("10_2").value(), (JobRef{.job = 10, .index = 2}));
  EXPECT_EQ(to_text(JobRef{.job = 10, .index = 2}), "10_2");
  for (const char* text : {"", "x", "-1", "1_", "_2", "1_x", "1_2_3", "1.5", "1 ", "99999999999999999999"}) {
    const auto ref = parse_job_ref(text);
    ASSERT_FALSE(ref) << text;
    EXPECT_EQ(ref.error().code, Code::invalid_argument);
  }
  EXPECT_EQ(parse_job_ref("job").error().message,
            "'job' is no job; write its number, such as 12, or 10_2 for the job with index 2 of array 10");
}

class ArrayServer : public FakeServer {
 public:
  ArrayServer() {
    on("GET /v1/jobs/10", R"({"id":10,"name":"sweep","tenant":"a","state":"ended","array":{"job":10,"index":0}})");
    on("GET /v1/jobs/9", R"({"id":9,"name":"one","tenant":"a","state":"running"})");
    on("GET /v1/jobs", [](const http::Request& request, http::Reply reply) {
      EXPECT_EQ(request.parameter("array"), "10");
      const bool is_all = request.parameter("state").has_value();
      const bool is_second = request.parameter("cursor") == "11";
      std::string jobs = is_second ? R"({"id":11,"array":{"job":10,"index":2}})"
                         : is_all  ? R"({"id":10,"array":{"job":10,"index":0}},{"id":12,"array":{"job":10,"index":4}})"
                                   : R"({"id":12,"array":{"job":10,"index":4}})";
      reply.send({.content_type = "application/json",
                  .body = R"({"jobs":[)" + jobs + R"(],"next":)" + (is_second ? "null" : R"("11")") + "}"});
    });
  }
};

TEST(JobRef, FindsTheJobsOfAnArray) {
  ArrayServer server;
  Connection connection = server.connection();
  EXPECT_EQ(find_jobs(connection, {.job = 9}, Which::all).value(), Ids{9});
  EXPECT_EQ(find_jobs(connection, {.job = 10}, Which::all).value(), (Ids{10, 11, 12}));
  EXPECT_EQ(find_jobs(connection, {.job = 10}, Which::not_ended).value(), (Ids{11, 12}));
  EXPECT_EQ(find_job(connection, {.job = 10, .index = 2}).value(), 11U);
  EXPECT_EQ(find_job(connection, {.job = 12}).value(), 12U);
}

TEST(JobRef, SaysWhatIsNotThere) {
  ArrayServer server;
  Connection connection = server.connection();
  EXPECT_EQ(find_job(connection, {.job = 10, .index = 7}).error().message, "array 10 has no index 7");
  EXPECT_EQ(find_job(connection, {.job = 9, .index = 0}).error().message, "job 9 is no array; leave the index out");
  EXPECT_EQ(find_job(connection, {.job = 8, .index = 0}).error().code, Code::not_found);
}

}  // namespace
}  // namespace dure::cli
