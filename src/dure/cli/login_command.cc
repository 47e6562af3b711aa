#include "dure/cli/login_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "dure/cli/connection.h"
#include "dure/cli/file_text.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

std::string without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first));
}

// Reads a line without showing it.
std::string ask_in_secret(const Console& console) {
  fmt::print(console.err, "token: ");
  std::fflush(console.err);
  termios shown{};
  const bool is_terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (is_terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  std::getline(std::cin, line);
  if (is_terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  fmt::print(console.err, "\n");
  return line;
}

Result<std::string> read_token(const LoginArguments& arguments, const Environment& environment,
                               const Console& console) {
  std::string token = environment("DURE_TOKEN");
  if (!arguments.token_file.empty()) {
    auto text = file_text(arguments.token_file);
    if (!text) return text;
    token = *std::move(text);
  } else if (token.empty()) {
    token = ask_in_secret(console);
  }
  token = without_blanks(token);
  if (token.empty()) return fail(Code::invalid_argument, "found no token; name its file with --token-file");
  return token;
}

std::string token_source(const LoginArguments& arguments, const Environment& environment) {
  if (!arguments.token_file.empty()) return arguments.token_file;
  return environment("DURE_TOKEN").empty() ? "the terminal" : "DURE_TOKEN";
}

Error file_error(const fs::path& path) {
  return {Code::failed, fmt::format("{}: {}; make it writable", path.string(), std::strerror(errno))};
}

// Replaces the file in one step, readable by its owner alone.
Result<void> write_secret(const fs::path& path, std::string_view text) {
  const fs::path part = path.string() + ".new";
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return tl::unexpected(file_error(part));
  const bool is_written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool is_kept = ::fchmod(fd, 0600) == 0 && is_written;
  if (::close(fd) != 0 || !is_kept) return tl::unexpected(file_error(part));
  if (::rename(part.c_str(), path.c_str()) != 0) return tl::unexpected(file_error(path));
  return {};
}

Result<void> keep(const ServerAddress& address, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Code::failed, fmt::format("{}: {}; make it writable", folder.string(), error.message()));
  // The token first: an address with the token of another would be worse than none.
  if (const auto written = write_secret(folder / "token", address.token + "\n"); !written) return written;
  return write_secret(folder / "server", address.url + "\n");
}

}  // namespace

Result<int> login(const LoginArguments& arguments, const Environment& environment, const Console& console) {
  const auto folder = login_folder(environment);
  if (!folder) return tl::unexpected(folder.error());
  auto address = find_server(arguments.url, environment);
  if (!address) return tl::unexpected(address.error());
  auto given = read_token(arguments, environment, console);
  if (!given) return tl::unexpected(given.error());
  address->token = *std::move(given);
  address->token_from = token_source(arguments, environment);
  Connection connection(*address);
  const auto server = connection.get("/v1/server");
  if (!server) return tl::unexpected(server.error());
  if (const auto kept = keep(*address, *folder); !kept) return tl::unexpected(kept.error());
  console.print_line(arguments.json ? server->body
                                    : fmt::format("logged in to {} (Dure {}); kept in {}", address->url,
                                                  printable(server->answer["version"].text()), *folder));
  return 0;
}

}  // namespace dure::cli
