// dure-launcher: the part of Dure that is root.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "dure/engine/account.h"
#include "dure/launcher/config.h"
#include "dure/launcher/service.h"

namespace {

constexpr const char* usage =
    "usage: dure-launcher [--config FILE] [--check]\n"
    "Starts the jobs of `dure serve` as the accounts that FILE maps their owners to. Runs as root, and obeys the "
    "account\n"
    "that FILE names alone. Without --config: /etc/dure/launcher.yaml. --check only says what is wrong with the "
    "file.\n";

struct Arguments {
  std::string config = "/etc/dure/launcher.yaml";
  bool checks_only = false;
  bool wants_help = false;
  bool is_good = true;
};

Arguments read(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--config" && i + 1 < count) {
      arguments.config = words[++i];
    } else if (word == "--check") {
      arguments.checks_only = true;
    } else if (word == "--help" || word == "-h") {
      arguments.wants_help = true;
    } else {
      arguments.is_good = false;
    }
  }
  return arguments;
}

int complain(const dure::Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  return dure::exit_code(error.code);
}

}  // namespace

int main(int count, char** words) {
  const Arguments arguments = read(count, words);
  if (arguments.wants_help) {
    fmt::print("{}", usage);
    return 0;
  }
  if (!arguments.is_good) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  const auto config = dure::launcher::read_config(arguments.config);
  if (!config) return complain(config.error());
  if (arguments.checks_only) {
    fmt::print("The configuration is good.\n");
    return 0;
  }
  if (::geteuid() != 0) {
    return complain(
        {dure::Code::not_permitted, "dure-launcher runs as root, since it gives jobs the accounts of others"});
  }
  if (auto checked = dure::engine::check_is_of_root(arguments.config); !checked) return complain(checked.error());
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string supervisor = (self.parent_path() / "dure-supervisor").string();
  if (::access(supervisor.c_str(), X_OK) != 0) {
    return complain({dure::Code::failed, fmt::format("{} is missing; it lies beside dure-launcher", supervisor)});
  }
  auto service = dure::launcher::Service::open(*config, supervisor);
  if (!service) return complain(service.error());
  fmt::print("dure-launcher {} at {}, for {}\n", DURE_VERSION, config->socket, config->server);
  if (const std::string& why = service->why_no_gpu_fences(); !why.empty()) {
    fmt::print("Jobs can open GPUs that were not given to them: {}\n", why);
  }
  std::fflush(stdout);
  service->run();
}
