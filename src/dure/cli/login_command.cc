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
#include "dure/http/certificate.h"
#include "dure/http/client.h"

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

// Asks on the terminal whether a key is the right one.
bool is_agreed(const Console& console, const ServerAddress& address, const http::Presented& presented) {
  fmt::print(
      console.err,
      "Nobody vouches for the certificate of {} ({}).\nIts key is {}\nThe server prints its key at its start. Is "
      "it this one? [yes/no] ",
      address.url, printable(presented.objection), presented.fingerprint);
  std::fflush(console.err);
  std::string line;
  std::getline(std::cin, line);
  return without_blanks(line) == "yes";
}

// Finds out by what the server is to be known from now on.
Result<void> learn_to_know(ServerAddress& address, const LoginArguments& arguments, const Console& console) {
  address.fingerprint = arguments.fingerprint;
  address.ca_file = arguments.ca_file;
  if (!address.url.starts_with("https://")) {
    if (arguments.fingerprint.empty() && arguments.ca_file.empty()) return {};
    return fail(Code::invalid_argument, fmt::format("{}: --fingerprint and --ca are for https://", address.url));
  }
  if (!arguments.fingerprint.empty()) {
    if (http::is_fingerprint(arguments.fingerprint)) return {};
    return fail(Code::invalid_argument, fmt::format("--fingerprint: found '{}'; write what the server prints at its "
                                                    "start, `sha256//` and 44 characters",
                                                    printable(arguments.fingerprint)));
  }
  const auto presented = http::meet({.url = address.url, .ca_file = address.ca_file});
  if (!presented) return tl::unexpected(presented.error());
  if (presented->is_vouched_for) return {};
  if (!arguments.ca_file.empty()) {
    return fail(Code::failed, fmt::format("{}: {} does not vouch for its certificate ({}); nothing was sent to it",
                                          address.url, arguments.ca_file, presented->objection));
  }
  const bool can_ask = ::isatty(STDIN_FILENO) == 1 && arguments.token_file != "-";
  if (can_ask && is_agreed(console, address, *presented)) {
    address.fingerprint = presented->fingerprint;
    return {};
  }
  return fail(Code::failed,
              fmt::format("{}: nobody vouches for its certificate, and nothing was sent to it; if the server prints {} "
                          "at its start, log in with --fingerprint {}",
                          address.url, presented->fingerprint, presented->fingerprint));
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

// A copy of the authority's certificate: the file that was named may go.
Result<void> keep_trust(const ServerAddress& address, const fs::path& folder) {
  const auto keep = [&](const char* name, const std::string& text) -> Result<void> {
    if (!text.empty()) return write_secret(folder / name, text);
    std::error_code error;
    fs::remove(folder / name, error);
    if (!error) return {};
    return fail(Code::failed, fmt::format("{}: {}", (folder / name).string(), error.message()));
  };
  std::string authority;
  if (!address.ca_file.empty()) {
    auto text = file_text(address.ca_file);
    if (!text) return tl::unexpected(text.error());
    authority = *std::move(text);
  }
  const std::string fingerprint = address.fingerprint.empty() ? "" : address.fingerprint + "\n";
  return keep("fingerprint", fingerprint).and_then([&] { return keep("ca.pem", authority); });
}

Result<void> keep(const ServerAddress& address, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Code::failed, fmt::format("{}: {}; make it writable", folder.string(), error.message()));
  // The token first: an address with the token of another would be worse than none.
  if (const auto written = write_secret(folder / "token", address.token + "\n"); !written) return written;
  if (const auto kept = keep_trust(address, folder); !kept) return kept;
  return write_secret(folder / "server", address.url + "\n");
}

}  // namespace

Result<int> login(const LoginArguments& arguments, const Environment& environment, const Console& console) {
  const auto folder = login_folder(environment);
  if (!folder) return tl::unexpected(folder.error());
  auto address = find_server(arguments.url, environment);
  if (!address) return tl::unexpected(address.error());
  if (const auto known = learn_to_know(*address, arguments, console); !known) return tl::unexpected(known.error());
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
