#include "dure/launcher/config.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <limits>

#include "dure/spec/file.h"
#include "dure/spec/reader.h"
#include "dure/spec/scalars.h"

namespace dure::launcher {
namespace {

namespace fs = std::filesystem;
using spec::Fields;
using spec::Node;

std::optional<std::string> read_word(const Node& node) {
  if (node.is(spec::Kind::scalar) && !node.value().text.empty()) return node.value().text;
  node.want("a name");
  return std::nullopt;
}

std::optional<std::string> read_absolute(const Node& node) {
  if (node.is(spec::Kind::scalar) && node.value().text.starts_with('/')) return node.value().text;
  node.want("a path that begins with /");
  return std::nullopt;
}

std::optional<UidRange> read_range(const Node& node) {
  auto range = spec::read_mapping<UidRange>(
      node, "a mapping such as {from: 200000, to: 265535}", [](Fields& in, UidRange& uids) {
        // The last number means `no account` to the kernel.
        const auto uid = spec::integer_in<std::uint32_t>(least_uid, std::numeric_limits<std::uint32_t>::max() - 1);
        in.need("from", uids.from, uid);
        in.need("to", uids.to, uid);
      });
  if (range && range->to < range->from) node.refuse("found a range that ends before it begins", "swap `from` and `to`");
  return range;
}

std::optional<AccountRule> read_rule(const Node& node) {
  auto rule = spec::read_mapping<AccountRule>(node, "a mapping such as {tenant: vision, account: vision}",
                                              [](Fields& in, AccountRule& one) {
                                                in.take("tenant", one.tenant, read_word);
                                                in.take("user", one.user, read_word);
                                                in.need("account", one.account, read_word);
                                              });
  if (rule && rule->tenant.empty() && rule->user.empty()) {
    node.refuse("found neither a tenant nor a user", "say whose jobs run as this account");
  }
  return rule;
}

std::optional<Config> read(const Node& node) {
  return spec::read_mapping<Config>(
      node, "a configuration such as {each_tenant: {from: 200000, to: 265535}}", [](Fields& in, Config& config) {
        std::string folder;
        in.take("server", config.server, read_word);
        in.take("socket", config.socket, read_absolute);
        if (in.take("folder", folder, read_absolute)) config.folder = folder;
        in.take("uids", config.uids, read_range);
        in.take("accounts", config.accounts, spec::list_of(read_rule, "a list of accounts"));
        UidRange range;
        if (in.take("each_tenant", range, read_range)) config.each_tenant = range;
        in.take("cgroup", config.cgroup, read_word);
        in.take("processes", config.processes_max, spec::integer_in<std::uint32_t>(1, 1U << 22));
        in.take("memory", config.memory_mib, spec::read_memory);
        in.take("fence_gpus", config.fences_gpus, spec::read_boolean);
        in.take("yield", config.yields, spec::read_boolean);
      });
}

}  // namespace

Result<Config> read_config(const fs::path& path) {
  return spec::read_file(path).and_then(
      [&](const std::string& text) { return spec::read_text(text, path.string(), read); });
}

Result<void> check_is_of_root(const fs::path& path) {
  std::error_code error;
  fs::path at = fs::canonical(path, error);
  if (error) return fail(Code::not_found, fmt::format("{}: {}", path.string(), error.message()));
  for (bool is_top = false; !is_top; at = at.parent_path()) {
    is_top = at == at.root_path();
    struct stat status{};
    const bool is_known = ::stat(at.c_str(), &status) == 0;
    // In a folder with the sticky bit nobody can replace what is another's.
    const bool is_shared = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if (is_known && status.st_uid == 0 && ((status.st_mode & 022) == 0 || is_shared)) continue;
    return fail(Code::not_permitted,
                fmt::format("{}: others than root can change it; chown root and chmod go-w it", at.string()));
  }
  return {};
}

}  // namespace dure::launcher
