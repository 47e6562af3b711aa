// How the server and the launcher talk: one question and one answer on each connection to a Unix socket, both a message
// of words; an answer may bring a file. docs/design/0010-launcher.md says who may ask what.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/fd.h"

namespace dure::engine {

// The first word of a question, with those that follow it.
namespace question {
inline constexpr const char* hello = "hello";  // version: answers with the folder of jobs' folders
// attempt, tenant, user, folder, GPUs that it may open as `0,3`: answers with a handle on the supervisor
inline constexpr const char* start = "start";
inline constexpr const char* open_log = "open_log";  // tenant, user, path: answers with the file
inline constexpr const char* sweep = "sweep";        // attempt, tenant, user, token: ends what is left of an attempt
}  // namespace question

inline constexpr const char* link_version = "2";
inline constexpr std::size_t message_bytes_max = 16'384;

struct Message {
  std::vector<std::string> words;
  Fd file;
};

// Words hold no zero byte. Waits until it is sent, for as long as the socket's timeout.
Result<void> send_message(const Fd& socket, const std::vector<std::string>& words, const Fd& file = {});
// `unavailable` if the other side has gone or does not answer within the socket's timeout.
Result<Message> receive_message(const Fd& socket);

// An answer is `ok` and words, or `refused` and a sentence.
inline constexpr const char* answer_ok = "ok";
inline constexpr const char* answer_refused = "refused";

// Connects to where a launcher listens, and lets no operation wait longer than `timeout_ms`.
Result<Fd> connect_to_launcher(const std::string& path, int timeout_ms);
// Where it listens: a socket that `uid` alone may reach, in place of what is at `path`.
Result<Fd> listen_as_launcher(const std::string& path, unsigned uid);
void limit_waiting(const Fd& socket, int timeout_ms);

}  // namespace dure::engine
