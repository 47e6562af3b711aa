// How a command that follows something takes it when the server goes away.
#pragma once

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/cli/console.h"

namespace dure::cli {

// Waits longer each time, and gives up after a while. Says so once.
class Patience {
 public:
  // `console` must outlive it.
  explicit Patience(const Console& console, Duration most = minutes(10)) : console_(console), most_(most) {}

  // Returns whether to try again, after a pause. `error` is what the last try came to.
  bool wait_after(const Error& error);
  // A try that came to something.
  void renew();

 private:
  const Console& console_;
  Duration most_;
  Duration waited_;
  Duration next_ = first_pause;
  static constexpr Duration first_pause{100'000'000};
};

void pause_for(Duration duration);

}  // namespace dure::cli
