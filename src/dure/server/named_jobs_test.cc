#include "dure/server/named_jobs.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "dure/journal/test_story.h"

namespace dure::server {
namespace {

std::string text_of(const std::vector<Dependency>& jobs) {
  std::string text;
  for (const Dependency& on : jobs)
    text += (is_of_array(on.kind) ? "array " : "job ") + std::to_string(on.job.value) + " ";
  return text;
}

// By the straightforward path.
std::string scanned(const State& state, const Job& like) {
  std::set<Dependency> found;
  state.jobs().for_each([&](JobId id, const Job& job) {
    if (job.name != like.name || job.tenant != like.tenant || job.user != like.user) return;
    found.insert(job.array ? Dependency{of_array(After::any), job.array->array} : Dependency{After::any, id});
  });
  return text_of({found.begin(), found.end()});
}

// Hears of the facts of a story once they are applied.
class Teller final : public Journal {
 public:
  explicit Teller(NamedJobs& names) : names_(names) {}
  void append(const Fact& fact) override { fact_ = fact; }
  void commit() override {}
  void tell(const State& state) { names_.on_fact(state, fact_); }

 private:
  NamedJobs& names_;
  Fact fact_;
};

TEST(NamedJobs, KnowTheSameAsALookAtAllJobs) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Story story(seed);
    NamedJobs names;
    Teller teller(names);
    for (int i = 0; i < 2000; ++i) {
      story.tell(teller);
      teller.tell(story.state);
      if (i % 20 != 0) continue;
      story.state.jobs().for_each([&](JobId, const Job& job) {
        EXPECT_EQ(text_of(names.find(job.user, job.tenant, job.name, 1000)), scanned(story.state, job))
            << "seed " << seed << ", fact " << i;
      });
    }
    NamedJobs rebuilt;
    rebuilt.rebuild(story.state);
    EXPECT_EQ(text_of(rebuilt.find(UserId{1}, TenantId{1}, "renamed", 1000)),
              text_of(names.find(UserId{1}, TenantId{1}, "renamed", 1000)));
  }
}

TEST(NamedJobs, CountAnArrayOnceUntilItsLastJobHasEnded) {
  NamedJobs names;
  JobSpec spec{.name = "a", .tenant = TenantId{1}, .user = UserId{2}};
  names.add(JobId{7}, spec);
  for (std::uint32_t i = 10; i < 2010; ++i) {
    spec.array = ArrayMember{JobId{10}, i};
    names.add(JobId{i}, spec);
  }
  EXPECT_EQ(text_of(names.find(UserId{2}, TenantId{1}, "a", 1000)), "job 7 array 10 ");
  EXPECT_EQ(text_of(names.find(UserId{2}, TenantId{1}, "a", 1)), "job 7 ");
  EXPECT_EQ(text_of(names.find(UserId{1}, TenantId{1}, "a", 1000)), "");
  EXPECT_EQ(text_of(names.find(UserId{2}, TenantId{2}, "a", 1000)), "");
  EXPECT_EQ(text_of(names.find(UserId{2}, TenantId{1}, "", 1000)), "");
}

}  // namespace
}  // namespace dure::server
