// A job's terminal, as its supervisor keeps it. One side is the job's; what the job writes there goes to its output
// file and to the one client that is attached, and what the client types goes to the job. A client may come late,
// leave, and come again: the terminal stays, and shows it the end of what it has missed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/terminal_link.h"
#include "dure/engine/local/unix_account.h"

namespace dure::engine {

// For one thread, which hands it the events of its descriptors; nothing blocks but finish().
class Terminal {
 public:
  using OnOutput = std::function<void(std::string_view)>;

  // Of the account's, with a window of 80 by 24, and a socket of this process's at `path`. Its descriptors are watched
  // by `epoll`, which must outlive it.
  static Result<Terminal> open(const std::string& path, int epoll, const UnixAccount& account, OnOutput on_output);

  // The side of the job; kept open here, so that a job that closes all its files has not lost it.
  int job_side() const { return job_side_.get(); }

  bool owns(int fd) const { return fd == master_.get() || fd == listener_.get() || fd == client_.get(); }
  // Does what can be done on all of its descriptors.
  void act();
  // When the job has ended: hands over what it has written last. A client that takes nothing for so long has lost it.
  void finish(int stalled_ms_max);

 private:
  // What `epoll` knows of a descriptor, so that it is only told of changes.
  struct Watch {
    bool is_known = false;
    std::uint32_t events = 0;
  };

  void open_both_sides();
  Traffic carry_output();
  void carry_keys();
  void accept();
  void refuse(const Fd& newcomer);
  void hear_client();
  void obey(const Frame& frame);
  void tell_client();
  void lose_client();
  void watch_all();
  void watch(const Fd& fd, Watch& watch, std::uint32_t events);
  bool may_read_output() const;
  bool may_read_keys() const;

  std::string path_;
  int epoll_ = -1;
  OnOutput on_output_;
  Fd master_;
  Fd job_side_;
  Fd listener_;
  Fd client_;
  Watch master_watch_;
  Watch client_watch_;
  bool is_hung_up_ = false;  // the job's session is over, and all it wrote has been read
  FrameReader frames_;       // of the client
  std::string keys_;         // typed, and not yet taken by the job
  std::string unsent_;       // to the client
  std::string recent_;       // the end of what the job has written
};

}  // namespace dure::engine
