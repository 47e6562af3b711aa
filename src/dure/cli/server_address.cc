#include "dure/cli/server_address.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "dure/spec/file.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

// An address, its token and by what it is known, in files of a folder.
struct Place {
  fs::path url_file;
  fs::path token_file;
  fs::path fingerprint_file;
  fs::path ca_file;
};

// The folder of `variable` if that is absolute, as the XDG specification asks, else one in the home; empty without
// either.
fs::path xdg_folder(const Environment& environment, const std::string& variable, const fs::path& in_home) {
  const fs::path named = environment(variable);
  if (named.is_absolute()) return named;
  const fs::path home = environment("HOME");
  return home.is_absolute() ? home / in_home : fs::path();
}

std::vector<Place> places_of(const Environment& environment) {
  std::vector<Place> places;
  if (const fs::path config = xdg_folder(environment, "XDG_CONFIG_HOME", ".config"); !config.empty()) {
    const fs::path folder = config / "dure";
    places.push_back({folder / "server", folder / "token", folder / "fingerprint", folder / "ca.pem"});
  }
  const auto add_data = [&](const fs::path& folder) {
    places.push_back({folder / "address", folder / "token", folder / "fingerprint", {}});
  };
  if (const std::string named = environment("DURE_DATA_DIR"); !named.empty()) {
    add_data(named);
    return places;
  }
  if (const fs::path data = xdg_folder(environment, "XDG_DATA_HOME", ".local/share"); !data.empty()) {
    add_data(data / "dure");
  }
  add_data("/var/lib/dure");
  return places;
}

// Returns the text without blanks around it; empty if there is no such file.
Result<std::string> read_line_of(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return std::string();
  auto text = spec::read_file(path);
  if (!text) return fail(Code::not_permitted, text.error().message);
  const std::size_t first = text->find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return std::string();
  return text->substr(first, text->find_last_not_of(" \t\r\n") + 1 - first);
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<void> check_url(const ServerAddress& address) {
  if (address.url.starts_with("http://") || address.url.starts_with("https://")) return {};
  return fail(Code::invalid_argument, fmt::format("{}: found '{}'; write an address such as http://127.0.0.1:8470",
                                                  address.url_from, address.url));
}

// The first place that has an address, or the one beside which `address.url` stands.
Result<std::optional<Place>> find_place(const ServerAddress& address, const Environment& environment) {
  for (Place& place : places_of(environment)) {
    const auto url = read_line_of(place.url_file);
    if (!url) {
      if (address.url.empty()) return tl::unexpected(url.error());
      continue;
    }
    if (!url->empty() && (address.url.empty() || without_slash(*url) == address.url)) return std::move(place);
  }
  return std::nullopt;
}

Result<void> take_token(ServerAddress& address, const std::optional<Place>& place, const Environment& environment) {
  address.token = environment("DURE_TOKEN");
  address.token_from = address.token.empty() ? "" : "DURE_TOKEN";
  if (!address.token.empty() || !place) return {};
  auto token = read_line_of(place->token_file);
  if (!token) return tl::unexpected(token.error());
  address.token = *std::move(token);
  if (!address.token.empty()) address.token_from = place->token_file.string();
  return {};
}

Result<void> take_trust(ServerAddress& address, const std::optional<Place>& place, const Environment& environment) {
  address.fingerprint = environment("DURE_FINGERPRINT");
  if (!address.fingerprint.empty() || !place || !address.url.starts_with("https://")) return {};
  auto fingerprint = read_line_of(place->fingerprint_file);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  address.fingerprint = *std::move(fingerprint);
  std::error_code ignored;
  if (address.fingerprint.empty() && fs::exists(place->ca_file, ignored)) address.ca_file = place->ca_file;
  return {};
}

Error nothing_known(const Environment& environment) {
  std::string files;
  for (const Place& place : places_of(environment)) {
    if (!files.empty()) files += ", ";
    files += place.url_file.string();
  }
  return {Code::unavailable,
          fmt::format("no server is known (there is none of {}); start one with `dure serve`, or name "
                      "one with --server URL",
                      files)};
}

}  // namespace

Environment environment_of_process() {
  return [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value != nullptr ? value : "");
  };
}

Result<ServerAddress> find_server(const std::string& given, const Environment& environment) {
  ServerAddress address;
  if (!given.empty()) {
    address = {.url = without_slash(given), .url_from = "--server"};
  } else if (const std::string named = environment("DURE_SERVER"); !named.empty()) {
    address = {.url = without_slash(named), .url_from = "DURE_SERVER"};
  }
  const auto place = find_place(address, environment);
  if (!place) return tl::unexpected(place.error());
  if (address.url.empty()) {
    if (!*place) return tl::unexpected(nothing_known(environment));
    auto url = read_line_of((*place)->url_file);
    if (!url) return tl::unexpected(url.error());
    address.url = without_slash(*std::move(url));
    address.url_from = (*place)->url_file.string();
  }
  if (const auto checked = check_url(address); !checked) return tl::unexpected(checked.error());
  if (const auto taken = take_token(address, *place, environment); !taken) return tl::unexpected(taken.error());
  if (const auto taken = take_trust(address, *place, environment); !taken) return tl::unexpected(taken.error());
  return address;
}

Result<std::string> login_folder(const Environment& environment) {
  const fs::path config = xdg_folder(environment, "XDG_CONFIG_HOME", ".config");
  if (!config.empty()) return (config / "dure").string();
  return fail(Code::failed, "there is no folder to keep the login in; set HOME or XDG_CONFIG_HOME");
}

}  // namespace dure::cli
