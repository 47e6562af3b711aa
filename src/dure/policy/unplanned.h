// What has happened in a pool since it was planned.
#pragma once

#include <variant>

#include "dure/base/ids.h"

namespace dure {

// So much of it as makes a plan worth its cost. A job that came and has left again, having started in another pool, is
// none of that: five pools would be planned for one job.
class Unplanned {
 public:
  bool any() const { return !std::holds_alternative<Nothing>(what_); }

  void note() { what_ = Something{}; }
  void note_arrival(JobId job) {
    if (any()) return note();
    what_ = job;
  }
  void forget_arrival(JobId job) {
    if (what_ == What{job}) clear();
  }
  void clear() { what_ = Nothing{}; }

 private:
  struct Nothing {
    bool operator==(const Nothing&) const = default;
  };
  struct Something {  // and not only that one job came
    bool operator==(const Something&) const = default;
  };
  using What = std::variant<Nothing, JobId, Something>;

  What what_;
};

}  // namespace dure
