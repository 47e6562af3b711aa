#include "dure/launcher/config.h"

#include "dure/spec/account_reader.h"
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

std::optional<Config> read(const Node& node) {
  return spec::read_mapping<Config>(
      node, "a configuration such as {each_tenant: {from: 200000, to: 265535}}", [](Fields& in, Config& config) {
        std::string folder;
        in.take("server", config.server, read_word);
        in.take("socket", config.socket, read_absolute);
        if (in.take("folder", folder, read_absolute)) config.folder = folder;
        in.take("uids", config.accounts.uids, spec::read_uid_range);
        in.take("accounts", config.accounts.rules, spec::read_account_rules);
        UidRange range;
        if (in.take("each_tenant", range, spec::read_uid_range)) config.each_tenant = range;
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

}  // namespace dure::launcher
