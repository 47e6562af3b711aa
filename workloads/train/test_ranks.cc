#include "test_ranks.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace dure::train {
namespace {

void need(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

std::vector<char*> pointers(const Words& words) {
  std::vector<char*> result;
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

int status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "dure-train-XXXXXX").string();
  need(::mkdtemp(name.data()) != nullptr, "no folder for the test");
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TestPort::TestPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  need(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0, "no port for the test");
  need(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "no port for the test");
  number_ = ntohs(address.sin_port);
}

TestPort::~TestPort() { ::close(socket_); }

TestRank::TestRank(const Words& arguments, const Words& environment) {
  std::array<int, 2> ends{};
  need(::pipe2(ends.data(), O_CLOEXEC) == 0, "no pipe for the test");
  output_ = ends[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const std::string errors = (folder_.path() / "err").string();
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT, 0600);
  Words words{DURE_TRAIN_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const int error = ::posix_spawn(&process_, DURE_TRAIN_PROGRAM, &actions, nullptr, pointers(words).data(),
                                  pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  need(error == 0, "cannot start " DURE_TRAIN_PROGRAM);
}

TestRank::~TestRank() {
  if (process_ > 0) {
    send(SIGKILL);
    wait();
  }
  ::close(output_);
}

bool TestRank::read_more() {
  std::array<char, 4096> piece{};
  const ssize_t got = ::read(output_, piece.data(), piece.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  out_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

bool TestRank::wait_for(const std::string& text) {
  while (out_.find(text) == std::string::npos) {
    if (!read_more()) return false;
  }
  return true;
}

void TestRank::send(int signal) const { ::kill(process_, signal); }

Outcome TestRank::wait() {
  while (read_more()) {
  }
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return {.status = status_of(status), .out = out_, .err = read_text(folder_.path() / "err")};
}

Words place_of(std::uint32_t rank, std::uint32_t width, const TestPort& port) {
  return {"RANK=" + std::to_string(rank), "WORLD_SIZE=" + std::to_string(width), "MASTER_ADDR=127.0.0.1",
          "MASTER_PORT=" + std::to_string(port.number())};
}

std::vector<Outcome> run_ranks(std::uint32_t width, const Words& common, const std::vector<Words>& own) {
  const TestPort port;
  std::vector<std::unique_ptr<TestRank>> ranks;
  for (std::uint32_t rank = 0; rank < width; ++rank) {
    Words arguments = common;
    if (rank < own.size()) arguments.insert(arguments.end(), own[rank].begin(), own[rank].end());
    ranks.push_back(std::make_unique<TestRank>(arguments, place_of(rank, width, port)));
  }
  std::vector<Outcome> outcomes;
  for (const auto& rank : ranks) outcomes.push_back(rank->wait());
  return outcomes;
}

}  // namespace dure::train
