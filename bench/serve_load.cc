// Loads a server that runs: submissions over many connections, as fast as they are answered or at a given rate, in one
// job or a hundred at a time, with any number of idle watchers beside it. Prints one JSON line.
//
// With TLS if the server has it; whoever it is, its certificate is not looked at.
//
//   serve_load DATA_FOLDER [connections=64] [batch=1] [rate=0] [seconds=5] [watchers=0] [busy=0] [hold=0]
//              [tenant=PATH]
//
// `rate` counts requests a second over all connections; each is timed from the moment it was due, so that a server that
// stalls is not excused by a client that waits. 0: as fast as it goes.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string line_of(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  if (!std::getline(file, line)) die(path.c_str());
  return line;
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("connect");
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

// By socket; of those with TLS.
std::map<int, SSL*> sessions;

void begin_tls(int socket) {
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const session = sessions[socket] = SSL_new(context);
  SSL_set_fd(session, socket);
  if (SSL_connect(session) != 1) die("TLS");
  ::fcntl(socket, F_SETFL, O_NONBLOCK);  // what is readable may be less than a record
}

ssize_t send_some(int socket, const char* bytes, std::size_t size) {
  const auto found = sessions.find(socket);
  if (found == sessions.end()) return ::send(socket, bytes, size, MSG_NOSIGNAL);
  const int sent = SSL_write(found->second, bytes, static_cast<int>(size));
  return sent > 0 || SSL_get_error(found->second, sent) != SSL_ERROR_WANT_WRITE ? sent : 0;
}

// Returns 0 at the end, and less if there is nothing yet.
ssize_t receive_some(int socket, std::vector<char>& buffer) {
  const auto found = sessions.find(socket);
  if (found == sessions.end()) return ::recv(socket, buffer.data(), buffer.size(), 0);
  std::size_t got = 0;
  int now = 0;
  while ((now = SSL_read(found->second, buffer.data() + got, static_cast<int>(buffer.size() - got))) > 0) {
    got += static_cast<std::size_t>(now);
    if (got == buffer.size() || SSL_pending(found->second) == 0) break;
  }
  if (got > 0) return static_cast<ssize_t>(got);
  return SSL_get_error(found->second, now) == SSL_ERROR_WANT_READ ? -1 : 0;
}

void send_all(int socket, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t now = send_some(socket, text.data() + sent, text.size() - sent);
    if (now < 0) die("send");
    sent += static_cast<std::size_t>(now);
  }
}

// The length of the first whole answer in `text`, or 0.
std::size_t answer_length(const std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  const std::size_t length = text.find("Content-Length: ");
  if (head == std::string::npos || length > head) return 0;
  const std::size_t whole = head + 4 + std::strtoull(text.c_str() + length + 16, nullptr, 10);
  return text.size() < whole ? 0 : whole;
}

struct Connection {
  int socket = -1;
  bool is_busy = false;
  Clock::time_point due;
  std::string received;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(
        "usage: serve_load DATA_FOLDER [connections=64] [batch=1] [rate=0] [seconds=5] [watchers=0] [busy=0] "
        "[hold=0] [tenant=PATH]\n",
        stderr);
    return 2;
  }
  std::map<std::string, double> options{{"connections", 64}, {"batch", 1}, {"rate", 0}, {"seconds", 5},
                                        {"watchers", 0},     {"busy", 0},  {"hold", 0}};
  std::string tenant;
  for (int i = 2; i < argc; ++i) {
    const std::string option = argv[i];
    const std::size_t equals = option.find('=');
    if (option.starts_with("tenant=")) {
      tenant = R"("tenant":")" + option.substr(equals + 1) + R"(",)";
      continue;
    }
    if (equals == std::string::npos || !options.contains(option.substr(0, equals))) die(argv[i]);
    options[option.substr(0, equals)] = std::atof(option.c_str() + equals + 1);
  }
  const std::string folder = argv[1];
  const std::string address = line_of(folder + "/address");
  const bool has_tls = address.starts_with("https://");
  const auto connect = [&](std::uint16_t to) {
    const int socket = connect_to(to);
    if (has_tls) begin_tls(socket);
    return socket;
  };
  const std::string token = line_of(folder + "/token");
  const auto port = static_cast<std::uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1));
  const std::string hold = options["hold"] != 0 ? R"("hold":true,)" : "";
  const std::string job =
      R"({"name":"load","per_task":{"gpus":1},)" + tenant + hold + R"("time_limit":"1h","script":"sleep 30"})";
  std::string body = job;
  const int batch = static_cast<int>(options["batch"]);
  if (batch > 1) {
    body = R"({"jobs":[)";
    for (int i = 0; i < batch; ++i) body += (i > 0 ? "," : "") + job;
    body += "]}";
  }
  const std::string headers = "Host: localhost\r\nAuthorization: Bearer " + token + "\r\n";
  const std::string request = "POST /v1/jobs HTTP/1.1\r\n" + headers +
                              "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body;

  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  // Idle: what they watch does not happen. With `busy` they see everything.
  const std::string watch =
      options["busy"] != 0 ? "GET /v1/events HTTP/1.1\r\n" : "GET /v1/events?job=4000000000 HTTP/1.1\r\n";
  std::vector<int> watchers;
  std::size_t watched_bytes = 0;
  for (int i = 0; i < options["watchers"]; ++i) {
    watchers.push_back(connect(port));
    send_all(watchers.back(), watch + headers + "\r\n");
    epoll_event event{.events = EPOLLIN, .data = {.u64 = 1'000'000 + static_cast<std::uint64_t>(i)}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, watchers.back(), &event);
  }
  std::vector<Connection> connections(static_cast<std::size_t>(options["connections"]));
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].socket = connect(port);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].socket, &event);
  }

  const double rate = options["rate"];
  const auto began = Clock::now();
  const auto end =
      began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options["seconds"]));
  std::vector<double> took_ms;
  std::size_t refused = 0;
  std::size_t asked = 0;
  std::size_t closed_watchers = 0;
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i < connections.size(); ++i) idle.push_back(i);
  const auto ask = [&](Clock::time_point due) {
    Connection& connection = connections[idle.back()];
    idle.pop_back();
    connection.is_busy = true;
    connection.due = due;
    ++asked;
    send_all(connection.socket, request);
  };
  std::vector<char> buffer(1 << 16);
  for (;;) {
    auto now = Clock::now();
    const bool is_over = now >= end;
    if (is_over && idle.size() == connections.size()) break;
    if (now >= end + std::chrono::seconds(10)) die("some requests were never answered");
    int wait_ms = 100;
    while (!is_over && !idle.empty()) {
      auto due = now;
      if (rate > 0) {
        due = began + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(static_cast<double>(asked) / rate));
        if (due > now) {
          wait_ms =
              std::max(1, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(due - now).count()));
          break;
        }
      }
      ask(due);
    }
    epoll_event events[128];
    const int ready = ::epoll_wait(poll, events, 128, wait_ms);
    for (int e = 0; e < ready; ++e) {
      const std::uint64_t which = events[e].data.u64;
      const int socket = which >= 1'000'000 ? watchers[which - 1'000'000] : connections[which].socket;
      const ssize_t got = receive_some(socket, buffer);
      if (got < 0 && sessions.contains(socket)) continue;
      if (which >= 1'000'000) {
        if (got > 0) {
          watched_bytes += static_cast<std::size_t>(got);
        } else {
          ::epoll_ctl(poll, EPOLL_CTL_DEL, socket, nullptr);
          ++closed_watchers;
        }
        continue;
      }
      if (got <= 0) die("the server closed a connection");
      Connection& connection = connections[which];
      connection.received.append(buffer.data(), static_cast<std::size_t>(got));
      const std::size_t length = answer_length(connection.received);
      if (length == 0) continue;
      if (connection.received.compare(9, 3, "201") != 0) ++refused;
      connection.received.erase(0, length);
      connection.is_busy = false;
      took_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - connection.due).count());
      idle.push_back(which);
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  std::sort(took_ms.begin(), took_ms.end());
  const auto quantile = [&](double q) {
    return took_ms.empty() ? 0 : took_ms[static_cast<std::size_t>(q * static_cast<double>(took_ms.size() - 1))];
  };
  std::printf(
      R"({"name":"serve_load","tls":%s,"connections":%zu,"batch":%d,"rate":%g,"watchers":%zu,"jobs_per_s":%.0f,)"
      R"("requests":%zu,"refused":%zu,"p50_ms":%.2f,"p99_ms":%.2f,"max_ms":%.2f,"watchers_lost":%zu,"watched_bytes":%zu})"
      "\n",
      has_tls ? "true" : "false", connections.size(), batch, rate, watchers.size(),
      static_cast<double>(took_ms.size()) * batch / seconds, took_ms.size(), refused, quantile(0.5), quantile(0.99),
      quantile(1), closed_watchers, watched_bytes);
  return refused == 0 ? 0 : 1;
}
